"""Read catalogued rows in bulk and give their canonical records."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from ckanext.fjgov.core.catalog.canonical import (
    ENTRY,
    UNIT,
    RecordShape,
    canonical_bytes,
    entry_record,
    kind_of,
    record_hash,
    type_of,
    unit_record,
)
from ckanext.fjgov.core.catalog.unit_code import unit_key


@dataclass(frozen=True, slots=True)
class CurrentRecord:
    """What the tables say now about one record.

    Attributes:
        key: USCC of a unit, or identifier of any other record; unique in (node, kind).
        data: canonical bytes, None when the record is not listed.
        reason: why it is not listed (`draft`, `withdrawn`, `closed`).
    """

    record_id: str
    node: str
    kind: str
    key: str
    data: bytes | None
    hash: str
    reason: str | None
    replaced_by: str | None


@dataclass(frozen=True, slots=True)
class Shapes:
    """The shapes of records, and the code of this node; `directories` by their kind."""

    entry: RecordShape
    unit: RecordShape
    node: str
    directories: Mapping[str, RecordShape] = field(default_factory=dict)

    def of(self, kind: str) -> RecordShape:
        """Give the shape of a kind of record that is no unit."""
        return self.entry if kind == ENTRY else self.directories[kind]


def current_entries(
    connection: sa.Connection, ids: Sequence[str], shapes: Shapes
) -> dict[str, CurrentRecord]:
    """Read entries and records of the other directories: package id -> what is true now.

    Packages of other types and ids that no longer exist are absent from the answer.

    Cost: three statements for any number of ids.
    """
    packages = connection.execute(
        sa.text(
            "SELECT p.id, p.type, p.name, p.title, p.notes, p.version, p.license_id, p.author,"
            " p.author_email, p.maintainer, p.maintainer_email, p.state, p.private, p.extras,"
            " g.name AS unit_name, g.extras AS unit_extras"
            ' FROM package p LEFT JOIN "group" g ON g.id = p.owner_org'
            " WHERE p.id = ANY(:ids) AND p.type = ANY(:types)"
        ),
        {"ids": list(ids), "types": [type_of(ENTRY), *map(type_of, shapes.directories)]},
    ).mappings()
    resources = _grouped(
        connection,
        "SELECT id, package_id, name, description, format, mimetype, size, hash, resource_type,"
        " extras::text AS extras FROM resource"
        " WHERE package_id = ANY(:ids) AND state = 'active' ORDER BY package_id, position, id",
        ids,
    )
    tags = _grouped(
        connection,
        "SELECT pt.package_id, t.name FROM package_tag pt JOIN tag t ON t.id = pt.tag_id"
        " WHERE pt.package_id = ANY(:ids) AND pt.state = 'active' AND t.vocabulary_id IS NULL",
        ids,
    )
    return {
        row["id"]: _current_entry(row, resources[row["id"]], tags[row["id"]], shapes)
        for row in packages
    }


def current_units(
    connection: sa.Connection, ids: Sequence[str], shapes: Shapes
) -> dict[str, CurrentRecord]:
    """Read units: group id -> what is true now. Cost: one statement."""
    groups = connection.execute(
        sa.text(
            'SELECT id, name, title, description, image_url, state, extras FROM "group"'
            " WHERE id = ANY(:ids) AND is_organization"
        ),
        {"ids": list(ids)},
    ).mappings()
    return {row["id"]: _current_unit(row, shapes) for row in groups}


def _grouped(
    connection: sa.Connection, statement: str, ids: Sequence[str]
) -> defaultdict[str, list[Any]]:
    grouped: defaultdict[str, list[Any]] = defaultdict(list)
    for row in connection.execute(sa.text(statement), {"ids": list(ids)}).mappings():
        grouped[row["package_id"]].append(row)
    return grouped


def _current_entry(
    row: Any, resources: list[Any], tags: list[Any], shapes: Shapes
) -> CurrentRecord:
    extras, kind = row["extras"] or {}, kind_of(row["type"])
    listed = row["state"] == "active" and not row["private"]
    record = entry_record(
        row,
        [{**resource, "extras": _resource_extras(resource["extras"])} for resource in resources],
        [tag["name"] for tag in tags],
        _unit_key(row["unit_name"], row["unit_extras"] or {}),
        shapes.of(kind),
        kind,
    )
    reason = None if listed else ("withdrawn" if row["state"] == "deleted" else "draft")
    return _record(
        row, kind, extras.get("identifier") or f"id:{row['id']}", extras, record, reason, shapes
    )


def _current_unit(row: Any, shapes: Shapes) -> CurrentRecord:
    extras = row["extras"] or {}
    reason = None if row["state"] == "active" else "closed"
    record = unit_record(row, shapes.unit)
    return _record(row, UNIT, _unit_key(row["name"], extras), extras, record, reason, shapes)


def _record(
    row: Any,
    kind: str,
    key: str,
    extras: dict[str, str],
    record: dict[str, Any],
    reason: str | None,
    shapes: Shapes,
) -> CurrentRecord:
    data = canonical_bytes(record) if reason is None else None
    return CurrentRecord(
        record_id=row["id"],
        node=extras.get("home_node") or shapes.node,
        kind=kind,
        key=key,
        data=data,
        hash=record_hash(data) if data is not None else "",
        reason=reason,
        replaced_by=extras.get("replaced_by") or extras.get("successor_uscc"),
    )


def _unit_key(name: str | None, extras: dict[str, str]) -> str:
    """Give the key of a unit; a unit that is named otherwise is known by its web name."""
    return unit_key(name or "", extras.get("uscc") or "") or (name or "")


def _resource_extras(text: str | None) -> dict[str, Any]:
    extras: dict[str, Any] = json.loads(text) if text else {}
    return extras
