"""Bring what API, form and import hand in to one shape before it is checked and stored.

Must not change meaning: nothing is invented, nothing that carries content is dropped.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from ckanext.fjgov.core.catalog.schema_model import (
    ENTRY_SCHEMA,
    UNIT_SCHEMA,
    FieldModel,
    SchemaModel,
    load_schema,
)

# A byte order mark and zero-width spaces survive str.strip and come with copied cells.
_EDGES = "\ufeff\u200b\u200c\u200d\u2060"
_SINGLE = frozenset({"text", "code", "date", "number"})


def normalise_entry(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Give an entry with its values in the shapes of the schema.

    Args:
        raw: fields of the entry; lists may come as JSON text or one text, rows as JSON text.

    Returns:
        A new dict: texts trimmed, empty values and None left out, lists without empty and repeated
        texts, rows without empty rows, numbers and booleans as text. Keys the schema does not name
        are kept as they are, texts trimmed. A value of a shape that cannot be read is kept for the
        rules to refuse.

    Cost: O(size of the entry).
    """
    return _normalise(raw, {field.name: field for field in load_schema(ENTRY_SCHEMA).fields})


def normalise_record(raw: Mapping[str, Any], schema: SchemaModel) -> dict[str, Any]:
    """Give a record of another directory with its values in the shapes of its schema."""
    return _normalise(raw, schema.by_name)


def normalise_unit(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Give a unit (机关单位, Art. 2) with its values in the shapes of the schema."""
    return _normalise(raw, {field.name: field for field in load_schema(UNIT_SCHEMA).fields})


def keywords(entry: Mapping[str, Any]) -> tuple[str, ...]:
    """Give the keywords of an entry, from `tags` and `tag_string`, in order, without repeats."""
    found: list[str] = []
    tags = entry.get("tags")
    for tag in tags if isinstance(tags, list) else ():
        name = tag.get("name") if isinstance(tag, Mapping) else tag
        if isinstance(name, str):
            found.append(clean_text(name))
    text = entry.get("tag_string")
    if isinstance(text, str):
        found += [clean_text(part) for part in text.replace("，", ",").split(",")]
    return tuple(dict.fromkeys(name for name in found if name))


def clean_text(value: str) -> str:
    """Trim a text, invisible characters at its edges included."""
    return value.strip().strip(_EDGES).strip()


def _normalise(raw: Mapping[str, Any], fields: Mapping[str, FieldModel]) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for name, value in raw.items():
        field = fields.get(name)
        if field is None:
            out[name] = clean_text(value) if isinstance(value, str) else value
            continue
        if isinstance(value, str) and field.kind in _SINGLE:
            cleaned: Any = clean_text(value)
        else:
            cleaned = _value(field, value)
        if cleaned not in (None, "", []):
            out[name] = cleaned
    return out


def _value(field: FieldModel, value: Any) -> Any:
    if field.kind == "rows":
        return _rows(field, _parsed(value))
    if field.is_list and field.stored_as is None:
        return _list(_parsed(value))
    return _scalar(value)


def _parsed(value: Any) -> Any:
    """Read JSON text; other text is kept."""
    if not isinstance(value, str):
        return value
    text = clean_text(value)
    if not text.startswith(("[", "{")):
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _list(value: Any) -> Any:
    if value is None or isinstance(value, Mapping):
        return value
    items: Iterable[Any] = value if isinstance(value, list | tuple) else [value]
    unique: dict[Any, None] = {}
    for item in items:
        cleaned = _scalar(item)
        if isinstance(cleaned, list | dict):
            return value
        if cleaned not in (None, ""):
            unique[cleaned] = None
    return list(unique)


def _rows(field: FieldModel, value: Any) -> Any:
    if isinstance(value, Mapping):
        value = [value]
    if not isinstance(value, list):
        return value
    columns = {column.name: column for column in field.subfields}
    rows = [_normalise(row, columns) if isinstance(row, Mapping) else row for row in value]
    return [row for row in rows if row not in ({}, None, "")]


def _scalar(value: Any) -> Any:
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, int | float):
        return str(value)
    return value
