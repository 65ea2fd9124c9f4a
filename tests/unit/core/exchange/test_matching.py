"""Columns of a file against the items of an entry."""

from __future__ import annotations

from typing import Any

import pytest

from ckanext.fjgov.core.exchange.matching import column_names, items_of, match

ROWS: list[dict[str, Any]] = [
    {"id": "a", "name": "证件号码", "data_type": "C", "length": "18", "required": "1"},
    {"id": "b", "name": "姓名", "name_en": "person_name", "data_type": "C"},
    {"id": "c", "name": "面积（平方米）", "data_type": "N", "length": "8"},
    {"id": "d", "name": "涉密商务", "data_type": "C", "share_type": "3"},
]
ITEMS = items_of(ROWS)
ALL = ("证件号码", "姓名", "面积（平方米）")


def told(header: tuple[str, ...], **options: Any) -> tuple[list[str], list[str]]:
    """Give the items that are placed, and the columns of faults."""
    found = match(header, ITEMS, options.get("mapping", {}), options.get("left_out", ()))
    return [one.column.item for one in found.placed], [one.column for one in found.faults]


@pytest.mark.parametrize(
    ("header", "options", "placed", "faulty"),
    [
        (ALL, {}, ["a", "b", "c"], []),
        (("姓名", "面积（平方米）", "证件号码"), {}, ["a", "b", "c"], []),
        (("证件号码", "PERSON_NAME ", "面积(平方米)"), {}, ["a", "b", "c"], []),
        ((*ALL, "备注"), {}, ["a", "b", "c"], []),
        (("证件号码", "姓名"), {}, ["a", "b"], ["面积（平方米）"]),
        (("证件号码", "姓名"), {"left_out": ["c"]}, ["a", "b"], []),
        (("姓名", "面积（平方米）"), {"left_out": ["a"]}, ["b", "c"], ["证件号码"]),
        (("号", "姓名", "面积（平方米）"), {"mapping": {"号": "a"}}, ["a", "b", "c"], []),
        ((*ALL, "号"), {"mapping": {"号": "a"}}, ["b", "c"], ["证件号码"]),
        ((*ALL, "号"), {"mapping": {"号": "a", "证件号码": ""}}, ["a", "b", "c"], []),
        (ALL, {"mapping": {"没有": "a"}}, ["a", "b", "c"], ["没有"]),
        ((*ALL, "号"), {"mapping": {"号": "nobody"}}, ["a", "b", "c"], ["号"]),
        ((*ALL, "涉密商务"), {}, ["a", "b", "c"], []),
    ],
)
def test_columns_find_their_items(
    header: tuple[str, ...], options: dict[str, Any], placed: list[str], faulty: list[str]
) -> None:
    assert told(header, **options) == (placed, faulty)


def test_what_is_not_mounted_is_told() -> None:
    found = match(("证件号码", "备注", "涉密商务"), ITEMS, {}, ("b", "c"))
    assert (found.unknown, found.withheld, found.left_out) == (
        ("备注",),
        ("涉密商务",),
        ("姓名", "面积（平方米）"),
    )


def test_an_entry_without_items_mounts_nothing() -> None:
    assert [one.zh for one in match(ALL, (), {}, ()).faults] == ["没有一列可以挂接"]


def test_names_of_columns_are_safe_and_distinct() -> None:
    rows = [
        {"id": "0a1b-1", "name": "名", "name_en": "code", "data_type": "C"},
        {"id": "0a1b-2", "name": "码", "name_en": "CODE", "data_type": "C"},
        {"id": "0a1b-3", "name": '坏"名', "data_type": "C"},
        {"id": "0a1b-4", "name": "很长的名称" * 10, "data_type": "C"},
        {"id": "0a1b-5", "name": "_id", "data_type": "C"},
        {"id": "0a1b-6", "name": "版本", "name_en": "fjgov_version", "data_type": "C"},
        {"id": "0a1b-7", "name": "比例%", "name_en": "100%", "data_type": "C"},
    ]
    names = column_names(items_of(rows))
    assert list(names.values()) == [
        "code", "码", "item_0a1b3", "item_0a1b4", "item_0a1b5", "版本", "item_0a1b7",
    ]  # fmt: skip


def test_a_row_of_an_unknown_type_counts_as_text() -> None:
    [item] = items_of([{"id": "x", "name": "名", "data_type": "??", "length": "long"}])
    assert (item.code, item.length) == ("C", None)
