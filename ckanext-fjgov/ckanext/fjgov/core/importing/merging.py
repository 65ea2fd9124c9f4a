"""Lay what a row states over the record that exists, and say which fields differ."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from ckanext.fjgov.core.catalog.rules import keywords, normalise_record
from ckanext.fjgov.core.catalog.schema_model import SchemaModel

from .template import RESOURCES

SYSTEM_FILLED = frozenset({"identifier", "guide_code", "md_id", "issued", "provider_code"})
Columns = Mapping[str, frozenset[str]]


def merge(
    stated: Mapping[str, Any],
    existing: Mapping[str, Any] | None,
    targets: tuple[str, ...],
    columns: Columns,
    schema: SchemaModel,
    addresses: Mapping[str, str] = MappingProxyType({}),
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Lay the stated fields over an existing entry.

    A mapped field whose cell is empty is cleared, except the fields the system fills: an empty
    cell there says nothing. What the file has no column for is carried over, for rows (信息项,
    在线资源) by their names, so that a re-import keeps their ids.

    Args:
        stated: fields as the row states them.
        existing: the entry as it is shown, None for a new one.
        targets: the fields the row may set.
        columns: repeating field -> the columns of its rows that the file has.
        schema: of the record's directory.
        addresses: resource id -> real address of the existing entry's resources.

    Returns:
        The whole entry, and the mapped fields that differ, in mapping order.
    """
    new = _one_keyword_text(normalise_record(stated, schema))
    if existing is None:
        return new, tuple(target for target in targets if target in new)
    old = _one_keyword_text(normalise_record(existing, schema))
    merged = dict(old)
    changed = []
    for target in targets:
        value = new.get(target)
        if not value and target in SYSTEM_FILLED:
            continue
        before = old.get(target)
        known = columns.get(target, frozenset())
        if target == RESOURCES:
            value = [_with_resource(row, before or [], known, addresses) for row in value or []]
            if _only(value, known) == _only(before, known):
                continue
        else:
            value = _carry_over(value, before, known)
            if (value or None) == (before or None):
                continue
        changed.append(target)
        if value or target == RESOURCES:
            merged[target] = value
        else:
            merged.pop(target, None)
    return merged, tuple(changed)


def _one_keyword_text(entry: dict[str, Any]) -> dict[str, Any]:
    """Give keywords one shape and order: CKAN takes `tag_string` and shows sorted `tags`."""
    found = keywords(entry)
    rest = {key: value for key, value in entry.items() if key not in ("tags", "tag_string")}
    return {**rest, "tag_string": ",".join(sorted(found))} if found else rest


def _carry_over(new: Any, old: Any, known: frozenset[str]) -> Any:
    if not _is_rows(new) or not _is_rows(old):
        return new
    named = {row["name"]: row for row in old if row.get("name")}
    return [
        {**_beside(named.get(row.get("name"), {}), known), **row} if row.get("name") else row
        for row in new
    ]


def _beside(row: Mapping[str, Any], known: frozenset[str]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key not in known}


def _only(rows: Any, known: Iterable[str]) -> list[dict[str, str]]:
    """Return rows with nothing but the filled columns of the file, as texts."""
    return [
        {name: str(row[name]) for name in sorted(known) if row.get(name) not in (None, "")}
        for row in rows or []
    ]


def _with_resource(
    row: Mapping[str, Any],
    before: Iterable[Mapping[str, Any]],
    known: frozenset[str],
    addresses: Mapping[str, str],
) -> dict[str, Any]:
    """Return a resource with the id of the stored one that it is: by its address, or by its name.

    A row that gives no address, or the one that is stored, keeps it: what is shown of it is the
    gateway address, which means "unchanged".
    """
    stated = row.get("url") or ""
    for old in before:
        is_same = stated in (old.get("url"), addresses.get(old.get("id", "")))
        if stated and is_same and row.get("name") == (old.get("name") or None):
            return {**_beside(old, known), **row, "url": old.get("url", "")}
    for old in before:
        if row.get("name") and old.get("name") == row["name"]:
            is_same = stated in ("", old.get("url"), addresses.get(old.get("id", "")))
            return {**_beside(old, known), **row, "url": old.get("url", "") if is_same else stated}
    return dict(row)


def _is_rows(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(row, dict) for row in value)
