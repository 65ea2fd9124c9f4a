"""Prove that this copy equals its home catalog, and repair it record by record where it does not.

The local side is computed from this database's own rows, through its own triggers and canonical
form, plus the records that were refused with a reason; never from hashes that were received.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from ckanext.fjgov.core.catalog.canonical import UNIT
from ckanext.fjgov.core.federation.digest import (
    ZERO,
    Differences,
    Digest,
    bucket_of,
    combine,
    digest_key,
    locate,
    roll_up,
)
from ckanext.fjgov.core.federation.feed import FeedRow
from ckanext.fjgov.core.federation.ports import WideReader
from ckanext.fjgov.logic.clock import utc_now
from ckanext.fjgov.logic.sync.run import Run
from ckanext.fjgov.model import feed, runs
from ckanext.fjgov.model.database import snapshot

BATCH = 500
TOMBSTONE_REASON = "not_at_home"


@dataclass(frozen=True, slots=True)
class LocalView:
    """This copy of one node's catalog, in one snapshot."""

    node: str
    buckets: Mapping[str, Digest]
    connection: sa.Connection

    def children(self, prefixes: Sequence[str]) -> Mapping[str, Digest]:
        """Give the digests under prefixes."""
        return roll_up(self.buckets, *prefixes)

    def keys(self, buckets: Sequence[str]) -> Mapping[str, str]:
        """Give the records of buckets, refused ones included."""
        asked = frozenset(buckets)
        held = runs.held(self.connection, self.node)
        refused = {
            name: value for name, value in held.items() if bucket_of(digest_key(*name)) in asked
        }
        found = feed.bucket_keys(self.connection, self.node, buckets) | refused
        return {digest_key(kind, key): value for (kind, key), value in found.items()}


@dataclass(frozen=True, slots=True)
class RemoteView:
    """The home catalog as its node tells it."""

    reader: WideReader

    def children(self, prefixes: Sequence[str]) -> Mapping[str, Digest]:
        """Ask for the digests under prefixes."""
        return self.reader.many_children(prefixes).children

    def keys(self, buckets: Sequence[str]) -> Mapping[str, str]:
        """Ask what buckets hold."""
        listing = self.reader.many_keys(buckets)
        return {digest_key(kind, key): value for (kind, key), value in listing.keys.items()}


def local_buckets(connection: sa.Connection, node: str) -> dict[str, Digest]:
    """Give the digests of this copy by bucket, refused records included."""
    buckets = feed.buckets(connection, node)
    for bucket, digest in runs.held_buckets(connection, node).items():
        buckets[bucket] = buckets.get(bucket, ZERO) + digest
    return buckets


def local_digest(node: str) -> Digest:
    """Give the digest of this copy; drain the log before."""
    with snapshot() as connection:
        return combine(local_buckets(connection, node).values())


def find_differences(reader: WideReader, node: str) -> Differences:
    """Locate what differs.

    Cost: at most O(differences · log n) requests, and four where a few records differ, because a
    request names up to 256 prefixes of a level.
    """
    with snapshot() as connection:
        ours = LocalView(node, local_buckets(connection, node), connection)
        return locate(ours, RemoteView(reader))


def repair(run: Run, differences: Differences) -> None:
    """Withdraw what home does not have, then fetch and write what is missing or changed here."""
    gone = tombstones(differences)
    for start in range(0, len(gone), BATCH):
        run.write(gone[start : start + BATCH])
    wanted = [_split(name) for name in (*differences.missing, *differences.changed)]
    # Units first: entries need theirs.
    wanted.sort(key=lambda name: name[0] != UNIT)
    for start in range(0, len(wanted), BATCH):
        run.write(run.reader.records(wanted[start : start + BATCH]).rows)


def tombstones(differences: Differences) -> list[FeedRow]:
    """Give the withdrawals that a repair applies."""
    return [_tombstone(*_split(name)) for name in differences.surplus]


def names_of(differences: Differences) -> Sequence[str]:
    """Give all differing records by name, sorted."""
    return sorted({*differences.missing, *differences.changed, *differences.surplus})


def _split(name: str) -> tuple[str, str]:
    kind, _, key = name.partition(":")
    return kind, key


def _tombstone(kind: str, key: str) -> FeedRow:
    return FeedRow(
        seq=0,
        op="del",
        type=kind,
        key=key,
        hash="",
        at=utc_now().isoformat(),
        reason=TOMBSTONE_REASON,
        replaced_by=None,
        record=None,
        fields=None,
    )
