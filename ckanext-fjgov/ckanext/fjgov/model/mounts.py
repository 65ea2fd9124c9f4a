"""Mounted tables as rows; their data are in the datastore, under the id of the resource."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa

from ckanext.fjgov.core.exchange.tables import Column, MountedTable

_COLUMNS = "resource, entry, columns, rows, version, at"


def find(connection: sa.Connection, resource_id: str) -> MountedTable | None:
    """Give the table that a resource is mounted as. Cost: one look-up."""
    row = connection.execute(
        sa.text(f"SELECT {_COLUMNS} FROM fjgov_mount WHERE resource = :resource"),
        {"resource": resource_id},
    ).one_or_none()
    return _table(row) if row else None


def of_entry(connection: sa.Connection, entry: str) -> list[MountedTable]:
    """Give the tables of an entry."""
    rows = connection.execute(
        sa.text(f"SELECT {_COLUMNS} FROM fjgov_mount WHERE entry = :entry ORDER BY at, resource"),
        {"entry": entry},
    )
    return [_table(row) for row in rows]


def put(connection: sa.Connection, table: MountedTable) -> None:
    """Store what a resource is mounted as now."""
    columns = [
        {"name": one.name, "item": one.item, "title": one.title, "kind": one.kind}
        for one in table.columns
    ]
    connection.execute(
        sa.text(
            f"INSERT INTO fjgov_mount ({_COLUMNS}) VALUES"
            " (:resource, :entry, CAST(:columns AS jsonb), :rows, :version, :at)"
            " ON CONFLICT (resource) DO UPDATE SET entry = EXCLUDED.entry,"
            " columns = EXCLUDED.columns, rows = EXCLUDED.rows, version = EXCLUDED.version,"
            " at = EXCLUDED.at"
        ),
        {
            "resource": table.resource,
            "entry": table.entry,
            "columns": json.dumps(columns, ensure_ascii=False),
            "rows": table.rows,
            "version": table.version,
            "at": table.at,
        },
    )


def remove(connection: sa.Connection, resource_id: str) -> None:
    """Forget what a resource was mounted as."""
    connection.execute(
        sa.text("DELETE FROM fjgov_mount WHERE resource = :resource"), {"resource": resource_id}
    )


def _table(row: Any) -> MountedTable:
    columns = tuple(Column(**one) for one in row.columns)
    return MountedTable(row.resource, row.entry, columns, row.rows, row.version, row.at)
