"""Seals over records of use: each covers a batch and the seal before it (Art. 36).

The newest seal is signed and kept outside the database, so that a table that was cut or put back
to an older state is told from a whole one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone

from ckanext.fjgov.core.catalog.canonical import canonical_bytes

FIRST = "0" * 64


@dataclass(frozen=True, slots=True)
class Seal:
    """A batch of records, in the order in which they were sealed.

    Attributes:
        number: 1, 2, 3 … without gaps.
        events: numbers of the records.
        digests: of the records, in the same order.
        previous: hash of the seal before.
    """

    number: int
    at: datetime
    events: tuple[int, ...]
    digests: tuple[str, ...]
    previous: str
    hash: str


@dataclass(frozen=True, slots=True)
class Head:
    """The newest seal, as it is known outside the database."""

    number: int
    hash: str


@dataclass(frozen=True, slots=True)
class Fault:
    """The first thing that is not as it was written.

    Attributes:
        seal: number of the seal.
        event: number of the record; None when the seal itself is at fault.
    """

    seal: int
    event: int | None
    zh: str
    en: str


def sealed(previous: Seal | None, events: Sequence[tuple[int, str]], at: datetime) -> Seal:
    """Seal a batch of records, each a number and a digest."""
    number = previous.number + 1 if previous else 1
    before = previous.hash if previous else FIRST
    numbers = tuple(one for one, _digest in events)
    digests = tuple(digest for _one, digest in events)
    return Seal(number, at, numbers, digests, before, _hash(number, at, numbers, digests, before))


def faults(seals: Iterable[tuple[Seal, Mapping[int, str]]], head: Head | None) -> Iterator[Fault]:
    """Name what is not as it was written, in the order of sealing.

    Args:
        seals: each seal with the digests of its records as they are now, by number.
        head: the newest seal as known outside; None when none was ever written.
    """
    expected, previous, at_head = 1, FIRST, FIRST
    for seal, found in seals:
        if seal.number != expected:
            yield Fault(expected, None, f"缺少第 {expected} 号封存", f"seal {expected} is missing")
            expected = seal.number
        yield from _event_faults(seal, found)
        own = _hash(seal.number, seal.at, seal.events, seal.digests, seal.previous)
        if own != seal.hash or seal.previous != previous:
            yield Fault(
                seal.number, None, f"第 {seal.number} 号封存被改动", f"seal {seal.number} changed"
            )
        if head and seal.number == head.number:
            at_head = seal.hash
        expected, previous = seal.number + 1, seal.hash
    if head and head.number >= expected:
        yield Fault(
            expected,
            None,
            f"第 {expected} 至 {head.number} 号封存缺失（表被截断或恢复为旧表）",
            f"seals {expected} to {head.number} are missing: the table was cut or put back",
        )
    elif head and at_head != head.hash:
        yield Fault(
            head.number,
            None,
            f"第 {head.number} 号封存与库外签名不符",
            f"seal {head.number} is not the one that was signed outside",
        )


def _event_faults(seal: Seal, found: Mapping[int, str]) -> Iterator[Fault]:
    for number, digest in zip(seal.events, seal.digests, strict=False):
        if number not in found:
            yield Fault(seal.number, number, f"缺少记录 {number}", f"record {number} is missing")
        elif found[number] != digest:
            yield Fault(seal.number, number, f"记录 {number} 被改动", f"record {number} changed")


def _hash(
    number: int, at: datetime, events: Sequence[int], digests: Sequence[str], previous: str
) -> str:
    content = {
        "number": number,
        "at": at.astimezone(timezone.utc).isoformat(),
        "events": list(events),
        "digests": list(digests),
        "previous": previous,
    }
    return hashlib.sha256(canonical_bytes(content)).hexdigest()
