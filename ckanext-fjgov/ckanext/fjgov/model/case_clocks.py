"""Clocks of open cases, for whoever watches that they are kept (时限监管)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ckanext.fjgov.core.cases.types import tacit_clocks

# A clock is open while its owner has yet to act; one that stands still has no limit now, and one
# whose end is an answer asks for nothing more.
_FROM = (
    " FROM fjgov_case_clock k"
    " JOIN fjgov_case c ON (c.node, c.number) = (k.node, k.number)"
    " JOIN fjgov_case_party y ON (y.node, y.number, y.role) = (k.node, k.number, k.owner)"
    " AND y.party_node = c.node"
    " JOIN \"group\" g ON coalesce(nullif(g.extras ->> 'uscc', ''), g.name) = y.unit"
    " AND g.is_organization AND g.state = 'active'"
    " WHERE c.is_open AND k.done IS NULL AND (:all OR g.id = ANY(:units))"
    " AND NOT (k.lapsed IS NOT NULL AND k.name = ANY(:tacit))"
)
_IS_OVERDUE = (
    "(k.name <> ALL(:tacit) AND"
    " (k.lapsed IS NOT NULL OR (k.is_running AND NOT k.provisional AND k.due_at <= :now)))"
)


def page(
    connection: sa.Connection,
    units: Collection[str] | None,
    now: datetime,
    *,
    overdue: bool,
    limit: int,
    offset: int,
) -> tuple[int, list[dict[str, Any]]]:
    """Give how many clocks run for some units, and one page, the most urgent first.

    Args:
        units: ids of the units that must act; None for all.
        overdue: only those whose end has passed.
    """
    values = _values(units, now)
    where = _FROM + (f" AND {_IS_OVERDUE}" if overdue else "")
    count = connection.execute(sa.text(f"SELECT count(*){where}"), values).scalar_one()
    rows = connection.execute(
        sa.text(
            "SELECT c.number, c.kind, c.state, k.name, k.article, k.days, k.started, k.last_day,"
            " k.due_at, k.provisional, NOT k.is_running AND k.lapsed IS NULL AS is_paused,"
            f" {_IS_OVERDUE} AS is_overdue, g.name AS unit, g.title AS unit_title{where}"
            f" ORDER BY {_IS_OVERDUE} DESC, k.due_at, c.number LIMIT :limit OFFSET :offset"
        ),
        values | {"limit": limit, "offset": offset},
    ).mappings()
    return count, [dict(row) for row in rows]


def by_unit(
    connection: sa.Connection, units: Collection[str] | None, now: datetime
) -> list[dict[str, Any]]:
    """Count the open and the overdue clocks of each unit, the most overdue first."""
    rows = connection.execute(
        sa.text(
            "SELECT g.name AS unit, g.title AS unit_title, count(*) AS open,"
            f" count(*) FILTER (WHERE {_IS_OVERDUE}) AS overdue{_FROM}"
            " GROUP BY g.name, g.title ORDER BY 4 DESC, 3 DESC, 2"
        ),
        _values(units, now),
    ).mappings()
    return [dict(row) for row in rows]


def _values(units: Collection[str] | None, now: datetime) -> dict[str, Any]:
    return {
        "all": units is None,
        "units": sorted(units or ()),
        "now": now,
        "tacit": sorted(tacit_clocks()),
    }
