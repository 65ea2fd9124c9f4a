"""Records of the 采集目录 as they are stored, and which were written since the last look."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from ckanext.fjgov.core.catalog.directories import directories
from ckanext.fjgov.core.catalog.schema_model import SchemaModel

RECORD_TYPE = "collection_item"
LISTED = "active"


@dataclass(frozen=True, slots=True)
class CollectionRecord:
    """One record, local or a copy.

    Attributes:
        node: code of its home node.
        unit_code: of the unit as registered here; "" when it has none.
        fields: what the unit reports, by name of the schema, lists as lists.
    """

    package_id: str
    node: str
    identifier: str
    name: str
    title: str
    is_listed: bool
    unit_code: str
    unit_name: str
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Written:
    """A record that was written; it may be gone."""

    package_id: str
    node: str
    identifier: str


def take_written(connection: sa.Connection, here: str, limit: int) -> list[Written]:
    """Take records off the list of what was written, each once, in the order of writing.

    Args:
        here: code of this node, for records that name none.
        limit: most notes taken.
    """
    rows = connection.execute(
        sa.text(
            "DELETE FROM fjgov_collection_note WHERE id IN (SELECT id FROM fjgov_collection_note"
            " ORDER BY id LIMIT :limit) RETURNING id, package_id, node, record"
        ),
        {"limit": limit},
    )
    last = {row.package_id: row for row in sorted(rows, key=lambda row: row.id)}
    return [Written(row.package_id, row.node or here, row.record) for row in last.values()]


def is_any_written(connection: sa.Connection) -> bool:
    """Tell whether a record was written since the last look."""
    return bool(
        connection.execute(
            sa.text("SELECT EXISTS (SELECT FROM fjgov_collection_note)")
        ).scalar_one()
    )


def find(
    connection: sa.Connection, package_ids: Collection[str], here: str
) -> dict[str, CollectionRecord]:
    """Read records: package id -> record; others and withdrawn ones are left out."""
    rows = connection.execute(
        sa.text(f"{_SELECT} WHERE p.id = ANY(:ids) AND {_LIVE}"), {"ids": list(package_ids)}
    ).mappings()
    return {row["id"]: _record(row, here) for row in rows}


def by_identifier(
    connection: sa.Connection, identifiers: Sequence[str], here: str
) -> dict[str, CollectionRecord]:
    """Read records by identifier: identifier -> record."""
    rows = connection.execute(
        sa.text(
            f"{_SELECT} JOIN fjgov_identifier i ON i.record_id = p.id AND i.kind = 'resource'"
            f" WHERE i.identifier = ANY(:values) AND {_LIVE}"
        ),
        {"values": list(identifiers)},
    ).mappings()
    found = (_record(row, here) for row in rows)
    return {record.identifier: record for record in found}


def of_unit(connection: sa.Connection, unit_id: str, here: str) -> list[CollectionRecord]:
    """Read the live records of one unit."""
    rows = connection.execute(
        sa.text(f"{_SELECT} WHERE p.owner_org = :unit AND {_LIVE} ORDER BY p.id"),
        {"unit": unit_id},
    ).mappings()
    return [_record(row, here) for row in rows]


def successors(connection: sa.Connection) -> dict[str, str]:
    """Give former unit code -> code of its successor (承继单位)."""
    rows = connection.execute(
        sa.text(
            "SELECT extras ->> 'uscc' AS code, extras ->> 'successor_uscc' AS later FROM \"group\""
            " WHERE is_organization AND coalesce(extras ->> 'successor_uscc', '') <> ''"
            " AND coalesce(extras ->> 'uscc', '') <> ''"
        )
    )
    return {row.code: row.later for row in rows}


def fields_of(extras: Mapping[str, str], schema: SchemaModel) -> dict[str, Any]:
    """Give the fields of a schema that are stored, lists as lists."""
    return {
        field.name: json.loads(extras[field.name]) if field.is_structured else extras[field.name]
        for field in schema.fields
        if extras.get(field.name)
    }


_SELECT = (
    "SELECT p.id, p.name, p.title, p.notes, p.state, p.extras,"
    " coalesce(nullif(g.extras ->> 'uscc', ''), g.name, '') AS unit_code,"
    " coalesce(g.title, '') AS unit_name"
    ' FROM package p LEFT JOIN "group" g ON g.id = p.owner_org'
)
_LIVE = f"p.type = '{RECORD_TYPE}' AND p.state <> 'deleted'"


def _record(row: Any, here: str) -> CollectionRecord:
    extras = row["extras"] or {}
    stored = fields_of(extras, directories()[RECORD_TYPE])
    return CollectionRecord(
        package_id=row["id"],
        node=extras.get("home_node") or here,
        identifier=extras.get("identifier") or "",
        name=row["name"],
        title=row["title"] or "",
        is_listed=row["state"] == LISTED,
        unit_code=row["unit_code"],
        unit_name=row["unit_name"],
        fields={"title": row["title"], "notes": row["notes"], **stored},
    )
