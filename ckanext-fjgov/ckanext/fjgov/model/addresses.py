"""The side table of real addresses: the only place where one is stored."""

from __future__ import annotations

import json
from collections.abc import Mapping

import sqlalchemy as sa

RESOURCE_ADDRESS = "url"
SERVICE_ADDRESS = "service_info."


def put(
    connection: sa.Connection, package_id: str, addresses: Mapping[tuple[str, str], str]
) -> None:
    """Store addresses of one package: (record id, field) -> address; an empty one is removed."""
    for (record_id, field), address in addresses.items():
        if not address:
            connection.execute(
                sa.text(
                    "DELETE FROM fjgov_address WHERE record_id = :record_id AND field = :field"
                ),
                {"record_id": record_id, "field": field},
            )
            continue
        connection.execute(
            sa.text(
                "INSERT INTO fjgov_address (record_id, field, package_id, address)"
                " VALUES (:record_id, :field, :package_id, :address)"
                " ON CONFLICT (record_id, field) DO UPDATE SET address = EXCLUDED.address,"
                " package_id = EXCLUDED.package_id, updated_at = now()"
                " WHERE fjgov_address.address <> EXCLUDED.address"
                " OR fjgov_address.package_id <> EXCLUDED.package_id"
            ),
            {
                "record_id": record_id,
                "field": field,
                "package_id": package_id,
                "address": address,
            },
        )


def keep_only(connection: sa.Connection, package_id: str, record_ids: list[str]) -> None:
    """Forget the addresses of a package's resources that no longer exist."""
    connection.execute(
        sa.text(
            "DELETE FROM fjgov_address"
            " WHERE package_id = :package_id AND NOT (record_id = ANY(:record_ids))"
        ),
        {"package_id": package_id, "record_ids": [package_id, *record_ids]},
    )


def keep_services(connection: sa.Connection, package_id: str, count: int) -> None:
    """Forget the service addresses of rows that an entry no longer has; rows count from 0."""
    connection.execute(
        sa.text(
            "DELETE FROM fjgov_address WHERE record_id = :id AND field LIKE :prefix || '%'"
            " AND NOT (field = ANY(:fields))"
        ),
        {
            "id": package_id,
            "prefix": SERVICE_ADDRESS,
            "fields": [f"{SERVICE_ADDRESS}{position}" for position in range(count)],
        },
    )


def put_all(connection: sa.Connection, taken: Mapping[str, Mapping[tuple[str, str], str]]) -> None:
    """Do what `put`, `keep_only` and `keep_services` do, for many entries at once.

    Args:
        taken: package id -> (record id, field) -> address. The entries' rows are written already.

    Cost: three statements.
    """
    rows = [
        {"record": record_id, "field": field, "package": package_id, "address": address}
        for package_id, addresses in taken.items()
        for (record_id, field), address in addresses.items()
    ]
    connection.execute(
        sa.text(
            "DELETE FROM fjgov_address a USING jsonb_to_recordset(CAST(:rows AS jsonb))"
            " AS r (record text, field text) WHERE a.record_id = r.record AND a.field = r.field"
        ),
        {"rows": json.dumps([row for row in rows if not row["address"]])},
    )
    connection.execute(
        sa.text(
            "INSERT INTO fjgov_address (record_id, field, package_id, address)"
            " SELECT record, field, package, address"
            " FROM jsonb_to_recordset(CAST(:rows AS jsonb))"
            " AS r (record text, field text, package text, address text)"
            " ON CONFLICT (record_id, field) DO UPDATE SET address = EXCLUDED.address,"
            " package_id = EXCLUDED.package_id, updated_at = now()"
            " WHERE fjgov_address.address <> EXCLUDED.address"
            " OR fjgov_address.package_id <> EXCLUDED.package_id"
        ),
        {"rows": json.dumps([row for row in rows if row["address"]])},
    )
    # What belongs to a resource or a row of services that an entry no longer has.
    connection.execute(
        sa.text(
            "DELETE FROM fjgov_address a USING package p WHERE p.id = a.package_id"
            " AND p.id = ANY(:ids) AND CASE WHEN a.record_id <> p.id"
            " THEN NOT EXISTS (SELECT 1 FROM resource r WHERE r.id = a.record_id"
            " AND r.package_id = p.id AND r.state = 'active')"
            " WHEN a.field LIKE :prefix || '%' THEN CAST(substr(a.field, length(:prefix) + 1)"
            " AS integer) >= jsonb_array_length("
            "CAST(coalesce(p.extras ->> 'service_info', '[]') AS jsonb)) ELSE false END"
        ),
        {"ids": list(taken), "prefix": SERVICE_ADDRESS},
    )


def get(connection: sa.Connection, record_id: str, field: str = RESOURCE_ADDRESS) -> str | None:
    """Give one address, None when nothing is registered."""
    address: str | None = connection.execute(
        sa.text("SELECT address FROM fjgov_address WHERE record_id = :id AND field = :field"),
        {"id": record_id, "field": field},
    ).scalar_one_or_none()
    return address


def of_package(connection: sa.Connection, package_id: str) -> dict[tuple[str, str], str]:
    """Give all addresses of one package: (record id, field) -> address."""
    rows = connection.execute(
        sa.text("SELECT record_id, field, address FROM fjgov_address WHERE package_id = :id"),
        {"id": package_id},
    )
    return {(row.record_id, row.field): row.address for row in rows}


def of_resources(connection: sa.Connection, package_ids: list[str]) -> dict[str, str]:
    """Give resource id -> address of the resources of some packages. Cost: one statement."""
    rows = connection.execute(
        sa.text(
            "SELECT record_id, address FROM fjgov_address"
            " WHERE package_id = ANY(:ids) AND record_id <> package_id AND field = :field"
        ),
        {"ids": package_ids, "field": RESOURCE_ADDRESS},
    )
    return {row.record_id: row.address for row in rows}
