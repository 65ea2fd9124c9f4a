"""Set-based merge of checked records into CKAN's own tables, inside the caller's transaction.

One statement for each table and any number of records. Ids and names must have been checked to be
free or owned by the same record before: an unchecked conflict would move another node's rows.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, TypeVar

import sqlalchemy as sa

from ckanext.fjgov.core.catalog.schema_model import ENTRY_TYPE
from ckanext.fjgov.model import fresh_entries
from ckanext.fjgov.model.copying import copy_rows, json_text
from ckanext.fjgov.model.row_ids import row_ids

TAG_LOCK = 728_304
Item = TypeVar("Item")


def carefully(
    connection: sa.Connection,
    items: Sequence[tuple[Item, dict[str, Any]]],
    write: Callable[[sa.Connection, Sequence[dict[str, Any]]], None],
) -> list[tuple[Item, str]]:
    """Write rows together; where the database refuses, find the rows it refuses and name them.

    Args:
        connection: the caller's transaction; a savepoint keeps it usable.
        items: what to name, and the row for `write`.
        write: `units` or `entries`.

    Returns:
        (item, message of the database) for each row that was not written.

    Cost: one savepoint; about 2·log2(n) more writes for each row that is refused.
    """
    if not items:
        return []
    try:
        with connection.begin_nested():
            write(connection, [row for _, row in items])
    except (sa.exc.DataError, sa.exc.IntegrityError) as error:
        if len(items) == 1:
            # Only the first line: what follows may quote the values of the record.
            return [(items[0][0], str(error.orig).partition("\n")[0])]
        half = len(items) // 2
        return [
            *carefully(connection, items[:half], write),
            *carefully(connection, items[half:], write),
        ]
    return []


def units(connection: sa.Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Insert or update units: id, name, title, description, image_url, extras (dict of strings)."""
    _run(
        connection,
        'INSERT INTO "group" (id, name, title, description, image_url, type, is_organization,'
        " approval_status, state, created, extras)"
        " SELECT id, name, title, coalesce(description, ''), coalesce(image_url, ''),"
        " 'organization', true, 'approved', 'active', now() AT TIME ZONE 'UTC', extras"
        " FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (id text, name text, title text,"
        " description text, image_url text, extras jsonb)"
        " ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name, title = EXCLUDED.title,"
        " description = EXCLUDED.description, image_url = EXCLUDED.image_url,"
        " state = 'active', extras = EXCLUDED.extras",
        rows,
    )


def close_units(connection: sa.Connection, ids: Sequence[str]) -> None:
    """Close units that their home node closed."""
    connection.execute(
        sa.text("UPDATE \"group\" SET state = 'deleted' WHERE id = ANY(:ids)"), {"ids": list(ids)}
    )


def entries(
    connection: sa.Connection, rows: Sequence[dict[str, Any]], record_type: str = ENTRY_TYPE
) -> None:
    """Insert or update entries with their resources, tags and membership.

    Args:
        connection: the transaction that also moves the cursor.
        rows: dicts with the package columns, `owner_org`, `extras` (dict of strings), `tags`
            (names) and `resources` (dicts with columns, `position`, `url` and `extras`).
        record_type: type in CKAN of all of them; records of other directories have no parts.
    """
    if not rows:
        return
    known = fresh_entries.known_ids(connection, [row["id"] for row in rows])
    tags = tag_ids(connection, {name for row in rows for name in row["tags"]})
    fresh = [row for row in rows if row["id"] not in known]
    if fresh:
        fresh_entries.append(connection, fresh, tags, record_type)
    changed = [row for row in rows if row["id"] in known]
    if changed:
        _packages(connection, changed, record_type)
        _resources(connection, changed)
        _tags(connection, changed, tags)
        _members(connection, changed)


def withdraw_entries(connection: sa.Connection, ids: Sequence[str]) -> None:
    """Mark entries as withdrawn (撤销); the rows stay."""
    connection.execute(
        sa.text(
            "UPDATE package SET state = 'deleted',"
            " metadata_modified = clock_timestamp() AT TIME ZONE 'UTC'"
            " WHERE id = ANY(:ids) AND state <> 'deleted'"
        ),
        {"ids": list(ids)},
    )


def queue_index(connection: sa.Connection, package_ids: Iterable[str]) -> None:
    """Ask for the search index to follow, in the transaction of the change itself."""
    connection.execute(
        sa.text("INSERT INTO fjgov_index_outbox (package_id) SELECT unnest(CAST(:ids AS text[]))"),
        {"ids": list(package_ids)},
    )


def _packages(connection: sa.Connection, rows: Sequence[dict[str, Any]], record_type: str) -> None:
    columns = (
        "id", "name", "title", "notes", "version", "license_id", "author", "author_email",
        "maintainer", "maintainer_email", "owner_org", "extras",
    )  # fmt: skip
    updates = ", ".join(f"{name} = EXCLUDED.{name}" for name in columns if name != "id")
    _run(
        connection,
        f"INSERT INTO package ({', '.join(columns)}, url, type, private, state,"
        " metadata_created, metadata_modified)"
        f" SELECT {', '.join(columns)}, NULL, type, false, 'active',"
        " clock_timestamp() AT TIME ZONE 'UTC', clock_timestamp() AT TIME ZONE 'UTC'"
        " FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (id text, name text, title text,"
        " notes text, version text, license_id text, author text, author_email text,"
        " maintainer text, maintainer_email text, owner_org text, extras jsonb, type text)"
        f" ON CONFLICT (id) DO UPDATE SET {updates}, private = false, state = 'active',"
        " metadata_modified = EXCLUDED.metadata_modified",
        [{**{name: row.get(name) for name in columns}, "type": record_type} for row in rows],
    )


