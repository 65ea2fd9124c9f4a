"""The local log of one foreign source (`core.foreign.ports.Spool`): staged, then taken at once."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ckanext.fjgov.core.catalog.plain_record import is_canonical_plain
from ckanext.fjgov.core.federation.digest import (
    Digest,
    bucket_of,
    buckets_of,
    combine,
    digest_key,
)
from ckanext.fjgov.core.federation.feed import FeedRow
from ckanext.fjgov.core.foreign.mapper import SpoolRow
from ckanext.fjgov.core.foreign.ports import SpoolHead
from ckanext.fjgov.model import sources
from ckanext.fjgov.model.database import own_transaction, snapshot
from ckanext.fjgov.model.high_water import HighWaterMark

GONE = "not_listed"
_COLUMNS = "seq, op, kind, key, hash, bytes, changed_at"


@dataclass(frozen=True, slots=True)
class SourceLog:
    """The log of one source.

    Attributes:
        source: code of its node.
        prefix: identifiers of new records are allocated from it.
        mark: the mark outside the database.
        now: the present time.
    """

    source: str
    prefix: str
    mark: HighWaterMark
    now: Callable[[], datetime]

    def begin(self) -> None:
        """Forget what an unfinished reading staged."""
        with own_transaction() as connection:
            self._forget_staged(connection)

    def bind(self, remote_ids: Sequence[str]) -> Mapping[str, str]:
        """Give the identifier of each remote id, bound for ever."""
        return sources.bind(self.source, remote_ids, self.prefix, self.mark)

    def stage(self, rows: Sequence[SpoolRow]) -> None:
        """Keep rows of the present reading; of one key the first counts."""
        if not rows:
            return
        with own_transaction() as connection:
            connection.execute(
                sa.text(
                    "INSERT INTO fjgov_source_staged (source, kind, key, record_id, remote_id,"
                    " hash, bucket, addresses, bytes) SELECT :source, kind, key, record_id,"
                    " remote_id, hash, bucket, CAST(addresses AS jsonb), bytes FROM unnest("
                    "CAST(:kinds AS text[]), CAST(:keys AS text[]), CAST(:records AS text[]),"
                    " CAST(:remotes AS text[]), CAST(:hashes AS text[]), CAST(:buckets AS text[]),"
                    " CAST(:addresses AS text[]), CAST(:bytes AS bytea[])) AS r (kind, key,"
                    " record_id, remote_id, hash, bucket, addresses, bytes)"
                    " ON CONFLICT DO NOTHING"
                ),
                {
                    "source": self.source,
                    "kinds": [row.kind for row in rows],
                    "keys": [row.key for row in rows],
                    "records": [row.record_id for row in rows],
                    "remotes": [row.remote_id for row in rows],
                    "hashes": [row.hash for row in rows],
                    "buckets": [bucket_of(digest_key(row.kind, row.key)) for row in rows],
                    "addresses": [
                        json.dumps(dict(row.addresses), ensure_ascii=False) for row in rows
                    ],
                    "bytes": [row.data for row in rows],
                },
            )

    def commit(self, summary: Mapping[str, Any]) -> SpoolHead:
        """Make the staged rows the state of the source; what is missing becomes a tombstone."""
        with own_transaction() as connection:
            head = connection.execute(
                sa.text("SELECT seq FROM fjgov_source WHERE node = :source FOR UPDATE"),
                {"source": self.source},
            ).scalar_one()
            facts = {"source": self.source, "now": self.now()}
            # Rows that were staged a moment ago have no statistics yet: a plan made for an empty
            # table would compare each record with each other one.
            connection.execute(sa.text("SET LOCAL enable_nestloop = off"))
            gone = connection.execute(sa.text(_GONE), {**facts, "head": head}).rowcount
            put = connection.execute(sa.text(_PUT), {**facts, "head": head + gone}).rowcount
            connection.execute(sa.text(_ADDRESSES), {"source": self.source})
            digest = combine(self._buckets(connection).values()).text()
            connection.execute(
                sa.text("UPDATE fjgov_source SET seq = :seq, digest = :digest WHERE node = :node"),
                {"seq": head + put + gone, "digest": digest, "node": self.source},
            )
            told = {**summary, "complete": True, "changed": put, "gone": gone}
            sources.note_reading(connection, self.source, self.now(), told)
            self._forget_staged(connection)
        return self.head()

    def fail(self, summary: Mapping[str, Any]) -> None:
        """Drop what was staged; the last good state stays, with the reason of the failure."""
        with own_transaction() as connection:
            self._forget_staged(connection)
            told = {**summary, "complete": False}
            sources.note_reading(connection, self.source, self.now(), told)

    def head(self) -> SpoolHead:
        """Give where the log stands."""
        with own_transaction() as connection:
            row = connection.execute(
                sa.text("SELECT epoch, seq, digest FROM fjgov_source WHERE node = :source"),
                {"source": self.source},
            ).one()
        return SpoolHead(row.epoch, row.seq, row.digest)

    def changes(self, since: int, limit: int) -> list[FeedRow]:
        """Give rows after a number, in order."""
        with snapshot() as connection:
            rows = connection.execute(
                sa.text(
                    f"SELECT {_COLUMNS} FROM fjgov_source_record WHERE source = :source"
                    " AND seq > :since ORDER BY seq LIMIT :limit"
                ),
                {"source": self.source, "since": since, "limit": limit},
            )
            return [_feed_row(row) for row in rows]

    def records(self, keys: Sequence[tuple[str, str]]) -> list[FeedRow]:
        """Give listed records by (kind, key)."""
        with snapshot() as connection:
            rows = connection.execute(
                sa.text(
                    f"SELECT {_COLUMNS} FROM fjgov_source_record WHERE source = :source"
                    " AND op = 'put' AND (kind, key) IN"
                    " (SELECT * FROM unnest(CAST(:kinds AS text[]), CAST(:keys AS text[])))"
                    " ORDER BY seq"
                ),
                {
                    "source": self.source,
                    "kinds": [kind for kind, _ in keys],
                    "keys": [key for _, key in keys],
                },
            )
            return [_feed_row(row) for row in rows]

    def buckets(self) -> Mapping[str, Digest]:
        """Give the digests of the listed records by bucket. Cost: one hash a record."""
        with snapshot() as connection:
            return self._buckets(connection)

    def bucket_keys(self, buckets: Sequence[str]) -> Mapping[tuple[str, str], str]:
        """Give what buckets hold: (kind, key) -> hash."""
        with snapshot() as connection:
            rows = connection.execute(
                sa.text(
                    "SELECT kind, key, hash FROM fjgov_source_record WHERE source = :source"
                    " AND op = 'put' AND bucket = ANY(:buckets)"
                ),
                {"source": self.source, "buckets": list(buckets)},
            )
            return {(row.kind, row.key): row.hash for row in rows}

    def _buckets(self, connection: sa.Connection) -> dict[str, Digest]:
        rows = connection.execute(
            sa.text(
                "SELECT kind, key, hash FROM fjgov_source_record"
                " WHERE source = :source AND op = 'put'"
            ),
            {"source": self.source},
        )
        return buckets_of({digest_key(row.kind, row.key): row.hash for row in rows})

    def _forget_staged(self, connection: sa.Connection) -> None:
        connection.execute(
            sa.text("DELETE FROM fjgov_source_staged WHERE source = :source"),
            {"source": self.source},
        )


# Units come before entries, since entries need theirs.
_PUT = """
INSERT INTO fjgov_source_record AS r (source, kind, key, record_id, remote_id, seq, op, hash,
    bytes, bucket, addresses, changed_at)
