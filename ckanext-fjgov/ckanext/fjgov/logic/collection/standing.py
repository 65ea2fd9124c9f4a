"""A record of the 采集目录 with all that is known of its items at this node."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

import orjson
import sqlalchemy as sa

from ckanext.fjgov.core.collection.item import CollectionItem
from ckanext.fjgov.core.collection.reading import items_of_record
from ckanext.fjgov.core.collection.revision import (
    Effect,
    PlannedChange,
    plan_revision,
    revision_hash,
)
from ckanext.fjgov.core.collection.travelling import DecidedItem, arrived
from ckanext.fjgov.core.collection.words import load_word_book
from ckanext.fjgov.logic import settings
from ckanext.fjgov.logic.clock import local_today
from ckanext.fjgov.model import collection_items
from ckanext.fjgov.model.collection_records import CollectionRecord

RecordKey = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Standing:
    """One record, its items as reported, and what holds of them in the overall catalog.

    Attributes:
        items: nothing for a record that is not listed.
        in_force: item id -> the item as decided, also one that is decided to end.
    """

    record: CollectionRecord
    items: tuple[CollectionItem, ...]
    in_force: Mapping[str, DecidedItem]

    @property
    def waiting(self) -> tuple[CollectionItem, ...]:
        """Give the items of which another version, or none, is decided."""
        return tuple(item for item in self.items if not self.is_decided(item))

    def is_decided(self, item: CollectionItem) -> bool:
        """Tell whether the present version of an item is decided."""
        known = self.in_force.get(item.item_id)
        return known is not None and known.revision == revision_hash(item)

    @property
    def content(self) -> str:
        """Give one hash over all that the record reports, to tell that it has changed."""
        hashes = sorted(revision_hash(item) for item in self.items)
        return sha256("\n".join(hashes).encode()).hexdigest()


def key_of(record: CollectionRecord) -> RecordKey:
    """Give home node and identifier of a record."""
    return record.node, record.identifier


def reported_items(record: CollectionRecord) -> tuple[CollectionItem, ...]:
    """Give the items of a record, none while it is not listed."""
    return items_of_record(record.fields, record.node) if record.is_listed else ()


def standings(
    connection: sa.Connection, records: Iterable[CollectionRecord]
) -> dict[RecordKey, Standing]:
    """Give what is known of records: (node, identifier) -> standing. Cost: one statement."""
    wanted = {key_of(record): record for record in records}
    in_force: dict[RecordKey, dict[str, DecidedItem]] = {key: {} for key in wanted}
    for row in collection_items.of_records(connection, list(wanted)):
        if row.data is not None:
            in_force[row.node, row.record][row.item_id] = arrived(orjson.loads(row.data))
    return {
        key: Standing(record, reported_items(record), in_force[key])
        for key, record in wanted.items()
    }


def planned(standing: Standing, basis: str) -> tuple[PlannedChange, ...]:
    """Say for each change since the decisions whether filing is enough or 确认 is needed (Art. 7).

    Raises:
        InvalidRevision: there are changes and no basis.
    """
    changed = standing.waiting
    kept = {item.item_id for item in standing.items}
    touched = {item.item_id for item in changed} | (standing.in_force.keys() - kept)
    before = [one.item for name, one in standing.in_force.items() if name in touched]
    return plan_revision(
        before,
        changed,
        {one.item.key: one.item for one in standing.in_force.values()},
        basis=basis,
        words=load_word_book(settings.data_folder()),
        since=local_today(),
    )


def needs_confirmation(plan: Sequence[PlannedChange]) -> bool:
    """Tell whether a revision brings something that filing does not cover."""
    return any(one.effect is Effect.ON_CONFIRMATION for one in plan)
