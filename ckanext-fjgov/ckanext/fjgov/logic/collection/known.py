"""The decided items known at this node, held in memory and kept up with their table.

At the province they are decided here; at a city they are a copy, whose age goes with every answer.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import orjson
import sqlalchemy as sa

from ckanext.fjgov.core.collection.content import item_of
from ckanext.fjgov.core.collection.index import CollectionIndex
from ckanext.fjgov.core.collection.words import WordBook, load_word_book
from ckanext.fjgov.logic import settings
from ckanext.fjgov.model import collection_items, collection_records
from ckanext.fjgov.model.database import snapshot

_LOCK = threading.RLock()


@dataclass(frozen=True, slots=True)
class Known:
    """What is known here.

    Attributes:
        index: `core.collection.ports.KnownItems`.
        age: of the copy; zero where the items are decided, None before the first copy.
        max_age: an older copy makes every outcome pending.
    """

    index: CollectionIndex
    age: timedelta | None
    max_age: timedelta

    @property
    def is_too_old(self) -> bool:
        """Tell whether what is known is too old to rely on."""
        return self.age is None or self.age > self.max_age


@dataclass
class _Held:
    index: CollectionIndex
    place: tuple[str, int, int]
    successors: dict[str, str]


_held: _Held | None = None


@contextmanager
def known_items(now: datetime) -> Iterator[Known]:
    """Give the decided items as they are committed now; other threads wait until they are used.

    Cost: two small statements and the rows changed since the last call of this process; all rows
    at the first call, about 1 kB of memory an item.
    """
    global _held  # noqa: PLW0603 - one index a process, guarded by the lock
    book = load_word_book(settings.data_folder())
    # Only what is committed may come into memory: a row that is rolled back gives its number away.
    with _LOCK, snapshot() as connection:
        head = collection_items.head(connection)
        successors = collection_records.successors(connection)
        if _held is None or not _goes_on(_held, head, book, successors):
            _held = _Held(
                CollectionIndex(book, (), successors), (head.epoch, head.generation, 0), successors
            )
        _follow(_held, connection, head)
        yield Known(_held.index, _age(head, now), settings.collection_max_age())


def is_decided_here() -> bool:
    """Tell whether this node is the province, where 省数字办 decides (Art. 6)."""
    return settings.node().level == "province"


def _goes_on(
    held: _Held,
    head: collection_items.CatalogHead,
    book: WordBook,
    successors: dict[str, str],
) -> bool:
    epoch, generation, seq = held.place
    return (
        held.index.words is book
        and held.successors == successors
        and (epoch, generation) == (head.epoch, head.generation)
        and seq <= head.seq
    )


def _follow(held: _Held, connection: sa.Connection, head: collection_items.CatalogHead) -> None:
    seq = held.place[2]
    if seq == head.seq:
        return
    for row in collection_items.since(connection, seq):
        seq = max(seq, row.seq)
        if row.data is None:
            held.index.drop((row.node, row.item_id))
        else:
            held.index.put(item_of(orjson.loads(row.data)["item"]))
    held.place = (head.epoch, head.generation, seq)


def _age(head: collection_items.CatalogHead, now: datetime) -> timedelta | None:
    if is_decided_here():
        return timedelta(0)
    return None if head.verified_at is None else now - head.verified_at
