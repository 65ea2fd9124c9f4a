"""Expand the item lines of a sample entry to 信息项 rows.

A line reads `名称 TYPElength marks | column name：description`; README.md gives the marks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

_LINE = re.compile(
    r"(?P<name>\S+) (?P<type>[CNYDTLMGBIF])(?P<length>\d*)(?P<marks>[^|：]*)"
    r"(?:\| *(?P<column>[^：]+))?(?:：(?P<text>.+))?"
)
_CLASSES = {"受限": "2", "非共享": "3"}


def expand_items(
    entry: Mapping[str, Any],
    *,
    node: str,
    division: str,
    laws: Mapping[str, Mapping[str, str]],
    objects: Mapping[str, Mapping[str, str]],
    new_id: Callable[[str], str],
) -> list[dict[str, str]]:
    """Expand the lines of one entry.

    Args:
        entry: the compact entry with `key`, `items` and optionally `line` (line of business).
        node, division: where the items are collected.
        laws: citations by key.
        objects: `key_items` and `sources` of objects.yaml.
        new_id: gives the stable id for `node/entry/item`.

    Returns:
        One row per line, in order, without empty values.

    Raises:
        ValueError: a line breaks its form.
    """
    rows = []
    for line in entry["items"].strip().splitlines():
        match = _LINE.fullmatch(line.strip())
        if match is None:
            raise ValueError(f"{entry['key']}：信息项写法无效 / bad item line: {line}")
        row = _row(match, laws)
        reference = f"{node}/{entry['key']}/{row['name']}"
        row["id"] = new_id(reference)
        row["territory"] = division[:6]
        row["line_of_business"] = entry.get("line", "")
        business_object = objects["key_items"].get(row["name"])
        if business_object:
            row["business_object"] = business_object
            row["is_object_key"] = "1"
            source = objects["sources"].get(business_object, reference)
            row["authoritative_item"] = "" if source == reference else new_id(source)
        rows.append({key: value for key, value in row.items() if value})
    return rows


def _row(match: re.Match[str], laws: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    marks = match["marks"].split()
    text = match["text"] or ""
    row = {
        "name": match["name"],
        "name_en": (match["column"] or "").strip(),
        "data_type": match["type"],
        "length": match["length"],
        # The identifying item of a record (标识) can never be missing.
        "required": "1" if {"必", "标识"} & set(marks) else "0",
        "description": text,
    }
    stricter = next((mark for mark in marks if mark in _CLASSES), None)
    if stricter is not None:
        law, clause = marks[marks.index(stricter) + 1 : marks.index(stricter) + 3]
        row |= {
            "description": "",
            "share_type": _CLASSES[stricter],
            "basis_title": laws[law]["title"],
            "basis_number": laws[law]["number"],
            "basis_clause": clause,
            "basis_statement": text,
        }
    return row
