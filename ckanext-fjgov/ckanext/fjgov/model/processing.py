"""Jobs of processing to order as rows, with the tables that each reads."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

QUEUED, RUNNING, DONE = "queued", "running", "done"
FAILED, CANCELLED, EXPIRED = "failed", "cancelled", "expired"
OPEN = frozenset({QUEUED, RUNNING})
_SHOWN = (
    "id, number, title, author, unit, level, spec, state, cancelled, job, attempts, done, total,"
    " folder, report, problem, created_at, started_at, changed_at, ended_at, keep_until"
)


@dataclass(frozen=True, slots=True)
class NewInput:
    """A table that a job reads, by its grant; `grant` is "" for what the own unit provides."""

    grant: str
    entry: str
    resource: str
    title: str


@dataclass(frozen=True, slots=True)
class NewJob:
    """A job as it was ordered.

    Attributes:
        unit: code of the unit that holds the grants.
        level: how its author was identified (Art. 35).
        job: name that the worker knows it by.
    """

    number: str
    title: str
    author: str
    unit: str
    level: str
    spec: Mapping[str, Any]
    inputs: Sequence[NewInput]
    job: str
    at: datetime


def add(connection: sa.Connection, new: NewJob) -> None:
    """Store a job that waits for the worker."""
    connection.execute(
        sa.text(
            "INSERT INTO fjgov_processing (number, title, author, unit, level, spec, job,"
            " created_at, changed_at) VALUES (:number, :title, :author, :unit, :level,"
            " CAST(:spec AS jsonb), :job, :at, :at)"
        ),
        {
            "number": new.number,
            "title": new.title,
            "author": new.author,
            "unit": new.unit,
            "level": new.level,
            "spec": json.dumps(dict(new.spec), ensure_ascii=False),
            "job": new.job,
            "at": new.at,
        },
    )
    for place, one in enumerate(new.inputs, 1):
        connection.execute(
            sa.text(
                "INSERT INTO fjgov_processing_input (number, place, grant_no, entry, resource,"
                " title) VALUES (:number, :place, :grant, :entry, :resource, :title)"
            ),
            {
                "number": new.number,
                "place": place,
                "grant": one.grant,
                "entry": one.entry,
                "resource": one.resource,
                "title": one.title,
            },
        )


def find(connection: sa.Connection, number: str) -> dict[str, Any] | None:
    """Give a job."""
    row = connection.execute(
        sa.text(f"SELECT {_SHOWN} FROM fjgov_processing WHERE number = :number"),
        {"number": number},
    ).one_or_none()
    return dict(row._mapping) if row else None


def inputs_of(connection: sa.Connection, number: str) -> list[dict[str, Any]]:
    """Give the tables that a job reads, in their order."""
    rows = connection.execute(
        sa.text(
            "SELECT place, grant_no, entry, resource, title FROM fjgov_processing_input"
            " WHERE number = :number ORDER BY place"
        ),
        {"number": number},
    )
    return [dict(row._mapping) for row in rows]


def page(
    connection: sa.Connection, *, author: str, units: Collection[str], limit: int, offset: int
) -> tuple[int, list[dict[str, Any]]]:
    """Give how many jobs an account or units have, and one page of them, the newest first."""
    where = " FROM fjgov_processing WHERE author = :author OR unit = ANY(:units)"
    values = {"author": author, "units": sorted(units), "limit": limit, "offset": offset}
    count: int = connection.execute(sa.text(f"SELECT count(*){where}"), values).scalar_one()
    rows = connection.execute(
        sa.text(
            f"SELECT {_SHOWN}{where} ORDER BY created_at DESC, number DESC"
            " LIMIT :limit OFFSET :offset"
        ),
        values,
    )
    return count, [dict(row._mapping) for row in rows]


def open_jobs(connection: sa.Connection, unit: str) -> int:
    """Count the jobs of a unit that wait or are at work."""
    found: int = connection.execute(
        sa.text(
            "SELECT count(*) FROM fjgov_processing WHERE unit = :unit AND state = ANY(:states)"
        ),
        {"unit": unit, "states": sorted(OPEN)},
    ).scalar_one()
    return found


def begin(connection: sa.Connection, number: str, folder: str, at: datetime) -> bool:
    """Take a waiting job to work; of two who try exactly one is told True."""
    done = connection.execute(
        sa.text(
            "UPDATE fjgov_processing SET state = 'running', attempts = attempts + 1,"
            " folder = :folder, done = 0, total = 0, started_at = :at, changed_at = :at"
            " WHERE number = :number AND state = 'queued' AND NOT cancelled"
        ),
        {"number": number, "folder": folder, "at": at},
    )
    return done.rowcount == 1


def note_progress(
    connection: sa.Connection, number: str, done: int, total: int, at: datetime
) -> bool:
    """Write how far a job is; False when it is to end."""
    return bool(
        connection.execute(
            sa.text(
                "UPDATE fjgov_processing SET done = :done, total = :total, changed_at = :at"
                " WHERE number = :number AND state = 'running' AND NOT cancelled RETURNING true"
            ),
            {"number": number, "done": done, "total": total, "at": at},
        ).scalar_one_or_none()
    )


def finish(
    connection: sa.Connection,
    number: str,
    report: Mapping[str, Any],
    at: datetime,
    keep_until: datetime,
) -> bool:
    """Write the result of a job, unless it was cancelled at the last moment."""
    done = connection.execute(
        sa.text(
            "UPDATE fjgov_processing SET state = 'done', report = CAST(:report AS jsonb),"
            " done = total, ended_at = :at, changed_at = :at, keep_until = :until"
            " WHERE number = :number AND state = 'running' AND NOT cancelled"
        ),
        {
            "number": number,
            "report": json.dumps(dict(report), ensure_ascii=False),
            "at": at,
            "until": keep_until,
        },
    )
    return done.rowcount == 1


def stop(
    connection: sa.Connection, number: str, state: str, problem: tuple[str, str], at: datetime
) -> None:
    """Write why an open job ended without a result."""
    connection.execute(
        sa.text(
            "UPDATE fjgov_processing SET state = :state, problem = CAST(:problem AS jsonb),"
            " ended_at = :at, changed_at = :at, folder = ''"
            " WHERE number = :number AND state IN ('queued', 'running')"
        ),
        {
            "number": number,
            "state": state,
            "problem": json.dumps(dict(zip(("zh", "en"), problem, strict=True))),
            "at": at,
        },
    )


def cancel(connection: sa.Connection, number: str, at: datetime) -> bool:
    """Ask an open job to end; one that waits has ended with this."""
    done = connection.execute(
        sa.text(
            "UPDATE fjgov_processing SET cancelled = true, changed_at = :at,"
            " ended_at = CASE state WHEN 'queued' THEN CAST(:at AS timestamptz) END,"
            " state = CASE state WHEN 'queued' THEN 'cancelled' ELSE state END"
            " WHERE number = :number AND state IN ('queued', 'running')"
        ),
        {"number": number, "at": at},
    )
    return done.rowcount == 1


def silent(connection: sa.Connection, before: datetime) -> list[dict[str, Any]]:
    """Give open jobs that have shown no life since a moment."""
    rows = connection.execute(
        sa.text(
            f"SELECT {_SHOWN} FROM fjgov_processing WHERE state IN ('queued', 'running')"
            " AND changed_at < :before ORDER BY created_at LIMIT 50"
        ),
        {"before": before},
    )
    return [dict(row._mapping) for row in rows]


def requeue(connection: sa.Connection, number: str, job: str, at: datetime) -> None:
    """Let a job wait again, under a new name for the worker."""
    connection.execute(
        sa.text(
            "UPDATE fjgov_processing SET state = 'queued', job = :job, folder = '', done = 0,"
            " total = 0, changed_at = :at WHERE number = :number AND state IN ('queued', 'running')"
        ),
        {"number": number, "job": job, "at": at},
    )


def over(connection: sa.Connection, now: datetime, limit: int) -> list[dict[str, Any]]:
    """Give jobs whose result may be kept no longer: by time, or since a grant has ended."""
    rows = connection.execute(
        sa.text(
            f"SELECT {_SHOWN} FROM fjgov_processing p WHERE state = 'done' AND (keep_until <= :now"
            " OR EXISTS (SELECT FROM fjgov_processing_input i JOIN fjgov_grant g"
            " ON g.number = i.grant_no JOIN fjgov_case c"
            " ON (c.node, c.number) = (g.node, g.number)"
            " WHERE i.number = p.number AND (NOT c.is_open OR g.until <= :now)))"
            " ORDER BY number LIMIT :limit"
        ),
        {"now": now, "limit": limit},
    )
    return [dict(row._mapping) for row in rows]


def expire(connection: sa.Connection, number: str, at: datetime) -> None:
    """Forget where the result of a job was."""
    connection.execute(
        sa.text(
            "UPDATE fjgov_processing SET state = 'expired', folder = '', changed_at = :at"
            " WHERE number = :number AND state = 'done'"
        ),
        {"number": number, "at": at},
    )


def folders(connection: sa.Connection) -> set[str]:
    """Give the folders that jobs use."""
    rows = connection.execute(sa.text("SELECT folder FROM fjgov_processing WHERE folder <> ''"))
    return set(rows.scalars())


def choices(
    connection: sa.Connection, codes: Collection[str], own_units: Collection[str], now: datetime
) -> list[dict[str, Any]]:
    """Give mounted tables that some units may have processed: under a grant, or as their own.

    Args:
        codes: of the units as holders of grants.
        own_units: ids of the units whose own tables are among them.

    Returns:
        `grant` ("" for own ones), `title`, `resource`, `rows`, `until`.

    Who exactly may use a grant is not asked here.
    """
    rows = connection.execute(
        sa.text(
            'SELECT g.number AS "grant", g.title, m.resource, m.rows, g.until'
            " FROM fjgov_grant g JOIN fjgov_case c ON (c.node, c.number) = (g.node, g.number)"
            " JOIN fjgov_mount m ON m.entry = g.entry WHERE g.unit = ANY(:codes)"
            " AND g.mode = 'custom' AND c.state = 'active' AND g.starts <= :now AND :now < g.until"
            " UNION ALL SELECT '', p.title, m.resource, m.rows, NULL FROM fjgov_mount m"
            " JOIN package p ON p.id = m.entry WHERE p.owner_org = ANY(:own)"
            " AND p.state = 'active' ORDER BY 1 DESC, 2, 3 LIMIT 500"
        ),
        {"codes": sorted(codes), "own": sorted(own_units), "now": now},
    )
    return [dict(row._mapping) for row in rows]
