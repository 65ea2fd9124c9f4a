"""The register of appointed people over all units (政务用户目录, Art. 45)."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa


def page(
    connection: sa.Connection,
    *,
    words: str = "",
    unit_id: str = "",
    role: str = "",
    current_on: date | None,
    limit: int,
    offset: int,
) -> tuple[int, list[dict[str, Any]]]:
    """Give the number of appointments and one page, by unit, role and person.

    Args:
        words: each is part of the person's name, the account's or the unit's.
        unit_id, role: "" for all of them.
        current_on: only those that hold on this day; None for ended and future ones too.

    Cost: one pass over the appointments.
    """
    conditions = ["true"]
    values: dict[str, Any] = {}
    for number, word in enumerate(words.split()):
        conditions.append(
            f"(u.fullname ILIKE :w{number} OR u.name ILIKE :w{number} OR g.title ILIKE :w{number})"
        )
        # What the database takes for a pattern is an ordinary character here.
        plain = word.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
        values[f"w{number}"] = f"%{plain}%"
    if unit_id:
        conditions.append("a.unit_id = :unit")
        values["unit"] = unit_id
    if role:
        conditions.append("a.role = :role")
        values["role"] = role
    if current_on is not None:
        conditions.append(
            "a.valid_from <= :today AND (a.valid_until IS NULL OR a.valid_until >= :today)"
        )
        values["today"] = current_on
    tables = (
        ' FROM fjgov_appointment a JOIN "user" u ON u.id = a.user_id'
        f' JOIN "group" g ON g.id = a.unit_id WHERE {" AND ".join(conditions)}'
    )
    count = connection.execute(sa.text(f"SELECT count(*){tables}"), values).scalar_one()
    rows = connection.execute(
        sa.text(
            "SELECT a.id, a.role, a.document, a.valid_from, a.valid_until, u.name AS user,"
            " u.fullname, g.id AS unit_id, g.name AS unit, g.title AS unit_title,"
            f" coalesce(g.extras ->> 'home_node', '') AS home_node{tables}"
            " ORDER BY g.title, a.unit_id, a.role, u.fullname, a.valid_from DESC, a.id"
            " LIMIT :limit OFFSET :offset"
        ),
        {**values, "limit": limit, "offset": offset},
    )
    return int(count), [dict(row) for row in rows.mappings()]
