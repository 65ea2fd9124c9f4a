"""Collection territories: codes, containment, dates and parts left out."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.fjgov.core.collection.territory import (
    InvalidTerritory,
    Territory,
    prefix_of,
    territory_of,
)
from ckanext.fjgov.core.federation.scope import ScopeRule

TODAY = date(2026, 11, 26)
CODES = ["350000", "350100", "350102", "350128", "350200", "350203", "350102001", "350102001003"]
DAYS = st.none() | st.dates(date(2024, 1, 1), date(2028, 12, 31))


@st.composite
def rules(draw: st.DrawFn) -> ScopeRule:
    first, last = draw(DAYS), draw(DAYS)
    if first and last and first >= last:
        first, last = last, None
    return ScopeRule(prefix_of(draw(st.sampled_from(CODES))), first, last)


TERRITORIES = st.builds(
    lambda parts, without: Territory(tuple(parts), tuple(without)),
    st.lists(rules(), min_size=1, max_size=3),
    st.lists(rules(), max_size=2),
)


@pytest.mark.parametrize(
    ("code", "prefix"),
    [("350000", "35"), ("350100", "3501"), ("350102", "350102"), ("35", "35"), ("3501", "3501"),
     ("350102001", "350102001"), ("350102001003", "350102001003")],
)  # fmt: skip
def test_prefix(code: str, prefix: str) -> None:
    assert prefix_of(code) == prefix


@pytest.mark.parametrize("code", ["", "福州", "3501022", "３５", "350", "-35000"])
def test_what_is_no_division_is_refused(code: str) -> None:
    with pytest.raises(InvalidTerritory, match="采集地域"):
        prefix_of(code)


def test_a_territory_names_a_division() -> None:
    with pytest.raises(InvalidTerritory, match="为空"):
        territory_of([])


@pytest.mark.parametrize(
    ("first", "second", "meets"),
    [
        ("350000", "350102", True),
        ("350100", "350102001", True),
        ("350100", "350200", False),
        ("350102", "350103", False),
        ("350102001003", "350102001", True),
        # A prefix is compared by whole divisions: 350102 is no part of 350103.
        ("350102001", "350103001", False),
    ],
)
def test_divisions_that_contain_each_other_meet(first: str, second: str, meets: bool) -> None:
    assert territory_of([first]).meets(territory_of([second]), TODAY) is meets


def test_what_is_left_out_does_not_meet() -> None:
    fuzhou = territory_of(["350100"], without=["350128"])
    assert not fuzhou.meets(territory_of(["350128"]), TODAY)
    assert not fuzhou.meets(territory_of(["350128100"]), TODAY)
    assert fuzhou.meets(territory_of(["350000"]), TODAY)
    assert fuzhou.meets(territory_of(["350102", "350128"]), TODAY)


@pytest.mark.parametrize(
    ("until", "begins", "meets"),
    [
        (date(2026, 1, 1), None, False),
        (date(2027, 1, 1), None, True),
        (date(2027, 1, 1), date(2027, 1, 1), False),
        (date(2027, 1, 2), date(2027, 1, 1), True),
    ],
    ids=["ended before the check", "ends later", "ends as the other begins", "one day in common"],
)
def test_only_days_from_the_check_on_count(until: date, begins: date | None, meets: bool) -> None:
    old = Territory((ScopeRule("3501", None, until),))
    new = Territory((ScopeRule("350102", begins, None),))
    assert old.meets(new, TODAY) is meets


@pytest.mark.parametrize(
    ("outer", "inner", "holds"),
    [
        (["350000"], ["350102", "350200"], True),
        (["350102"], ["350100"], False),
        (["350102", "350103"], ["350103"], True),
        (["350102"], ["350102", "350103"], False),
    ],
)
def test_holds(outer: list[str], inner: list[str], holds: bool) -> None:
    assert territory_of(outer).holds(territory_of(inner), TODAY) is holds


def test_a_part_left_out_is_not_held_unless_the_other_leaves_it_out_too() -> None:
    fuzhou = territory_of(["350100"], without=["350128"])
    assert not fuzhou.holds(territory_of(["350100"]), TODAY)
    assert not fuzhou.holds(territory_of(["350128"]), TODAY)
    assert fuzhou.holds(territory_of(["350100"], without=["350128"]), TODAY)


@given(TERRITORIES, TERRITORIES)
def test_meeting_is_symmetric(first: Territory, second: Territory) -> None:
    assert first.meets(second, TODAY) is second.meets(first, TODAY)


@given(TERRITORIES, TERRITORIES, st.dates(date(2024, 1, 1), date(2028, 12, 31)))
def test_two_that_meet_now_met_before(first: Territory, second: Territory, day: date) -> None:
    if first.meets(second, max(day, TODAY)):
        assert first.meets(second, min(day, TODAY))
