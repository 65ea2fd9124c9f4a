"""Digest of a catalog: equal digests prove equal catalogs, differing buckets locate differences.

The digest is a sum modulo 2^256 of one number per live record, with the number of records. A sum
and not an exclusive-or, because the latter cancels a record that is listed twice. Withdrawn
records are not part of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

MODULUS = 2**256
BUCKET_DIGITS = 3
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


def children_of(prefix: str) -> tuple[str, ...]:
    """Give the 16 prefixes one digit longer.

    Raises:
        ValueError: the prefix is a whole bucket or no prefix at all.
    """
    if not is_prefix(prefix) or len(prefix) >= BUCKET_DIGITS:
        raise ValueError(f"not a bucket prefix with children: {prefix[:20]!a}")
    return tuple(prefix + digit for digit in _HEX)


def roll_up(buckets: Mapping[str, Digest], prefix: str) -> dict[str, Digest]:
    """Sum buckets into the children of a prefix; children without a record are left out.

    Args:
        buckets: bucket (3 hex digits) -> digest; others than those under the prefix are ignored.
        prefix: 0 to 2 hex digits.
    """
    width = len(prefix) + 1
    sums = dict.fromkeys(children_of(prefix), ZERO)
    for bucket, digest in buckets.items():
        if bucket.startswith(prefix):
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
    """One side of a comparison, read level by level."""

    def children(self, prefix: str) -> Mapping[str, Digest]:
        """Give the digests of the children of a prefix of 0 to 2 hex digits."""
        ...

    def keys(self, bucket: str) -> Mapping[str, str]:
        """Give name -> hash of every live record of one bucket."""
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

    Cost: one call of `children` for the root and, per differing bucket, at most two of `children`
    and one of `keys` on each side.
    """
    pending: Sequence[str] = ("",)
    for _ in range(BUCKET_DIGITS):
        pending = [
            child
            for prefix in pending
            for child in differing(ours.children(prefix), theirs.children(prefix))
        ]
    missing: list[str] = []
    surplus: list[str] = []
    changed: list[str] = []
    for bucket in pending:
        mine, remote = ours.keys(bucket), theirs.keys(bucket)
        missing += remote.keys() - mine.keys()
        surplus += mine.keys() - remote.keys()
        changed += [name for name in mine.keys() & remote.keys() if mine[name] != remote[name]]
    return Differences(tuple(sorted(missing)), tuple(sorted(surplus)), tuple(sorted(changed)))
