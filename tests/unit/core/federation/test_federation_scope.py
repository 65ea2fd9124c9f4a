"""Which node answers for a division, with 平潭 as a node of its own and without."""

from __future__ import annotations

from datetime import date

import pytest

from ckanext.fjgov.core.federation.errors import ScopeConflict
from ckanext.fjgov.core.federation.scope import NodeScope, ScopeRule, ScopeTable

OPENED = date(2026, 7, 1)
CLOSED = date(2027, 7, 1)
TABLE = ScopeTable(
    (
        NodeScope("350000", (ScopeRule("3500"),)),
        NodeScope("350100", (ScopeRule("3501"),), exclude=(ScopeRule("350128", OPENED, CLOSED),)),
        NodeScope("350128", (ScopeRule("350128", OPENED, CLOSED),)),
        NodeScope("350200", (ScopeRule("3502"),)),
    )
)
BEFORE, DURING, AFTER = date(2026, 6, 30), OPENED, CLOSED


@pytest.mark.parametrize(
    ("division", "on", "owner"),
    [
        ("350000", DURING, "350000"),
        ("350100", DURING, "350100"),
        ("350102", DURING, "350100"),
        ("350199", DURING, "350100"),
        ("350181101", DURING, "350100"),
        ("350181101001", DURING, "350100"),
        ("350128", BEFORE, "350100"),
        ("350128", DURING, "350128"),
        ("350128", date(2027, 6, 30), "350128"),
        ("350128", AFTER, "350100"),
        ("350128100", DURING, "350128"),
        ("350128100001", BEFORE, "350100"),
        ("350200", DURING, "350200"),
        ("350500", DURING, None),
        ("360100", DURING, None),
    ],
)
def test_owner_of_a_division(division: str, on: date, owner: str | None) -> None:
    assert TABLE.owner_of(division, on) == owner


def test_the_longest_match_wins_without_an_exclusion() -> None:
    table = ScopeTable(
        (
            NodeScope("350000", (ScopeRule("35"),)),
            NodeScope("350100", (ScopeRule("3501"),)),
            NodeScope("350128", (ScopeRule("350128"),)),
        )
    )
    owners = [table.owner_of(code, DURING) for code in ("350128", "350102", "350500", "360000")]
    assert owners == ["350128", "350100", "350000", None]


def test_an_excluded_division_without_a_node_has_no_owner() -> None:
    table = ScopeTable((NodeScope("350100", (ScopeRule("3501"),), (ScopeRule("350128"),)),))
    assert table.owner_of("350128", DURING) is None


def test_a_longer_inclusion_beats_a_shorter_exclusion() -> None:
    scope = NodeScope("350100", (ScopeRule("3501"), ScopeRule("350128100")), (ScopeRule("350128"),))
    assert [scope.match_length(code, DURING) for code in ("350128100", "350128200")] == [9, 0]


def test_two_nodes_may_not_include_the_same_prefix_at_once() -> None:
    first = NodeScope("350100", (ScopeRule("3501", None, CLOSED),))
    with pytest.raises(ScopeConflict, match=r"350100 与 350102 同时管辖 3501"):
        ScopeTable((first, NodeScope("350102", (ScopeRule("3501", OPENED),))))
    ScopeTable((first, NodeScope("350102", (ScopeRule("3501", CLOSED),))))


@pytest.mark.parametrize("division", ["", "35", "3501", "35010", "福州", "350100 ", "３５０１００"])
def test_other_texts_are_no_division(division: str) -> None:
    with pytest.raises(ValueError, match="division"):
        TABLE.owner_of(division, DURING)


@pytest.mark.parametrize("prefix", ["", "3", "35x", "3501001001001"])
def test_other_texts_are_no_prefix(prefix: str) -> None:
    with pytest.raises(ValueError, match="prefix"):
        ScopeRule(prefix)


def test_a_rule_must_begin_before_it_ends() -> None:
    with pytest.raises(ValueError, match="ends before"):
        ScopeRule("3501", CLOSED, OPENED)
