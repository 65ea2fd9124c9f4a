"""Stopped runs that wait for a person: what would go, and what was decided."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ckanext.fjgov.core.catalog.canonical import UNIT

Name = tuple[str, str]


def described(
    connection: sa.Connection, node: str, names: Sequence[Name]
) -> list[tuple[str, str, str, str]]:
    """Give (kind, key, title, unit) of the records among `names` that are listed here, sorted."""
    found: list[tuple[str, str, str, str]] = []
    for kind in sorted({kind for kind, _ in names}):
        rows = connection.execute(
            sa.text(
                "SELECT c.key, coalesce(p.title, g.title, '') AS title,"
                " coalesce(o.title, '') AS unit FROM fjgov_change c"
                " LEFT JOIN package p ON :kind <> :unit AND p.id = c.record_id"
                ' LEFT JOIN "group" g ON :kind = :unit AND g.id = c.record_id'
                ' LEFT JOIN "group" o ON o.id = p.owner_org'
                " WHERE c.node = :node AND c.kind = :kind AND c.op = 'put' AND c.key = ANY(:keys)"
                " ORDER BY c.key"
            ),
            {
                "node": node,
                "kind": kind,
                "unit": UNIT,
                "keys": [key for of, key in names if of == kind],
            },
        )
        found += [(kind, row.key, row.title, row.unit) for row in rows]
    return found


def add(
    connection: sa.Connection,
    *,
    run_id: str,
    node: str,
    digest: str,
    records: Sequence[tuple[str, str, str, str]],
    is_complete: bool,
    now: datetime,
) -> None:
    """Open the review of a stopped run; an older open one of the node is superseded."""
    supersede(connection, node, now)
    connection.execute(
        sa.text(
            "INSERT INTO fjgov_review (run_id, node, opened_at, digest, listed, is_complete)"
            " VALUES (:run, :node, :now, :digest, :listed, :complete)"
        ),
        {
            "run": run_id,
            "node": node,
            "now": now,
            "digest": digest,
            "listed": len(records),
            "complete": is_complete,
        },
    )
    if records:
        connection.execute(
            sa.text(
                "INSERT INTO fjgov_review_record (run_id, position, kind, key, title, unit)"
                " VALUES (:run, :position, :kind, :key, :title, :unit)"
            ),
            [
                {
                    "run": run_id,
                    "position": position,
                    "kind": kind,
                    "key": key,
                    "title": title,
                    "unit": unit,
                }
                for position, (kind, key, title, unit) in enumerate(records, start=1)
            ],
        )


def find(connection: sa.Connection, run_id: str) -> dict[str, Any] | None:
    """Give the review of a run."""
    row = (
        connection.execute(
            sa.text("SELECT * FROM fjgov_review WHERE run_id = :run"), {"run": run_id}
        )
        .mappings()
        .one_or_none()
    )
    return dict(row) if row else None


def open_of(connection: sa.Connection, node: str) -> str | None:
    """Give the run of a node whose review is open."""
    found: str | None = connection.execute(
        sa.text("SELECT run_id FROM fjgov_review WHERE node = :node AND decision = 'open'"),
        {"node": node},
    ).scalar_one_or_none()
    return found


def records(
    connection: sa.Connection, run_id: str, limit: int, offset: int
) -> list[dict[str, Any]]:
    """Give one page of the records that would go."""
    rows = connection.execute(
        sa.text(
            "SELECT position, kind, key, title, unit FROM fjgov_review_record"
            " WHERE run_id = :run ORDER BY position LIMIT :limit OFFSET :offset"
        ),
        {"run": run_id, "limit": limit, "offset": offset},
    ).mappings()
    return [dict(row) for row in rows]


def names(connection: sa.Connection, run_id: str) -> frozenset[Name]:
    """Give all records of a review as (kind, key)."""
    rows = connection.execute(
        sa.text("SELECT kind, key FROM fjgov_review_record WHERE run_id = :run"), {"run": run_id}
    )
    return frozenset((row.kind, row.key) for row in rows)


def decide(
    connection: sa.Connection, run_id: str, decision: str, *, by: str, reason: str, now: datetime
) -> bool:
    """Store a decision; False when somebody decided before. Of two at once exactly one wins."""
    result = connection.execute(
        sa.text(
            "UPDATE fjgov_review SET decision = :decision, decided_at = :now, decided_by = :by,"
            " reason = :reason WHERE run_id = :run AND decision = 'open'"
        ),
        {"run": run_id, "decision": decision, "by": by, "reason": reason, "now": now},
    )
    return bool(result.rowcount)


def approved_of(connection: sa.Connection, node: str, after: datetime | None) -> str | None:
    """Give the stopped run whose list was the last to be decided on, if approved after a time."""
    row = connection.execute(
        sa.text(
            "SELECT run_id, decision, decided_at FROM fjgov_review WHERE node = :node"
            " AND decision IN ('approved', 'refused') ORDER BY decided_at DESC LIMIT 1"
        ),
        {"node": node},
    ).one_or_none()
    if row is None or row.decision != "approved" or (after and row.decided_at <= after):
        return None
    return str(row.run_id)


def supersede(connection: sa.Connection, node: str, now: datetime) -> None:
    """Close the open review of a node, whose list says nothing any more."""
    connection.execute(
        sa.text(
            "UPDATE fjgov_review SET decision = 'superseded', decided_at = :now"
            " WHERE node = :node AND decision = 'open'"
        ),
        {"node": node, "now": now},
    )


def refused_before(connection: sa.Connection, node: str, digest: str) -> dict[str, Any] | None:
    """Give the node's latest decision when it refused this very list."""
    row = (
        connection.execute(
            sa.text(
                "SELECT * FROM fjgov_review WHERE node = :node"
                " AND decision IN ('approved', 'refused') ORDER BY decided_at DESC LIMIT 1"
            ),
            {"node": node},
        )
        .mappings()
        .one_or_none()
    )
    return dict(row) if row and row["decision"] == "refused" and row["digest"] == digest else None
