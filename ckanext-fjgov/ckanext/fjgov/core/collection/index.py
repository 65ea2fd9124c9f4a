"""Find the few confirmed items one item may be a duplicate of, among very many.

Answers what comparing with every item would answer; the tests hold it to that.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import NamedTuple, TypeVar

from ckanext.fjgov.core.collection.item import CollectionItem
from ckanext.fjgov.core.collection.likeness import Likeness, ReadItem, compare, read_item
from ckanext.fjgov.core.collection.words import WordBook

_LONGEST = 12
# Up to this size a bucket is compared whole: cheaper than looking every prefix up.
_SMALL = 12
# Sorts behind every digit.
_END = ":"

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")

ItemKey = tuple[str, str]


class _Place(NamedTuple):
    """One part of a territory of one item; sorted by prefix."""

    prefix: str
    key: ItemKey


class _Bucket(NamedTuple):
    """What items must have in common; `kind` tells words from data element codes.

    `line` is set for words bound to their line of business alone.
    """

    kind: str
    business_object: str
    text: str
    line: str


class CollectionIndex:
    """The decided items of all nodes, by object, word or code, line and territory.

    Attributes:
        words: the words all items are read with.

    Memory: a fixed number of small objects for each item and part of its territory (about 1 kB an
    item with its texts). Not safe for use by several threads while items are added.
    """

    def __init__(
        self,
        words: WordBook,
        items: Iterable[CollectionItem] = (),
        current_units: Mapping[str, str] | None = None,
    ) -> None:
        """Build the index.

        Args:
            words: see `load_word_book`.
            items: any items; those not decided are kept out.
            current_units: former USCC -> the code of its successor, so that a unit that was
                renumbered or merged is no stranger to its own items.
        """
        self.words = words
        self._current_units = dict(current_units or {})
        self._items: dict[ItemKey, ReadItem] = {}
        self._buckets: dict[_Bucket, list[_Place]] = {}
        self._by_unit: dict[str, dict[str, list[ItemKey]]] = {}
        for item in items:
            self.put(item)

    def __len__(self) -> int:
        return len(self._items)

    def put(self, item: CollectionItem) -> None:
        """Add an item or replace it; one that is not decided any more is taken out.

        Cost: O(size of the buckets it lies in) to keep them sorted.
        """
        self.drop(item.key)
        if not item.state.is_decided:
            return
        read = read_item(item, self.words)
        self._items[item.key] = read
        for bucket in _buckets_of(read):
            places = self._buckets.setdefault(bucket, [])
            for rule in item.territory.parts:
                insort(places, _Place(rule.prefix, item.key))
        own = self._by_unit.setdefault(self.current_unit(item.unit), {})
        for text in _own_texts(read):
            own.setdefault(text, []).append(item.key)

    def drop(self, key: ItemKey) -> None:
        """Take an item out; one that is not known is nothing to do."""
        read = self._items.pop(key, None)
        if read is None:
            return
        for bucket in _buckets_of(read):
            kept = [place for place in self._buckets[bucket] if place.key != key]
            _keep(self._buckets, bucket, kept)
        unit = self.current_unit(read.item.unit)
        own = self._by_unit[unit]
        for text in _own_texts(read):
            _keep(own, text, [other for other in own[text] if other != key])
        if not own:
            del self._by_unit[unit]

    def current_unit(self, code: str) -> str:
        """Follow the successors of a unit to the code it has now."""
        seen = {code}
        while (later := self._current_units.get(code)) is not None and later not in seen:
            seen.add(later)
            code = later
        return code

    def alike(self, read: ReadItem, since: date) -> Iterator[tuple[ReadItem, Likeness]]:
        """Give every indexed item that is in conflict with one, each once, in no fixed order.

        The item itself, its own unit's items and those others may collect again are left out.

        Args:
            read: prepared with the words of this index.
            since: territories must meet on this day or later.

        Cost: O(items with the same object and word whose territory meets).
        """
        unit = self.current_unit(read.item.unit)
        for key in self._candidates(read):
            other = self._items[key]
            if (
                not other.item.blocks_others
                or key == read.item.key
                or self.current_unit(other.item.unit) == unit
            ):
                continue
            likeness = compare(read, other, since)
            if likeness.is_conflict:
                yield other, likeness

    def own(self, read: ReadItem) -> Iterator[ReadItem]:
        """Give the decided items of the item's own unit with the same word or code."""
        own = self._by_unit.get(self.current_unit(read.item.unit), {})
        keys = {key for text in _own_texts(read) for key in own.get(text, ())}
        return (self._items[key] for key in keys)

    def has_unit(self, code: str) -> bool:
        """Tell whether a unit has a decided item at all."""
        return self.current_unit(code) in self._by_unit

    def _candidates(self, read: ReadItem) -> set[ItemKey]:
        prefixes = {rule.prefix for rule in read.item.territory.parts}
        found: set[ItemKey] = set()
        for bucket in _buckets_asked(read):
            places = self._buckets.get(bucket)
            if places is None:
                continue
            if len(places) <= _SMALL:
                found.update(place.key for place in places)
                continue
            for prefix in prefixes:
                found.update(_meeting(places, prefix))
        return found


def _buckets_of(read: ReadItem) -> list[_Bucket]:
    """Name the buckets an item lies in; none when nothing can be in conflict with it."""
    if not read.business_object or read.word.use == "common":
        return []
    buckets = []
    if read.line or not read.is_line_bound:
        line = read.line if read.is_line_bound else ""
        buckets.append(_Bucket("word", read.business_object, read.word.word, line))
    if read.item.element:
        buckets.append(_Bucket("element", read.business_object, read.item.element, ""))
    return buckets


def _buckets_asked(read: ReadItem) -> Iterator[_Bucket]:
    """Name the buckets that can hold a conflict: bound to the item's line, and to none."""
    if not read.business_object or read.word.use == "common":
        return
    for line in {"", read.line}:
        for word in (read.word.word, *read.word.near):
            yield _Bucket("word", read.business_object, word, line)
    if read.item.element:
        yield _Bucket("element", read.business_object, read.item.element, "")


def _meeting(places: list[_Place], prefix: str) -> Iterator[ItemKey]:
    """Give the places whose prefix begins with the other or the other way round."""
    for length in range(2, len(prefix)):
        yield from _between(places, prefix[:length], prefix[:length])
    yield from _between(places, prefix, prefix + _END)


def _between(places: list[_Place], first: str, last: str) -> Iterator[ItemKey]:
    position = bisect_left(places, (first,))
    while position < len(places) and places[position].prefix <= last:
        yield places[position].key
        position += 1


def _own_texts(read: ReadItem) -> set[str]:
    # A word holds no "=" (see ItemWord), so a code cannot be taken for one.
    texts = {read.word.word}
    if read.item.element:
        texts.add(f"={read.item.element}")
    return texts


def _keep(table: dict[_Key, list[_Value]], key: _Key, kept: list[_Value]) -> None:
    if kept:
        table[key] = kept
    else:
        del table[key]
