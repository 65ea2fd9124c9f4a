"""Findings of the last check of each entry, for pages, counts and `fjgov_findings`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from ckanext.fjgov.model.copying import copy_rows

_COLUMNS = ("package_id", "position", "rule", "field", "severity", "zh", "en")


def replace(connection: sa.Connection, package_id: str, rows: Sequence[dict[str, str]]) -> None:
    """Store the findings of one entry in their order: rule, field, severity, zh, en."""
    connection.execute(
        sa.text("DELETE FROM fjgov_finding WHERE package_id = :id"), {"id": package_id}
    )
    if rows:
        connection.execute(
            sa.text(
                "INSERT INTO fjgov_finding (package_id, position, rule, field, severity, zh, en)"
                " VALUES (:package_id, :position, :rule, :field, :severity, :zh, :en)"
            ),
            [
                {"package_id": package_id, "position": position, **row}
                for position, row in enumerate(rows)
            ],
        )


def replace_all(
    connection: sa.Connection, findings: Mapping[str, Sequence[Mapping[str, str]]]
) -> None:
    """Store the findings of many entries: package id -> rows. Cost: two statements."""
    connection.execute(
        sa.text("DELETE FROM fjgov_finding WHERE package_id = ANY(:ids)"), {"ids": list(findings)}
    )
    copy_rows(
        connection,
        "fjgov_finding",
        _COLUMNS,
        (
            (package_id, position, *(row[name] for name in _COLUMNS[2:]))
            for package_id, rows in findings.items()
            for position, row in enumerate(rows)
        ),
    )


def of_package(connection: sa.Connection, package_id: str) -> list[dict[str, Any]]:
    """Give the findings of one entry in their order."""
    rows = connection.execute(
        sa.text(
            "SELECT rule, field, severity, zh, en FROM fjgov_finding"
            " WHERE package_id = :id ORDER BY position"
        ),
        {"id": package_id},
    ).mappings()
    return [dict(row) for row in rows]


def counts_by_unit(connection: sa.Connection) -> list[dict[str, Any]]:
    """Count findings of live entries by unit and rule."""
    rows = connection.execute(
        sa.text(
            "SELECT p.owner_org AS unit_id, f.rule, count(*) AS count"
            " FROM fjgov_finding f JOIN package p ON p.id = f.package_id"
            " WHERE p.state = 'active' GROUP BY 1, 2 ORDER BY 1, 2"
        )
    ).mappings()
    return [dict(row) for row in rows]
