"""Row filters (行筛选条件): which rows of a table somebody may have, or asks for (Art. 22, 24).

A filter is a list of conditions that all have to hold:

    [{"item": "xzqh", "op": "eq", "value": "350200"},
     {"item": "rq", "op": "between", "values": ["2026-01-01", "2026-06-30"]}]

A row without a value in the column meets `is_null` alone: what is not known gives nothing. Text
is compared by code point, so that PostgreSQL, DuckDB and Python agree.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ckanext.fjgov.core.cases.table import Words
from ckanext.fjgov.core.exchange.tables import FLAG, TEXT, Column
from ckanext.fjgov.core.exchange.typed_values import KIND_WORDS, UnfitError, Value, is_plain, typed

Filter = Sequence[Mapping[str, Any]]

COMPARING = {"eq": "=", "ne": "<>", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
ORDERING = frozenset({"lt", "le", "gt", "ge", "between"})
SEVERAL = frozenset({"in", "between"})
IS_NULL = "is_null"
OPS = (*COMPARING, "in", "between", "starts", IS_NULL)
MOST_CONDITIONS, MOST_VALUES = 20, 200


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a database takes a bound value by name, and text compared by code point."""

    open: str
    close: str
    text: str
    percent: str


# For psycopg2 (`connection.exec_driver_sql(sql, params)`), and for DuckDB (`execute(sql, params)`).
POSTGRES = Dialect("%(", ")s", ' COLLATE "C"', "%%")
DUCKDB = Dialect("$", "", "", "%")


def faults(
    data: Any, items: Collection[str] | None, kinds: Mapping[str, str] | None = None
) -> list[Words]:
    """Say what is wrong in a filter, in both languages; empty when it is whole.

    Args:
        data: what somebody sent; an empty list filters nothing.
        items: ids of the 信息项 that it may speak of; None for any.
        kinds: of values by item, where a table is mounted already (`core.exchange.tables`).
    """
    if not isinstance(data, list | tuple):
        return [("筛选条件须为列表", "a filter must be a list of conditions")]
    if len(data) > MOST_CONDITIONS:
        return [(f"筛选条件至多 {MOST_CONDITIONS} 个", f"at most {MOST_CONDITIONS} conditions")]
    return [
        (f"第 {place} 个筛选条件：{zh}", f"condition {place}: {en}")
        for place, one in enumerate(data, 1)
        for zh, en in _faults_of(one, items, kinds or {})
    ]


def narrows(asked: Filter, settled: Filter) -> bool:
    """Tell whether a settled filter keeps every condition that was asked for; it may add some."""
    return {_key(one) for one in asked} <= {_key(one) for one in settled}


def columns_missing(data: Filter, columns: Iterable[Column]) -> list[str]:
    """Give the items of a filter that no column carries: such a filter gives no row at all."""
    known = {one.item for one in columns}
    return sorted({one["item"] for one in data} - known)


def clause(
    data: Filter, columns: Iterable[Column], dialect: Dialect = POSTGRES, prefix: str = "f"
) -> tuple[str, dict[str, Value]]:
    """Give a filter as a condition of SQL with bound values; names are quoted, never composed.

    Args:
        data: a filter without `faults`; an empty one gives `TRUE`.
        columns: of the table; conditions name items.
        prefix: of the names of the bound values, where several clauses meet in one statement.

    Raises:
        UnfitError: an item has no column, or a value is not of the kind of its column. Nothing is
            left out: a filter that cannot be applied gives nothing.
    """
    by_item = {one.item: one for one in columns}
    parts: list[str] = []
    params: dict[str, Value] = {}
    for one in data:
        column = by_item.get(one["item"])
        if column is None:
            raise UnfitError(str(one["item"]))
        parts.append(_condition(one, column, dialect, prefix, params))
    return " AND ".join(parts) or "TRUE", params


def quoted(name: str, dialect: Dialect = POSTGRES) -> str:
    """Quote the name of a column for a statement with bound values."""
    return '"' + name.replace('"', '""').replace("%", dialect.percent) + '"'


def _condition(
    one: Mapping[str, Any],
    column: Column,
    dialect: Dialect,
    prefix: str,
    params: dict[str, Value],
) -> str:
    name, op = quoted(column.name, dialect), str(one["op"])
    if op == IS_NULL:
        return f"{name} IS NULL" if one.get("value", True) else f"{name} IS NOT NULL"
    if op not in ops_of(column.kind):
        raise UnfitError(op)
    places = []
    for value in _values(one):
        params[key := f"{prefix}{len(params)}"] = typed(value, column.kind)
        places.append(f"{dialect.open}{key}{dialect.close}")
    if op in COMPARING:
        return f"{name}{_by_code_point(column, dialect)} {COMPARING[op]} {places[0]}"
    if op == "in":
        return f"{name} IN ({', '.join(places)})"
    if op == "between":
        return f"{name}{_by_code_point(column, dialect)} BETWEEN {places[0]} AND {places[1]}"
    return f"starts_with({name}, {places[0]})"


def ops_of(kind: str) -> tuple[str, ...]:
    """Give the comparisons that a kind of value has."""
    return tuple(
        op
        for op in OPS
        if not (op == "starts" and kind != TEXT) and not (op in ORDERING and kind == FLAG)
    )


def _by_code_point(column: Column, dialect: Dialect) -> str:
    return dialect.text if column.kind == TEXT else ""


def _values(one: Mapping[str, Any]) -> list[Any]:
    return list(one["values"]) if one["op"] in SEVERAL else [one["value"]]


def _key(one: Mapping[str, Any]) -> str:
    if one["op"] == IS_NULL:
        values: list[Any] = [bool(one.get("value", True))]
    else:
        values = [str(value) for value in _values(one)]
        if one["op"] == "in":
            values.sort()
    return json.dumps([one["item"], one["op"], values])


def _faults_of(
    one: Any, items: Collection[str] | None, kinds: Mapping[str, str]
) -> Iterator[Words]:
    if not isinstance(one, Mapping):
        yield "须写明信息项、比较方式和值", "must have item, op and value"
        return
    item, op = one.get("item"), one.get("op")
    if not isinstance(item, str) or (items is not None and item not in items):
        yield "目录中没有该信息项", "there is no such item"
        return
    kind = kinds.get(item, "")
    if op not in (ops_of(kind) if kind else OPS):
        known = ", ".join(ops_of(kind) if kind else OPS)
        yield f"比较方式须为 {known} 之一", f"op must be one of {known}"
        return
    yield from _value_faults(one, str(op), kind)


def _value_faults(one: Mapping[str, Any], op: str, kind: str) -> Iterator[Words]:
    if op == IS_NULL:
        if not isinstance(one.get("value", True), bool):
            yield "是否为空须为 true 或 false", "value must be true or false"
        return
    values: Any = one.get("values") if op in SEVERAL else [one.get("value")]
    most = {"in": MOST_VALUES, "between": 2}.get(op, 1)
    least = 2 if op == "between" else 1
    if not isinstance(values, list | tuple) or not least <= len(values) <= most:
        yield f"须有 {least} 至 {most} 个值（values）", f"values must be {least} to {most}"
    elif not all(is_plain(value) for value in values):
        yield "值须为文字或数值，不得过长", "a value must be a short text or a number"
    elif kind and not all(_is_typed(value, kind) for value in values):
        zh, en = KIND_WORDS[kind]
        yield f"值须为{zh}", f"a value must be {en}"


def _is_typed(value: Any, kind: str) -> bool:
    try:
        typed(value, kind)
    except UnfitError:
        return False
    return True
