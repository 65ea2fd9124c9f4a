"""Rows of alarms: opened and closed by the rules, acknowledged by people."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

_COLUMNS = (
    "id, node, kind, run_id, zh, en, opened_at, seen_at, closed_at, acknowledged_at,"
    " acknowledged_by, note"
)


def open_kinds(connection: sa.Connection, node: str) -> set[str]:
    """Give the kinds of a node's open alarms."""
    rows = connection.execute(
        sa.text("SELECT kind FROM fjgov_alarm WHERE node = :node AND closed_at IS NULL"),
        {"node": node},
    )
    return {row.kind for row in rows}


def put(
    connection: sa.Connection,
    *,
    node: str,
    kind: str,
    run_id: str | None,
    zh: str,
    en: str,
    now: datetime,
) -> None:
    """Open an alarm; one that is open already keeps its time and tells the newest run."""
    connection.execute(
        sa.text(
            "INSERT INTO fjgov_alarm (node, kind, run_id, zh, en, opened_at, seen_at)"
            " VALUES (:node, :kind, :run, :zh, :en, :now, :now)"
            " ON CONFLICT (node, kind) WHERE closed_at IS NULL DO UPDATE SET"
            " run_id = EXCLUDED.run_id, zh = EXCLUDED.zh, en = EXCLUDED.en,"
            " seen_at = EXCLUDED.seen_at"
        ),
        {"node": node, "kind": kind, "run": run_id, "zh": zh, "en": en, "now": now},
    )


def close(connection: sa.Connection, node: str, kind: str, now: datetime) -> None:
    """Close an open alarm."""
    connection.execute(
        sa.text(
            "UPDATE fjgov_alarm SET closed_at = :now"
            " WHERE node = :node AND kind = :kind AND closed_at IS NULL"
        ),
        {"node": node, "kind": kind, "now": now},
    )


def acknowledge(
    connection: sa.Connection, alarm_id: int, *, by: str, note: str, now: datetime
) -> dict[str, Any] | None:
    """Note that a person has taken up an alarm; the first one stands."""
    connection.execute(
        sa.text(
            "UPDATE fjgov_alarm SET acknowledged_at = :now, acknowledged_by = :by, note = :note"
            " WHERE id = :id AND acknowledged_at IS NULL"
        ),
        {"id": alarm_id, "by": by, "note": note, "now": now},
    )
    row = (
        connection.execute(
            sa.text(f"SELECT {_COLUMNS} FROM fjgov_alarm WHERE id = :id"), {"id": alarm_id}
        )
        .mappings()
        .one_or_none()
    )
    return dict(row) if row else None


def listing(
    connection: sa.Connection, *, node: str | None, only_open: bool, limit: int, offset: int
) -> list[dict[str, Any]]:
    """List alarms, open ones first, then the newest first."""
    rows = connection.execute(
        sa.text(
            f"SELECT {_COLUMNS} FROM fjgov_alarm"
            " WHERE (CAST(:node AS text) IS NULL OR node = :node)"
            " AND (NOT :only_open OR closed_at IS NULL)"
            " ORDER BY closed_at IS NOT NULL, opened_at DESC, id DESC LIMIT :limit OFFSET :offset"
        ),
        {"node": node, "only_open": only_open, "limit": limit, "offset": offset},
    ).mappings()
    return [dict(row) for row in rows]
