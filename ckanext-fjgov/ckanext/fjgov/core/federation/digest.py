"""Digest of a catalog: equal digests prove equal catalogs, differing buckets locate differences.

The digest is a sum modulo 2^256 of one number per live record, with the number of records. A sum
and not an exclusive-or, because the latter cancels a record that is listed twice. Withdrawn
records are not part of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

MODULUS = 2**256
BUCKET_DIGITS = 3
PREFIXES_AT_ONCE = 256
RECORDS_AT_ONCE = 20_000
_HEX = "0123456789abcdef"
_TEXT = re.compile(r"([0-9a-f]{64}):(0|[1-9][0-9]{0,15})")
_PREFIX = re.compile(r"[0-9a-f]{0,3}")


def digest_key(kind: str, key: str) -> str:
    """Give the name under which a record enters the digest, so that kinds never collide."""
    return f"{kind}:{key}"


def bucket_of(name: str) -> str:
    """Give the bucket of a record: the first 12 bits of SHA-256 of its name as 3 hex digits."""
    return sha256(name.encode("utf-8")).hexdigest()[:BUCKET_DIGITS]


def record_term(name: str, record_hash: str) -> int:
    """Give the number that one record adds to a digest.

    Args:
        name: from `digest_key`.
        record_hash: SHA-256 of the canonical bytes, 64 hex digits.
    """
    return int.from_bytes(sha256(f"{name}\0{record_hash}".encode()).digest(), "big")


@dataclass(frozen=True, slots=True)
class Digest:
    """Sum and number of the records of a catalog or of one bucket."""

    total: int = 0
    count: int = 0

    def add(self, name: str, record_hash: str) -> Digest:
        """Give the digest with one record more."""
        return Digest((self.total + record_term(name, record_hash)) % MODULUS, self.count + 1)

    def remove(self, name: str, record_hash: str) -> Digest:
        """Give the digest with one record less."""
        return Digest((self.total - record_term(name, record_hash)) % MODULUS, self.count - 1)

    def __add__(self, other: Digest) -> Digest:
        return Digest((self.total + other.total) % MODULUS, self.count + other.count)

    def __sub__(self, other: Digest) -> Digest:
        return Digest((self.total - other.total) % MODULUS, self.count - other.count)

    def text(self) -> str:
        """Write `<64 hex digits>:<count>`."""
        return f"{self.total:064x}:{self.count}"

    @classmethod
    def parse(cls, text: str) -> Digest:
        """Read what `text` wrote.

        Raises:
            ValueError: the text has another form.
        """
        match = _TEXT.fullmatch(text)
        if match is None:
            raise ValueError(f"not a digest: {text[:90]!a}")
        return cls(int(match[1], 16), int(match[2]))


ZERO = Digest()


def digest_of(records: Mapping[str, str]) -> Digest:
    """Give the digest of a whole catalog, from name -> hash. Cost: one hash a record."""
    total = sum(record_term(name, record_hash) for name, record_hash in records.items())
    return Digest(total % MODULUS, len(records))


def buckets_of(records: Mapping[str, str]) -> dict[str, Digest]:
    """Give the digest of every bucket that holds a record, from name -> hash."""
    grouped: dict[str, dict[str, str]] = {}
    for name, record_hash in records.items():
        grouped.setdefault(bucket_of(name), {})[name] = record_hash
    return {bucket: digest_of(members) for bucket, members in grouped.items()}


def is_prefix(text: str) -> bool:
    """Tell whether a text is a bucket or the beginning of one (0 to 3 hex digits)."""
    return _PREFIX.fullmatch(text) is not None


def prefixes_of(text: str) -> tuple[str, ...]:
    """Read the prefixes that a question names, separated by commas; "" is the root.

    Raises:
        ValueError: not prefixes of one length in rising order, or more than 256 of them.
    """
    prefixes = tuple(text.split(","))
    sound = (
        len(prefixes) <= PREFIXES_AT_ONCE
        and all(is_prefix(prefix) for prefix in prefixes)
        and len({len(prefix) for prefix in prefixes}) == 1
        and list(prefixes) == sorted(set(prefixes))
    )
    if not sound:
        raise ValueError(f"not bucket prefixes: {text[:40]!a}")
    return prefixes


def children_of(prefix: str) -> tuple[str, ...]:
    """Give the 16 prefixes one digit longer.

    Raises:
        ValueError: the prefix is a whole bucket or no prefix at all.
    """
    if not is_prefix(prefix) or len(prefix) >= BUCKET_DIGITS:
        raise ValueError(f"not a bucket prefix with children: {prefix[:20]!a}")
    return tuple(prefix + digit for digit in _HEX)


def roll_up(buckets: Mapping[str, Digest], *prefixes: str) -> dict[str, Digest]:
    """Sum buckets into the children of prefixes; children without a record are left out.

    Args:
        buckets: bucket (3 hex digits) -> digest; others than those under a prefix are ignored.
        prefixes: of one length, 0 to 2 hex digits.

    Cost: one addition a bucket, however many prefixes there are.
    """
    sums = {child: ZERO for prefix in prefixes for child in children_of(prefix)}
    width = len(prefixes[0]) + 1
    for bucket, digest in buckets.items():
        if bucket[:width] in sums:
            sums[bucket[:width]] += digest
    return {child: digest for child, digest in sums.items() if digest != ZERO}


def combine(digests: Iterable[Digest]) -> Digest:
    """Give the digest of disjoint parts together."""
    result = ZERO
    for digest in digests:
        result += digest
    return result


def differing(ours: Mapping[str, Digest], theirs: Mapping[str, Digest]) -> tuple[str, ...]:
    """Give the prefixes whose digests differ, sorted; a missing one counts as empty."""
    return tuple(
        sorted(
            prefix
            for prefix in ours.keys() | theirs.keys()
            if ours.get(prefix, ZERO) != theirs.get(prefix, ZERO)
        )
    )


class DigestView(Protocol):
    """One side of a comparison, read level by level, many prefixes at once."""

    def children(self, prefixes: Sequence[str]) -> Mapping[str, Digest]:
        """Give the digests of the children of prefixes of one length, 0 to 2 hex digits."""
        ...

    def keys(self, buckets: Sequence[str]) -> Mapping[str, str]:
        """Give name -> hash of every live record of the buckets."""
        ...


@dataclass(frozen=True, slots=True)
class Differences:
    """Names of records that differ between two catalogs, each tuple sorted.

    Attributes:
        missing: they have it, we do not.
        surplus: we have it, they do not.
        changed: both have it with different hashes.
    """

    missing: tuple[str, ...]
    surplus: tuple[str, ...]
    changed: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.missing or self.surplus or self.changed)


def locate(ours: DigestView, theirs: DigestView) -> Differences:
    """Find exactly the records that differ, from the top of the prefix tree down.

    Cost: with one difference one call of `children` a level and one of `keys`; with many, one more
    for each 256 differing prefixes of a level or 20,000 records of differing buckets.
    """
    pending: list[str] = [""]
    sizes: Mapping[str, int] = {}
    for _ in range(BUCKET_DIGITS):
        below: list[str] = []
        told: dict[str, int] = {}
        for batch in batches(pending, {}):
            mine, remote = ours.children(batch), theirs.children(batch)
            found = differing(mine, remote)
            below += found
            told.update((prefix, remote.get(prefix, ZERO).count) for prefix in found)
        pending, sizes = below, told
    missing: list[str] = []
    surplus: list[str] = []
    changed: list[str] = []
    for batch in batches(pending, sizes):
        here, there = ours.keys(batch), theirs.keys(batch)
        missing += there.keys() - here.keys()
        surplus += here.keys() - there.keys()
        changed += [name for name in here.keys() & there.keys() if here[name] != there[name]]
    return Differences(tuple(sorted(missing)), tuple(sorted(surplus)), tuple(sorted(changed)))


def batches(prefixes: Sequence[str], sizes: Mapping[str, int]) -> Iterator[tuple[str, ...]]:
    """Cut prefixes into what one question may name: at most 256, and about 20,000 records.

    Args:
        prefixes: in order.
        sizes: records under a prefix; 0 when it is not named. They are another node's words, so
            they only shape the batches.
    """
    batch: list[str] = []
    records = 0
    for prefix in prefixes:
        size = max(0, sizes.get(prefix, 0))
        if batch and (len(batch) == PREFIXES_AT_ONCE or records + size > RECORDS_AT_ONCE):
            yield tuple(batch)
            batch, records = [], 0
        batch.append(prefix)
        records += size
    if batch:
        yield tuple(batch)
