"""An order of processing as statements of DuckDB.

Tables and columns have names of our own (`a3`, `c0`); what users wrote is bound, and titles of
columns are quoted as names. So no order can say anything but what its steps mean.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ckanext.fjgov.core.exchange import filters
from ckanext.fjgov.core.exchange.tables import (
    DATE,
    DECIMAL,
    FLAG,
    INTEGER,
    MOMENT,
    TEXT,
    Column,
)
from ckanext.fjgov.core.exchange.typed_values import Value
from ckanext.fjgov.core.processing.cleaning import RULES
from ckanext.fjgov.core.processing.comparing import comparison
from ckanext.fjgov.core.processing.spec import (
    CLEAN,
    COMPARE,
    FILTER,
    SELECT,
    Line,
    Spec,
    Step,
    Table,
)
from ckanext.fjgov.core.processing.statements import (
    Cell,
    Output,
    Plan,
    Side,
    Statement,
    counted,
    is_there,
    text_list,
    unique_names,
)

TYPES = {
    TEXT: "VARCHAR",
    INTEGER: "BIGINT",
    DECIMAL: "DECIMAL(38,18)",
    DATE: "DATE",
    MOMENT: "TIMESTAMP",
    FLAG: "BOOLEAN",
}
# Of every extract: number of the row, by which the first of several is told.
ROW_NUMBER = "n"


@dataclass
class _State:
    """A table on its way through the steps: its name now, and its columns by item."""

    place: int
    name: str
    columns: dict[str, Cell]


def plan(spec: Spec, tables: Sequence[Table], files: Sequence[str]) -> Plan:
    """Give the statements that carry out an order without faults.

    Args:
        tables: what may be read for each input.
        files: CSV files with the extracts, without header: the number of a row, then the columns
            of `items` in their order.

    Cost: linear in the steps; nothing is read.
    """
    made: list[Statement] = []
    states = [
        _loaded(place, one.items, table, path, made)
        for place, (one, table, path) in enumerate(zip(spec.inputs, tables, files, strict=True), 1)
    ]
    output: Output | None = None
    for number, step in enumerate(spec.steps):
        if step.do == COMPARE:
            first, second = (Side(state.place, state.name, state.columns) for state in states)
            statements, output = comparison(step, first, second)
            made += statements
        else:
            made += _DOING[step.do](states[step.input - 1], step, f"s{number}")
    if output is None:
        output = _plain(states[0])
    made.append(counted("count(*)", f"({output.query})", (Line("given"),), values=output.values))
    return Plan(tuple(made), output)


def _loaded(
    place: int, items: Sequence[str], table: Table, path: str, made: list[Statement]
) -> _State:
    cells = {
        item: Cell(f"c{number}", table.column(item).title or item, table.column(item).kind)
        for number, item in enumerate(items)
    }
    types = ", ".join(
        f"'{name}': '{kind}'"
        for name, kind in [
            (ROW_NUMBER, "BIGINT"),
            *((cell.name, TYPES[cell.kind]) for cell in cells.values()),
        ]
    )
    name = f"t{place}"
    made.append(
        Statement(
            f"CREATE TABLE {name} AS SELECT * FROM read_csv($file, header = false,"
            " auto_detect = false, delim = ',', quote = '\"', escape = '\"', new_line = '\\n',"
            f" nullstr = '', allow_quoted_nulls = false, columns = {{{types}}})",
            {"file": path},
        )
    )
    made.append(counted("count(*)", name, (Line("read", place),)))
    return _State(place, name, cells)


def _select(state: _State, step: Step, _name: str) -> Iterator[Statement]:
    state.columns = {item: state.columns[item] for item in step.items}
    return iter(())


def _filter(state: _State, step: Step, name: str) -> Iterator[Statement]:
    columns = [
        Column(cell.name, item, cell.title, cell.kind) for item, cell in state.columns.items()
    ]
    condition, values = filters.clause(step.filter, columns, filters.DUCKDB)
    yield from _kept(state, condition, "filtered", name, values)


def _dedupe(state: _State, step: Step, name: str) -> Iterator[Statement]:
    """Keep the first row of each key; a key with an empty part says nothing, so its row stays."""
    keys = [state.columns[item] for item in step.items]
    there = is_there(keys)
    first = f"SELECT min(n) FROM {state.name} WHERE {there} GROUP BY {text_list(keys)}"
    yield from _kept(state, f"NOT ({there}) OR n IN ({first})", "repeated", name, {})


def _kept(
    state: _State, condition: str, what: str, name: str, values: Mapping[str, Value]
) -> Iterator[Statement]:
    before, state.name = state.name, name
    yield Statement(f"CREATE TABLE {name} AS SELECT * FROM {before} WHERE {condition}", values)
    yield counted(f"(SELECT count(*) FROM {before}) - count(*)", name, (Line(what, state.place),))
    yield Statement(f"DROP TABLE {before}")


def _clean(state: _State, step: Step, name: str) -> Iterator[Statement]:
    cells = [state.columns[item] for item in step.items]
    chains = {cell.name: _chain(cell, step.rules) for cell in cells}
    inner = ", ".join(
        f"{expression} AS {alias}" for chain in chains.values() for alias, expression in chain
    )
    source = f"(SELECT *, {inner} FROM {state.name})"
    counts: list[tuple[str, Line]] = []
    for cell in cells:
        before = cell.name
        for (after, _expression), rule in zip(chains[cell.name], step.rules, strict=True):
            line = Line("cleaned", state.place, cell.title, rule)
            counts.append((f"{after} IS DISTINCT FROM {before}", line))
            unfit = RULES[rule].unfit
            if unfit:
                counts.append((unfit(after), replace(line, what="unfit")))
            before = after
    yield counted(
        ", ".join(f"count(*) FILTER (WHERE {condition})" for condition, _line in counts),
        source,
        tuple(line for _condition, line in counts),
    )
    new = ", ".join(f"{chain[-1][0]} AS {column}" for column, chain in chains.items())
    names = ", ".join(alias for chain in chains.values() for alias, _expression in chain)
    before_name, state.name = state.name, name
    yield Statement(
        f"CREATE TABLE {name} AS SELECT * EXCLUDE ({names}) REPLACE ({new}) FROM {source}"
    )
    yield Statement(f"DROP TABLE {before_name}")


def _chain(cell: Cell, rules: Sequence[str]) -> list[tuple[str, str]]:
    """Give each rule's name for its result and its expression, which begins at the one before."""
    chain: list[tuple[str, str]] = []
    before = cell.name
    for number, rule in enumerate(rules):
        alias = f"{cell.name}_{number}"
        chain.append((alias, RULES[rule].expression(before)))
        before = alias
    return chain


def _plain(state: _State) -> Output:
    cells = tuple(state.columns.values())
    names = unique_names([cell.title for cell in cells])
    columns = ", ".join(
        f"{cell.name} AS {filters.quoted(name, filters.DUCKDB)}"
        for cell, name in zip(cells, names, strict=True)
    )
    # A file is written in the order of the rows.
    return Output(
        f"SELECT {columns} FROM {state.name} ORDER BY n",
        tuple((name, cell.kind) for cell, name in zip(cells, names, strict=True)),
        {},
    )


_DOING = {SELECT: _select, FILTER: _filter, CLEAN: _clean, "dedupe": _dedupe}