SELECT s.source, s.kind, s.key, s.record_id, s.remote_id,
    :head + row_number() OVER (ORDER BY s.kind DESC, s.key), 'put', s.hash, s.bytes, s.bucket,
    s.addresses, :now
FROM fjgov_source_staged s
LEFT JOIN fjgov_source_record o ON o.source = s.source AND o.kind = s.kind AND o.key = s.key
WHERE s.source = :source AND (o.key IS NULL OR o.op = 'del' OR o.hash <> s.hash)
ON CONFLICT (source, kind, key) DO UPDATE SET seq = EXCLUDED.seq, op = 'put',
    hash = EXCLUDED.hash, bytes = EXCLUDED.bytes, addresses = EXCLUDED.addresses,
    record_id = EXCLUDED.record_id, remote_id = EXCLUDED.remote_id, changed_at = EXCLUDED.changed_at
"""
_GONE = """
UPDATE fjgov_source_record r SET op = 'del', bytes = NULL, addresses = '{}',
    seq = :head + g.position, changed_at = :now
FROM (SELECT o.kind, o.key, row_number() OVER (ORDER BY o.kind, o.key) AS position
    FROM fjgov_source_record o WHERE o.source = :source AND o.op = 'put' AND NOT EXISTS (
        SELECT 1 FROM fjgov_source_staged s
        WHERE s.source = o.source AND s.kind = o.kind AND s.key = o.key)) g
WHERE r.source = :source AND r.kind = g.kind AND r.key = g.key
"""
_ADDRESSES = """
UPDATE fjgov_source_record r SET addresses = s.addresses FROM fjgov_source_staged s
WHERE r.source = :source AND s.source = r.source AND s.kind = r.kind AND s.key = r.key
    AND r.addresses <> s.addresses
"""


def _feed_row(row: Any) -> FeedRow:
    data = bytes(row.bytes) if row.bytes is not None else None
    fields = json.loads(data) if data is not None else None
    return FeedRow(
        seq=row.seq,
        op=row.op,
        type=row.kind,
        key=row.key,
        hash=row.hash,
        at=row.changed_at.isoformat().replace("+00:00", "Z"),
        reason=GONE if row.op == "del" else None,
        replaced_by=None,
        record=data,
        fields=fields,
        plain=data is not None and fields is not None and is_canonical_plain(fields, data),
    )
