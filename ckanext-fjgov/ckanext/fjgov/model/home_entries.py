"""Entries of this node's own units, written by sets: what CKAN's actions would leave in its tables.

New entries are appended by `fresh_entries`; here are the rest, and what must be known before.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ckanext.fjgov.core.catalog.schema_model import ENTRY_TYPE
from ckanext.fjgov.model import fresh_entries, merge
from ckanext.fjgov.model.copying import copy_rows

Title = tuple[str, str]


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A live unit as a batch needs it.

    Attributes:
        uscc: its credit code, "" for none.
        home_node: code of its node, "" for this one.
    """

    id: str
    name: str
    uscc: str
    home_node: str


def units(connection: sa.Connection, references: Sequence[str]) -> dict[str, UnitRow]:
    """Find live units by id or name: reference -> unit. Cost: one statement."""
    rows = connection.execute(
        sa.text(
            "SELECT id, name, coalesce(extras ->> 'uscc', ''), coalesce(extras ->> 'home_node', '')"
            " FROM \"group\" WHERE is_organization AND state = 'active'"
            " AND (id = ANY(:values) OR name = ANY(:values))"
        ),
        {"values": list(references)},
    )
    found: dict[str, UnitRow] = {}
    for row in rows:
        unit = UnitRow(*row)
        found[unit.id] = found[unit.name] = unit
    return found


def ids_of(
    connection: sa.Connection, ids: Sequence[str], identifiers: Sequence[str]
) -> dict[str, str]:
    """Find entries by id or identifier: what was asked for -> package id. Cost: one statement."""
    rows = connection.execute(
        sa.text(
            "SELECT id AS asked, id FROM package WHERE id = ANY(:ids) AND type = 'dataset'"
            " UNION ALL SELECT i.identifier, p.id FROM fjgov_identifier i"
            " JOIN package p ON p.id = i.record_id AND p.type = 'dataset'"
            " WHERE i.kind = 'resource' AND i.identifier = ANY(:identifiers)"
        ),
        {"ids": list(ids), "identifiers": list(identifiers)},
    )
    return {row.asked: row.id for row in rows}


def lock(connection: sa.Connection, ids: Sequence[str]) -> dict[str, datetime]:
    """Keep others from changing entries until the commit: id -> time of the last change."""
    rows = connection.execute(
        sa.text(
            "SELECT id, metadata_modified FROM package WHERE id = ANY(:ids) ORDER BY id FOR UPDATE"
        ),
        {"ids": list(ids)},
    )
    return {row.id: row.metadata_modified for row in rows}


def insert(connection: sa.Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Append new entries; rows as of `fresh_entries.append`."""
    tags = merge.tag_ids(connection, {name for row in rows for name in row["tags"]})
    fresh_entries.append(connection, rows, tags, ENTRY_TYPE)


def update(connection: sa.Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Give entries new columns, extras and keywords; unit and resources stay as they are.

    Args:
        rows: dicts with `id`, `title`, `notes`, `state`, `extras` (dict of strings) and `tags`
            (names). What CKAN's own columns held besides is cleared, as an update by action does.

    Cost: five statements.
    """
    connection.execute(
        sa.text(
            "UPDATE package p SET title = r.title, notes = r.notes, state = r.state,"
            " extras = r.extras, url = NULL, version = NULL, license_id = NULL, author = NULL,"
            " author_email = NULL, maintainer = NULL, maintainer_email = NULL,"
            " metadata_modified = clock_timestamp() AT TIME ZONE 'UTC'"
            " FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (id text, title text, notes text,"
            " state text, extras jsonb) WHERE p.id = r.id"
        ),
        {
            "rows": json.dumps(
                [
                    {name: row[name] for name in ("id", "title", "notes", "state", "extras")}
                    for row in rows
                ],
                ensure_ascii=False,
            )
        },
    )
    _update_tags(connection, rows)


def _update_tags(connection: sa.Connection, rows: Sequence[dict[str, Any]]) -> None:
    """A keyword that is taken off is marked and kept, as CKAN does."""
    tags = merge.tag_ids(connection, {name for row in rows for name in row["tags"]})
    wanted = {(row["id"], tags[name]) for row in rows for name in row["tags"]}
    present = connection.execute(
        sa.text(
            "SELECT id, package_id, tag_id, state FROM package_tag WHERE package_id = ANY(:ids)"
        ),
        {"ids": [row["id"] for row in rows]},
    ).all()
    for state, links in (
        ("deleted", [p.id for p in present if (p.package_id, p.tag_id) not in wanted]),
        ("active", [p.id for p in present if (p.package_id, p.tag_id) in wanted]),
    ):
        connection.execute(
            sa.text(
                "UPDATE package_tag SET state = :state WHERE id = ANY(:ids) AND state <> :state"
            ),
            {"state": state, "ids": links},
        )
    missing = wanted - {(link.package_id, link.tag_id) for link in present}
    copy_rows(
        connection,
        "package_tag",
        ("id", "package_id", "tag_id", "state"),
        ((str(uuid.uuid4()), package, tag, "active") for package, tag in sorted(missing)),
    )


def title_holders(connection: sa.Connection, wanted: Sequence[Title]) -> dict[Title, str]:
    """Say which live entries hold titles: (unit id, folded title) -> package id."""
    rows = connection.execute(
        sa.text(
            "SELECT t.owner_org, t.title, t.package_id FROM fjgov_title t JOIN unnest("
            "CAST(:units AS text[]), CAST(:titles AS text[])) AS w (owner_org, title)"
            " ON t.owner_org = w.owner_org AND t.title = w.title"
        ),
        {"units": [unit for unit, _ in wanted], "titles": [title for _, title in wanted]},
    )
    return {(row.owner_org, row.title): row.package_id for row in rows}


def identifiers_of(connection: sa.Connection, ids: Sequence[str]) -> dict[str, str]:
    """Give the identifier of each of some entries: package id -> identifier, "" for none."""
    rows = connection.execute(
        sa.text(
            "SELECT id, coalesce(extras ->> 'identifier', '') AS code FROM package"
            " WHERE id = ANY(:ids)"
        ),
        {"ids": list(ids)},
    )
    return {row.id: row.code for row in rows}


def hold_titles(connection: sa.Connection, held: Mapping[str, Title]) -> bool:
    """Take the titles of entries, which give up those they had.

    Returns:
        False when another writer took one of them meanwhile; the caller then rolls back.
    """
    if not held:
        return True
    # In one order for all writers, so that no two of them wait for each other.
    rows = sorted(held.items(), key=lambda item: item[1])
    connection.execute(
        sa.text("DELETE FROM fjgov_title WHERE package_id = ANY(:ids)"), {"ids": list(held)}
    )
    taken = connection.execute(
        sa.text(
            "INSERT INTO fjgov_title (package_id, owner_org, title) SELECT * FROM unnest("
            "CAST(:ids AS text[]), CAST(:units AS text[]), CAST(:titles AS text[]))"
            " ON CONFLICT (owner_org, title) DO NOTHING"
        ),
        {
            "ids": [package_id for package_id, _ in rows],
            "units": [unit for _, (unit, _title) in rows],
            "titles": [title for _, (_unit, title) in rows],
        },
    )
    return bool(taken.rowcount == len(rows))
