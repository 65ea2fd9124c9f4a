"""Seals of other nodes' logs of uses as rows; each one that was told is kept."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ckanext.fjgov.core.usage.sealing import Head


def newest(connection: sa.Connection, node: str) -> Head | None:
    """Give the seal of the highest number that a node told; of two with it, the first."""
    row = connection.execute(
        sa.text(
            "SELECT number, hash FROM fjgov_usage_head WHERE node = :node"
            " ORDER BY number DESC, seen_at LIMIT 1"
        ),
        {"node": node},
    ).one_or_none()
    return Head(row.number, row.hash) if row else None


def add(connection: sa.Connection, node: str, head: Head, now: datetime) -> None:
    """Keep a seal; one that is known is left as it is."""
    connection.execute(
        sa.text(
            "INSERT INTO fjgov_usage_head (node, number, hash, seen_at)"
            " VALUES (:node, :number, :hash, :now) ON CONFLICT DO NOTHING"
        ),
        {"node": node, "number": head.number, "hash": head.hash, "now": now},
    )


def listing(connection: sa.Connection) -> list[dict[str, Any]]:
    """Give the newest seal of each node: `node`, `number`, `hash`, `seen_at`."""
    rows = connection.execute(
        sa.text(
            "SELECT DISTINCT ON (node) node, number, hash, seen_at FROM fjgov_usage_head"
            " ORDER BY node, number DESC, seen_at"
        )
    ).mappings()
    return [dict(row) for row in rows]