def _resources(connection: sa.Connection, rows: Sequence[dict[str, Any]]) -> None:
    package_ids = [row["id"] for row in rows]
    resources = [
        {**resource, "package_id": row["id"], "extras": json_text(resource.get("extras") or {})}
        for row in rows
        for resource in row["resources"]
    ]
    connection.execute(
        sa.text(
            "UPDATE resource SET state = 'deleted'"
            " WHERE package_id = ANY(:packages) AND state = 'active' AND NOT (id = ANY(:ids))"
        ),
        {"packages": package_ids, "ids": [resource["id"] for resource in resources]},
    )
    columns = (
        "id", "package_id", "position", "url", "name", "description", "format", "mimetype",
        "size", "hash", "resource_type",
    )  # fmt: skip
    updates = ", ".join(f"{name} = EXCLUDED.{name}" for name in columns if name != "id")
    _run(
        connection,
        f"INSERT INTO resource ({', '.join(columns)}, extras, state, created, metadata_modified)"
        " SELECT id, package_id, position, url, name, description,"
        " coalesce(format, ''), mimetype, size, coalesce(hash, ''), resource_type, extras,"
        " 'active', now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'"
        " FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (id text, package_id text,"
        " position integer, url text, name text, description text, format text, mimetype text,"
        " size bigint, hash text, resource_type text, extras text)"
        f" ON CONFLICT (id) DO UPDATE SET {updates}, extras = EXCLUDED.extras, state = 'active',"
        " metadata_modified = EXCLUDED.metadata_modified",
        resources,
    )


def tag_ids(connection: sa.Connection, names: set[str]) -> dict[str, str]:
    """Give the id of each tag without a vocabulary; those that are missing are made."""
    found = _known_tags(connection, names)
    missing = names - found.keys()
    if not missing:
        return found
    # CKAN's unique constraint does not hold for tags without a vocabulary: NULLs are distinct.
    connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": TAG_LOCK})
    found |= _known_tags(connection, missing)
    ids = row_ids()
    new = {name: next(ids) for name in sorted(missing - found.keys())}
    copy_rows(connection, "tag", ("id", "name"), ((id_, name) for name, id_ in new.items()))
    return found | new


def _known_tags(connection: sa.Connection, names: Collection[str]) -> dict[str, str]:
    rows = connection.execute(
        sa.text(
            "SELECT name, min(id) AS id FROM tag WHERE vocabulary_id IS NULL"
            " AND name = ANY(:names) GROUP BY name"
        ),
        {"names": list(names)},
    )
    return {row.name: row.id for row in rows}


def _tags(
    connection: sa.Connection, rows: Sequence[dict[str, Any]], tags: Mapping[str, str]
) -> None:
    """Bring the tags of entries that stand here to what they should be."""
    wanted = {(row["id"], tags[name]) for row in rows for name in row["tags"]}
    present = connection.execute(
        sa.text(
            "SELECT pt.id, pt.package_id, pt.tag_id, pt.state FROM package_tag pt"
            " JOIN tag t ON t.id = pt.tag_id"
            " WHERE pt.package_id = ANY(:packages) AND t.vocabulary_id IS NULL"
        ),
        {"packages": [row["id"] for row in rows]},
    ).all()
    gone = [link.id for link in present if (link.package_id, link.tag_id) not in wanted]
    asleep = [
        link.id
        for link in present
        if (link.package_id, link.tag_id) in wanted and link.state != "active"
    ]
    if gone:
        connection.execute(sa.text("DELETE FROM package_tag WHERE id = ANY(:ids)"), {"ids": gone})
    if asleep:
        connection.execute(
            sa.text("UPDATE package_tag SET state = 'active' WHERE id = ANY(:ids)"), {"ids": asleep}
        )
    missing = wanted - {(link.package_id, link.tag_id) for link in present}
    ids = row_ids()
    copy_rows(
        connection,
        "package_tag",
        ("id", "package_id", "tag_id", "state"),
        ((next(ids), package, tag, "active") for package, tag in sorted(missing)),
    )


def _members(connection: sa.Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Every package is a member of its unit, as `package_owner_org_update` leaves it."""
    connection.execute(
        sa.text(
            "DELETE FROM member m USING package p WHERE m.table_name = 'package'"
            " AND m.capacity = 'organization' AND m.table_id = p.id AND p.id = ANY(:ids)"
            " AND (m.group_id <> p.owner_org OR m.state <> 'active')"
        ),
        {"ids": [row["id"] for row in rows]},
    )
    connection.execute(
        sa.text(
            "INSERT INTO member (id, table_name, table_id, capacity, group_id, state)"
            " SELECT gen_random_uuid()::text, 'package', p.id, 'organization', p.owner_org,"
            " 'active' FROM package p WHERE p.id = ANY(:ids) AND NOT EXISTS (SELECT 1 FROM member m"
            " WHERE m.table_name = 'package' AND m.table_id = p.id AND m.capacity = 'organization')"
        ),
        {"ids": [row["id"] for row in rows]},
    )


def _run(connection: sa.Connection, statement: str, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        connection.execute(sa.text(statement), {"rows": json_text(list(rows))})
