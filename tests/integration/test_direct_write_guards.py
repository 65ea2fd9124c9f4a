"""Direct writes to listed entries: what no revision may hold, who keeps one, and races."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from ckanapi import RemoteCKAN

from tests.integration.api import client, new_account, no_party, outcome, refusal, unit_of
from tests.integration.reviewing import ADDRESS, NODE, listed, state_of
from tests.integration.stack_env import StackInfo

pytestmark = pytest.mark.usefixtures("review_required")


@pytest.mark.parametrize(
    "changes",
    [
        {"title": "示例机密★10年"},
        {"no_such_field": "x"},
        {"private": True},
        {"extras": [{"key": "free", "value": "x"}]},
        {"resources": [{"name": "x", "upload": "file"}]},
        {"identifier": "35100/999998"},
        {"state": "draft"},
        {"state": "deleted"},
    ],
    ids=str,
)
def test_what_no_revision_may_hold_is_refused(
    stack: StackInfo, registrar: RemoteCKAN, changes: dict[str, Any]
) -> None:
    entry = listed(stack)
    assert outcome(registrar, "package_patch", id=entry["id"], **changes) == "ValidationError"
    assert state_of(stack, entry) == ("listed", "active")
    assert outcome(registrar, "fjgov_revision_show", id=entry["id"]) == "NotFound"


def test_only_registrars_of_the_unit_keep_a_revision(stack: StackInfo) -> None:
    entry = listed(stack)
    people = {
        "reviewer": client(stack, NODE, "reviewer"),
        "lead": client(stack, NODE, "unit_lead"),
        "sysadmin": client(stack, NODE, "sysadmin"),
        "other unit": new_account(stack, NODE, no_party(stack, NODE), "registrar"),
        "ended": new_account(stack, NODE, unit_of(stack, NODE), "registrar", ended=True),
        "anonymous": client(stack, NODE),
    }
    for who, site in people.items():
        told = outcome(site, "package_patch", id=entry["id"], frequency="5")
        assert told == "NotAuthorized", who
        told = outcome(site, "resource_create", package_id=entry["id"], name="x", url=ADDRESS)
        assert told == "NotAuthorized", who
    assert state_of(stack, entry) == ("listed", "active")


def test_nothing_of_a_revision_shows_to_who_may_not_change_the_entry(
    stack: StackInfo, registrar: RemoteCKAN
) -> None:
    entry = listed(stack)
    registrar.action.package_patch(id=entry["id"], frequency="5")
    stranger = new_account(stack, NODE, no_party(stack, NODE), "registrar")
    # `package_revise` compares before it asks for rights.
    told = {
        value: refusal(
            stranger.action.package_revise, match={"id": entry["id"], "frequency": value}, update={}
        )
        for value in ("5", entry["frequency"])
    }
    assert "match" in told["5"]
    assert "match" not in told[entry["frequency"]]


@pytest.mark.parametrize(
    "change",
    [{"notes": "同时保存的示例摘要内容"}, {"data_updated_at": "2026-11-19"}],
    ids=["change", "refresh"],
)
def test_of_a_change_and_a_listing_at_once_each_ends_in_order(
    stack: StackInfo, registrar: RemoteCKAN, change: dict[str, Any]
) -> None:
    """Both lock the review and the row; in two orders they would wait for each other."""
    reviewer = client(stack, NODE, "reviewer")
    for _round in range(3):
        entry = listed(stack)
        registrar.action.package_patch(id=entry["id"], frequency="5")
        registrar.action.fjgov_entry_submit(id=entry["id"])
        approve = {"id": entry["id"], "list": True}
        with ThreadPoolExecutor(2) as pool:
            decided = pool.submit(outcome, reviewer, "fjgov_entry_approve", **approve)
            saved = pool.submit(outcome, registrar, "package_patch", id=entry["id"], **change)
            told = (decided.result(), saved.result())
        assert told[0] == "done"
        shown = registrar.action.package_show(id=entry["id"])
        assert (shown["frequency"], shown["state"]) == ("5", "active")
        if "notes" in change:
            # Before the listing it was refused, after it a new revision was begun.
            assert shown["notes"] == entry["notes"]
            after = "revising" if told[1] == "done" else "listed"
            assert state_of(stack, entry) == (after, "active")
        else:
            assert (told[1], shown["data_updated_at"]) == ("done", change["data_updated_at"])
            assert state_of(stack, entry) == ("listed", "active")
