"""Who holds an id, a name or a code, so that no node can take over another's rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

# As `core.catalog.unit_code.unit_key` says it: the credit code, else the code in the web name.
_UNIT_KEY = "coalesce(nullif(extras ->> 'uscc', ''), upper(substr(name, 3)))"


@dataclass(frozen=True, slots=True)
class Holders:
    """Who holds what a batch of records wants.

    Attributes:
        packages: package id -> (node, key) or None when no logged record holds it.
        package_types: package id -> type in CKAN.
        package_names: name -> package id.
        resources: resource id -> package id.
        groups: group id -> (node, key) or None.
        group_names: name -> group id.
        identifiers: identifier -> record id.
    """

    packages: dict[str, tuple[str, str] | None]
    package_types: dict[str, str]
    package_names: dict[str, str]
    resources: dict[str, str]
    groups: dict[str, tuple[str, str] | None]
    group_names: dict[str, str]
    identifiers: dict[str, str]


def holders(
    connection: sa.Connection,
    *,
    package_ids: Sequence[str] = (),
    package_names: Sequence[str] = (),
    resource_ids: Sequence[str] = (),
    group_ids: Sequence[str] = (),
    group_names: Sequence[str] = (),
    identifiers: Sequence[str] = (),
) -> Holders:
    """Look up all holders. Cost: four statements for any number of values."""
    packages, names, types = _records(connection, "package", package_ids, package_names)
    groups, names_of_groups, _types = _records(connection, '"group"', group_ids, group_names)
    resources = connection.execute(
        sa.text("SELECT id, package_id FROM resource WHERE id = ANY(:ids)"),
        {"ids": list(resource_ids)},
    )
    taken = connection.execute(
        sa.text(
            "SELECT identifier, record_id FROM fjgov_identifier WHERE identifier = ANY(:values)"
        ),
        {"values": list(identifiers)},
    )
    return Holders(
        packages=packages,
        package_types=types,
        package_names=names,
        resources={row.id: row.package_id for row in resources},
        groups=groups,
        group_names=names_of_groups,
        identifiers={row.identifier: row.record_id for row in taken},
    )


def record_ids(
    connection: sa.Connection, node: str, kind: str, keys: Sequence[str]
) -> dict[str, str]:
    """Give the row behind each logged record of a node: key -> package or group id."""
    rows = connection.execute(
        sa.text(
            "SELECT key, record_id FROM fjgov_change WHERE node = :node AND kind = :kind"
            " AND key = ANY(:keys) AND record_id IS NOT NULL"
        ),
        {"node": node, "kind": kind, "keys": list(keys)},
    )
    return {row.key: row.record_id for row in rows}


def records_of_units(
    connection: sa.Connection, node: str, unit_ids: Sequence[str]
) -> dict[tuple[str, str], str]:
    """Give what a node lists of some units in all directories: (kind, key) -> hash."""
    rows = connection.execute(
        sa.text(
            "SELECT c.kind, c.key, c.hash FROM fjgov_change c JOIN package p ON p.id = c.record_id"
            " WHERE c.node = :node AND c.kind <> 'unit' AND c.op = 'put'"
            " AND p.owner_org = ANY(:ids)"
        ),
        {"node": node, "ids": list(unit_ids)},
    )
    return {(row.kind, row.key): row.hash for row in rows}


def _records(
    connection: sa.Connection, table: str, ids: Sequence[str], names: Sequence[str]
) -> tuple[dict[str, tuple[str, str] | None], dict[str, str], dict[str, str]]:
    """The home of a row is read from its own columns: a row that is not logged has one too."""
    # A closed unit may go on under another code: its old key holds it no longer.
    unit_key = f"CASE WHEN state = 'deleted' THEN '' ELSE {_UNIT_KEY} END"
    key = "extras ->> 'identifier'" if table == "package" else unit_key
    rows = connection.execute(
        sa.text(
            f"SELECT id, name, type, extras ->> 'home_node' AS node, {key} AS key"
            f" FROM {table} WHERE id = ANY(:ids) OR name = ANY(:names)"
        ),
        {"ids": list(ids), "names": list(names)},
    ).all()
    homes = {row.id: (row.node, row.key) if row.node else None for row in rows}
    return homes, {row.name: row.id for row in rows}, {row.id: row.type for row in rows}
