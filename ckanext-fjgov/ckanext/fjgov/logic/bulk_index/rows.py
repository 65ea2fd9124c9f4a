"""Read everything that index documents are made of, with one statement for each table."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
import sqlalchemy as sa

from ckan import model

Row = dict[str, Any]


@dataclass(slots=True)
class Stored:
    """The rows of one package.

    Attributes:
        package: its columns without `extras` and `plugin_data`; times are texts.
        extras: its extras in the order of the database.
        resources: its active resources with their extras, in order of position.
        tags: its active tags in order of name, as CKAN gives them.
        organization: the row of its unit while that is active.
        is_odd: has something that only CKAN's own way builds.
    """

    package: Row
    extras: dict[str, Any]
    modified: datetime
    resources: list[Row] = field(default_factory=list)
    tags: list[Row] = field(default_factory=list)
    organization: Row | None = None
    is_odd: bool = False


def read(connection: sa.Connection, ids: Sequence[str]) -> dict[str, Stored]:
    """Read packages by id; those that do not exist are left out.

    Cost: seven statements for any number of ids.
    """
    found = _packages(connection, ids)
    present = list(found)
    if present:
        _add_resources(connection, found)
        _add_tags(connection, found)
        _add_organizations(connection, found)
        for id_ in _odd(connection, present):
            found[id_].is_odd = True
    return found


def _packages(connection: sa.Connection, ids: Sequence[str]) -> dict[str, Stored]:
    table = model.package_table
    names = _names(table, "plugin_data", "extras")
    wanted = [*(table.c[name] for name in names), sa.cast(table.c.extras, sa.Text)]
    found = {}
    for row in connection.execute(sa.select(*wanted).where(table.c.id.in_(ids))).all():
        package = dict(zip(names, row, strict=False))
        modified = package["metadata_modified"]
        _write_times(package)
        found[package["id"]] = Stored(package, _opened(row[-1]), modified)
    return found


def _add_resources(connection: sa.Connection, found: dict[str, Stored]) -> None:
    table = model.resource_table
    names = _names(table, "extras")
    wanted = [*(table.c[name] for name in names), sa.type_coerce(table.c.extras, sa.Text)]
    query = sa.select(*wanted).where(table.c.package_id.in_(list(found)), table.c.state == "active")
    for row in connection.execute(query.order_by(table.c.position)).all():
        resource = dict(zip(names, row, strict=False))
        _write_times(resource)
        resource.update(_opened(row[-1]))
        found[row.package_id].resources.append(resource)


def _add_tags(connection: sa.Connection, found: dict[str, Stored]) -> None:
    tag, link = model.tag_table, model.package_tag_table
    query = (
        sa.select(link.c.package_id, tag.c.id, tag.c.name, tag.c.vocabulary_id)
        .join(link, tag.c.id == link.c.tag_id)
        .where(link.c.package_id.in_(list(found)), link.c.state == "active")
    )
    for package_id, tag_id, name, vocabulary in connection.execute(query).all():
        stored = found[package_id]
        stored.is_odd = stored.is_odd or vocabulary is not None
        stored.tags.append(
            {
                "id": tag_id,
                "name": name,
                "vocabulary_id": vocabulary,
                "state": "active",
                "display_name": name,
            }
        )
    for stored in found.values():
        stored.tags.sort(key=lambda row: row["name"])


def _add_organizations(connection: sa.Connection, found: dict[str, Stored]) -> None:
    table = model.group_table
    names = _names(table, "extras")
    wanted = {stored.package["owner_org"] for stored in found.values()} - {None}
    query = sa.select(*(table.c[name] for name in names)).where(
        table.c.id.in_(wanted), table.c.state == "active"
    )
    units = {}
    for row in connection.execute(query):
        unit = dict(zip(names, row, strict=True))
        _write_times(unit)
        units[unit["id"]] = unit
    for stored in found.values():
        stored.organization = units.get(stored.package["owner_org"])


def _odd(connection: sa.Connection, ids: Sequence[str]) -> Iterable[str]:
    """Give the packages in groups or with relationships, which this catalog does not use."""
    member, group = model.member_table, model.group_table
    relation = model.package_relationship_table
    yield from connection.execute(
        sa.select(member.c.table_id)
        .join(group, group.c.id == member.c.group_id)
        .where(
            member.c.table_id.in_(ids),
            member.c.state == "active",
            group.c.is_organization == sa.false(),
        )
    ).scalars()
    for column in (relation.c.subject_package_id, relation.c.object_package_id):
        yield from connection.execute(sa.select(column).where(column.in_(ids))).scalars()


def _names(table: sa.Table, *without: str) -> list[str]:
    """Give the columns of a table as plain text; SQLAlchemy's kind of name is none for orjson."""
    return [str(column.name) for column in table.c if column.name not in without]


def _opened(text: str | None) -> dict[str, Any]:
    """Read a column of JSON, which SQLAlchemy would read with a slower parser."""
    try:
        extras: dict[str, Any] | None = orjson.loads(text) if text else None
    except ValueError:
        # Half a pair of surrogates stands as an escape, which only the slower one takes.
        extras = json.loads(text or "")
    return extras or {}


def _write_times(row: Row) -> None:
    for name, value in row.items():
        if isinstance(value, datetime):
            row[name] = value.isoformat()
