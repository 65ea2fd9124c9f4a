"""Runs of the sync, their reports, and the records that a run could not take."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ckanext.fjgov.core.federation.digest import ZERO, Digest, bucket_of, digest_key

RUNNING = "running"


def add(
    connection: sa.Connection,
    run_id: str,
    node: str,
    requested_by: str,
    *,
    trigger: str = "person",
    options: Mapping[str, Any] | None = None,
) -> None:
    """Queue a run; what it is to do stands in its row."""
    connection.execute(
        sa.text(
            "INSERT INTO fjgov_sync_run (id, node, state, requested_by, trigger, options)"
            " VALUES (:id, :node, 'queued', :by, :trigger, CAST(:options AS jsonb))"
        ),
        {
            "id": run_id,
            "node": node,
            "by": requested_by,
            "trigger": trigger,
            "options": json.dumps(dict(options or {})),
        },
    )


def start(connection: sa.Connection, run_id: str, now: datetime) -> bool:
    """Mark a queued run as running; False when it was cancelled or carried out meanwhile."""
    result = connection.execute(
        sa.text(
            "UPDATE fjgov_sync_run SET state = 'running', started_at = :now, heartbeat_at = :now"
            " WHERE id = :id AND state = 'queued'"
        ),
        {"id": run_id, "now": now},
    )
    return bool(result.rowcount)


def close_dead(connection: sa.Connection, node: str, now: datetime) -> int:
    """Close runs of a node that still say `running`; the caller holds the node's lease."""
    report = json.dumps(
        {
            "zh": "进程中断，未完成；后续运行自断点继续",
            "en": "the process ended before the run did; the next run goes on from the cursor",
        }
    )
    result = connection.execute(
        sa.text(
            "UPDATE fjgov_sync_run SET state = 'interrupted', finished_at = :now,"
            " report = report || CAST(:report AS jsonb) WHERE node = :node AND state = 'running'"
        ),
        {"node": node, "now": now, "report": report},
    )
    return result.rowcount


def beat(connection: sa.Connection, run_id: str, now: datetime, report: dict[str, Any]) -> bool:
    """Show life and progress; the report of a run that has ended stays as it is.

    Returns:
        True when a person asked the run to end.
    """
    asked: bool | None = connection.execute(
        sa.text(
            "UPDATE fjgov_sync_run SET heartbeat_at = :now, report = CAST(:report AS jsonb)"
            " WHERE id = :id AND state = 'running' RETURNING cancel_at IS NOT NULL"
        ),
        {"id": run_id, "now": now, "report": json.dumps(report, ensure_ascii=False)},
    ).scalar_one_or_none()
    return bool(asked)


def finish(
    connection: sa.Connection, run_id: str, state: str, now: datetime, report: dict[str, Any]
) -> None:
    """Close a run with its report."""
    connection.execute(
        sa.text(
            "UPDATE fjgov_sync_run SET state = :state, finished_at = :now, heartbeat_at = :now,"
            " report = CAST(:report AS jsonb) WHERE id = :id"
        ),
        {
            "id": run_id,
            "state": state,
            "now": now,
            "report": json.dumps(report, ensure_ascii=False),
        },
    )


def listing(
    connection: sa.Connection,
    node: str | None,
    limit: int,
    offset: int,
    states: Sequence[str] = (),
) -> list[dict[str, Any]]:
    """List runs, the newest first; of some states only when any are given."""
    rows = connection.execute(
        sa.text(
            "SELECT id, node, state, trigger, requested_by, queued_at, started_at, heartbeat_at,"
            " finished_at, cancel_at, cancel_by, cancel_reason, report FROM fjgov_sync_run"
            " WHERE (CAST(:node AS text) IS NULL OR node = :node)"
            " AND (NOT :chosen OR state = ANY(:states))"
            " ORDER BY queued_at DESC, id LIMIT :limit OFFSET :offset"
        ),
        {
            "node": node,
            "limit": limit,
            "offset": offset,
            "chosen": bool(states),
            "states": list(states),
        },
    ).mappings()
    return [dict(row) for row in rows]


