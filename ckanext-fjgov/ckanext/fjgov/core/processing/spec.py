"""What somebody wants done with one or two granted tables, as data.

    {"inputs": [{"resource": "…", "grant": "GX-…", "items": ["zjhm", "xm"], "filter": []}, …],
     "steps": [{"do": "clean", "input": 1, "items": ["zjhm"], "rules": ["trim", "code"]},
               {"do": "dedupe", "input": 1, "items": ["zjhm"]},
               {"do": "compare", "keys": [["zjhm", "sfzh"]], "items": [["xm", "mc"]],
                "give": ["different", "first"]}]}

Steps are done in their order. Columns are named by their 信息项; `input` is 1 unless said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ckanext.fjgov.core.exchange.tables import Column

SELECT, FILTER, CLEAN, DEDUPE, COMPARE = "select", "filter", "clean", "dedupe", "compare"
STEPS = (SELECT, FILTER, CLEAN, DEDUPE, COMPARE)
# What a comparison finds for a row.
SAME, DIFFERENT, FIRST, SECOND = "same", "different", "first", "second"
OUTCOMES = (SAME, DIFFERENT, FIRST, SECOND)
MOST_INPUTS, MOST_STEPS = 2, 20


@dataclass(frozen=True, slots=True)
class Input:
    """A granted table as far as it is read.

    Attributes:
        resource: id of the mounted resource.
        grant: number of the grant; "" for what the own unit provides.
        items: ids of the 信息项 that are read.
        filter: further conditions on rows (`core.exchange.filters`).
    """

    resource: str
    grant: str
    items: tuple[str, ...]
    filter: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One step; what a kind of step has no use for is empty.

    Attributes:
        do: one of STEPS.
        input: place of the table, from 1; 0 for `compare`.
        items: of `select`, `clean` and `dedupe`.
        rules: of `clean` (`core.processing.cleaning`), in their order.
        filter: of `filter`.
        keys, pairs: of `compare`: items of the first and the second table that say which rows
            belong together, and those that are compared.
        give: of `compare`: what goes into the result.
    """

    do: str
    input: int = 1
    items: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    filter: tuple[Mapping[str, Any], ...] = ()
    keys: tuple[tuple[str, str], ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()
    give: tuple[str, ...] = OUTCOMES


@dataclass(frozen=True, slots=True)
class Spec:
    """A whole order."""

    inputs: tuple[Input, ...]
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """What may be read of a mounted table: only columns of granted items.

    Attributes:
        title: of its entry.
        columns: by item; each item has one column.
    """

    title: str
    columns: tuple[Column, ...]

    def column(self, item: str) -> Column:
        """Give the column of an item.

        Raises:
            KeyError: there is none.
        """
        for one in self.columns:
            if one.item == item:
                return one
        raise KeyError(item)

    def narrowed(self, items: Sequence[str]) -> Table:
        """Give the table with the columns of these items, in this order."""
        return Table(self.title, tuple(self.column(one) for one in items))


@dataclass(frozen=True, slots=True)
class Line:
    """One number of the report, or with `rows` what it came to.

    Attributes:
        what: `read`, `kept`, `filtered`, `cleaned`, `unfit`, `repeated`, `keyless`, an outcome of
            a comparison, `differing`, or `given`.
        input: place of the table; 0 for both.
        title: of the column that it is about.
        rule: of cleaning.
    """

    what: str
    input: int = 0
    title: str = ""
    rule: str = ""
    rows: int = field(default=0)


def parsed(data: Mapping[str, Any]) -> Spec:
    """Read an order that has no faults (`core.processing.faults`)."""
    return Spec(
        inputs=tuple(
            Input(
                str(one["resource"]),
                str(one.get("grant") or ""),
                tuple(one["items"]),
                tuple(one.get("filter") or ()),
            )
            for one in data["inputs"]
        ),
        steps=tuple(map(_step, data.get("steps") or ())),
    )


def _step(one: Mapping[str, Any]) -> Step:
    if one["do"] == COMPARE:
        return Step(
            do=COMPARE,
            input=0,
            keys=tuple((first, second) for first, second in one["keys"]),
            pairs=tuple((first, second) for first, second in one.get("items") or ()),
            give=tuple(code for code in OUTCOMES if code in (one.get("give") or OUTCOMES)),
        )
    return Step(
        do=one["do"],
        input=int(one.get("input", 1)),
        items=tuple(one.get("items") or ()),
        rules=tuple(one.get("rules") or ()),
        filter=tuple(one.get("filter") or ()),
    )
