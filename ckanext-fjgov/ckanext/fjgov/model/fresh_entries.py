"""Entries that no row of this database knows yet, appended by COPY to CKAN's own tables.

What it writes is what `merge.entries` would write for the same rows, without asking row by row
whether something stands there already.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from ckanext.fjgov.model.copying import copy_rows, json_text
from ckanext.fjgov.model.row_ids import row_ids

PACKAGE_COLUMNS = (
    "id", "name", "title", "notes", "version", "license_id", "author", "author_email",
    "maintainer", "maintainer_email", "owner_org",
)  # fmt: skip
RESOURCE_COLUMNS = ("name", "description", "mimetype", "size", "resource_type")
_ONE_MICROSECOND = timedelta(microseconds=1)


def known_ids(connection: sa.Connection, ids: Sequence[str]) -> set[str]:
    """Give the package ids among these that some row of this database names already."""
    rows = connection.execute(
        sa.text(
            "SELECT id FROM package WHERE id = ANY(:ids)"
            " UNION SELECT table_id FROM member WHERE table_id = ANY(:ids)"
        ),
        {"ids": list(ids)},
    )
    return {row.id for row in rows}


def append(
    connection: sa.Connection,
    rows: Sequence[dict[str, Any]],
    tags: Mapping[str, str],
    record_type: str,
) -> None:
    """Append entries with their resources, tags and membership.

    Args:
        connection: the caller's transaction.
        rows: as `merge.entries` takes them, for entries of this node with `creator_user_id` and
            `state`; none of their ids may be known.
        tags: name -> id of every tag of the rows.
        record_type: type in CKAN of all rows.

    Raises:
        sqlalchemy.exc.IntegrityError, DataError: one of the rows is refused by the database.

    Cost: one COPY for each table.
    """
    now: datetime = connection.execute(
        sa.text("SELECT clock_timestamp() AT TIME ZONE 'UTC'")
    ).scalar_one()
    _packages(connection, rows, now, record_type)
    _resources(connection, rows, now)
    ids = row_ids()
    copy_rows(
        connection,
        "package_tag",
        ("id", "package_id", "tag_id", "state"),
        ((next(ids), row["id"], tags[name], "active") for row in rows for name in row["tags"]),
    )
    copy_rows(
        connection,
        "member",
        ("id", "table_name", "table_id", "capacity", "group_id", "state"),
        (
            (next(ids), "package", row["id"], "organization", row["owner_org"], "active")
            for row in rows
        ),
    )


def _packages(
    connection: sa.Connection, rows: Sequence[dict[str, Any]], now: datetime, record_type: str
) -> None:
    copy_rows(
        connection,
        "package",
        (*PACKAGE_COLUMNS, "creator_user_id", "extras", "url", "type", "private", "state",
         "metadata_created", "metadata_modified"),
        (
            (
                *map(row.get, PACKAGE_COLUMNS),
                row.get("creator_user_id"),
                json_text(row["extras"]),
                None, record_type, False, row.get("state", "active"),
                # Readers that go by the time of change can tell the records of one page apart.
                moment := (now + number * _ONE_MICROSECOND).isoformat(), moment,
            )
            for number, row in enumerate(rows)
        ),
    )  # fmt: skip


def _resources(connection: sa.Connection, rows: Sequence[dict[str, Any]], now: datetime) -> None:
    moment = now.isoformat()
    copy_rows(
        connection,
        "resource",
        ("id", "package_id", "position", "url", "format", "hash", *RESOURCE_COLUMNS, "extras",
         "state", "created", "metadata_modified"),
        (
            (
                resource["id"], row["id"], resource["position"], resource["url"],
                resource["format"] or "", resource["hash"] or "",
                *map(resource.get, RESOURCE_COLUMNS),
                json_text(resource["extras"]), "active", moment, moment,
            )
            for row in rows
            for resource in row["resources"]
        ),
    )  # fmt: skip
