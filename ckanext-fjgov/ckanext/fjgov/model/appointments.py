"""Who may act for a unit, with dates and the document that says so (Articles 16, 18, 24)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa

_CURRENT = "a.valid_from <= :today AND (a.valid_until IS NULL OR a.valid_until >= :today)"


def add(
    connection: sa.Connection,
    *,
    user_id: str,
    unit_id: str,
    role: str,
    document: str,
    valid_from: date,
    valid_until: date | None,
    appointed_by: str,
) -> int | None:
    """Record an appointment; None when the same open appointment exists already."""
    number: int | None = connection.execute(
        sa.text(
            "INSERT INTO fjgov_appointment"
            " (user_id, unit_id, role, document, valid_from, valid_until, appointed_by)"
            " VALUES (:user_id, :unit_id, :role, :document, :valid_from, :valid_until,"
            " :appointed_by) ON CONFLICT DO NOTHING RETURNING id"
        ),
        {
            "user_id": user_id,
            "unit_id": unit_id,
            "role": role,
            "document": document,
            "valid_from": valid_from,
            "valid_until": valid_until,
            "appointed_by": appointed_by,
        },
    ).scalar_one_or_none()
    return number


def end(connection: sa.Connection, number: int, last_day: date) -> bool:
    """End an appointment on a day; False when there is none of that number still open."""
    result = connection.execute(
        sa.text(
            "UPDATE fjgov_appointment SET valid_until = :last_day"
            " WHERE id = :number AND valid_until IS NULL AND valid_from <= :last_day"
        ),
        {"number": number, "last_day": last_day},
    )
    return bool(result.rowcount)


def get(connection: sa.Connection, number: int) -> dict[str, Any] | None:
    """Give one appointment."""
    row = (
        connection.execute(
            sa.text("SELECT * FROM fjgov_appointment WHERE id = :number"), {"number": number}
        )
        .mappings()
        .one_or_none()
    )
    return dict(row) if row else None


def current_of_user(connection: sa.Connection, user_id: str, today: date) -> dict[str, set[str]]:
    """Give the units and roles that a person holds today: unit id -> roles."""
    rows = connection.execute(
        sa.text(
            "SELECT a.unit_id, a.role FROM fjgov_appointment a"
            f" WHERE a.user_id = :id AND {_CURRENT}"
        ),
        {"id": user_id, "today": today},
    )
    held: dict[str, set[str]] = {}
    for row in rows:
        held.setdefault(row.unit_id, set()).add(row.role)
    return held


def of_unit(connection: sa.Connection, unit_id: str) -> list[dict[str, Any]]:
    """List all appointments of a unit, the newest first."""
    rows = connection.execute(
        sa.text(
            "SELECT a.*, u.name AS user_name, u.fullname FROM fjgov_appointment a"
            ' JOIN "user" u ON u.id = a.user_id WHERE a.unit_id = :id'
            " ORDER BY a.valid_from DESC, a.id DESC"
        ),
        {"id": unit_id},
    ).mappings()
    return [dict(row) for row in rows]


def with_codes(connection: sa.Connection, user_id: str) -> list[dict[str, Any]]:
    """Give all appointments of a person, ended ones too, with the code of each unit.

    Returns:
        `id`, `unit` (credit code, or the web name of a unit without one), `role`, `valid_from`
        and `valid_until`.
    """
    rows = connection.execute(
        sa.text(
            "SELECT a.id, coalesce(nullif(g.extras ->> 'uscc', ''), g.name) AS unit, a.role,"
            ' a.valid_from, a.valid_until FROM fjgov_appointment a JOIN "group" g'
            " ON g.id = a.unit_id WHERE a.user_id = :id ORDER BY a.id"
        ),
        {"id": user_id},
    ).mappings()
    return [dict(row) for row in rows]


def current_one(
    connection: sa.Connection, user_id: str, unit_id: str, roles: Sequence[str], today: date
) -> tuple[int, str] | None:
    """Give number and role of the appointment under which a person acts, the first role first."""
    row = connection.execute(
        sa.text(
            "SELECT a.id, a.role FROM fjgov_appointment a WHERE a.user_id = :user"
            f" AND a.unit_id = :unit AND a.role = ANY(:roles) AND {_CURRENT}"
            " ORDER BY array_position(CAST(:roles AS text[]), a.role), a.id DESC LIMIT 1"
        ),
        {"user": user_id, "unit": unit_id, "roles": list(roles), "today": today},
    ).one_or_none()
    return (row.id, row.role) if row else None


def unit_of_role(connection: sa.Connection, role: str, today: date) -> str | None:
    """Give the code of the unit in which a role is held today, the earliest appointment first."""
    code: str | None = connection.execute(
        sa.text(
            "SELECT coalesce(nullif(g.extras ->> 'uscc', ''), g.name) FROM fjgov_appointment a"
            ' JOIN "group" g ON g.id = a.unit_id WHERE a.role = :role'
            f" AND g.state = 'active' AND {_CURRENT} ORDER BY a.valid_from, a.id LIMIT 1"
        ),
        {"role": role, "today": today},
    ).scalar_one_or_none()
    return code
