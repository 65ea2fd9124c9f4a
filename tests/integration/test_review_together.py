"""Reviewers who decide on several entries at once: a result for each, and one winner for each."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from ckanapi import RemoteCKAN

from tests.integration.api import client, create_entry, new_account, outcome, unit_of
from tests.integration.reviewing import NODE, state_of
from tests.integration.stack_env import StackInfo

MEANWHILE = "该事项已被他人办理或有新的进展"


def submitted(stack: StackInfo, registrar: RemoteCKAN, number: int) -> list[dict[str, Any]]:
    entries = [create_entry(stack, NODE) for _ in range(number)]
    done = registrar.action.fjgov_entry_submit(ids=[entry["id"] for entry in entries])
    assert done["done"] == number
    return entries


def seen(site: RemoteCKAN, entries: list[dict[str, Any]]) -> dict[str, int]:
    """Give the versions of the cases that a person looks at."""
    found = site.action.fjgov_case_list(subjects=[entry["id"] for entry in entries], limit=200)
    return {row["subject"]: row["version"] for row in found["results"]}


def test_a_list_of_cases_is_about_the_records_asked_for(
    stack: StackInfo, registrar: RemoteCKAN, reviewer: RemoteCKAN
) -> None:
    entries = submitted(stack, registrar, 3)
    assert set(seen(reviewer, entries[:2])) == {entry["id"] for entry in entries[:2]}
    assert reviewer.action.fjgov_case_list(subjects=[])["count"] == 0
    for wrong in ("x", [5], ["x"] * 201):
        assert outcome(reviewer, "fjgov_case_list", subjects=wrong) == "ValidationError"


def test_one_refused_entry_stops_no_other(
    stack: StackInfo, registrar: RemoteCKAN, reviewer: RemoteCKAN
) -> None:
    entries = submitted(stack, registrar, 3)
    versions = seen(reviewer, entries)
    # Recalled, changed and submitted again: it is not what the reviewer looked at.
    changed = {"id": entries[1]["id"]}
    registrar.action.fjgov_entry_recall(**changed)
    registrar.action.package_patch(**changed, frequency="5")
    registrar.action.fjgov_entry_submit(**changed)
    ids = [entry["id"] for entry in entries]
    told = reviewer.action.fjgov_entry_approve(ids=ids, versions=versions)
    assert [row["status"] for row in told["results"]] == ["done", "refused", "done"]
    assert MEANWHILE in told["results"][1]["messages"][0]
    assert [state_of(stack, entry)[0] for entry in entries] == ["approved", "submitted", "approved"]
    listed = reviewer.action.fjgov_entry_list(ids=ids, versions=seen(reviewer, entries))
    assert (listed["done"], listed["refused"]) == (2, 1)
    assert [state_of(stack, entry)[0] for entry in entries] == ["listed", "submitted", "listed"]


def test_a_return_without_an_opinion_changes_none_of_them(
    stack: StackInfo, registrar: RemoteCKAN, reviewer: RemoteCKAN
) -> None:
    entries = submitted(stack, registrar, 2)
    ids = [entry["id"] for entry in entries]
    told = reviewer.action.fjgov_entry_return(ids=ids, reason=" ")
    assert (told["done"], told["refused"]) == (0, 2)
    assert all("请填写意见或理由" in row["messages"][0] for row in told["results"])
    told = reviewer.action.fjgov_entry_return(ids=ids, reason="示例意见：请补充")
    assert told["done"] == 2
    for entry in entries:
        [case] = registrar.action.fjgov_case_list(subject=entry["id"])["results"]
        timeline = registrar.action.fjgov_case_show(number=case["number"])["timeline"]
        assert timeline[-1]["reason"] == "示例意见：请补充"


@pytest.mark.parametrize("versions", ["x", [1], {"a": "x"}, {"a": -1}])
def test_versions_that_cannot_be_read_are_told(
    stack: StackInfo, reviewer: RemoteCKAN, versions: Any
) -> None:
    arguments = {"ids": ["a"], "versions": versions}
    assert outcome(reviewer, "fjgov_entry_approve", **arguments) == "ValidationError"


def test_of_two_reviewers_with_the_same_entries_one_wins_each(
    stack: StackInfo, registrar: RemoteCKAN, reviewer: RemoteCKAN
) -> None:
    second = new_account(stack, NODE, unit_of(stack, NODE), "reviewer")
    entries = submitted(stack, registrar, 6)
    ids, versions = [entry["id"] for entry in entries], seen(reviewer, entries)
    work = [
        (reviewer, "fjgov_entry_approve", ids),
        (second, "fjgov_entry_return", ids[::-1]),
    ]

    def decide(one: tuple[RemoteCKAN, str, list[str]]) -> dict[str, dict[str, Any]]:
        site, action, order = one
        told = site.call_action(action, {"ids": order, "versions": versions, "reason": "示例"})
        return {row["id"]: row for row in told["results"]}

    with ThreadPoolExecutor(2) as pool:
        approved, returned = pool.map(decide, work)
    for entry in entries:
        both = [approved[entry["id"]], returned[entry["id"]]]
        assert sorted(row["status"] for row in both) == ["done", "refused"]
        winner = next(row for row in both if row["status"] == "done")
        loser = next(row for row in both if row["status"] == "refused")
        assert MEANWHILE in loser["messages"][0]
        assert winner["state"] == ("approved" if winner is both[0] else "returned")
        assert state_of(stack, entry) == (winner["state"], "draft")


def test_another_units_entry_is_refused_among_the_own(
    stack: StackInfo, registrar: RemoteCKAN
) -> None:
    [own] = submitted(stack, registrar, 1)
    stranger = new_account(stack, NODE)
    assert outcome(stranger, "fjgov_entry_approve", ids=[own["id"]]) == "NotAuthorized"
    lead = client(stack, NODE, "digital_office")
    told = lead.action.fjgov_entry_approve(ids=[own["id"]])
    assert (told["done"], told["refused"]) == (0, 1)
    assert state_of(stack, own) == ("submitted", "draft")
