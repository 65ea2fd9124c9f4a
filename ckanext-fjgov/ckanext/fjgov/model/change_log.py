"""The change log: notes go in by triggers, and only the sequencer gives them their order.

The sequencer works under an advisory lock that it holds to its commit, so that the order of
commits is the order of `seq` and a reader that pages by `seq` misses nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ckanext.fjgov.core.catalog.canonical import ENTRY, UNIT
from ckanext.fjgov.core.federation.digest import MODULUS, ZERO, Digest, bucket_of, digest_key
from ckanext.fjgov.model.change_rows import (
    CurrentRecord,
    Shapes,
    current_entries,
    current_units,
)
from ckanext.fjgov.model.database import SEQUENCER_LOCK, lock_until_commit, own_transaction
from ckanext.fjgov.model.high_water import BLOCK, HighWaterMark

NOTES_A_DRAIN = 2000
SEQ_COUNTER = "seq"

_READERS: Mapping[
    str, Callable[[sa.Connection, Sequence[str], Shapes], dict[str, CurrentRecord]]
] = {UNIT: current_units, ENTRY: current_entries}


@dataclass(frozen=True, slots=True)
class LoggedRow:
    """What the log holds about one record: the part that a drain compares and counts."""

    node: str
    kind: str
    key: str
    record_id: str | None
    op: str
    hash: str


def drain_all(shapes: Shapes, mark: HighWaterMark, now: Callable[[], datetime]) -> int:
    """Take every pending note into the log.

    Returns:
        The number of records that got a new `seq`.

    Cost: a few statements for each 2,000 notes; none of them depends on the size of the catalog.
    """
    changed = 0
    while True:
        with own_transaction() as connection:
            notes, fresh = _drain(connection, shapes, mark, now())
        changed += fresh
        if notes < NOTES_A_DRAIN:
            return changed


def drain_in(connection: sa.Connection, shapes: Shapes, mark: HighWaterMark, now: datetime) -> int:
    """Take up to 2,000 pending notes into the log inside the caller's transaction."""
    return _drain(connection, shapes, mark, now)[1]


def _drain(
    connection: sa.Connection, shapes: Shapes, mark: HighWaterMark, now: datetime
) -> tuple[int, int]:
    lock_until_commit(connection, SEQUENCER_LOCK)
    notes = connection.execute(
        sa.text("SELECT id, kind, record_id FROM fjgov_change_note ORDER BY id LIMIT :limit"),
        {"limit": NOTES_A_DRAIN},
    ).all()
    if not notes:
        return 0, 0
    plan = _Plan(connection)
    for kind, reader in _READERS.items():
        ids = sorted({note.record_id for note in notes if note.kind == kind})
        if ids:
            current = reader(connection, ids, shapes)
            plan.compare(kind, ids, current)
    plan.write(mark, now)
    connection.execute(
        sa.text("DELETE FROM fjgov_change_note WHERE id = ANY(:ids)"),
        {"ids": [note.id for note in notes]},
    )
    return len(notes), len(plan.rows)


