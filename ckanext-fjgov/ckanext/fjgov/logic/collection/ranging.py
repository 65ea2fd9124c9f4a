"""What a unit collects beyond its confirmed catalog, over all entries it lists (Art. 8, M8b)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ckanext.fjgov.core.collection.checking import Outcome, check_range
from ckanext.fjgov.core.collection.item import CollectionItem
from ckanext.fjgov.core.collection.reading import items_of_entry, with_bases
from ckanext.fjgov.core.collection.words import load_word_book
from ckanext.fjgov.logic import settings
from ckanext.fjgov.logic.clock import local_today, utc_now
from ckanext.fjgov.logic.collection.known import known_items
from ckanext.fjgov.logic.collection.standing import reported_items
from ckanext.fjgov.model import collection_entries, collection_records
from ckanext.fjgov.model.collection_entries import OwnEntry
from ckanext.fjgov.model.database import snapshot

# Other requests wait for the decided items no longer than so many entries take.
_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class UnitRange:
    """What was found about one unit.

    Attributes:
        entries: how many entries it collects itself.
        found: each outcome with its entry, in the order of identifiers and of items.
    """

    entries: int
    found: tuple[tuple[OwnEntry, Outcome], ...]


def range_of_unit(unit_id: str) -> UnitRange:
    """Check every listed entry that a unit collects itself, local or a copy.

    Cost: two statements and the entries of the unit; about 0.1 ms an item.
    """
    here = settings.node().code
    with snapshot() as connection:
        entries = collection_entries.of_unit(connection, unit_id, here)
        records = collection_records.of_unit(connection, unit_id, here)
    reported = [item for record in records for item in reported_items(record)]
    found = [
        (entry, outcome)
        for start in range(0, len(entries), _AT_ONCE)
        for entry, outcome in _checked(entries[start : start + _AT_ONCE], reported)
    ]
    return UnitRange(len(entries), tuple(found))


def _checked(
    entries: Sequence[OwnEntry], reported: Sequence[CollectionItem]
) -> Iterator[tuple[OwnEntry, Outcome]]:
    words = load_word_book(settings.data_folder())
    today = local_today()
    items = [
        with_bases(items_of_entry(entry.fields, entry.node), reported, words) for entry in entries
    ]
    with known_items(utc_now()) as known:
        for entry, own in zip(entries, items, strict=True):
            for outcome in check_range(own, known.index, since=today, is_too_old=known.is_too_old):
                yield entry, outcome
