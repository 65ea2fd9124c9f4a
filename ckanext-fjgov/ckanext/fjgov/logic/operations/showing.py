"""What pages, actions and commands show of the operation of nodes and of a run that goes on."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ckanext.fjgov.core.federation.progress import percent_of, rate_of
from ckanext.fjgov.logic.clock import utc_now
from ckanext.fjgov.model import alarms, operations, reviews
from ckanext.fjgov.model.database import own_transaction
from ckanext.fjgov.model.nodes import Node
from ckanext.fjgov.model.operations import Operation

ALL = 10_000
UNFINISHED = ("queued", "running")


def operation_rows(nodes: list[Node]) -> dict[str, dict[str, Any]]:
    """Give schedule, pause, lag, open alarms and open review of nodes by code."""
    now = utc_now()
    with own_transaction() as connection:
        known = operations.all_operations(connection)
        rows = alarms.listing(connection, node=None, only_open=True, limit=ALL, offset=0)
        waiting = {node.code: reviews.open_of(connection, node.code) for node in nodes}
    return {
        node.code: {
            **_operation(node, known.get(node.code) or Operation(node.code), now),
            "alarms": [plain(row) for row in rows if row["node"] == node.code],
            "review": waiting[node.code],
        }
        for node in nodes
    }


def _operation(node: Node, found: Operation, now: datetime) -> dict[str, Any]:
    behind = None if found.head_seq is None else max(0, found.head_seq - node.cursor_seq)
    waited = None
    if behind is not None:
        waited = int((now - found.oldest_at).total_seconds()) if behind and found.oldest_at else 0
    return plain(
        {
            "schedule": found.rule,
            "next_due_at": found.next_due,
            "skipped_at": found.skipped_at,
            "skipped_zh": found.skipped_zh,
            "skipped_en": found.skipped_en,
            "paused_at": found.paused_at,
            "paused_by": found.paused_by,
            "paused_reason": found.paused_reason,
            "lag": {
                "changes": behind,
                "seconds": waited,
                "asked_at": found.head_at.isoformat() if found.head_at else None,
            },
        }
    )


def progress_of(row: dict[str, Any]) -> dict[str, Any]:
    """Give the state of a run in numbers.

    Args:
        row: of the run, times as the database gives them.
    """
    report = row["report"] or {}
    counts = report.get("counts") or {}
    begin, end = row["started_at"], row["finished_at"]
    seconds = ((end or utc_now()) - begin).total_seconds() if begin else 0.0
    done = sum(counts.values())
    return {
        "id": row["id"],
        "node": row["node"],
        "state": row["state"],
        "is_running": row["state"] in UNFINISHED,
        "is_cancelling": row["state"] == "running" and row["cancel_at"] is not None,
        "step": report.get("step", ""),
        "counts": counts,
        "records": done,
        "seconds": round(seconds, 1),
        "rate": rate_of(done, seconds),
        "requests": report.get("requests", 0),
        "bytes": report.get("bytes", 0),
        "percent": percent_of(report.get("since"), report.get("cursor"), report.get("head")),
        "heartbeat_at": row["heartbeat_at"].isoformat() if row["heartbeat_at"] else None,
    }


def plain(row: dict[str, Any]) -> dict[str, Any]:
    """Give a row with its times as text."""
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in row.items()
    }
