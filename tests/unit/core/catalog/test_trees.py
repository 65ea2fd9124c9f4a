"""Counts as trees: nothing is lost, nothing is counted twice, and no circle is walked for ever."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from ckanext.fjgov.core.catalog.trees import Branch, Place, tree_of

DIVISIONS = [
    Place("350000", "福建省", None),
    Place("350100", "福州市", "350000"),
    Place("350102", "鼓楼区", "350100"),
    Place("350200", "厦门市", "350000"),
]
CODES = st.sampled_from(["1", "2", "10", "101", "102", "1020", "20", "9", "91"])


def walk(branches: Iterable[Branch]) -> list[Branch]:
    found = []
    for branch in branches:
        found += [branch, *walk(branch.below)]
    return found


def test_empty_branches_are_left_out_and_those_above_a_count_stay() -> None:
    assert tree_of(DIVISIONS, {"350102": 3}) == (
        Branch("350000", "福建省", 0, 1, (
            Branch("350100", "福州市", 0, 1, (Branch("350102", "鼓楼区", 3, 1),)),
        )),
    )  # fmt: skip


def test_places_at_the_top_may_stay_without_records() -> None:
    places = [Place("ZA", "甲", None), Place("ZB", "乙", None), Place("ZBA00", "丙", "ZB")]
    assert tree_of(places, {}) == ()
    assert tree_of(places, {}, keep_top=True) == (
        Branch("ZA", "甲", 0, 0),
        Branch("ZB", "乙", 0, 0),
    )


def test_a_longer_code_hangs_below_the_longest_front_that_is_known() -> None:
    places = [Place("3", "部门", None), Place("307", "地方", "3")]
    assert tree_of(places, {"307": 1, "307021": 2, "307021004": 4, "9": 1}) == (
        Branch("3", "部门", 0, 3, (
            Branch("307", "地方", 1, 3, (
                Branch("307021", "307021", 2, 2, (Branch("307021004", "307021004", 4, 1),)),
            )),
        )),
        Branch("9", "9", 1, 1),
    )  # fmt: skip


def test_a_circle_and_a_missing_parent_stand_at_the_top() -> None:
    places = [Place("a", "甲", "b"), Place("b", "乙", "a"), Place("c", "丙", "gone")]
    found = tree_of(places, {"a": 1, "b": 2, "c": 3})
    assert [(branch.code, branch.below) for branch in found] == [("a", ()), ("b", ()), ("c", ())]


@given(
    st.dictionaries(CODES, st.none() | CODES),
    st.dictionaries(CODES, st.integers(0, 9)),
)
def test_every_count_stands_in_the_tree_once(
    parents: dict[str, str | None], counts: dict[str, int]
) -> None:
    places = [Place(code, code, parent) for code, parent in parents.items()]
    found = walk(tree_of(places, counts))
    shown = Counter({branch.code: branch.count for branch in found if branch.count})
    assert shown == Counter({code: number for code, number in counts.items() if number})
    assert len({branch.code for branch in found}) == len(found)
    for branch in found:
        assert branch.held == sum(bool(one.count) for one in walk([branch]))
