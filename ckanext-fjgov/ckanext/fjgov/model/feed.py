"""Read the change log for feeds, digests and comparisons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ckanext.fjgov.core.catalog.canonical import ENTRY
from ckanext.fjgov.core.federation.digest import Digest, combine


@dataclass(frozen=True, slots=True)
class Head:
    """Where the log stands: its epoch and its highest sequence number."""

    epoch: str
    seq: int


@dataclass(frozen=True, slots=True)
class LogRow:
    """One row of the log as a feed needs it."""

    seq: int
    op: str
    kind: str
    key: str
    hash: str
    data: bytes | None
    reason: str | None
    replaced_by: str | None
    changed_at: datetime


_COLUMNS = "seq, op, kind, key, hash, bytes, reason, replaced_by, changed_at"


def head(connection: sa.Connection) -> Head:
    """Give the head of the log."""
    row = connection.execute(sa.text("SELECT epoch, seq FROM fjgov_head")).one()
    return Head(row.epoch, row.seq)


def cursor_holds(connection: sa.Connection, seq: int, digest_text: str) -> bool:
    """Say whether a reader's cursor belongs to this history of the log.

    Args:
        connection: of the snapshot that is answered from.
        seq: the reader's cursor.
        digest_text: what was told as digest when the head stood there; "" proves nothing.

    Returns:
        False when the log once stood elsewhere at that number, or never stood there. A cursor
        older than all checkpoints is trusted: its epoch and the closing digest still speak.
    """
    if not digest_text or seq == 0:
        return True
    row = connection.execute(
        sa.text(
            "SELECT (SELECT digest FROM fjgov_checkpoint WHERE seq = :seq) AS told,"
            " (SELECT min(seq) FROM fjgov_checkpoint) AS oldest"
        ),
        {"seq": seq},
    ).one()
    if row.told is None:
        return row.oldest is None or seq < row.oldest
    return bool(row.told == digest_text)


def changes(connection: sa.Connection, node: str, since: int, limit: int) -> list[LogRow]:
    """Give up to `limit` rows of one node after a cursor, in order of `seq`.

    Cost: one index range; depends on `limit`, never on the size of the catalog.
    """
    rows = connection.execute(
        sa.text(
            f"SELECT {_COLUMNS} FROM fjgov_change WHERE node = :node AND seq > :since"
            " ORDER BY seq LIMIT :limit"
        ),
        {"node": node, "since": since, "limit": limit},
    )
    return [_row(row) for row in rows]


def tombstone(connection: sa.Connection, kind: str, key: str) -> LogRow | None:
    """Give the row of a withdrawn record; None when it is listed, or was never."""
    row = connection.execute(
        sa.text(
            f"SELECT {_COLUMNS} FROM fjgov_change"
            " WHERE kind = :kind AND key = :key AND op = 'del' ORDER BY seq DESC LIMIT 1"
        ),
        {"kind": kind, "key": key},
    ).one_or_none()
    return _row(row) if row else None


def page(
    connection: sa.Connection, node: str, since: int, limit: int, most_bytes: int
) -> tuple[list[LogRow], bool]:
    """Give the rows of one page after a cursor, and whether there are more behind it.

    Args:
        limit: most rows.
        most_bytes: the page ends before the row that would make its records longer than this;
            one row is always given.

    Cost: two index ranges; the first reads sizes only.
    """
    sizes = connection.execute(
        sa.text(
            "SELECT seq, coalesce(octet_length(bytes), 0) AS size FROM fjgov_change"
            " WHERE node = :node AND seq > :since ORDER BY seq LIMIT :limit"
        ),
        {"node": node, "since": since, "limit": limit + 1},
    ).all()
    total = count = 0
    for row in sizes[:limit]:
        total += row.size
        if count and total > most_bytes:
            break
        count += 1
    return changes(connection, node, since, count) if count else [], count < len(sizes)


def live_records(
    connection: sa.Connection, node: str, keys: Sequence[tuple[str, str]]
) -> list[LogRow]:
    """Give the rows of named records that are listed, in order of `seq`."""
    rows = connection.execute(
        sa.text(
            f"SELECT {_COLUMNS} FROM fjgov_change WHERE node = :node AND op = 'put'"
            " AND (kind, key) IN"
            " (SELECT * FROM unnest(CAST(:kinds AS text[]), CAST(:keys AS text[])))"
            " ORDER BY seq"
        ),
        {"node": node, "kinds": [kind for kind, _ in keys], "keys": [key for _, key in keys]},
    )
    return [_row(row) for row in rows]


def buckets(connection: sa.Connection, node: str, prefix: str = "") -> dict[str, Digest]:
    """Give the digests of a node's buckets under a prefix; empty buckets are left out."""
    rows = connection.execute(
        sa.text(
            "SELECT bucket, total, count AS number FROM fjgov_digest"
            " WHERE node = :node AND bucket LIKE :prefix AND (count <> 0 OR total <> 0)"
        ),
        {"node": node, "prefix": f"{prefix}%"},
    )
    return {row.bucket: Digest(int(row.total), row.number) for row in rows}


