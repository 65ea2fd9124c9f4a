"""Row filters in words, as forms and grants show them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ckanext.fjgov.core.cases.table import Words
from ckanext.fjgov.core.exchange.filters import IS_NULL, SEVERAL, Filter

OP_WORDS: Mapping[str, Words] = {
    "eq": ("等于", "is"),
    "ne": ("不等于", "is not"),
    "in": ("为其中之一", "is one of"),
    "lt": ("小于（早于）", "is less than"),
    "le": ("不大于（不晚于）", "is at most"),
    "gt": ("大于（晚于）", "is greater than"),
    "ge": ("不小于（不早于）", "is at least"),
    "between": ("介于（含两端）", "is between (inclusive)"),
    "starts": ("开头为", "starts with"),
    IS_NULL: ("为空", "is empty"),
}


def told(data: Filter, names: Mapping[str, str] | None = None) -> list[Words]:
    """Say a filter in words, a condition each.

    Args:
        data: a filter without faults.
        names: of items by id, where the condition does not carry one (`name`).
    """
    return [_told(one, names or {}) for one in data]


def _told(one: Mapping[str, Any], names: Mapping[str, str]) -> Words:
    item = str(one.get("name") or names.get(one["item"]) or one["item"])
    op = str(one["op"])
    zh, en = OP_WORDS[op]
    if op == IS_NULL:
        empty = one.get("value", True)
        return f"{item} {zh if empty else '不为空'}", f"{item} {en if empty else 'is not empty'}"
    values = [str(value) for value in (one["values"] if op in SEVERAL else [one["value"]])]
    return f"{item} {zh} {'、'.join(values)}", f"{item} {en} {', '.join(values)}"
