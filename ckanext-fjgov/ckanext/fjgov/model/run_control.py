"""Runs from the operator's side: which are open, lost or to be cancelled."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

_OPEN = "state IN ('queued', 'running')"


def active_of(connection: sa.Connection, node: str) -> dict[str, Any] | None:
    """Give a node's run that waits or goes on, the running one first."""
    row = (
        connection.execute(
            sa.text(
                "SELECT id, state, queued_at, started_at, heartbeat_at FROM fjgov_sync_run"
                f" WHERE node = :node AND {_OPEN} ORDER BY state DESC, queued_at LIMIT 1"
            ),
            {"node": node},
        )
        .mappings()
        .one_or_none()
    )
    return dict(row) if row else None


def silent(connection: sa.Connection, before: datetime) -> list[str]:
    """Give the nodes with a run that says it goes on and has shown no life since a moment."""
    rows = connection.execute(
        sa.text(
            "SELECT DISTINCT node FROM fjgov_sync_run WHERE state = 'running'"
            " AND coalesce(heartbeat_at, started_at) < :before ORDER BY node"
        ),
        {"before": before},
    )
    return [row.node for row in rows]


def running_since(connection: sa.Connection) -> datetime | None:
    """Give when the oldest run that goes on was started, None when none does."""
    started: datetime | None = connection.execute(
        sa.text("SELECT min(started_at) FROM fjgov_sync_run WHERE state = 'running'")
    ).scalar_one()
    return started


def hand_over(connection: sa.Connection, run_id: str, now: datetime) -> None:
    """Remember that a queued run was given to the job worker."""
    connection.execute(
        sa.text("UPDATE fjgov_sync_run SET handed_at = :now WHERE id = :id"),
        {"id": run_id, "now": now},
    )


def waiting(connection: sa.Connection, before: datetime) -> list[dict[str, Any]]:
    """Give queued runs that were handed to the worker before a moment, or never; oldest first.

    Those whose job is gone from the queue (Redis was flushed) have to be handed over again. Runs
    of the command line are carried out by the process that queued them.
    """
    rows = connection.execute(
        sa.text(
            "SELECT id, node, handed_at FROM fjgov_sync_run WHERE state = 'queued'"
            " AND trigger <> 'cli' AND coalesce(handed_at, queued_at) < :before ORDER BY queued_at"
        ),
        {"before": before},
    ).mappings()
    return [dict(row) for row in rows]


def close_orphans(connection: sa.Connection, before: datetime) -> int:
    """Close queued runs of the command line whose process ended before they began."""
    return connection.execute(
        sa.text(
            "UPDATE fjgov_sync_run SET state = 'interrupted', finished_at = queued_at,"
            " report = report || jsonb_build_object('zh', '进程中断，未开始',"
            " 'en', 'the process ended before the run began')"
            " WHERE state = 'queued' AND trigger = 'cli' AND queued_at < :before"
        ),
        {"before": before},
    ).rowcount


def ask_cancel(
    connection: sa.Connection, run_id: str, *, by: str, reason: str, now: datetime
) -> str | None:
    """Cancel a queued run, or ask a running one to end at its next step.

    Returns:
        `cancelled`, `running` when it was asked, None when the run has ended.
    """
    state: str | None = connection.execute(
        sa.text(
            "UPDATE fjgov_sync_run SET cancel_at = coalesce(cancel_at, :now),"
            " cancel_by = coalesce(cancel_by, :by), cancel_reason = coalesce(cancel_reason,"
            " :reason), state = CASE state WHEN 'queued' THEN 'cancelled' ELSE state END,"
            " finished_at = CASE state WHEN 'queued' THEN :now ELSE finished_at END"
            f" WHERE id = :id AND {_OPEN} RETURNING state"
        ),
        {"id": run_id, "by": by, "reason": reason, "now": now},
    ).scalar_one_or_none()
    return state


def last_ended(connection: sa.Connection, node: str) -> dict[str, Any] | None:
    """Give the latest ended run of a node that says something about it."""
    row = (
        connection.execute(
            sa.text(
                "SELECT id, state, finished_at, report ->> 'error' AS error,"
                " report ->> 'zh' AS zh, report ->> 'en' AS en FROM fjgov_sync_run"
                " WHERE node = :node AND state NOT IN ('queued', 'running', 'cancelled', 'skipped')"
                " ORDER BY finished_at DESC NULLS LAST, queued_at DESC LIMIT 1"
            ),
            {"node": node},
        )
        .mappings()
        .one_or_none()
    )
    return dict(row) if row else None


def last_good(connection: sa.Connection, node: str) -> datetime | None:
    """Give when a run of a node last came to its end, whatever it proved."""
    found: datetime | None = connection.execute(
        sa.text(
            "SELECT max(finished_at) FROM fjgov_sync_run"
            " WHERE node = :node AND state IN ('verified', 'repaired', 'unverified')"
        ),
        {"node": node},
    ).scalar_one()
    return found


def is_held(connection: sa.Connection, node: str, kind: str, key: str) -> bool:
    """Tell whether a record of a node is refused here."""
    return (
        connection.execute(
            sa.text("SELECT 1 FROM fjgov_held WHERE node = :node AND kind = :kind AND key = :key"),
            {"node": node, "kind": kind, "key": key},
        ).scalar_one_or_none()
        is not None
    )
