"""Listed entries whose unit says that it collects them itself (取得方式 自采)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from ckanext.fjgov.core.catalog.directories import record_schemas
from ckanext.fjgov.core.catalog.schema_model import ENTRY_TYPE
from ckanext.fjgov.core.collection.reading import OWN
from ckanext.fjgov.model.collection_records import fields_of

_OWN = f"p.type = '{ENTRY_TYPE}' AND p.state = 'active' AND p.extras ->> 'acquisition' = '{OWN}'"


@dataclass(frozen=True, slots=True)
class OwnEntry:
    """One entry, local or a copy.

    Attributes:
        node: code of its home node.
        fields: by name of the schema, lists as lists.
    """

    package_id: str
    node: str
    identifier: str
    name: str
    title: str
    fields: Mapping[str, Any]


def of_unit(connection: sa.Connection, unit_id: str, here: str) -> list[OwnEntry]:
    """Read the entries that one unit collects itself, by identifier.

    Args:
        here: code of this node, for entries that name none.
    """
    schema = record_schemas()[ENTRY_TYPE]
    rows = connection.execute(
        sa.text(
            f"SELECT p.id, p.name, p.title, p.extras FROM package p WHERE p.owner_org = :unit"
            f" AND {_OWN} ORDER BY p.extras ->> 'identifier', p.id"
        ),
        {"unit": unit_id},
    )
    return [
        OwnEntry(
            row.id,
            row.extras.get("home_node") or here,
            row.extras.get("identifier") or "",
            row.name,
            row.title or "",
            fields_of(row.extras, schema),
        )
        for row in rows
    ]


def by_unit(
    connection: sa.Connection, units: Collection[str] | None, *, limit: int, offset: int
) -> tuple[int, list[dict[str, Any]]]:
    """Count such entries by unit: how many units have some, and one page of them by title.

    Args:
        units: ids of units, None for all.
    """
    source = (
        f' FROM package p JOIN "group" g ON g.id = p.owner_org WHERE {_OWN}'
        " AND (CAST(:units AS text[]) IS NULL OR g.id = ANY(:units))"
    )
    values = {"units": None if units is None else sorted(units)}
    number = connection.execute(
        sa.text(f"SELECT count(DISTINCT g.id){source}"), values
    ).scalar_one()
    rows = connection.execute(
        sa.text(
            f"SELECT g.name AS unit, g.title AS unit_title, count(*) AS entries{source}"
            " GROUP BY g.id, g.name, g.title ORDER BY g.title, g.id LIMIT :limit OFFSET :offset"
        ),
        {**values, "limit": limit, "offset": offset},
    ).mappings()
    return int(number), [dict(row) for row in rows]
