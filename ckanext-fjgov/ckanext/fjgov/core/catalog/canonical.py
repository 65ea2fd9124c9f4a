"""The canonical record: one byte string for what a catalogued record says, equal on every node.

It must hold no real address and no gateway address, and nothing that differs between the home
node and a copy (times of applying, ids of users).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

# Kinds of record in the log. What CKAN keeps as packages comes after the units it belongs to; the
# directories beside the entries (Art. 45) are called there as their type is in CKAN.
UNIT = "unit"
ENTRY = "entry"
DIRECTORY_KINDS = ("collection_item", "gov_database", "app_system", "permit_type")
PACKAGE_KINDS = (ENTRY, *DIRECTORY_KINDS)
KINDS = (UNIT, *PACKAGE_KINDS)
_ENTRY_TYPE = "dataset"

PACKAGE_COLUMNS = (
    "title",
    "notes",
    "version",
    "license_id",
    "author",
    "author_email",
    "maintainer",
    "maintainer_email",
)
RESOURCE_COLUMNS = (
    "name",
    "description",
    "format",
    "mimetype",
    "size",
    "hash",
    "resource_type",
)
GROUP_COLUMNS = ("title", "description", "image_url")


@dataclass(frozen=True, slots=True)
class RecordShape:
    """How stored text becomes a record.

    Attributes:
        json_fields: names of fields stored as JSON text (lists and repeating fields).
        local_fields: names of fields that belong to one node and never travel.
    """

    json_fields: frozenset[str]
    local_fields: frozenset[str]


def canonical_bytes(record: Mapping[str, Any]) -> bytes:
    """Give the one UTF-8 JSON form of a record: sorted keys, no spaces, no escapes.

    Raises:
        ValueError: the record holds NaN, Infinity or a lone surrogate.
    """
    text = json.dumps(
        record, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    )
    return text.encode("utf-8")


def record_hash(data: bytes) -> str:
    """Give the SHA-256 of canonical bytes as 64 hex digits."""
    return hashlib.sha256(data).hexdigest()


def kind_of(package_type: str) -> str:
    """Give the kind of the records of a type in CKAN."""
    return ENTRY if package_type == _ENTRY_TYPE else package_type


def type_of(kind: str) -> str:
    """Give the type in CKAN of a kind of record that is no unit."""
    return _ENTRY_TYPE if kind == ENTRY else kind


def entry_record(
    package: Mapping[str, Any],
    resources: Iterable[Mapping[str, Any]],
    tags: Iterable[str],
    unit: str,
    shape: RecordShape,
    kind: str = ENTRY,
) -> dict[str, Any]:
    """Build the record of one entry (政务信息目录), or of another directory, from its stored rows.

    Args:
        package: a row of CKAN's `package` table; `extras` is a dict of strings.
        resources: its active `resource` rows in order of position; `extras` is a dict or None.
        tags: names of its active tags in any order.
        unit: key of the providing unit (信息资源提供方), its USCC.
        shape: which fields are JSON text and which stay local.
        kind: one of `PACKAGE_KINDS`.

    Returns:
        A dict with `type`, `id`, `name`, `unit`, `fields`, `tags` and `resources`; empty values
        are left out, so that "" and a missing field are one thing.

    Cost: O(size of the entry).
    """
    fields = {column: package[column] for column in PACKAGE_COLUMNS}
    fields.update(package["extras"] or {})
    return without_empty(
        {
            "type": kind,
            "id": package["id"],
            "name": package["name"],
            "unit": unit,
            "fields": _typed(fields, shape),
            "tags": sorted(tags),
            "resources": [_resource(row) for row in resources],
        }
    )


def unit_record(group: Mapping[str, Any], shape: RecordShape) -> dict[str, Any]:
    """Build the record of one unit (机关单位, Art. 2) from its row in CKAN's `group` table."""
    fields = {column: group[column] for column in GROUP_COLUMNS}
    fields.update(group["extras"] or {})
    return without_empty(
        {
            "type": UNIT,
            "id": group["id"],
            "name": group["name"],
            "fields": _typed(fields, shape),
        }
    )


def stored_extras(
    fields: Mapping[str, Any], columns: Sequence[str], shape: RecordShape
) -> dict[str, str]:
    """Turn a record's fields back into CKAN extras: strings, with JSON text for lists.

    Args:
        fields: the `fields` of a record.
        columns: names that are columns of their own and not extras.
        shape: which fields are JSON text.
    """
    return {
        name: stored_text(value) if name in shape.json_fields else str(value)
        for name, value in fields.items()
        if name not in columns
    }


def stored_text(value: Any) -> str:
    """Give the text under which a list, or rows in their order, stand in an extra: readable JSON.

    Every way of writing uses it, so that what is unchanged is the same text. Chinese characters as
    escapes would be four times as long, and longer still as text within JSON.
    """
    try:
        return orjson.dumps(value).decode("utf-8")
    except TypeError:
        # Half a pair of surrogates stays an escape, which PostgreSQL takes within a text.
        return json.dumps(value, separators=(",", ":"))


def _typed(fields: Mapping[str, Any], shape: RecordShape) -> dict[str, Any]:
    return {
        name: _parsed(value) if name in shape.json_fields else value
        for name, value in fields.items()
        if name not in shape.local_fields
    }


def _parsed(value: Any) -> Any:
    """Read JSON text; text that is not JSON is kept, so that damage shows instead of vanishing."""
    if not isinstance(value, str) or not value:
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def _resource(row: Mapping[str, Any]) -> dict[str, Any]:
    fields = {column: row[column] for column in RESOURCE_COLUMNS}
    fields.update(row["extras"] or {})
    return {"id": row["id"], **without_empty(fields)}


def without_empty(value: Mapping[str, Any]) -> dict[str, Any]:
    """Drop keys whose value is None, "", [] or {} at every level of dicts and lists of dicts."""
    cleaned = {name: _clean(item) for name, item in value.items()}
    return {name: item for name, item in cleaned.items() if item not in (None, "", [], {})}


def _clean(value: Any) -> Any:
    if isinstance(value, Mapping):
        return without_empty(value)
    if isinstance(value, list):
        return [_clean(item) for item in value]
    return value