def digest(connection: sa.Connection, node: str) -> Digest:
    """Give the digest of everything that a node lists. Cost: at most 4,096 small rows."""
    return combine(buckets(connection, node).values())


def own_digest(connection: sa.Connection, node: str, at: Head) -> Digest:
    """Give the digest of this node's own catalog as it was added up at the head.

    Cost: one row; without a checkpoint there, the sum of the buckets.
    """
    told = connection.execute(
        sa.text("SELECT digest FROM fjgov_checkpoint WHERE seq = :seq"), {"seq": at.seq}
    ).scalar_one_or_none()
    return Digest.parse(told) if told else digest(connection, node)


def bucket_keys(
    connection: sa.Connection, node: str, buckets: Sequence[str]
) -> dict[tuple[str, str], str]:
    """Give what buckets hold: (kind, key) -> hash."""
    rows = connection.execute(
        sa.text(
            "SELECT kind, key, hash FROM fjgov_change"
            " WHERE node = :node AND bucket = ANY(:buckets) AND op = 'put'"
        ),
        {"node": node, "buckets": list(buckets)},
    )
    return {(row.kind, row.key): row.hash for row in rows}


def live_counts(connection: sa.Connection, node: str) -> dict[str, int]:
    """Count the records that a node lists: kind -> number.

    Cost: the digests of its buckets, and a look at what is no entry; never a pass over all entries.
    """
    rows = connection.execute(
        sa.text(
            "SELECT kind, count(*) AS number FROM fjgov_change WHERE node = :node AND op = 'put'"
            " AND (kind < 'entry' OR kind > 'entry') GROUP BY kind"
        ),
        {"node": node},
    )
    others = {row.kind: row.number for row in rows}
    return {**others, ENTRY: digest(connection, node).count - sum(others.values())}


def counts_by_node(connection: sa.Connection) -> dict[str, dict[str, int]]:
    """Count listed records: node -> kind -> number."""
    rows = connection.execute(
        sa.text(
            "SELECT node, kind, count(*) AS number FROM fjgov_change WHERE op = 'put' GROUP BY 1, 2"
        )
    )
    counts: dict[str, dict[str, int]] = {}
    for row in rows:
        counts.setdefault(row.node, {})[row.kind] = row.number
    return counts


def hashes(
    connection: sa.Connection, node: str, kind: str, keys: Sequence[str]
) -> Mapping[str, str]:
    """Give the hashes of listed records among the keys: key -> hash."""
    rows = connection.execute(
        sa.text(
            "SELECT key, hash FROM fjgov_change WHERE node = :node AND kind = :kind"
            " AND op = 'put' AND key = ANY(:keys)"
        ),
        {"node": node, "kind": kind, "keys": list(keys)},
    )
    return {row.key: row.hash for row in rows}


def _row(row: Any) -> LogRow:
    return LogRow(
        seq=row.seq,
        op=row.op,
        kind=row.kind,
        key=row.key,
        hash=row.hash,
        data=bytes(row.bytes) if row.bytes is not None else None,
        reason=row.reason,
        replaced_by=row.replaced_by,
        changed_at=row.changed_at,
    )
