"""What a query asks for: its parameters read by the columns of a table (数据查询, Art. 22).

    fields=a,b  sort=a,-b  limit=  offset= | after=  version=  count=  format=  grant=  exact=
    <column>=value  <column>__ne|lt|le|gt|ge|starts=value  <column>__in=v1&<column>__in=v2
    <column>__between=from&<column>__between=to  <column>__is_null=true|false

A column that has the name of a parameter is asked by `<column>__eq`. Parameters that nobody knows
are refused: a filter that is left out by a misprint would give more rows than were meant.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ckanext.fjgov.core.cases.table import Words
from ckanext.fjgov.core.exchange import filters
from ckanext.fjgov.core.exchange.tables import Column

JSON, CSV = "json", "csv"
FORMATS = (JSON, CSV)
DEFAULT_ROWS, MOST_OFFSET = 100, 10_000_000
NAMES = (
    "fields", "sort", "limit", "offset", "after", "version", "count", "format", "grant", "exact",
)  # fmt: skip
_YES_NO = {"true": True, "1": True, "false": False, "0": False}
_HIGHEST = 2**63 - 1
Params = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Asked:
    """A query as it was read.

    Attributes:
        fields: columns wanted, in this order; empty for all that the reader may have.
        conditions: a filter of the reader's own, as `core.exchange.filters` has it.
        sort: columns, with True for the greatest first; empty for the order of the table.
        limit: most rows wanted.
        offset, after: rows to skip, or the place in the table after which to go on.
        version: of the table that an earlier page was read from; 0 for any.
        count: whether all rows are counted.
        format: of FORMATS.
        grant: number of the grant to be used; "" for any that fits.
        exact: cells of CSV as they are, also where a spreadsheet would take one for a formula.
        unknown: names of parameters that are neither known nor columns, and of columns that the
            table does not have.
        faults: what is wrong beside that, in both languages.
    """

    fields: tuple[Column, ...] = ()
    conditions: tuple[Mapping[str, Any], ...] = ()
    sort: tuple[tuple[Column, bool], ...] = ()
    limit: int = DEFAULT_ROWS
    offset: int = 0
    after: int = 0
    version: int = 0
    count: bool = True
    format: str = JSON
    grant: str = ""
    exact: bool = False
    unknown: tuple[str, ...] = ()
    faults: tuple[Words, ...] = ()

    @property
    def items(self) -> frozenset[str]:
        """Give the items of which the answer tells something: in columns, filters or order."""
        return frozenset(
            [
                *(one.item for one in self.fields),
                *(str(one["item"]) for one in self.conditions),
                *(column.item for column, _descending in self.sort),
            ]
        )


@dataclass(slots=True)
class _Reading:
    """Parameters on the way to what they ask for."""

    params: Params
    columns: Mapping[str, Column]
    unknown: list[str] = field(default_factory=list)
    faults: list[Words] = field(default_factory=list)

    def single(self, name: str) -> str:
        values = list(self.params.get(name, ()))
        if len(values) > 1:
            self.faults.append((f"{name} 只能给一次", f"{name} is given more than once"))
        return values[0] if values else ""

    def number(self, name: str, default: int, least: int, most: int) -> int:
        text = self.single(name)
        if not text:
            return default
        if not (text.isascii() and text.isdigit() and len(text) <= 19):
            self.faults.append((f"{name} 须为整数", f"{name} must be a whole number"))
            return default
        if not least <= int(text) <= most:
            self.faults.append(
                (f"{name} 须在 {least} 至 {most} 之间", f"{name} must be from {least} to {most}")
            )
            return default
        return int(text)

    def flag(self, name: str, *, default: bool) -> bool:
        text = self.single(name).lower()
        if text and text not in _YES_NO:
            self.faults.append((f"{name} 须为 true 或 false", f"{name} must be true or false"))
        return _YES_NO.get(text, default)

    def listed(self, name: str) -> Iterator[str]:
        """Give the names in a list; a comma in the name of a column separates nothing."""
        for value in self.params.get(name, ()):
            if value.lstrip("-") in self.columns:
                yield value
            else:
                yield from (part.strip() for part in value.split(",") if part.strip())

    def column(self, name: str) -> Column | None:
        found = self.columns.get(name)
        if found is None:
            self.unknown.append(name)
        return found


def read(params: Params, columns: Sequence[Column], most_rows: int) -> Asked:
    """Read the parameters of a query; what is wrong with them is in the answer, and all of it.

    Args:
        params: values by name, in their order.
        columns: of the table, whoever may use them.
        most_rows: of one answer.
    """
    reading = _Reading(params, {one.name: one for one in columns})
    fields = list(filter(None, map(reading.column, reading.listed("fields"))))
    conditions = _conditions(reading)
    sort = _sort(reading)
    asked = Asked(
        fields=tuple(dict.fromkeys(fields)),
        conditions=tuple(conditions),
        sort=tuple(sort),
        limit=reading.number("limit", min(DEFAULT_ROWS, most_rows), 1, most_rows),
        offset=reading.number("offset", 0, 0, MOST_OFFSET),
        after=reading.number("after", 0, 0, _HIGHEST),
        version=reading.number("version", 0, 0, _HIGHEST),
        count=reading.flag("count", default=True),
        format=_one_of(reading, "format", FORMATS),
        grant=reading.single("grant"),
        exact=reading.flag("exact", default=False),
        unknown=(),
        faults=(),
    )
    if asked.after and (asked.offset or asked.sort):
        reading.faults.append(
            ("after 不与 offset、sort 同用", "after goes with neither offset nor sort")
        )
    known = {one.item: one.kind for one in columns}
    reading.faults += filters.faults(asked.conditions, known, known)
    return _with(asked, reading)


def next_page(asked: Asked, last: int, version: int, given: Params) -> dict[str, list[str]]:
    """Give the parameters of the page after one that ended at a place in the table."""
    kept = {name: list(values) for name, values in given.items()}
    if asked.sort:
        kept["offset"] = [str(asked.offset + asked.limit)]
    else:
        kept.pop("offset", None)
        kept["after"] = [str(last)]
    kept["version"] = [str(version)]
    return kept


def _with(asked: Asked, reading: _Reading) -> Asked:
    values = {name: getattr(asked, name) for name in Asked.__dataclass_fields__}
    values["unknown"] = tuple(dict.fromkeys(reading.unknown))
    values["faults"] = tuple(dict.fromkeys(reading.faults))
    return Asked(**values)


def _one_of(reading: _Reading, name: str, choices: tuple[str, ...]) -> str:
    value = reading.single(name) or choices[0]
    if value not in choices:
        told = ", ".join(choices)
        reading.faults.append((f"{name} 须为 {told} 之一", f"{name} must be one of {told}"))
        return choices[0]
    return value


def _sort(reading: _Reading) -> Iterator[tuple[Column, bool]]:
    seen = set()
    for name in reading.listed("sort"):
        column = reading.column(name.removeprefix("-"))
        if column and column.name not in seen:
            seen.add(column.name)
            yield column, name.startswith("-")


def _conditions(reading: _Reading) -> Iterator[dict[str, Any]]:
    for name, values in reading.params.items():
        if name in NAMES:
            continue
        column, op = _column_and_op(name, reading.columns)
        if column is None:
            reading.unknown.append(name)
        elif op in filters.SEVERAL:
            yield {"item": column.item, "op": op, "values": list(values)}
        elif len(values) != 1:
            reading.faults.append(
                (
                    f"{name} 给了多个值；多选一请用 {column.name}__in",
                    f"{name} has several values; use {column.name}__in for any of them",
                )
            )
        elif op == filters.IS_NULL:
            value = _YES_NO.get(values[0].lower(), values[0])
            yield {"item": column.item, "op": op, "value": value}
        else:
            yield {"item": column.item, "op": op, "value": values[0]}


def _column_and_op(name: str, columns: Mapping[str, Column]) -> tuple[Column | None, str]:
    """Tell what a parameter compares; the whole name of a column goes before a shorter one."""
    if name in columns:
        return columns[name], "eq"
    start, mark, op = name.rpartition("__")
    if mark and op in filters.OPS and start in columns:
        return columns[start], op
    return None, ""
