"""Which listed entries state a legal basis (Art. 4(1)): pages of them over all nodes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa


@dataclass(frozen=True, slots=True)
class Filed:
    """One entry as its bases are filed here.

    Attributes:
        filed_at: when this catalog took the entry as it stands.
        legal_basis, items: JSON text as stored, "" for none.
    """

    id: str
    name: str
    title: str
    identifier: str
    home_node: str
    share_type: str
    legal_basis: str
    items: str
    unit: str
    unit_title: str
    filed_at: datetime | None


def page(
    connection: sa.Connection,
    *,
    node: str = "",
    unit_id: str = "",
    share_type: str = "",
    missing: bool = False,
    limit: int,
    offset: int,
) -> tuple[int, list[Filed]]:
    """Give the number of entries and one page, by node, unit and title.

    Args:
        node, unit_id, share_type: "" for all of them.
        missing: only entries of class 2 or 3 that state no basis of their own.

    Cost: one pass over the entries; a page of them is read whole.
    """
    conditions = [_LISTED, _MISSING if missing else _HAS_BASIS]
    values: dict[str, Any] = {"limit": limit, "offset": offset}
    for name, condition, value in (
        ("node", "p.extras ->> 'home_node' = :node", node),
        ("unit", "p.owner_org = :unit", unit_id),
        ("share_type", "p.extras ->> 'share_type' = :share_type", share_type),
    ):
        if value:
            conditions.append(condition)
            values[name] = value
    where = " AND ".join(conditions)
    count = connection.execute(
        sa.text(f"SELECT count(*) FROM package p WHERE {where}"), values
    ).scalar_one()
    rows = connection.execute(
        sa.text(
            "SELECT p.id, p.name, coalesce(p.title, '') AS title,"
            " coalesce(p.extras ->> 'identifier', '') AS identifier,"
            " coalesce(p.extras ->> 'home_node', '') AS home_node,"
            " coalesce(p.extras ->> 'share_type', '') AS share_type,"
            " coalesce(p.extras ->> 'legal_basis', '') AS legal_basis,"
            " coalesce(p.extras ->> 'items', '') AS items,"
            " coalesce(g.name, '') AS unit, coalesce(g.title, '') AS unit_title,"
            " (SELECT max(c.changed_at) FROM fjgov_change c WHERE c.record_id = p.id"
            " AND c.kind = 'entry' AND c.op = 'put') AS filed_at"
            ' FROM package p LEFT JOIN "group" g ON g.id = p.owner_org'
            f" WHERE {where} ORDER BY home_node, unit_title, p.title, p.id"
            " LIMIT :limit OFFSET :offset"
        ),
        values,
    )
    return int(count), [Filed(**row) for row in rows.mappings()]


_LISTED = "p.type = 'dataset' AND p.state = 'active' AND NOT p.private"
_STRICT = "p.extras ->> 'share_type' IN ('2', '3')"
# An open entry may hold a stricter item, whose basis stands in its row.
_HAS_BASIS = f"({_STRICT} OR p.extras ->> 'items' LIKE '%\"basis_title\"%')"
_MISSING = f"{_STRICT} AND coalesce(nullif(p.extras ->> 'legal_basis', ''), '[]') = '[]'"
