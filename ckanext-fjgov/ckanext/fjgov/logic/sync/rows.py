"""Turn received records into rows of CKAN's tables, and prove that nothing is lost on the way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ckanext.fjgov.core.catalog.canonical import (
    GROUP_COLUMNS,
    PACKAGE_COLUMNS,
    RESOURCE_COLUMNS,
    canonical_bytes,
    entry_record,
    record_hash,
    stored_extras,
    unit_record,
)
from ckanext.fjgov.core.catalog.plain_record import comes_back
from ckanext.fjgov.core.federation.feed import FeedRow
from ckanext.fjgov.logic import settings


def unit_row(row: FeedRow, node: str) -> dict[str, Any]:
    """Give the row of one unit, as `merge.units` takes it."""
    record = row.fields or {}
    _entry_shape, shape = settings.record_shapes()
    fields = record.get("fields", {})
    extras = stored_extras(fields, GROUP_COLUMNS, shape)
    extras.update(home_node=node, home_modified=row.at)
    return {
        "id": record["id"],
        "name": record["name"],
        **{column: fields.get(column) for column in GROUP_COLUMNS},
        "extras": extras,
    }


def entry_row(row: FeedRow, node: str, unit_id: str, site_url: str = "") -> dict[str, Any]:
    """Give the rows of one entry, or record of another directory, as `merge.entries` takes them.

    Args:
        row: received and well formed.
        node: code of the sending node.
        unit_id: group id of its unit here.
        site_url: of this site; asked for when it is not given.
    """
    share = f"{site_url or settings.node().site_url}/share/"
    record = row.fields or {}
    shape = settings.shape_of(row.type)
    fields = record.get("fields", {})
    extras = stored_extras(fields, PACKAGE_COLUMNS, shape)
    extras.update(home_node=node, home_modified=row.at)
    return {
        "id": record["id"],
        "name": record["name"],
        "owner_org": unit_id,
        **{column: fields.get(column) for column in PACKAGE_COLUMNS},
        "extras": extras,
        "tags": record.get("tags", []),
        "resources": [
            _resource_row(resource, position, share)
            for position, resource in enumerate(record.get("resources", []))
        ],
    }


def unit_comes_back(row: FeedRow, stored: Mapping[str, Any]) -> bytes | None:
    """Give the canonical bytes that the stored row says, None unless they are those received."""
    _entry_shape, shape = settings.record_shapes()
    return _of_hash(canonical_bytes(unit_record(stored, shape)), row)


def entry_comes_back(row: FeedRow, stored: Mapping[str, Any]) -> bytes | None:
    """Give the canonical bytes that the stored rows say, None unless they are those received."""
    shape = settings.shape_of(row.type)
    data = row.record if row.plain else None
    if data is not None and comes_back(row.fields or {}, data, PACKAGE_COLUMNS, shape):
        return data
    unit = (row.fields or {}).get("unit", "")
    record = entry_record(stored, stored["resources"], set(stored["tags"]), unit, shape, row.type)
    return _of_hash(canonical_bytes(record), row)


def _of_hash(data: bytes, row: FeedRow) -> bytes | None:
    return data if record_hash(data) == row.hash else None


def _resource_row(resource: Mapping[str, Any], position: int, share: str) -> dict[str, Any]:
    return {
        "id": resource["id"],
        "position": position,
        "url": f"{share}{resource['id']}",
        **{column: resource.get(column) for column in RESOURCE_COLUMNS},
        "extras": {
            name: value
            for name, value in resource.items()
            if name != "id" and name not in RESOURCE_COLUMNS
        },
    }
