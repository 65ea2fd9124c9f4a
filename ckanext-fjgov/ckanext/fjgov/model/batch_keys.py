"""Keys of batch calls and what became of their entries, so that a repeated call writes nothing."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ckanext.fjgov.model.database import BATCH_LOCK, session_lock

_LARGEST = 2**31


@contextmanager
def one_at_a_time(user_id: str, key: str) -> Iterator[None]:
    """Let calls with one key run one after the other; its holder's end gives it back."""
    number = zlib.crc32(f"{user_id}\n{key}".encode()) % _LARGEST
    with session_lock(BATCH_LOCK, number, wait=True):
        yield


def open_call(connection: sa.Connection, user_id: str, key: str, body_hash: str) -> str:
    """Note a call, unless it is known; gives the hash of the body that the key belongs to."""
    values = {"user_id": user_id, "key": key, "body_hash": body_hash}
    connection.execute(
        sa.text(
            "INSERT INTO fjgov_batch (user_id, key, body_hash)"
            " VALUES (:user_id, :key, :body_hash) ON CONFLICT DO NOTHING"
        ),
        values,
    )
    known: str = connection.execute(
        sa.text("SELECT body_hash FROM fjgov_batch WHERE user_id = :user_id AND key = :key"),
        values,
    ).scalar_one()
    return known


def results(connection: sa.Connection, user_id: str, key: str) -> list[dict[str, Any]]:
    """Give the results of a call so far, in the order of its entries."""
    rows = connection.execute(
        sa.text(
            "SELECT result FROM fjgov_batch_result WHERE user_id = :user_id AND key = :key"
            " ORDER BY position"
        ),
        {"user_id": user_id, "key": key},
    )
    return [row.result for row in rows]


def add_results(
    connection: sa.Connection,
    user_id: str,
    key: str,
    first: int,
    found: Sequence[dict[str, Any]],
) -> None:
    """Keep results, in the transaction of what they speak of; `first` is the place of the first."""
    connection.execute(
        sa.text(
            "INSERT INTO fjgov_batch_result (user_id, key, position, result)"
            " SELECT :user_id, :key, :first + number - 1, CAST(result AS jsonb)"
            " FROM unnest(CAST(:results AS text[])) WITH ORDINALITY AS r (result, number)"
        ),
        {
            "user_id": user_id,
            "key": key,
            "first": first,
            "results": [json.dumps(result, ensure_ascii=False) for result in found],
        },
    )


def remove(connection: sa.Connection, before: datetime) -> int:
    """Forget old calls with their results; gives how many."""
    return connection.execute(
        sa.text("DELETE FROM fjgov_batch WHERE called_at < :before"), {"before": before}
    ).rowcount
