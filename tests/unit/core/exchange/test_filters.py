"""Row filters: what is wrong is named, settling only adds, SQL means what Python means."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from ckanext.fjgov.core.exchange.filters import (
    DUCKDB,
    MOST_CONDITIONS,
    MOST_VALUES,
    clause,
    columns_missing,
    faults,
    narrows,
)
from ckanext.fjgov.core.exchange.tables import (
    DATE,
    DECIMAL,
    FLAG,
    INTEGER,
    MOMENT,
    TEXT,
    Column,
)
from ckanext.fjgov.core.exchange.typed_values import UnfitError, typed

ITEMS = ("name", "area", "built")
KINDS = {"name": TEXT, "area": DECIMAL, "built": DATE}
NAME = {"item": "name", "op": "eq", "value": "甲"}
AREA = {"item": "area", "op": "ge", "value": 90}
COLUMNS = (
    Column("xm", "name", "姓名", TEXT),
    Column('mj"%', "area", "面积", DECIMAL),
    Column("jc", "built", "建成", DATE),
    Column("sy", "used", "使用", FLAG),
)


def found(*conditions: Any, kinds: dict[str, str] | None = None) -> str:
    return "；".join(zh for zh, _en in faults(list(conditions), ITEMS, kinds))


def test_whole_filters_have_no_faults() -> None:
    assert found() == ""
    assert found(NAME, AREA, {"item": "built", "op": "is_null", "value": False}, kinds=KINDS) == ""
    assert found({"item": "area", "op": "between", "values": ["1.5", 2]}, kinds=KINDS) == ""


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        ("name = 1", "须写明"),
        ({}, "目录中没有该信息项"),
        ({**NAME, "item": "secret"}, "目录中没有该信息项"),
        ({**NAME, "item": ["name"]}, "目录中没有该信息项"),
        ({**NAME, "op": "like"}, "比较方式"),
        ({**NAME, "op": ["eq"]}, "比较方式"),
        ({**AREA, "op": "starts"}, "比较方式"),
        ({**NAME, "value": None}, "文字或数值"),
        ({**NAME, "value": "a\x00"}, "文字或数值"),
        ({**NAME, "value": "\ud800"}, "文字或数值"),
        ({**NAME, "value": "长" * 1001}, "文字或数值"),
        ({**NAME, "value": 5}, "须为文字"),
        ({**AREA, "value": "九十"}, "须为数值"),
        ({**AREA, "value": "1e5"}, "须为数值"),
        ({"item": "built", "op": "eq", "value": "2026-02-30"}, "须为日期"),
        ({"item": "area", "op": "between", "values": [1]}, "2 至 2 个值"),
        ({"item": "area", "op": "in", "values": "12"}, "1 至 200 个值"),
        ({"item": "area", "op": "in", "values": list(range(MOST_VALUES + 1))}, "1 至 200 个值"),
        ({"item": "area", "op": "is_null", "value": "yes"}, "true 或 false"),
    ],
)
def test_a_fault_is_named(condition: Any, told: str) -> None:
    assert told in found(condition, kinds=KINDS)


def test_a_filter_that_is_no_list_or_too_long() -> None:
    assert faults({"item": "name"}, ITEMS)
    assert faults("name", ITEMS)
    assert "至多" in found(*[NAME] * (MOST_CONDITIONS + 1))


def test_settling_may_only_add_conditions() -> None:
    assert narrows([], [NAME])
    assert narrows([NAME], [AREA, NAME])
    assert narrows([AREA], [{**AREA, "value": "90"}])
    assert not narrows([NAME], [AREA])
    assert not narrows([NAME], [{**NAME, "value": "乙"}])
    in_order = {"item": "area", "op": "in", "values": [1, 2]}
    assert narrows([in_order], [{**in_order, "values": [2, 1]}])
    between = {"item": "area", "op": "between", "values": [1, 2]}
    assert not narrows([between], [{**between, "values": [2, 1]}])


def test_values_are_bound_and_names_quoted() -> None:
    hostile = "'; DROP TABLE x --"
    sql, params = clause([{**NAME, "value": hostile}, AREA], COLUMNS)
    assert sql == '"xm" COLLATE "C" = %(f0)s AND "mj""%%" >= %(f1)s'
    assert params == {"f0": hostile, "f1": Decimal(90)}
    assert clause([AREA], COLUMNS, DUCKDB, "g") == ('"mj""%" >= $g0', {"g0": Decimal(90)})
    assert clause([], COLUMNS) == ("TRUE", {})


@pytest.mark.parametrize(
    "condition",
    [
        {**NAME, "item": "lost"},
        {**AREA, "value": "many"},
        {**AREA, "op": "starts"},
        {"item": "used", "op": "lt", "value": True},
    ],
)
def test_a_filter_that_cannot_be_applied_gives_nothing(condition: dict[str, Any]) -> None:
    with pytest.raises(UnfitError):
        clause([condition], COLUMNS)


def test_items_without_a_column_are_named() -> None:
    assert columns_missing([NAME, {**NAME, "item": "lost"}], COLUMNS) == ["lost"]


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        ("5", INTEGER, 5),
        (5.0, INTEGER, 5),
        (0.25, DECIMAL, Decimal("0.25")),
        ("2026-01-02", DATE, date(2026, 1, 2)),
        ("2026-01-02T03:04:05", MOMENT, datetime(2026, 1, 2, 3, 4, 5)),
        ("2026-01-02T03:04:05+00:00", MOMENT, datetime(2026, 1, 2, 11, 4, 5)),
        ("是", FLAG, True),
        (False, FLAG, False),
    ],
)
def test_values_are_read_as_the_kind_of_their_column(value: Any, kind: str, expected: Any) -> None:
    assert typed(value, kind) == expected


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (5.5, INTEGER),
        (10**19, INTEGER),
        (True, INTEGER),
        (True, DECIMAL),
        (float("nan"), DECIMAL),
        (float("inf"), DECIMAL),
        ("20260102", DATE),
        ("2026-01-02", "geometry"),
        ({}, TEXT),
        ("2026-13-02T00:00:00", MOMENT),
        ("maybe", FLAG),
    ],
)
def test_a_value_of_another_kind_is_refused(value: Any, kind: str) -> None:
    with pytest.raises(UnfitError):
        typed(value, kind)
