"""A fast proof that bytes are the canonical form of a plain record.

Plain means: texts, lists of texts, and rows of texts, with whole numbers in resources only, which
is what every record of an entry consists of. What is not proved here is not refused: the caller
takes the slow way, which knows every other shape.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from ckanext.fjgov.core.catalog.canonical import ENTRY, RecordShape

# Levels of lists and objects in a plain record.
DEPTH = 4
_SAFE_INTEGER = 2**53 - 1
_TOP = frozenset({"type", "id", "name", "unit", "fields", "tags", "resources"})
_TEXTS = ("type", "id", "name", "unit")
_EMPTY = (b'""', b"[]", b"{}")


def is_canonical_plain(record: Mapping[str, Any], data: bytes) -> bool:
    """Tell whether a record is plain and `data` its canonical bytes (`canonical.canonical_bytes`).

    Args:
        record: parsed from `data`.
        data: without escapes, see below.

    Returns:
        False also for what is merely unusual, such as a text that needs an escape.

    Cost: one serialisation by a compiled library and a walk over the values.
    """
    return b"\\" not in data and is_plain(record) and orjson.dumps(record, option=_SORTED) == data


_SORTED = orjson.OPT_SORT_KEYS


def is_plain(record: Mapping[str, Any]) -> bool:
    """Tell whether a record holds plain values in the places of an entry or a unit only."""
    if not record.keys() <= _TOP:
        return False
    fields = record.get("fields")
    tags, resources = record.get("tags", []), record.get("resources", [])
    return (
        all(type(record.get(name, "")) is str for name in _TEXTS)
        and type(fields) is dict
        and all(map(_is_plain_field, fields.values()))
        and type(tags) is list
        and _are_texts(tags)
        and type(resources) is list
        and all(map(_is_plain_resource, resources))
    )


def plain_bytes(record: Mapping[str, Any]) -> bytes | None:
    """Give bytes by which `check_canonical` may judge a record fast, None for an unusual one.

    Args:
        record: parts of an entry's record; empty lists of keywords and resources are left out.
    """
    if not is_plain(record):
        return None
    try:
        # A record without keywords or resources is one all the same.
        view = {name: value for name, value in record.items() if value != []}
        data = orjson.dumps(view, option=_SORTED)
    except TypeError:
        # A lone surrogate, which rule L2 names.
        return None
    return None if b"\\" in data else data


def has_no_empty(record: Mapping[str, Any], data: bytes) -> bool:
    """Tell whether a plain record holds no empty text, list or row: the canonical form has none.

    Args:
        record: plain.
        data: its canonical bytes without escapes: an empty value stands there as two characters,
            and only brackets may stand so within a text as well.
    """
    if not any(empty in data for empty in _EMPTY):
        return True
    return (
        all(record.values())
        and all(map(_is_full, record.get("fields", {}).values()))
        and "" not in record.get("tags", ())
        and all(map(_is_full_row, record.get("resources", ())))
    )


def comes_back(
    record: Mapping[str, Any], data: bytes, columns: Iterable[str], shape: RecordShape
) -> bool:
    """Tell whether a plain record is surely read again as it is, once CKAN's tables hold it.

    Args:
        record: of an entry.
        data: its canonical bytes, proved by `is_canonical_plain`.
        columns: fields that are columns of their own.
        shape: of entries.

    Returns:
        True when storing and reading give its canonical bytes again, False when the slow way must
        tell.
    """
    fields, tags = record["fields"], record.get("tags", [])
    is_full = record.get("type") == ENTRY and has_no_empty(record, data)
    if not is_full or tags != sorted(set(tags)):
        return False
    json_fields, local_fields = shape.json_fields, shape.local_fields
    for name, value in fields.items():
        if name in local_fields or (name in json_fields) != (type(value) is list):
            return False
    return not any(type(fields.get(name, "")) is not str for name in columns)


def _is_plain_field(value: Any) -> bool:
    if type(value) is str:
        return True
    if type(value) is not list:
        return False
    kinds = set(map(type, value))
    return kinds <= {str} or (kinds == {dict} and all(_are_texts(row.values()) for row in value))


def _are_texts(values: Iterable[Any]) -> bool:
    return set(map(type, values)) <= {str}


def _is_plain_resource(resource: Any) -> bool:
    return type(resource) is dict and all(
        type(value) is str or (type(value) is int and 0 <= value <= _SAFE_INTEGER)
        for value in resource.values()
    )


def _is_full(value: Any) -> bool:
    """Tell whether a plain field holds something, and each of its parts too."""
    if type(value) is str or not value:
        return bool(value)
    return all(map(_is_full_row, value)) if type(value[0]) is dict else "" not in value


def _is_full_row(row: Mapping[str, Any]) -> bool:
    return bool(row) and "" not in row.values()
