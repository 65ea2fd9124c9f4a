"""Read what the quality checks found: by entry, unit and node."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

_FILTERS = {
    "node": "r.node = :node",
    "unit": "r.unit = :unit",
    "package_id": "r.package_id = :package_id",
    "rule": "s.rule = :rule",
    "rules": "s.rule = ANY(:rules)",
}


def page(
    connection: sa.Connection, wanted: Mapping[str, Any], *, limit: int, offset: int
) -> tuple[int, list[dict[str, Any]]]:
    """Give the number of findings and one page of them, by unit, entry and rule.

    Args:
        wanted: any of node, unit (its key), package_id, rule, rules (a list).
    """
    where = " AND ".join(_FILTERS[name] for name in wanted) or "true"
    source = (
        " FROM fjgov_quality_result r JOIN fjgov_quality_shown s ON s.node = r.node"
        f" AND s.key = r.key WHERE {where}"
    )
    number = connection.execute(sa.text(f"SELECT count(*){source}"), dict(wanted)).scalar_one()
    rows = connection.execute(
        sa.text(
            "SELECT f.*, p.name, p.title, g.name AS unit_name, g.title AS unit_title FROM"
            " (SELECT r.node, r.key, r.package_id, r.unit, s.rule, s.zh, s.en"
            f"{source} ORDER BY r.node, r.unit, r.key, s.rule LIMIT :limit OFFSET :offset) AS f"
            " LEFT JOIN package p ON p.id = f.package_id"
            ' LEFT JOIN "group" g ON g.id = p.owner_org'
            " ORDER BY f.node, f.unit, f.key, f.rule"
        ),
        {**wanted, "limit": limit, "offset": offset},
    ).mappings()
    return int(number), [dict(row) for row in rows]


def entry(connection: sa.Connection, package_id: str) -> dict[str, Any] | None:
    """Give the result of one entry: node, key, share and names of missing elements."""
    row = (
        connection.execute(
            sa.text(
                "SELECT node, key, unit, share, missing, checked_at FROM fjgov_quality_result"
                " WHERE package_id = :id"
            ),
            {"id": package_id},
        )
        .mappings()
        .first()
    )
    return dict(row) if row else None


def alike(connection: sa.Connection, node: str, key: str, limit: int) -> list[dict[str, Any]]:
    """Give listed entries that share a mark with one, and by which mark.

    Args:
        limit: most of them for each mark.
    """
    rows = connection.execute(
        sa.text(
            "SELECT m.kind, o.*, p.name, p.title, g.title AS unit_title"
            " FROM fjgov_quality_mark m CROSS JOIN LATERAL"
            " (SELECT o.node, o.key, o.unit, o.unit = m.unit AS near FROM fjgov_quality_mark o"
            " WHERE o.kind = m.kind AND o.value = m.value AND (o.node, o.key) <> (m.node, m.key)"
            " AND (o.unit = m.unit OR o.place = m.place)"
            " ORDER BY o.unit <> m.unit, o.node, o.key LIMIT :limit) AS o"
            " JOIN fjgov_quality_result r ON r.node = o.node AND r.key = o.key"
            " LEFT JOIN package p ON p.id = r.package_id"
            ' LEFT JOIN "group" g ON g.id = p.owner_org'
            " WHERE m.node = :node AND m.key = :key ORDER BY m.kind DESC, o.node, o.key"
        ),
        {"node": node, "key": key, "limit": limit},
    ).mappings()
    return [dict(row) for row in rows]


def figures(connection: sa.Connection, *, node: str = "", unit: str = "") -> list[dict[str, Any]]:
    """Give the kept figures: node, unit, rule ("" for the entries), entries and sum of shares."""
    rows = connection.execute(
        sa.text(
            "SELECT c.node, c.unit, c.rule, c.entries, c.share FROM fjgov_quality_count c"
            " WHERE (:node = '' OR c.node = :node) AND (:unit = '' OR c.unit = :unit)"
            " AND c.entries > 0 ORDER BY c.node, c.unit, c.rule"
        ),
        {"node": node, "unit": unit},
    ).mappings()
    return [dict(row) for row in rows]


def unit_names(connection: sa.Connection, codes: list[str]) -> dict[str, tuple[str, str]]:
    """Give (web name, title) of units by their key."""
    rows = connection.execute(
        sa.text(
            "SELECT DISTINCT ON (r.unit) r.unit, g.name, g.title FROM fjgov_quality_result r"
            ' JOIN package p ON p.id = r.package_id JOIN "group" g ON g.id = p.owner_org'
            " WHERE r.unit = ANY(:codes) ORDER BY r.unit"
        ),
        {"codes": codes},
    )
    return {row.unit: (row.name, row.title) for row in rows}
