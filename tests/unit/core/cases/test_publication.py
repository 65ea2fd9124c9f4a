"""What a claim does to the exchange record: a table of every state and status, and its limits."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.fjgov.core.cases.publication import covers_all, rows_after
from ckanext.fjgov.core.cases.types.non_publication import NON_PUBLICATION

MODES = ("query", "direct", "custom")
DAY = "2026-03-02"
STATUSES = ("none", "done", "claim", "claim_ok", "claim_no", "stopped")
# State of the case: status of a mode that is neither published nor stopped.
EXPECTED = {
    "draft": "none",
    "claimed": "claim",
    "agreed": "claim_ok",
    "not_agreed": "claim_no",
    "published": "done",
    "ended": "none",
}


def test_the_table_names_every_state() -> None:
    assert EXPECTED.keys() == NON_PUBLICATION.states.keys()


@pytest.mark.parametrize("state", EXPECTED)
@pytest.mark.parametrize("status", STATUSES)
def test_status_after_a_state(state: str, status: str) -> None:
    row = {"mode": "query", "status": status, "front_node": "示例前置机"}
    wanted = status if status in ("done", "stopped") else EXPECTED[state]
    [after] = rows_after([row], state, MODES, DAY)
    is_new = wanted == "done" != status
    assert after == row | {"status": wanted} | ({"published_at": DAY} if is_new else {})


@pytest.mark.parametrize("state", EXPECTED)
def test_an_entry_without_rows_gets_one_for_each_mode_or_none(state: str) -> None:
    rows = rows_after([], state, MODES, DAY)
    if EXPECTED[state] == "none":
        assert rows == []
    else:
        assert [(row["mode"], row["status"]) for row in rows] == [
            (mode, EXPECTED[state]) for mode in MODES
        ]


ROWS = st.lists(
    st.fixed_dictionaries(
        {"mode": st.sampled_from(MODES), "status": st.sampled_from(STATUSES)},
        optional={"published_at": st.just("2020-01-01")},
    ),
    max_size=3,
)


@given(rows=ROWS, states=st.lists(st.sampled_from(sorted(EXPECTED)), min_size=1, max_size=6))
def test_whatever_happens_published_and_stopped_modes_stay(
    rows: list[dict[str, Any]], states: list[str]
) -> None:
    before = [dict(row) for row in rows]
    after = rows
    for state in states:
        after = rows_after(after, state, MODES, DAY)
        assert rows_after(after, state, MODES, DAY) == after
    assert rows == before
    for old, new in zip(before, after, strict=False):
        if old["status"] in ("done", "stopped"):
            assert new == old


@pytest.mark.parametrize(
    ("claimed", "items", "expected"),
    [
        ({"a", "b"}, {"a", "b"}, True),
        ({"a", "b", "gone"}, {"a", "b"}, True),
        ({"a"}, {"a", "b"}, False),
        (set(), {"a"}, False),
        ({"a"}, set(), False),
    ],
    ids=["all", "all and one that is gone", "a part", "nothing", "an entry without items"],
)
def test_only_a_claim_of_all_items_speaks_for_the_entry(
    claimed: set[str], items: set[str], expected: bool
) -> None:
    assert covers_all(claimed, items) is expected
