"""Idempotency keys of single registrations with what was answered to them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa


@dataclass(frozen=True, slots=True)
class Call:
    """A call that was carried out.

    Attributes:
        body_hash: of what was sent.
        record: id of the record that came of it.
        answer: as the caller got it.
    """

    body_hash: str
    record: str
    answer: dict[str, Any]


def find(connection: sa.Connection, user_id: str, key: str, since: datetime) -> Call | None:
    """Give the call of a key that is not older than a time, None when there is none."""
    row = connection.execute(
        sa.text(
            "SELECT body_hash, record_id, answer FROM fjgov_call"
            " WHERE user_id = :user_id AND key = :key AND called_at >= :since"
        ),
        {"user_id": user_id, "key": key, "since": since},
    ).one_or_none()
    return Call(row.body_hash, row.record_id, row.answer) if row else None


def keep(connection: sa.Connection, user_id: str, key: str, call: Call, now: datetime) -> None:
    """Keep a call in the transaction of its record; an expired one of the key is replaced."""
    connection.execute(
        sa.text(
            "INSERT INTO fjgov_call (user_id, key, body_hash, record_id, answer, called_at)"
            " VALUES (:user_id, :key, :body_hash, :record, CAST(:answer AS jsonb), :now)"
            " ON CONFLICT (user_id, key) DO UPDATE SET body_hash = EXCLUDED.body_hash,"
            " record_id = EXCLUDED.record_id, answer = EXCLUDED.answer,"
            " called_at = EXCLUDED.called_at"
        ),
        {
            "user_id": user_id,
            "key": key,
            "body_hash": call.body_hash,
            "record": call.record,
            "answer": json.dumps(call.answer, ensure_ascii=False),
            "now": now,
        },
    )


def remove(connection: sa.Connection, before: datetime) -> int:
    """Forget keys that have expired; gives how many."""
    return connection.execute(
        sa.text("DELETE FROM fjgov_call WHERE called_at < :before"), {"before": before}
    ).rowcount
