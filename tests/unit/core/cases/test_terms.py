"""Terms of an application: what is missing is named, and settling only narrows."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.fjgov.core.cases.terms import MOST_TARGETS, faults, widened
from tests.unit.core.cases.case_examples import TERMS

TODAY = date(2026, 3, 2)
ENTRY = {"kind": "entry", "id": "entry-1", "items": ["item-1", "item-2"]}
STAFF = {"kind": "staff", "users": ["a", "b"]}
SYSTEM = {"kind": "system", "system": "sys-1"}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


def found(**change: Any) -> str:
    return "；".join(zh for zh, _en in faults(TERMS | change, TODAY))


def test_whole_terms_have_no_faults() -> None:
    assert found() == ""
    for holder in (STAFF, SYSTEM):
        assert found(holder=holder) == ""
    for target in (
        {"kind": "collection_item", "id": "c-1"},
        {"kind": "need", "text": "示例需求"},
    ):
        assert found(targets=[ENTRY, target]) == ""


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"purpose": " "}, "使用目的"),
        ({"business": None}, "应用业务"),
        ({"purpose": "字" * 2001}, "不能超过 2000 字"),
        ({"mode": "copy"}, "共享模式"),
        ({"holder": None}, "使用对象"),
        ({"holder": {"kind": "all"}}, "使用对象"),
        ({"holder": {"kind": "staff", "users": []}}, "使用人员"),
        ({"holder": {"kind": "staff", "users": ["a", "a"]}}, "使用人员"),
        ({"holder": {"kind": "staff", "users": "ab"}}, "使用人员"),
        ({"holder": {"kind": "system"}}, "应用系统"),
        ({"until": None}, "截止时间"),
        ({"until": "2027-2-1"}, "截止时间"),
        ({"until": "2027-02-30"}, "截止时间"),
        ({"until": "20270201"}, "截止时间"),
        ({"until": "2026-03-01"}, "已过"),
        ({"until": "2040-01-01"}, "不得超过 5 年"),
        ({"targets": []}, "至少选择一项"),
        ({"targets": "entry-1"}, "至少选择一项"),
        ({"targets": [ENTRY] * 2}, "第 2 项所需信息重复"),
        ({"targets": [{"kind": "need", "text": str(n)} for n in range(MOST_TARGETS + 1)]}, "至多"),
        ({"targets": [ENTRY, {"kind": "file"}]}, "第 2 项所需信息的类型不明"),
        ({"targets": [{"kind": "entry", "items": ["item-1"]}]}, "第 1 项所需信息未指明"),
        ({"targets": [{"kind": "entry", "id": "e"}]}, "信息项"),
        ({"targets": [{"kind": "entry", "id": "e", "items": ["x", "x"]}]}, "信息项"),
        ({"targets": [{"kind": "need", "text": ""}]}, "写明第 1 项"),
    ],
)
def test_what_is_missing_or_wrong_is_named(change: dict[str, Any], told: str) -> None:
    assert told in found(**change)


def test_the_last_day_is_included() -> None:
    assert found(until="2026-03-02") == ""


@given(st.dictionaries(st.sampled_from(sorted(TERMS)), JSON))
def test_nothing_that_json_can_hold_breaks_the_check(terms: dict[str, Any]) -> None:
    assert all(zh and en for zh, en in faults(terms, TODAY))


@pytest.mark.parametrize(
    ("asked", "settled", "told"),
    [
        ({}, {}, ""),
        ({}, {"until": "2026-12-31"}, ""),
        ({}, {"until": "2027-03-02"}, "截止时间"),
        ({}, {"mode": "direct"}, "共享模式"),
        ({}, {"purpose": "另一说法"}, ""),
        ({}, {"targets": [ENTRY | {"items": ["item-1"]}]}, ""),
        ({}, {"targets": [ENTRY | {"items": ["item-1", "item-3"]}]}, "item-3"),
        ({}, {"targets": [ENTRY | {"id": "entry-2"}]}, "不在申请之内"),
        ({}, {"targets": [ENTRY, {"kind": "need", "text": "更多"}]}, "第 2 项"),
        ({}, {"holder": STAFF}, ""),
        ({}, {"holder": SYSTEM}, "使用对象"),
        ({"holder": STAFF}, {"holder": {"kind": "staff", "users": ["b"]}}, ""),
        ({"holder": STAFF}, {"holder": {"kind": "staff", "users": ["c"]}}, "使用对象"),
        ({"holder": STAFF}, {"holder": {"kind": "unit"}}, "使用对象"),
        ({"holder": SYSTEM}, {"holder": SYSTEM}, ""),
        ({"holder": SYSTEM}, {"holder": SYSTEM | {"system": "sys-2"}}, "使用对象"),
        ({"holder": SYSTEM}, {"holder": STAFF}, "使用对象"),
    ],
)
def test_settling_narrows_and_never_widens(
    asked: dict[str, Any], settled: dict[str, Any], told: str
) -> None:
    words = "；".join(zh for zh, _en in widened(TERMS | asked, TERMS | settled))
    assert (told in words) if told else not words
