"""Records of the 采集目录 that wait for 省数字办, as its review page lists them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from ckanext.fjgov.core.cases.types.collection_report import COLLECTION_REPORT, WAITING

_FROM = (
    " FROM fjgov_case c JOIN package p ON p.id = c.subject AND p.state = 'active'"
    " WHERE c.kind = :kind AND c.state = ANY(:states)"
)


def waiting(
    connection: sa.Connection, *, limit: int, offset: int
) -> tuple[int, list[dict[str, Any]]]:
    """Give how many cases wait, and one page of them, the longest waiting first."""
    values = {"kind": COLLECTION_REPORT.name, "states": list(WAITING)}
    count = connection.execute(sa.text(f"SELECT count(*){_FROM}"), values).scalar_one()
    rows = connection.execute(
        sa.text(
            "SELECT c.number, c.state, c.subject, c.changed_at, p.title, p.name"
            f"{_FROM} ORDER BY c.changed_at, c.number LIMIT :limit OFFSET :offset"
        ),
        {**values, "limit": limit, "offset": offset},
    ).mappings()
    return count, [{**row, "changed_at": row["changed_at"].isoformat()} for row in rows]
