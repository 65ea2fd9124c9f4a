"""Check the form of received records: a stranger's record must not stop the others of its page."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ckanext.fjgov.core.catalog.canonical import (
    ENTRY,
    GROUP_COLUMNS,
    PACKAGE_COLUMNS,
    RESOURCE_COLUMNS,
    UNIT,
)
from ckanext.fjgov.core.federation.feed import FeedRow
from ckanext.fjgov.core.federation.report import Reason
from ckanext.fjgov.logic.entry_input import RESOURCE_ADDRESS_FIELDS
from ckanext.fjgov.logic.entry_shape import PACKAGE_ADDRESS_FIELDS

ID = re.compile(r"[0-9A-Za-z_-]{1,100}")
LONGEST_TAG = 100
LONGEST_VERSION = 100
LARGEST_SIZE = 2**63 - 1

Refused = tuple[FeedRow, list[Reason]]


def well_formed(rows: Sequence[FeedRow]) -> tuple[list[FeedRow], list[Refused]]:
    """Part rows into those that the checks and the merge can read, and the others with reasons."""
    good: list[FeedRow] = []
    refused: list[Refused] = []
    for row in rows:
        fault = _fault(row)
        if fault is None:
            good.append(row)
        else:
            refused.append((row, [fault]))
    return good, refused


def without_twins(rows: Iterable[FeedRow]) -> tuple[list[FeedRow], list[Refused]]:
    """Keep the first of rows that want one id, name or code; name the others as duplicates.

    A merge of both would fail as a whole, or silently leave the later one.
    """
    taken: dict[tuple[str, str], str] = {}
    kept: list[FeedRow] = []
    refused: list[Refused] = []
    for row in rows:
        wanted = _claims(row)
        holder = next((taken[claim] for claim in wanted if claim in taken), None)
        if holder is None and len(set(wanted)) < len(wanted):
            holder = row.key
        if holder is None:
            taken.update(dict.fromkeys(wanted, row.key))
            kept.append(row)
            continue
        zh = f"与同批的 {holder} 重复使用标识、名称或代码，保留先到的一条"
        en = f"shares an id, name or code with {holder} of the same batch; the first is kept"
        refused.append((row, [Reason("duplicate", "id", zh, en)]))
    return kept, refused


def _claims(row: FeedRow) -> list[tuple[str, str]]:
    record = row.fields or {}
    claims = [("id", record["id"]), ("name", record["name"])]
    claims += [("resource", resource["id"]) for resource in record.get("resources", [])]
    code = record.get("fields", {}).get("guide_code")
    return [*claims, ("code", code)] if code else claims


def _fault(row: FeedRow) -> Reason | None:
    """Give the first thing that is wrong with the form of a record."""
    record = row.fields or {}
    fields = record.get("fields", {})
    if record.get("type") != row.type:
        return _reason("type", "记录类型与行不符", "the record is of another type than its row")
    if not isinstance(fields, Mapping) or not isinstance(record.get("name"), str):
        return _reason("fields", "记录结构不正确", "the record is not built as it must be")
    if not _is_id(record.get("id")):
        return _reason("id", "id 格式不正确", "the id has a wrong form")
    columns = GROUP_COLUMNS if row.type == UNIT else PACKAGE_COLUMNS
    wrong = [name for name in columns if not isinstance(fields.get(name, ""), str)]
    if wrong:
        return _reason(wrong[0], f"{wrong[0]} 不是文本", f"{wrong[0]} is not text")
    if row.type == UNIT:
        return None
    return _entry_fault(record, fields) or (_parts_fault(record) if row.type != ENTRY else None)


def _entry_fault(record: Mapping[str, Any], fields: Mapping[str, Any]) -> Reason | None:
    if not isinstance(record.get("unit", ""), str):
        return _reason("unit", "提供单位不是文本", "the unit is not text")
    tags = record.get("tags", [])
    if not isinstance(tags, list) or not all(
        isinstance(tag, str) and 0 < len(tag) <= LONGEST_TAG for tag in tags
    ):
        return _reason(
            "tags",
            f"关键字须为 1 至 {LONGEST_TAG} 字的文本",
            f"keywords are texts of 1 to {LONGEST_TAG} characters",
        )
    if len(fields.get("version", "")) > LONGEST_VERSION:
        return _reason("version", "version 过长", "version is too long")
    found = [name for name in PACKAGE_ADDRESS_FIELDS if name in fields]
    if found:
        return _address(found[0])
    resources = record.get("resources", [])
    if not isinstance(resources, list):
        return _reason("resources", "resources 不是列表", "resources is not a list")
    return next(filter(None, map(_resource_fault, resources)), None)


def _parts_fault(record: Mapping[str, Any]) -> Reason | None:
    """Only entries describe data: a record of another directory has no keywords or resources."""
    found = [name for name in ("tags", "resources") if record.get(name)]
    if not found:
        return None
    return _reason(
        found[0], f"本目录的记录没有 {found[0]}", f"records of this directory have no {found[0]}"
    )


def _resource_fault(resource: Any) -> Reason | None:
    if not isinstance(resource, Mapping) or not _is_id(resource.get("id")):
        return _reason("resources", "资源结构或 id 不正确", "a resource has a wrong form or id")
    found = [name for name in RESOURCE_ADDRESS_FIELDS if name in resource]
    if found:
        return _address(f"resources.{found[0]}")
    for name in RESOURCE_COLUMNS:
        value = resource.get(name, "")
        is_size = name == "size" and type(value) is int and 0 <= value <= LARGEST_SIZE
        if not isinstance(value, str) and not is_size:
            return _reason("resources", f"资源 {name} 的值不正确", f"a resource's {name} is wrong")
        if name == "size" and value and not is_size:
            return _reason("resources", "资源 size 不是数", "a resource's size is no number")
    return None


def _address(name: str) -> Reason:
    return Reason(
        "address",
        name,
        f"记录带有实际地址（{name}），地址只能留在本级节点",
        f"the record carries a real address ({name}), which must stay at its own node",
    )


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and ID.fullmatch(value) is not None


def _reason(field: str, zh: str, en: str) -> Reason:
    return Reason("form", field, zh, en)
