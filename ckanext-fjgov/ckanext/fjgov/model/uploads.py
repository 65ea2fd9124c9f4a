"""Workbooks handed in on the portal, and what came of them; one row each."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

RUNNING = frozenset({"checking", "marking", "importing"})
_SHOWN = (
    "id, unit_id, user_id, filename, bytes, directory, target, state, done, total, counts, problem,"
    " job, created_at, changed_at, marked IS NOT NULL AS is_marked"
)


@dataclass(frozen=True, slots=True)
class NewUpload:
    """A file as it was handed in.

    Attributes:
        directory: type of the records in it.
        target: state that new entries are to have, `draft` or `active`.
        job: name of the job that checks it.
    """

    id: str
    unit_id: str
    user_id: str
    filename: str
    content: bytes
    directory: str
    target: str
    job: str
    at: datetime


def add(connection: sa.Connection, upload: NewUpload) -> None:
    """Keep a file that is to be checked."""
    connection.execute(
        sa.text(
            "INSERT INTO fjgov_upload (id, unit_id, user_id, filename, bytes, content, directory,"
            " target, state, job, created_at, changed_at) VALUES (:id, :unit, :user, :name, :bytes,"
            " :content, :directory, :target, 'checking', :job, :at, :at)"
        ),
        {
            "id": upload.id,
            "unit": upload.unit_id,
            "user": upload.user_id,
            "name": upload.filename,
            "bytes": len(upload.content),
            "content": upload.content,
            "directory": upload.directory,
            "target": upload.target,
            "job": upload.job,
            "at": upload.at,
        },
    )


def find(connection: sa.Connection, upload_id: str) -> dict[str, Any] | None:
    """Give what is known of an upload, without its file and report."""
    row = connection.execute(
        sa.text(f"SELECT {_SHOWN} FROM fjgov_upload WHERE id = :id"), {"id": upload_id}
    ).one_or_none()
    return dict(row._mapping) if row else None


def of_units(
    connection: sa.Connection, unit_ids: Collection[str], limit: int, offset: int
) -> tuple[int, list[dict[str, Any]]]:
    """Give the number of uploads of some units and one part of them, the newest first."""
    values = {"units": list(unit_ids), "limit": limit, "offset": offset}
    count: int = connection.execute(
        sa.text("SELECT count(*) FROM fjgov_upload WHERE unit_id = ANY(:units)"), values
    ).scalar_one()
    rows = connection.execute(
        sa.text(
            f"SELECT {_SHOWN} FROM fjgov_upload WHERE unit_id = ANY(:units)"
            " ORDER BY created_at DESC, id LIMIT :limit OFFSET :offset"
        ),
        values,
    )
    return count, [dict(row._mapping) for row in rows]


def content(connection: sa.Connection, upload_id: str) -> bytes:
    """Give the file."""
    return _bytes(connection, "content", upload_id) or b""


def marked(connection: sa.Connection, upload_id: str) -> bytes | None:
    """Give the copy with the marks, None when there is none."""
    return _bytes(connection, "marked", upload_id)


def report(connection: sa.Connection, upload_id: str) -> dict[str, Any] | None:
    """Give the report of the last check or import that has ended."""
    found: dict[str, Any] | None = connection.execute(
        sa.text("SELECT report FROM fjgov_upload WHERE id = :id"), {"id": upload_id}
    ).scalar_one_or_none()
    return found


def begin_import(
    connection: sa.Connection,
    upload_id: str,
    user_id: str,
    job: str,
    states: Collection[str],
    at: datetime,
) -> bool:
    """Take a checked upload into import; of two who ask at once exactly one is told True.

    Args:
        job: name of the job that will carry it out.
        states: in which of them it may be.
    """
    done = connection.execute(
        sa.text(
            "UPDATE fjgov_upload SET state = 'importing', user_id = :user, job = :job, done = 0,"
            " counts = '{}', problem = '', changed_at = :at"
            " WHERE id = :id AND state = ANY(:states) AND report IS NOT NULL"
        ),
        {"id": upload_id, "user": user_id, "job": job, "states": list(states), "at": at},
    )
    return done.rowcount == 1


def note_progress(
    connection: sa.Connection, upload_id: str, done: int, counts: Mapping[str, int], at: datetime
) -> None:
    """Write how far a job is."""
    connection.execute(
        sa.text(
            "UPDATE fjgov_upload SET done = :done, counts = :counts, changed_at = :at"
            " WHERE id = :id"
        ),
        {"id": upload_id, "done": done, "counts": json.dumps(dict(counts)), "at": at},
    )


def finish(
    connection: sa.Connection, upload_id: str, state: str, told: Mapping[str, Any], at: datetime
) -> None:
    """Write the report of a check or an import."""
    count = len(told["rows"])
    connection.execute(
        sa.text(
            "UPDATE fjgov_upload SET state = :state, report = :report, counts = :counts,"
            " done = :count, total = :count, changed_at = :at WHERE id = :id"
        ),
        {
            "id": upload_id,
            "state": state,
            "report": json.dumps(dict(told), ensure_ascii=False),
            "counts": json.dumps(told["totals"]),
            "count": count,
            "at": at,
        },
    )


def keep_marked(
    connection: sa.Connection, upload_id: str, copy: bytes | None, at: datetime
) -> None:
    """Keep the copy with the marks; the check has ended."""
    connection.execute(
        sa.text(
            "UPDATE fjgov_upload SET state = 'checked', marked = :copy, changed_at = :at"
            " WHERE id = :id AND state = 'marking'"
        ),
        {"id": upload_id, "copy": copy, "at": at},
    )


def stop(connection: sa.Connection, upload_id: str, state: str, problem: str, at: datetime) -> None:
    """Write why a job ended without a report: `refused` (the file) or `failed`."""
    connection.execute(
        sa.text(
            "UPDATE fjgov_upload SET state = :state, problem = :problem, changed_at = :at"
            " WHERE id = :id"
        ),
        {"id": upload_id, "state": state, "problem": problem, "at": at},
    )


def remove(connection: sa.Connection, before: datetime) -> int:
    """Forget old uploads with their files; gives how many."""
    return connection.execute(
        sa.text("DELETE FROM fjgov_upload WHERE changed_at < :before"), {"before": before}
    ).rowcount


def _bytes(connection: sa.Connection, column: str, upload_id: str) -> bytes | None:
    found = connection.execute(
        sa.text(f"SELECT {column} FROM fjgov_upload WHERE id = :id"), {"id": upload_id}
    ).scalar_one_or_none()
    return None if found is None else bytes(found)
