"""Check an entry against the overall collection catalog: collected twice, or out of range.

There is no override: only an adjustment by 省数字办 leads past a conflict (Art. 6), and only
a cited law past a finding out of range (Art. 8).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum

from ckanext.fjgov.core.collection.item import CollectionItem
from ckanext.fjgov.core.collection.likeness import Likeness, ReadItem, read_item
from ckanext.fjgov.core.collection.ports import KnownItems


class OutcomeKind(str, Enum):
    """What a check found; the values are stored.

    Attributes:
        DUPLICATE: 重复采集提示, another unit holds the item and shares it.
        PENDING: the local copy is too old to tell; checked again before confirmation.
        OUT_OF_RANGE: 超范围采集提示, the unit has no confirmed collection item for it.
    """

    DUPLICATE = "duplicate"
    PENDING = "pending"
    OUT_OF_RANGE = "out_of_range"


@dataclass(frozen=True, slots=True)
class Match:
    """An item another unit holds, and how alike it is; apply for it at (`holder.node`, item id)."""

    holder: CollectionItem
    likeness: Likeness

    @property
    def apply_to(self) -> tuple[str, str]:
        """Give what an application names (Art. 23): home node and id of the collection item."""
        return self.holder.key


@dataclass(frozen=True, slots=True)
class Outcome:
    """One finding about an item, or about the entry as a whole.

    Attributes:
        kind: see `OutcomeKind`.
        item: the item, or None for the entry.
        matches: who holds it, base databases first, then the best score; at most as many as asked.
        total: how many hold it.
        awaits: what a pending outcome would be if the copy were recent; None for the entry.
        copy_age: age of the local copy, None where nothing was ever copied.
    """

    kind: OutcomeKind
    item: CollectionItem | None
    matches: tuple[Match, ...] = ()
    total: int = 0
    awaits: OutcomeKind | None = None
    copy_age: timedelta | None = None


def check_entry(
    items: Sequence[CollectionItem],
    known: KnownItems,
    *,
    since: date,
    copy_age: timedelta | None,
    max_age: timedelta,
    most_matches: int = 20,
) -> tuple[Outcome, ...]:
    """Check the items of one entry.

    Args:
        items: what the unit would collect; items taken over from another (一数一源) pass.
        known: the decided items known here.
        since: day of the check.
        copy_age: age of that knowledge; zero where it is decided, None before the first copy.
        max_age: an older copy makes every outcome pending.
        most_matches: holders listed an item.

    Returns:
        Outcomes in the order of the items; for each a duplicate before one out of range. What is
        about the entry as a whole stands first: a copy that is too old, or a unit without any
        confirmed collection item.

    Cost: O(holders with the same object and word whose territory meets), for each item.
    Source: Art. 8; duties M8a, M8b.
    """
    too_old = copy_age is None or copy_age > max_age
    collected = [item for item in items if not item.is_taken_over]
    found: list[Outcome] = []
    for item in collected:
        read = read_item(item, known.words)
        matches = holders_of(read, known, since)
        if matches:
            found.append(
                Outcome(
                    OutcomeKind.DUPLICATE, item, tuple(matches[:most_matches]), total=len(matches)
                )
            )
        found += _beyond(read, known, since)
    whole = _without_catalog(collected, known)
    if not too_old:
        return (*whole, *found)
    pending = [_pending(outcome, copy_age) for outcome in (*whole, *found)]
    return (Outcome(OutcomeKind.PENDING, None, copy_age=copy_age), *pending)


def check_range(
    items: Sequence[CollectionItem], known: KnownItems, *, since: date, is_too_old: bool
) -> tuple[Outcome, ...]:
    """Check only what of an entry is out of range, without asking who else holds what.

    Args:
        items: what the unit would collect, as `check_entry` takes them.
        is_too_old: the copy is, so that every outcome is pending.

    Returns:
        Those outcomes of `check_entry` that are about the range, in its order; a copy that is too
        old is no outcome of its own here.

    Cost: O(decided items of the unit with the same word or code), for each item.
    Source: Art. 8; duty M8b.
    """
    collected = [item for item in items if not item.is_taken_over]
    found = _without_catalog(collected, known)
    for item in collected:
        found += _beyond(read_item(item, known.words), known, since)
    return tuple(_pending(one, None) for one in found) if is_too_old else tuple(found)


def holders_of(read: ReadItem, known: KnownItems, since: date) -> list[Match]:
    """Give who holds an item, base databases first, then the best score, then by key.

    An item of a base database yields to other base databases only (Art. 11).
    """
    matches = [
        Match(other.item, likeness)
        for other, likeness in known.alike(read, since)
        if wins(other.item, read.item)
    ]
    return sorted(matches, key=_rank)


def wins(holder: CollectionItem, other: CollectionItem) -> bool:
    """Tell whether a holder may keep the item when another would collect it too.

    Only what is decided and obtainable wins; a base database is beaten by a base database alone.
    """
    return holder.blocks_others and (holder.is_base or not other.is_base)


def is_in_range(read: ReadItem, known: KnownItems, since: date) -> bool:
    """Tell whether a law or a decided item of the unit allows to collect an item (Art. 8).

    The decided item has the same word or data element code, no other object, for line-bound words
    no other line, and a territory that holds the whole of the item's.
    """
    return read.item.basis.is_cited or any(_allows(own, read, since) for own in known.own(read))


def _beyond(read: ReadItem, known: KnownItems, since: date) -> list[Outcome]:
    """Give the item out of range; nothing for a unit without any decided item."""
    if not known.has_unit(read.item.unit) or is_in_range(read, known, since):
        return []
    return [Outcome(OutcomeKind.OUT_OF_RANGE, read.item)]


def _without_catalog(collected: Sequence[CollectionItem], known: KnownItems) -> list[Outcome]:
    """Give one outcome for an entry whose unit has no decided item at all."""
    strangers = [item for item in collected if not known.has_unit(item.unit)]
    is_cleared = all(item.basis.is_cited for item in strangers)
    return [] if is_cleared else [Outcome(OutcomeKind.OUT_OF_RANGE, None)]


def _allows(own: ReadItem, read: ReadItem, since: date) -> bool:
    objects = {own.business_object, read.business_object} - {""}
    lines = {own.line, read.line} - {""}
    return (
        len(objects) <= 1
        and (len(lines) <= 1 or not (own.is_line_bound or read.is_line_bound))
        and own.item.territory.holds(read.item.territory, since)
    )


def _pending(outcome: Outcome, copy_age: timedelta | None) -> Outcome:
    return Outcome(
        OutcomeKind.PENDING,
        outcome.item,
        outcome.matches,
        outcome.total,
        awaits=outcome.kind,
        copy_age=copy_age,
    )


def _rank(match: Match) -> tuple[bool, float, str, str]:
    return (not match.holder.is_base, -match.likeness.score, *match.holder.key)
