"""What the check asks of the store of decided collection items."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Protocol

from ckanext.fjgov.core.collection.likeness import Likeness, ReadItem
from ckanext.fjgov.core.collection.words import WordBook


class KnownItems(Protocol):
    """Decided items known at this node; `index.CollectionIndex` holds them in memory."""

    @property
    def words(self) -> WordBook:
        """The words all items are read with."""
        ...

    def alike(self, read: ReadItem, since: date) -> Iterator[tuple[ReadItem, Likeness]]:
        """Give every item of another unit that blocks others and is in conflict with one."""
        ...

    def own(self, read: ReadItem) -> Iterator[ReadItem]:
        """Give the decided items of the item's own unit with the same word or element code."""
        ...

    def has_unit(self, code: str) -> bool:
        """Tell whether a unit has a decided item at all."""
        ...
