"""Quotas: whole numbers a day, narrowed and never widened."""

from __future__ import annotations

from typing import Any

import pytest

from ckanext.fjgov.core.exchange import filter_words
from ckanext.fjgov.core.exchange.quotas import NO_LIMIT, faults, limit, told, widened


@pytest.mark.parametrize(
    "quota", [{}, {"uses_per_day": 1}, {"rows_per_day": 10, "uses_per_day": 5}]
)
def test_whole_quotas(quota: dict[str, Any]) -> None:
    assert not list(faults(quota))


@pytest.mark.parametrize(
    "quota",
    [
        [],
        "10",
        {"uses": 5},
        {"uses_per_day": 0},
        {"uses_per_day": -1},
        {"uses_per_day": True},
        {"uses_per_day": "5"},
        {"rows_per_day": 1.5},
        {"rows_per_day": 10**13},
    ],
)
def test_what_is_no_quota(quota: Any) -> None:
    assert list(faults(quota))


@pytest.mark.parametrize(
    ("asked", "settled", "wider"),
    [
        ({}, {}, False),
        ({}, {"uses_per_day": 5}, False),
        ({"uses_per_day": 5}, {"uses_per_day": 5}, False),
        ({"uses_per_day": 5}, {"uses_per_day": 4, "rows_per_day": 9}, False),
        ({"uses_per_day": 5}, {"uses_per_day": 6}, True),
        ({"uses_per_day": 5}, {}, True),
        ({"rows_per_day": 5}, {"uses_per_day": 5}, True),
    ],
)
def test_settling_only_narrows(asked: Any, settled: Any, wider: bool) -> None:
    assert bool(list(widened(asked, settled))) is wider


def test_limits_and_words() -> None:
    assert limit({}, "uses_per_day") == NO_LIMIT
    assert limit({"uses_per_day": 3}, "uses_per_day") == 3
    assert told({"rows_per_day": 3}) == [("每日数据行数：3", "rows a day: 3")]


def test_filters_in_words() -> None:
    rows = [
        {"item": "a", "name": "区划", "op": "in", "values": ["1", "2"]},
        {"item": "b", "op": "is_null", "value": False},
        {"item": "b", "op": "ge", "value": 5},
    ]
    assert filter_words.told(rows, {"b": "面积"}) == [
        ("区划 为其中之一 1、2", "区划 is one of 1, 2"),
        ("面积 不为空", "面积 is not empty"),
        ("面积 不小于（不早于） 5", "面积 is at least 5"),
    ]
