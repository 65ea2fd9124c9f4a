"""Entries whose data are older than their cycle allows, from stored last fresh days (Art. 13)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

import sqlalchemy as sa

_SOURCE = (
    " FROM fjgov_quality_result r JOIN package p ON p.id = r.package_id"
    ' JOIN "group" g ON g.id = p.owner_org'
    " WHERE r.fresh_until < :today AND (CAST(:units AS text[]) IS NULL OR g.id = ANY(:units))"
)


def page(
    connection: sa.Connection,
    units: Collection[str] | None,
    today: date,
    *,
    limit: int,
    offset: int,
) -> tuple[int, list[dict[str, Any]]]:
    """Give the number of overdue entries and one page of them, the longest overdue first.

    Args:
        units: ids of units, None for all.
    """
    values = {"units": None if units is None else sorted(units), "today": today}
    number = connection.execute(sa.text(f"SELECT count(*){_SOURCE}"), values).scalar_one()
    rows = connection.execute(
        sa.text(
            "SELECT r.node, r.key AS identifier, p.id, p.name, p.title, g.id AS unit_id,"
            " g.name AS unit, g.title AS unit_title, p.extras ->> 'frequency' AS frequency,"
            f" r.updated_on, r.fresh_until{_SOURCE}"
            " ORDER BY r.fresh_until, r.node, r.key LIMIT :limit OFFSET :offset"
        ),
        {**values, "limit": limit, "offset": offset},
    ).mappings()
    return int(number), [dict(row) for row in rows]


def by_unit(
    connection: sa.Connection, units: Collection[str] | None, today: date
) -> list[dict[str, Any]]:
    """Count overdue entries by unit, most first."""
    rows = connection.execute(
        sa.text(
            "SELECT g.name AS unit, g.title AS unit_title, count(*) AS entries,"
            f" min(r.fresh_until) AS oldest{_SOURCE}"
            " GROUP BY g.id, g.name, g.title ORDER BY entries DESC, g.title"
        ),
        {"units": None if units is None else sorted(units), "today": today},
    ).mappings()
    return [dict(row) for row in rows]
