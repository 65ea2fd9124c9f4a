"""Runs of mounting as rows: what was to be done, by whom, and what came of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

RUNNING = frozenset({"waiting", "reading"})
_SHOWN = (
    "id, resource, entry, unit_id, user_id, kind, source, filename, bytes, options, state, job,"
    " done, version, report, problem, reason, created_at, changed_at"
)


@dataclass(frozen=True, slots=True)
class NewRun:
    """What somebody wants mounted, or taken out.

    Attributes:
        kind: `table`, `file` or `service`.
        source: `upload`, `fetch`, or "" when no data are read.
        options: what was said about the file: encoding, mapping, left_out, unique, dry_run.
        state: `waiting`, or at once `mounted` or `unmounted` when there is no job.
        reason: why it was taken out.
    """

    id: str
    resource: str
    entry: str
    unit_id: str
    user_id: str
    kind: str
    source: str
    filename: str
    options: Mapping[str, Any]
    state: str
    job: str
    at: datetime
    reason: str = ""


def add(connection: sa.Connection, run: NewRun) -> None:
    """Keep a run.

    Raises:
        sqlalchemy.exc.IntegrityError: another one of this resource is not over.
    """
    connection.execute(
        sa.text(
            "INSERT INTO fjgov_mount_run (id, resource, entry, unit_id, user_id, kind, source,"
            " filename, options, state, job, reason, created_at, changed_at) VALUES (:id,"
            " :resource, :entry, :unit, :user, :kind, :source, :filename,"
            " CAST(:options AS jsonb), :state, :job, :reason, :at, :at)"
        ),
        {
            "id": run.id,
            "resource": run.resource,
            "entry": run.entry,
            "unit": run.unit_id,
            "user": run.user_id,
            "kind": run.kind,
            "source": run.source,
            "filename": run.filename,
            "options": json.dumps(dict(run.options), ensure_ascii=False),
            "state": run.state,
            "job": run.job,
            "reason": run.reason,
            "at": run.at,
        },
    )


def find(connection: sa.Connection, run_id: str) -> dict[str, Any] | None:
    """Give a run."""
    row = connection.execute(
        sa.text(f"SELECT {_SHOWN} FROM fjgov_mount_run WHERE id = :id"), {"id": run_id}
    ).one_or_none()
    return dict(row._mapping) if row else None


def of_resource(connection: sa.Connection, resource: str, limit: int) -> list[dict[str, Any]]:
    """Give the runs of a resource, the newest first."""
    rows = connection.execute(
        sa.text(
            f"SELECT {_SHOWN} FROM fjgov_mount_run WHERE resource = :resource"
            " ORDER BY seq DESC LIMIT :limit"
        ),
        {"resource": resource, "limit": limit},
    )
    return [dict(row._mapping) for row in rows]


def standing_of(connection: sa.Connection, entry: str) -> dict[str, dict[str, Any]]:
    """Give the run by which each resource of an entry is mounted now. Cost: one look-up."""
    rows = connection.execute(
        sa.text(
            f"SELECT DISTINCT ON (resource) {_SHOWN} FROM fjgov_mount_run WHERE entry = :entry"
            " AND state IN ('mounted', 'unmounted') ORDER BY resource, seq DESC"
        ),
        {"entry": entry},
    )
    return {row.resource: dict(row._mapping) for row in rows if row.state == "mounted"}


def running_of(connection: sa.Connection, entry: str) -> dict[str, dict[str, Any]]:
    """Give the run that is not over of each resource of an entry."""
    rows = connection.execute(
        sa.text(
            f"SELECT {_SHOWN} FROM fjgov_mount_run WHERE entry = :entry"
            " AND state IN ('waiting', 'reading')"
        ),
        {"entry": entry},
    )
    return {row.resource: dict(row._mapping) for row in rows}


def next_version(connection: sa.Connection, resource: str) -> int:
    """Give the version of the next table of a resource; none is ever given twice."""
    found: int = connection.execute(
        sa.text(
            "SELECT 1 + coalesce(max(version), 0) FROM fjgov_mount_run WHERE resource = :resource"
        ),
        {"resource": resource},
    ).scalar_one()
    return found


def begin(connection: sa.Connection, run_id: str, at: datetime) -> bool:
    """Take a waiting run; of two who ask exactly one is told True."""
    return (
        connection.execute(
            sa.text(
                "UPDATE fjgov_mount_run SET state = 'reading', changed_at = :at"
                " WHERE id = :id AND state = 'waiting'"
            ),
            {"id": run_id, "at": at},
        ).rowcount
        == 1
    )


def note_progress(
    connection: sa.Connection, run_id: str, done: int, at: datetime, size: int | None = None
) -> None:
    """Write how many rows are read, and how long the file is once that is known."""
    connection.execute(
        sa.text(
            "UPDATE fjgov_mount_run SET done = :done, bytes = coalesce(:size, bytes),"
            " changed_at = :at WHERE id = :id AND state = 'reading'"
        ),
        {"id": run_id, "done": done, "size": size, "at": at},
    )


def finish(
    connection: sa.Connection,
    run_id: str,
    state: str,
    report: Mapping[str, Any],
    at: datetime,
    *,
    version: int | None = None,
    problem: str = "",
) -> bool:
    """Write how a run ended; False when it was over already (lost and given up)."""
    done = connection.execute(
        sa.text(
            "UPDATE fjgov_mount_run SET state = :state, report = CAST(:report AS jsonb),"
            " version = :version, problem = :problem, changed_at = :at"
            " WHERE id = :id AND state IN ('waiting', 'reading')"
        ),
        {
            "id": run_id,
            "state": state,
            "report": json.dumps(dict(report), ensure_ascii=False),
            "version": version,
            "problem": problem,
            "at": at,
        },
    )
    return done.rowcount == 1


def orphans(connection: sa.Connection) -> Sequence[Any]:
    """Give what is mounted (resource, entry, unit_id, kind) though resource or entry are gone."""
    return connection.execute(
        sa.text(
            "SELECT s.resource, s.entry, s.unit_id, s.kind FROM (SELECT DISTINCT ON (resource)"
            " resource, entry, unit_id, kind, state"
            " FROM fjgov_mount_run WHERE state IN ('mounted', 'unmounted')"
            " ORDER BY resource, seq DESC) s WHERE s.state = 'mounted' AND NOT EXISTS ("
            "SELECT 1 FROM resource r JOIN package p ON p.id = r.package_id WHERE"
            " r.id = s.resource AND r.state = 'active' AND p.state = 'active')"
        )
    ).all()


def forget_values(connection: sa.Connection, before: datetime) -> int:
    """Forget the faults of old runs, which hold values of the data; their numbers stay."""
    return connection.execute(
        sa.text(
            "UPDATE fjgov_mount_run SET report = report - 'faults'"
            " WHERE changed_at < :before AND report ? 'faults'"
        ),
        {"before": before},
    ).rowcount
