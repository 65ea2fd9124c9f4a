"""An approval covers its list and nothing else; how far a run is, in numbers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.fjgov.core.federation.progress import percent_of, rate_of
from ckanext.fjgov.core.federation.removals import Approval, list_digest

NAMES = st.frozensets(st.tuples(st.sampled_from(["entry", "unit"]), st.text(max_size=4)))


@given(NAMES, NAMES)
def test_an_approval_covers_exactly_parts_of_its_list(
    approved: frozenset[tuple[str, str]], removed: frozenset[tuple[str, str]]
) -> None:
    assert Approval("run", approved).covers(removed) == (not removed - approved)


@given(NAMES, NAMES)
def test_lists_have_one_digest_each(
    one: frozenset[tuple[str, str]], other: frozenset[tuple[str, str]]
) -> None:
    assert (list_digest(one) == list_digest(other)) == (one == other)
    assert list_digest(sorted(one, reverse=True)) == list_digest(one)


def test_parts_of_a_name_do_not_run_together() -> None:
    assert list_digest([("entry", "a"), ("b", "c")]) != list_digest([("entry", "a,b"), ("", "c")])


@pytest.mark.parametrize(
    ("since", "cursor", "head", "percent"),
    [
        (None, None, None, None),
        (0, None, None, None),
        (0, None, 200, 0),
        (0, 50, 200, 25),
        (100, 150, 200, 50),
        (100, 200, 200, 100),
        (100, None, 100, 100),
        (100, 250, 200, 100),
        (100, 50, 200, 0),
    ],
)
def test_percent(
    since: int | None, cursor: int | None, head: int | None, percent: int | None
) -> None:
    assert percent_of(since, cursor, head) == percent


@pytest.mark.parametrize(
    ("records", "seconds", "rate"), [(0, 0.0, 0.0), (5, 0.0, 0.0), (10, 4.0, 2.5)]
)
def test_rate(records: int, seconds: float, rate: float) -> None:
    assert rate_of(records, seconds) == rate
