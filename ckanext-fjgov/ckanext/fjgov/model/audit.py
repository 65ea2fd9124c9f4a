"""The append-only audit (Article 36): canonical rows, each with the hash of the one before."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ckanext.fjgov.core.catalog.canonical import canonical_bytes
from ckanext.fjgov.model.database import AUDIT_LOCK, lock_until_commit, own_transaction

FIRST_HASH = "0" * 64


def append(event: str, actor: str, detail: Mapping[str, Any], now: datetime) -> int:
    """Add one event in a transaction of its own, so that a refused write still leaves its trace.

    Args:
        event: name of the event, such as `secrecy_refused`.
        actor: user name, node code or `anonymous`.
        detail: facts about the event; never content of what was refused.
        now: aware time of the event.

    Returns:
        The number of the row.
    """
    with own_transaction() as connection:
        lock_until_commit(connection, AUDIT_LOCK)
        last = connection.execute(
            sa.text("SELECT seq, hash FROM fjgov_audit ORDER BY seq DESC LIMIT 1")
        ).one_or_none()
        seq, previous = (last.seq + 1, last.hash) if last else (1, FIRST_HASH)
        data = canonical_bytes(
            {
                "seq": seq,
                "at": now.isoformat(),
                "event": event,
                "actor": actor,
                "detail": dict(detail),
                "previous": previous,
            }
        )
        connection.execute(
            sa.text(
                "INSERT INTO fjgov_audit (seq, at, event, actor, row_bytes, hash)"
                " VALUES (:seq, :at, :event, :actor, :data, :hash)"
            ),
            {
                "seq": seq,
                "at": now,
                "event": event,
                "actor": actor,
                "data": data,
                "hash": hashlib.sha256(data).hexdigest(),
            },
        )
    return seq


def broken_links(connection: sa.Connection) -> Iterator[int]:
    """Give the numbers of rows whose bytes or place in the chain are not what was written."""
    previous = FIRST_HASH
    expected = 1
    for row in connection.execute(
        sa.text("SELECT seq, row_bytes, hash FROM fjgov_audit ORDER BY seq")
    ):
        data = bytes(row.row_bytes)
        intact = (
            row.seq == expected
            and hashlib.sha256(data).hexdigest() == row.hash
            and json.loads(data)["previous"] == previous
        )
        if not intact:
            yield row.seq
        previous, expected = row.hash, row.seq + 1
