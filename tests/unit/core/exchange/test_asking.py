"""The grammar of queries: what is asked for is read, and everything else is told."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.fjgov.core.exchange import statements
from ckanext.fjgov.core.exchange.asking import DEFAULT_ROWS, Asked, next_page, read
from ckanext.fjgov.core.exchange.filters import faults
from ckanext.fjgov.core.exchange.tables import DATE, FLAG, INTEGER, TEXT, Column, MountedTable

# Of texts that are compared by code point; a constant of ours.
COLLATION = '"C"'
COLUMNS = (
    Column("xm", "name", "姓名", TEXT),
    Column("rs", "count", "人数", INTEGER),
    Column("rq", "day", "日期", DATE),
    Column("yx", "flag", "有效", FLAG),
    Column("limit", "limit", "限额", INTEGER),
    Column("rs__ge", "odd", "怪名", INTEGER),
    Column("a,b", "comma", "逗号", TEXT),
)
TABLE = MountedTable("r-1", "e-1", COLUMNS, 10, 3, datetime(2026, 1, 1, tzinfo=timezone.utc))


def asked(**params: Any) -> Asked:
    lists = {name: one if isinstance(one, list) else [one] for name, one in params.items()}
    return read(lists, COLUMNS, 1000)


def names(found: Asked) -> list[str]:
    return [one.name for one in found.fields]


def told(found: Asked) -> str:
    return "；".join(zh for zh, _en in found.faults)


def test_nothing_asked_is_the_first_page_of_all() -> None:
    found = asked()
    assert found == Asked()
    assert found.limit == DEFAULT_ROWS
    assert found.items == frozenset()


def test_columns_and_order() -> None:
    found = asked(fields="xm, rq", sort="-rq,xm")
    assert names(found) == ["xm", "rq"]
    assert [(one.name, down) for one, down in found.sort] == [("rq", True), ("xm", False)]
    assert names(asked(fields=["xm", "rs", "xm"])) == ["xm", "rs"]
    assert names(asked(fields="a,b")) == ["a,b"]
    assert asked(fields="xm", sort="-rs", rq="2026-01-01").items == {"name", "count", "day"}


@pytest.mark.parametrize(
    ("params", "condition"),
    [
        ({"xm": "甲"}, {"item": "name", "op": "eq", "value": "甲"}),
        ({"xm__eq": "甲"}, {"item": "name", "op": "eq", "value": "甲"}),
        ({"xm__starts": "甲"}, {"item": "name", "op": "starts", "value": "甲"}),
        ({"rs__in": ["1", "2"]}, {"item": "count", "op": "in", "values": ["1", "2"]}),
        ({"rs__between": ["1", "2"]}, {"item": "count", "op": "between", "values": ["1", "2"]}),
        ({"rq__is_null": "true"}, {"item": "day", "op": "is_null", "value": True}),
        ({"rq__is_null": "false"}, {"item": "day", "op": "is_null", "value": False}),
        ({"limit__eq": "5"}, {"item": "limit", "op": "eq", "value": "5"}),
        ({"rs__ge": "5"}, {"item": "odd", "op": "eq", "value": "5"}),
    ],
)
def test_conditions(params: dict[str, Any], condition: dict[str, Any]) -> None:
    found = asked(**params)
    assert list(found.conditions) == [condition]
    assert not found.faults
    assert not found.unknown


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"limit": "0"}, "1 至 1000"),
        ({"limit": "1001"}, "1 至 1000"),
        ({"limit": "٣"}, "整数"),
        ({"limit": "9" * 30}, "整数"),
        ({"offset": "-1"}, "整数"),
        ({"limit": ["1", "2"]}, "只能给一次"),
        ({"count": "maybe"}, "true 或 false"),
        ({"format": "xml"}, "json, csv"),
        ({"after": "5", "offset": "5"}, "after 不与"),
        ({"after": "5", "sort": "xm"}, "after 不与"),
        ({"xm": ["a", "b"]}, "xm__in"),
        ({"rs": "1.5"}, "须为整数"),
        ({"rq__between": "2026-01-01"}, "2 至 2 个值"),
        ({"yx__gt": "true"}, "比较方式"),
        ({"rq__is_null": "perhaps"}, "true 或 false"),
    ],
)
def test_what_is_wrong_is_told(params: dict[str, Any], words: str) -> None:
    assert words in told(asked(**params))


def test_what_nobody_knows_is_named() -> None:
    found = asked(feilds="xm", xm__like="a", fields="nope,xm", sort="-nope2", _id="1")
    assert set(found.unknown) == {"feilds", "xm__like", "nope", "nope2", "_id"}
    assert names(found) == ["xm"]


def test_the_next_page_keeps_what_was_asked() -> None:
    given_ = {"fields": ["xm"], "offset": ["5"], "limit": ["10"]}
    kept = {"fields": ["xm"], "limit": ["10"]}
    found = next_page(asked(offset="5", limit="10"), 77, 3, given_)
    assert found == {**kept, "after": ["77"], "version": ["3"]}
    found = next_page(asked(sort="xm", offset="5", limit="10"), 77, 3, given_)
    assert found == {**kept, "offset": ["15"], "version": ["3"]}


@given(
    st.dictionaries(
        st.one_of(
            st.sampled_from(["fields", "sort", "limit", "after", "xm", "rs__in", "rq__lt"]),
            st.text(max_size=12),
        ),
        st.lists(st.text(max_size=30), max_size=3),
        max_size=6,
    )
)
def test_nothing_that_is_sent_becomes_part_of_a_statement(params: dict[str, list[str]]) -> None:
    found = read(params, COLUMNS, 1000)
    assert all(zh and en for zh, en in found.faults)
    if found.faults or found.unknown:
        return
    assert not faults(found.conditions, None)
    sql, values = statements.page(TABLE, found, found.fields or COLUMNS, (), as_json=True)
    known = {f'"{one.name}"' for one in COLUMNS} | {'"_id"', '"r-1"', COLLATION}
    quoted = {f'"{part}"' for part in sql.split('"')[1::2]}
    assert quoted <= known
    assert set(values) >= {"limit", "offset"}
    bare = "".join(sql.split('"')[::2])
    assert "'" not in bare
    assert ";" not in bare