class _Plan:
    """The rows that one drain will write, and what they do to the digests."""

    def __init__(self, connection: sa.Connection) -> None:
        self.connection = connection
        self.rows: dict[tuple[str, str, str], dict[str, Any]] = {}
        self.digest: defaultdict[tuple[str, str], Digest] = defaultdict(lambda: ZERO)

    def compare(self, kind: str, ids: Sequence[str], current: Mapping[str, CurrentRecord]) -> None:
        """Plan a row for each record whose state differs from the logged one."""
        by_record = {
            row.record_id: row for row in self._logged(kind, "record_id = ANY(:values)", ids)
        }
        keys = [record.key for record in current.values()]
        by_key = {
            (row.node, row.key): row for row in self._logged(kind, "key = ANY(:values)", keys)
        }
        for record_id in ids:
            now = current.get(record_id)
            before = by_record.get(record_id)
            if before is not None and (
                now is None or (before.node, before.key) != (now.node, now.key)
            ):
                # The record is gone or got another key: the old key ends here.
                self._put(before, None, reason="purged", replaced_by=now.key if now else None)
            if now is None:
                continue
            logged = by_key.get((now.node, now.key))
            if logged is None and now.data is None:
                continue
            if logged is not None and _other_holds(logged, record_id):
                continue
            self._change(logged, now)

    def _change(self, logged: LoggedRow | None, now: CurrentRecord) -> None:
        if logged is not None and logged.record_id == now.record_id:
            unchanged = logged.op == "put" and now.data is not None and logged.hash == now.hash
            if unchanged or (logged.op == "del" and now.data is None):
                return
        before = logged or LoggedRow(now.node, now.kind, now.key, None, "del", "")
        self._put(before, now, reason=now.reason, replaced_by=now.replaced_by)

    def _put(
        self,
        before: LoggedRow,
        now: CurrentRecord | None,
        *,
        reason: str | None,
        replaced_by: str | None,
    ) -> None:
        data = now.data if now else None
        if data is None and before.op == "del" and now is None:
            return
        bucket = bucket_of(digest_key(before.kind, before.key))
        self.rows[before.node, before.kind, before.key] = {
            "node": before.node,
            "kind": before.kind,
            "key": before.key,
            "record_id": now.record_id if now else None,
            "op": "put" if data is not None else "del",
            "hash": now.hash if now and data is not None else "",
            "bytes": data,
            "bucket": bucket,
            "reason": reason if data is None else None,
            "replaced_by": replaced_by if data is None else None,
        }
        delta = self.digest[before.node, bucket]
        name = digest_key(before.kind, before.key)
        if before.op == "put":
            delta = delta.remove(name, before.hash)
        if data is not None and now is not None:
            delta = delta.add(name, now.hash)
        self.digest[before.node, bucket] = delta

    def write(self, mark: HighWaterMark, now: datetime) -> None:
        """Number the planned rows and write them with the digests."""
        if not self.rows:
            return
        first = _take_numbers(self.connection, len(self.rows), mark)
        for number, row in enumerate(self.rows.values(), start=first):
            row.update(seq=number, now=now)
        self.connection.execute(_UPSERT, list(self.rows.values()))
        self.connection.execute(
            _ADD_DIGEST,
            [
                {
                    "node": node,
                    "bucket": bucket,
                    "total": delta.total % MODULUS,
                    "count": delta.count,
                }
                for (node, bucket), delta in self.digest.items()
            ],
        )

    def _logged(self, kind: str, condition: str, values: Iterable[str]) -> list[LoggedRow]:
        rows = self.connection.execute(
            sa.text(
                "SELECT node, kind, key, record_id, op, hash FROM fjgov_change"
                f" WHERE kind = :kind AND {condition}"
            ),
            {"kind": kind, "values": list(values)},
        )
        return [LoggedRow(*row) for row in rows]


_UPSERT = sa.text(
    "INSERT INTO fjgov_change AS c (node, kind, key, record_id, seq, op, hash, bytes, bucket,"
    " reason, replaced_by, changed_at) VALUES (:node, :kind, :key, :record_id, :seq, :op, :hash,"
    " :bytes, :bucket, :reason, :replaced_by, :now)"
    " ON CONFLICT (node, kind, key) DO UPDATE SET record_id = EXCLUDED.record_id,"
    " seq = EXCLUDED.seq, op = EXCLUDED.op, hash = EXCLUDED.hash, bytes = EXCLUDED.bytes,"
    " reason = EXCLUDED.reason, replaced_by = EXCLUDED.replaced_by,"
    " changed_at = EXCLUDED.changed_at"
)

_ADD_DIGEST = sa.text(
    "INSERT INTO fjgov_digest AS d (node, bucket, total, count)"
    " VALUES (:node, :bucket, :total, :count)"
    " ON CONFLICT (node, bucket) DO UPDATE SET"
    f" total = (d.total + EXCLUDED.total) % {MODULUS}::numeric, count = d.count + EXCLUDED.count"
)


def _other_holds(logged: LoggedRow, record_id: str) -> bool:
    """Say whether another live record holds the key; `doctor` reports the one left out."""
    return logged.op == "put" and logged.record_id not in (None, record_id)


def _take_numbers(connection: sa.Connection, count: int, mark: HighWaterMark) -> int:
    """Move the head by `count` and give the first of the new numbers.

    A head below the file's mark means a restored database: its cursors would lie, so the log
    starts a new epoch above everything that was ever issued.
    """
    head = connection.execute(
        sa.text("SELECT epoch, seq, reserved FROM fjgov_head FOR UPDATE")
    ).one()
    epoch, seq, reserved = head
    marked = mark.read(SEQ_COUNTER)
    if marked > reserved:
        epoch = connection.execute(sa.text("SELECT gen_random_uuid()::text")).scalar_one()
        seq = reserved = marked
    first, last = seq + 1, seq + count
    if last > reserved:
        reserved = last + BLOCK
        mark.raise_to(SEQ_COUNTER, reserved)
    connection.execute(
        sa.text("UPDATE fjgov_head SET epoch = :epoch, seq = :seq, reserved = :reserved"),
        {"epoch": epoch, "seq": last, "reserved": reserved},
    )
    return first
