"""Expand the compact records of the directories beside the entries (deploy/samples/README.md)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ckanext.fjgov.core.catalog.directories import links_from

_ROW_FIELDS = ("items", "indicators")
_COMPACT = ("key", "unit", "lead", "basis")


def expand_record(
    compact: Mapping[str, Any],
    *,
    node: str,
    units: Mapping[str, Mapping[str, Any]],
    laws: Mapping[str, Mapping[str, str]],
    new_id: Callable[[str], str],
) -> dict[str, Any]:
    """Give one record with the field names of its schema.

    Args:
        compact: as authored.
        node: key of the node.
        units: expanded units by key.
        laws: citations by key.
        new_id: gives the id of a row from its place, the same on every call.

    Returns:
        The record with its `sample_key`; what it names stands there as sample keys.

    Raises:
        KeyError: a unit or law that is not among the samples.
    """
    unit, place = units[compact["unit"]], f"{node}/{compact['key']}"
    record = {name: value for name, value in compact.items() if name not in _COMPACT}
    record |= {
        "sample_key": place,
        "owner_org": unit["name"],
        "provider_code": unit["uscc"],
        "is_sample": "1",
    }
    if "lead" in compact:
        record["lead_unit_code"] = units[compact["lead"]]["uscc"]
    if "basis" in compact:
        record["legal_basis"] = [
            {name: text for name, text in {**laws[law], "clause": clause, "statement": why}.items()
             if text}
            for law, clause, why in compact["basis"]
        ]  # fmt: skip
    for name in _ROW_FIELDS:
        if name in compact:
            record[name] = [_row(row, f"{place}/{name}", new_id) for row in compact[name]]
    for link in links_from(compact["type"]):
        if link.field.name in compact:
            record[link.field.name] = [f"{node}/{key}" for key in compact[link.field.name]]
    return record


def _row(row: Any, place: str, new_id: Callable[[str], str]) -> dict[str, str]:
    """Give a row; a text is its name, and a star behind it says that it identifies the object."""
    if isinstance(row, str):
        name = row.rstrip("*")
        row = {"name": name, **({"is_object_key": "1"} if row != name else {})}
    return {"id": new_id(f"{place}/{row['name']}"), **row}
