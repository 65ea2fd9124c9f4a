"""What holds of an item while its record goes on changing, and what a decision decides.

A record that was changed after its confirmation waits, and the version that was confirmed stays
in force meanwhile (原目录有效); so a decision keeps the version that it is about.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ckanext.fjgov.core.catalog.uscc import is_uscc
from ckanext.fjgov.core.collection.item import CollectionItem
from ckanext.fjgov.core.collection.overall import (
    Adjustment,
    Decision,
    InvalidDecision,
    ItemKey,
    apply_decision,
    carry_decision,
)
from ckanext.fjgov.core.collection.revision import revision_hash
from ckanext.fjgov.core.collection.territory import InvalidTerritory, territory_of

_FIELDS = frozenset({"item", "unit", "territory", "line", "obtainable", "end"})
_YES_NO = {"1": True, "0": False}


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision with the version of the item that it is about."""

    decision: Decision
    version: CollectionItem

    def effective(self) -> CollectionItem:
        """Give the item as decided."""
        return apply_decision(self.version, self.decision)


def latest(decided: Iterable[Decided]) -> dict[ItemKey, Decided]:
    """Give the decision of the highest number for each item."""
    found: dict[ItemKey, Decided] = {}
    for one in decided:
        known = found.get(one.decision.key)
        if known is None or known.decision.number < one.decision.number:
            found[one.decision.key] = one
    return found


def standing(records: Iterable[CollectionItem], decided: Sequence[Decided]) -> tuple[Decided, ...]:
    """Give what holds of each live item: the decision about it as it is, else the last one.

    Args:
        records: items as their units report them now; an item that is not among them has ended.
        decided: all decisions about them.

    Returns:
        In the order of the items; items that nobody ever decided on are left out.
    """
    last = latest(decided)
    about = {
        (one.decision.key, one.decision.revision): one
        for one in sorted(decided, key=lambda one: one.decision.number)
    }
    found = (about.get((item.key, revision_hash(item)), last.get(item.key)) for item in records)
    return tuple(one for one in found if one is not None)


def waiting(
    records: Iterable[CollectionItem], decided: Iterable[Decided]
) -> tuple[CollectionItem, ...]:
    """Give the items whose present version nobody has decided on, in their order."""
    about = {(one.decision.key, one.decision.revision) for one in decided}
    return tuple(item for item in records if (item.key, revision_hash(item)) not in about)


def subjects(
    records: Sequence[CollectionItem], decided: Sequence[Decided], *, as_reported: bool
) -> tuple[CollectionItem, ...]:
    """Give the versions that a step of 省数字办 is about.

    Args:
        as_reported: the records as they are now, which wait; else what holds of them.
    """
    if as_reported:
        return tuple(records)
    return tuple(one.version for one in standing(records, decided))


def decisions_for(
    items: Sequence[CollectionItem],
    decided: Sequence[Decided],
    adjustments: Mapping[str, Adjustment],
    reason: str,
    number: int,
) -> tuple[Decided, ...]:
    """Make the decisions of one step of 省数字办 about one record.

    Args:
        items: the versions that are decided about.
        decided: decisions so far.
        adjustments: item id -> what is adjusted; other items without a decision are confirmed.
        reason: for what is adjusted.
        number: the first number that is free.

    Raises:
        InvalidDecision: an adjustment changes nothing, or the reason is missing.
    """
    open_keys = {item.key for item in waiting(items, decided)}
    chosen = [item for item in items if item.item_id in adjustments or item.key in open_keys]
    return tuple(
        Decided(
            Decision(
                number + place,
                item.node,
                item.item_id,
                revision_hash(item),
                adjustments.get(item.item_id),
                reason if item.item_id in adjustments else "",
            ),
            item,
        )
        for place, item in enumerate(chosen)
    )


def carried(
    items: Sequence[CollectionItem], decided: Sequence[Decided], number: int
) -> tuple[Decided, ...]:
    """Carry the decisions over to the versions of a revision that is in force on filing (Art. 7).

    Items that were never decided on are left out; see `revision.plan_revision` for those.
    """
    last = latest(decided)
    moved = [item for item in waiting(items, decided) if item.key in last]
    return tuple(
        Decided(carry_decision(last[item.key].decision, item, number + place), item)
        for place, item in enumerate(moved)
    )


def adjustments_of(rows: Any, items: Sequence[CollectionItem]) -> dict[str, Adjustment]:
    """Read what 省数字办 adjusts, item by item.

    Args:
        rows: list of `item` (item id) with any of `unit` (USCC), `territory` (division codes),
            `line`, `obtainable` (1 or 0) and `end` (1: not to be collected).
        items: those of the record.

    Raises:
        InvalidDecision: no row, a row of another form, or an item that the record does not have.
    """
    if not isinstance(rows, list) or not rows:
        raise InvalidDecision("请逐项写明调整内容", "state what is adjusted, item by item")
    known = {item.item_id for item in items}
    found: dict[str, Adjustment] = {}
    for row in rows:
        if not isinstance(row, Mapping) or not set(row) <= _FIELDS:
            raise InvalidDecision(
                "调整内容须为 item 及 unit、territory、line、obtainable、end",
                "an adjustment has item and unit, territory, line, obtainable, end",
            )
        item = row.get("item")
        if not isinstance(item, str) or item not in known or item in found:
            raise InvalidDecision(
                f"采集目录中没有采集项 {str(item)[:80]}，或重复",
                f"the record has no item {str(item)[:80]!a}, or it is named twice",
            )
        found[item] = _adjustment(item, row)
    return found


def _adjustment(item: str, row: Mapping[str, Any]) -> Adjustment:
    unit, line = row.get("unit") or None, row.get("line") or None
    codes, obtainable, end = row.get("territory") or None, row.get("obtainable"), row.get("end")
    texts = [text for text in (unit, line) if text is not None]
    if not all(isinstance(text, str) for text in texts):
        raise InvalidDecision(f"采集项 {item} 的调整须为文本", f"{item}: texts are needed")
    if unit is not None and not is_uscc(unit):
        raise InvalidDecision(
            f"采集项 {item} 的责任单位代码 {unit[:30]} 无效，请填写统一社会信用代码",
            f"{item}: {unit[:30]!a} is no unit code",
        )
    if obtainable not in (None, "", *_YES_NO) or end not in (None, "", *_YES_NO):
        raise InvalidDecision(f"采集项 {item}：请填写 1 或 0", f"{item}: write 1 or 0")
    try:
        territory = None if codes is None else territory_of(codes)
    except (InvalidTerritory, TypeError) as error:
        zh, en = (
            getattr(error, "zh", "采集地域须为代码列表"),
            getattr(error, "en", "a list of codes"),
        )
        raise InvalidDecision(f"采集项 {item}：{zh}", f"{item}: {en}") from error
    return Adjustment(
        unit=unit,
        territory=territory,
        line=line,
        is_obtainable=_YES_NO.get(obtainable or ""),
        is_ended=bool(_YES_NO.get(end or "")),
    )