def find(connection: sa.Connection, run_id: str) -> dict[str, Any] | None:
    """Give one run."""
    row = (
        connection.execute(sa.text("SELECT * FROM fjgov_sync_run WHERE id = :id"), {"id": run_id})
        .mappings()
        .one_or_none()
    )
    return dict(row) if row else None


def hold(
    connection: sa.Connection, node: str, kind: str, key: str, record_hash: str, reasons: list[Any]
) -> None:
    """Keep the fact that a record is listed at its home and refused here, with the reasons."""
    connection.execute(
        sa.text(
            "INSERT INTO fjgov_held (node, kind, key, hash, bucket, reasons)"
            " VALUES (:node, :kind, :key, :hash, :bucket, CAST(:reasons AS jsonb))"
            " ON CONFLICT (node, kind, key) DO UPDATE SET hash = EXCLUDED.hash,"
            " reasons = EXCLUDED.reasons, held_at = clock_timestamp()"
        ),
        {
            "node": node,
            "kind": kind,
            "key": key,
            "hash": record_hash,
            "bucket": bucket_of(digest_key(kind, key)),
            "reasons": json.dumps(reasons, ensure_ascii=False),
        },
    )


def let_go(connection: sa.Connection, node: str, kind: str, keys: Sequence[str]) -> None:
    """Forget that records were refused: they were taken, or withdrawn at home."""
    connection.execute(
        sa.text("DELETE FROM fjgov_held WHERE node = :node AND kind = :kind AND key = ANY(:keys)"),
        {"node": node, "kind": kind, "keys": list(keys)},
    )


def held(connection: sa.Connection, node: str, prefix: str = "") -> dict[tuple[str, str], str]:
    """Give the refused records of a node: (kind, key) -> hash at home."""
    rows = connection.execute(
        sa.text(
            "SELECT kind, key, hash FROM fjgov_held WHERE node = :node AND bucket LIKE :prefix"
        ),
        {"node": node, "prefix": f"{prefix}%"},
    )
    return {(row.kind, row.key): row.hash for row in rows}


def due(
    connection: sa.Connection, node: str, *, units_changed: bool, limit: int = 1000
) -> list[tuple[str, str]]:
    """Give refused records that may be acceptable by now, as (kind, key), units first.

    They are those refused before the node's registration was last changed and, when units were
    written, those refused because of their unit.
    """
    rows = connection.execute(
        sa.text(
            "SELECT h.kind, h.key FROM fjgov_held h JOIN fjgov_node n ON n.code = h.node"
            " WHERE h.node = :node AND (h.held_at < n.registered_at OR (:units AND"
            """ (h.reasons @> '[{"rule": "unit"}]' OR h.reasons @> '[{"rule": "scope"}]')))"""
            " ORDER BY h.kind DESC, h.key LIMIT :limit"
        ),
        {"node": node, "units": units_changed, "limit": limit},
    )
    return [(row.kind, row.key) for row in rows]


def held_reasons(connection: sa.Connection, node: str, limit: int = 200) -> list[dict[str, Any]]:
    """List refused records with their reasons."""
    rows = connection.execute(
        sa.text(
            "SELECT kind, key, reasons, held_at FROM fjgov_held WHERE node = :node"
            " ORDER BY kind, key LIMIT :limit"
        ),
        {"node": node, "limit": limit},
    ).mappings()
    return [dict(row) for row in rows]


def held_buckets(connection: sa.Connection, node: str) -> dict[str, Digest]:
    """Give the digests of the refused records by bucket."""
    digests: dict[str, Digest] = {}
    for (kind, key), record_hash in held(connection, node).items():
        name = digest_key(kind, key)
        bucket = bucket_of(name)
        digests[bucket] = digests.get(bucket, ZERO).add(name, record_hash)
    return digests
