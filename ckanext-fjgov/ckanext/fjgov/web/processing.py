"""The form of an order of processing as an order: what was ticked becomes inputs and steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from werkzeug.datastructures import MultiDict

from ckanext.fjgov.core.exchange.filters import IS_NULL
from ckanext.fjgov.core.exchange.tables import TEXT
from ckanext.fjgov.core.processing.spec import Table
from ckanext.fjgov.logic.processing.choosing import Choice

# The form has so many places for keys and for compared items; by API there is no such limit.
KEYS, PAIRS = 2, 5
# What the form offers for cleaning: a word for the usual rules together.
CLEANING: Mapping[str, tuple[str, ...]] = {
    "text": ("width", "trim"),
    "code": ("code",),
    "uscc": ("uscc",),
    "id_number": ("id_number",),
    "date": ("date",),
}
CLEANING_WORDS: Mapping[str, tuple[str, str]] = {
    "text": ("去空白、全角转半角", "blanks, width"),
    "code": ("代码规范", "code"),
    "uscc": ("统一社会信用代码", "credit code"),
    "id_number": ("公民身份号码", "citizen number"),
    "date": ("日期", "date"),
}
OP_WORDS: Mapping[str, tuple[str, str]] = {
    "eq": ("等于", "is"),
    "ne": ("不等于", "is not"),
    "starts": ("开头为", "starts with"),
    "ge": ("不小于", "at least"),
    "le": ("不大于", "at most"),
    IS_NULL: ("为空", "is empty"),
}


def order_of_form(
    form: MultiDict[str, str], chosen: Sequence[Choice], tables: Sequence[Table]
) -> dict[str, Any]:
    """Give the order that a form asks for; what is wrong in it the action says."""
    inputs = [
        {
            "resource": choice.resource,
            "grant": choice.grant,
            "items": form.getlist(f"take{place}"),
            "filter": _conditions(form, place, table),
        }
        for place, (choice, table) in enumerate(zip(chosen, tables, strict=True), 1)
    ]
    steps = [step for place in range(1, len(tables) + 1) for step in _steps(form, place)]
    if len(tables) > 1:
        steps.append(
            {
                "do": "compare",
                "keys": _pairs(form, "key", KEYS),
                "items": _pairs(form, "pair", PAIRS),
                "give": form.getlist("give"),
            }
        )
    return {"inputs": inputs, "steps": steps}


def defaults(tables: Sequence[Table]) -> MultiDict[str, str]:
    """Give the form as it is first shown: every item is taken, every outcome given."""
    form: MultiDict[str, str] = MultiDict()
    for place, table in enumerate(tables, 1):
        form.setlist(f"take{place}", [column.item for column in table.columns])
    form.setlist("give", ["different", "first", "second"])
    return form


def is_text(kind: str) -> bool:
    """Tell whether values of a kind can be cleaned."""
    return kind == TEXT


def _conditions(form: MultiDict[str, str], place: int, table: Table) -> list[dict[str, Any]]:
    """Give the conditions of one table; an item without a chosen comparison has none."""
    found = []
    for column in table.columns:
        op = form.get(f"op{place}.{column.item}", "")
        if op == IS_NULL:
            found.append({"item": column.item, "op": op})
        elif op:
            value = form.get(f"value{place}.{column.item}", "")
            found.append({"item": column.item, "op": op, "value": value})
    return found


def _steps(form: MultiDict[str, str], place: int) -> list[dict[str, Any]]:
    taken = form.getlist(f"take{place}")
    steps: list[dict[str, Any]] = [
        {"do": "clean", "input": place, "items": items, "rules": list(rules)}
        for name, rules in CLEANING.items()
        if (items := [item for item in taken if form.get(f"clean{place}.{item}") == name])
    ]
    keys = form.getlist(f"dedupe{place}")
    if keys:
        steps.append({"do": "dedupe", "input": place, "items": keys})
    return steps


def _pairs(form: MultiDict[str, str], name: str, most: int) -> list[list[str]]:
    """Give the pairs that are chosen on both sides or on one; the rules refuse the latter."""
    rows = [[form.get(f"{name}{place}.{side}", "") for side in (1, 2)] for place in range(most)]
    return [row for row in rows if any(row)]
