"""Listed entries whose information is published in no mode of the exchange (未挂接, Art. 20)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa

# As `core/exchange/publishing.is_unmounted` has it; class 3 is not published there at all.
_SOURCE = (
    ' FROM package p JOIN "group" g ON g.id = p.owner_org'
    " WHERE p.type = 'dataset' AND p.state = 'active' AND p.extras ->> 'share_type' IN ('1', '2')"
    " AND NOT EXISTS (SELECT 1 FROM jsonb_array_elements(CAST(coalesce(nullif("
    "p.extras ->> 'exchange', ''), '[]') AS jsonb)) e"
    " WHERE e ->> 'status' IN ('done', 'stopped', 'claim', 'claim_ok'))"
    " AND (CAST(:units AS text[]) IS NULL OR g.id = ANY(:units))"
)


def page(
    connection: sa.Connection, units: Collection[str] | None, *, limit: int, offset: int
) -> tuple[int, list[dict[str, Any]]]:
    """Give the number of such entries and one page of them, by unit and title.

    Args:
        units: ids of units, None for all.

    Cost: reads the entries of the units.
    """
    values = {"units": None if units is None else sorted(units)}
    count = connection.execute(sa.text(f"SELECT count(*){_SOURCE}"), values).scalar_one()
    rows = connection.execute(
        sa.text(
            "SELECT p.id, p.name, p.title, p.extras ->> 'identifier' AS identifier,"
            " p.extras ->> 'share_type' AS share_type, p.extras ->> 'home_node' AS node,"
            " p.extras ->> 'issued' AS issued, g.name AS unit, g.title AS unit_title"
            f"{_SOURCE} ORDER BY g.title, p.title, p.id LIMIT :limit OFFSET :offset"
        ),
        {**values, "limit": limit, "offset": offset},
    ).mappings()
    return int(count), [dict(row) for row in rows]


def by_unit(connection: sa.Connection, units: Collection[str] | None) -> list[dict[str, Any]]:
    """Count such entries by unit, most first."""
    rows = connection.execute(
        sa.text(
            f"SELECT g.name AS unit, g.title AS unit_title, count(*) AS entries{_SOURCE}"
            " GROUP BY g.id, g.name, g.title ORDER BY entries DESC, g.title"
        ),
        {"units": None if units is None else sorted(units)},
    ).mappings()
    return [dict(row) for row in rows]


def by_node(connection: sa.Connection, units: Collection[str] | None) -> list[dict[str, Any]]:
    """Count such entries by the node that keeps them."""
    rows = connection.execute(
        sa.text(
            f"SELECT coalesce(p.extras ->> 'home_node', '') AS node, count(*) AS entries{_SOURCE}"
            " GROUP BY 1 ORDER BY 1"
        ),
        {"units": None if units is None else sorted(units)},
    ).mappings()
    return [dict(row) for row in rows]
