"""Rows and quotas in the forms of applications: a form as a filter, and back."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from werkzeug.datastructures import MultiDict

from ckanext.fjgov.core.exchange import filter_words, quotas
from ckanext.fjgov.core.exchange.filters import IS_NULL, SEVERAL

NOT_NULL = "not_null"
# Comparisons as the form offers them, with 不为空 as one of its own.
OPS = [*filter_words.OP_WORDS.items(), (NOT_NULL, ("不为空", "is not empty"))]
_NAME = re.compile(r"([0-9]{1,4})-item")
# Between several values of one condition.
_SEPARATOR = re.compile(r"[;；]")


def filter_of_form(form: MultiDict[str, str], place: int) -> list[dict[str, Any]]:
    """Give the conditions on rows that a form asks for; a row without an item is none.

    Args:
        place: of the target in the form.
    """
    prefix = f"filter-{place}-"
    numbers = sorted(
        int(match[1])
        for name in form
        if name.startswith(prefix) and (match := _NAME.fullmatch(name.removeprefix(prefix)))
    )
    return [
        _condition(form, f"{prefix}{number}-")
        for number in numbers
        if form.get(f"{prefix}{number}-item")
    ]


def rows_of_filter(data: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, str]]:
    """Give conditions as rows of the form: `item`, `op`, `value`."""
    for one in data:
        op = str(one.get("op") or "")
        if op == IS_NULL:
            op = op if one.get("value", True) else NOT_NULL
        values = one.get("values") or ([] if op in (IS_NULL, NOT_NULL) else [one.get("value", "")])
        yield {
            "item": str(one.get("item") or ""),
            "op": op,
            "value": "；".join(str(value) for value in values),
        }


def quota_of_form(form: MultiDict[str, str]) -> dict[str, Any]:
    """Give the quota that a form asks for; what is no number is left to the rules."""
    found = {name: form.get(f"quota-{name}", "").strip() for name in quotas.NAMES}
    return {
        name: int(text) if text.isascii() and text.isdigit() else text
        for name, text in found.items()
        if text
    }


def choices_of(target: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Give the items on which a condition may be: those shown, and those it has already."""
    known = dict(target.get("choices") or ())
    more = {one["item"]: one.get("name") or one["item"] for one in target.get("filter") or ()}
    return list({**more, **known}.items())


def _condition(form: MultiDict[str, str], prefix: str) -> dict[str, Any]:
    op = form.get(f"{prefix}op", "")
    made: dict[str, Any] = {"item": form.get(f"{prefix}item", ""), "op": op}
    if op in (IS_NULL, NOT_NULL):
        return {**made, "op": IS_NULL, "value": op == IS_NULL}
    value = form.get(f"{prefix}value", "").strip()
    if op in SEVERAL:
        values = [part.strip() for part in _SEPARATOR.split(value) if part.strip()]
        return {**made, "values": values}
    return {**made, "value": value}
