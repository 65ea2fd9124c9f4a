"""What mounting does to the exchange record."""

from __future__ import annotations

import pytest

from ckanext.fjgov.core.catalog.vocabulary import load_vocabulary
from ckanext.fjgov.core.exchange.publishing import (
    is_unmounted,
    modes_of,
    rows_mounted,
    rows_unmounted,
)

OLD = {"mode": "query", "status": "done", "published_at": "2026-01-05", "front_node": "x"}


@pytest.mark.parametrize(
    ("kind", "mode", "modes"),
    [
        ("table", "", ("query", "direct")),
        ("table", "query", ("query",)),
        ("table", "direct", ("direct",)),
        ("table", "custom", ("custom",)),
        ("file", "", ("direct",)),
        ("file", "direct", ("direct",)),
        ("file", "query", ()),
        ("service", "", ("query",)),
        ("service", "direct", ()),
    ],
)
def test_modes_in_which_a_resource_is_published(
    kind: str, mode: str, modes: tuple[str, ...]
) -> None:
    assert modes_of(kind, mode) == modes


@pytest.mark.parametrize("status", sorted(load_vocabulary("exchange_status").concepts))
def test_mounting_publishes_whatever_the_row_said(status: str) -> None:
    rows = [{"mode": "query", "status": status}, {"mode": "direct", "status": status}]
    first, second = rows_mounted(rows, ("query",), "2026-02-01", front_node="", own_node="节点")
    assert first == {
        "mode": "query",
        "status": "done",
        "front_node": "节点",
        "published_at": "2026-02-01",
        "last_sync_at": "2026-02-01",
    }
    assert second == rows[1]


def test_a_refresh_keeps_the_day_of_publication() -> None:
    for given, shown in (("", "x"), ("y", "y")):
        [row] = rows_mounted([OLD], ("query",), "2026-02-01", front_node=given, own_node="节点")
        assert row == OLD | {"front_node": shown, "last_sync_at": "2026-02-01"}


def test_a_mode_without_a_row_gets_one() -> None:
    rows = rows_mounted([OLD], ("query", "direct"), "2026-02-01", front_node="", own_node="节点")
    assert [(row["mode"], row["front_node"]) for row in rows] == [
        ("query", "x"),
        ("direct", "节点"),
    ]


def test_taking_out_leaves_other_modes_and_states_alone() -> None:
    rows = [OLD, OLD | {"mode": "direct"}, {"mode": "custom", "status": "stopped"}]
    assert rows_unmounted(rows, {"query", "custom"}) == [
        {"mode": "query", "status": "none"},
        rows[1],
        rows[2],
    ]


@pytest.mark.parametrize(
    ("statuses", "unmounted"),
    [
        ((), True),
        (("none",), True),
        (("none", "claim_no"), True),
        (("none", "done"), False),
        (("claim",), False),
        (("claim_ok",), False),
        (("stopped",), False),
    ],
)
def test_what_counts_as_unmounted(statuses: tuple[str, ...], *, unmounted: bool) -> None:
    assert is_unmounted([{"mode": "query", "status": one} for one in statuses]) is unmounted
