"""The review of entries at a site that requires it: the way through, and no way past it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from ckanapi import RemoteCKAN

from tests.integration.api import (
    client,
    create_entry,
    entry_for,
    eventually,
    logged,
    new_account,
    no_party,
    outcome,
    refusal,
    sql,
    unique_title,
    unit_of,
)
from tests.integration.reviewing import NODE, listed, state_of
from tests.integration.stack_env import StackInfo

ADDRESS = "http://192.0.2.30/rows"

pytestmark = pytest.mark.usefixtures("review_required")


def found(site: RemoteCKAN, title: str) -> list[str]:
    answer = site.action.package_search(q=f'title:"{title}"')
    return [row["title"] for row in answer["results"] if row["title"] == title]


def test_from_draft_to_listed(
    stack: StackInfo, registrar: RemoteCKAN, reviewer: RemoteCKAN
) -> None:
    entry = create_entry(stack, NODE)
    one = {"id": entry["id"]}
    assert registrar.action.fjgov_entry_submit(**one)["state"] == "submitted"
    assert reviewer.action.fjgov_entry_return(**one, reason="示例：请补充")["state"] == "returned"
    assert registrar.action.package_patch(**one, frequency="5")["state"] == "draft"
    assert registrar.action.fjgov_entry_submit(**one)["state"] == "submitted"
    assert reviewer.action.fjgov_entry_approve(**one)["state"] == "approved"
    assert state_of(stack, entry) == ("approved", "draft")
    done = reviewer.action.fjgov_entry_list(**one)
    assert state_of(stack, entry) == ("listed", "active")
    timeline = registrar.action.fjgov_case_show(number=done["number"])["timeline"]
    assert [step["event"] for step in timeline] == [
        "opened", "submit", "return", "submit", "approve", "list",
    ]  # fmt: skip
    shown = registrar.action.package_show(**one)
    assert shown["issued"]
    assert eventually(lambda: found(client(stack, NODE, "staff"), entry["title"]))


def test_an_entry_with_faults_is_not_submitted(stack: StackInfo, registrar: RemoteCKAN) -> None:
    entry = create_entry(stack, NODE, notes=None)
    told = refusal(registrar.action.fjgov_entry_submit, id=entry["id"])
    assert "不符合登记要求" in told
    rows = sql(stack, NODE, "SELECT count(*) FROM fjgov_case WHERE subject = %s", entry["id"])
    assert rows == [(0,)]


def test_what_is_being_reviewed_does_not_change(
    stack: StackInfo, registrar: RemoteCKAN, reviewer: RemoteCKAN
) -> None:
    entry = create_entry(stack, NODE)
    registrar.action.fjgov_entry_submit(id=entry["id"])
    technician = client(stack, NODE, "sysadmin")
    for site in (registrar, reviewer, technician):
        assert outcome(site, "package_patch", id=entry["id"], frequency="5") == "ValidationError"
        assert outcome(site, "package_delete", id=entry["id"]) == "ValidationError"
    whole = {**registrar.action.package_show(id=entry["id"]), "frequency": "5"}
    answer = registrar.action.fjgov_entry_register(entries=[whole])
    assert [row["status"] for row in answer["results"]] == ["refused"]
    assert outcome(technician, "dataset_purge", id=entry["id"]) == "ValidationError"
    registrar.action.fjgov_entry_recall(id=entry["id"])
    assert outcome(registrar, "package_patch", id=entry["id"], frequency="5") == "done"


def test_nobody_reviews_the_own_submission(stack: StackInfo, registrar: RemoteCKAN) -> None:
    unit = unit_of(stack, NODE)
    both = new_account(stack, NODE, unit, "registrar")
    name = both.action.user_show()["name"]
    client(stack, NODE, "sysadmin").action.fjgov_appointment_create(
        user=name, unit=unit, role="reviewer", document="示例任命文件"
    )
    entry = both.action.package_create(**entry_for(unit))
    both.action.fjgov_entry_submit(id=entry["id"])
    for action in ("fjgov_entry_approve", "fjgov_entry_return"):
        assert outcome(both, action, id=entry["id"], reason="示例") == "NotAuthorized"
    assert state_of(stack, entry) == ("submitted", "draft")


def test_only_current_reviewers_of_the_unit_decide(stack: StackInfo, registrar: RemoteCKAN) -> None:
    entry = create_entry(stack, NODE)
    registrar.action.fjgov_entry_submit(id=entry["id"])
    people = {
        "registrar": registrar,
        "lead": client(stack, NODE, "unit_lead"),
        "office": client(stack, NODE, "digital_office"),
        "operator": client(stack, NODE, "platform_operator"),
        "sysadmin": client(stack, NODE, "sysadmin"),
        "other unit": new_account(stack, NODE, no_party(stack, NODE), "reviewer"),
        "ended": new_account(stack, NODE, unit_of(stack, NODE), "reviewer", ended=True),
        "anonymous": client(stack, NODE),
    }
    for who, site in people.items():
        told = outcome(site, "fjgov_entry_approve", id=entry["id"], list=True)
        assert told == "NotAuthorized", who
    assert state_of(stack, entry) == ("submitted", "draft")


def test_a_revision_leaves_the_listed_entry_as_it_is_until_it_is_listed(
    stack: StackInfo, registrar: RemoteCKAN, reviewer: RemoteCKAN
) -> None:
    entry = listed(stack)
    before = logged(stack, NODE, entry["identifier"])
    title = unique_title("更新后的示例信息")
    changes = {"title": title, "frequency": "5"}
    saved = registrar.action.fjgov_revision_save(id=entry["id"], changes=changes)
    assert saved["state"] == "revising"
    shown = reviewer.action.fjgov_revision_show(id=entry["id"])
    diff = {row["field"]: (row["before"], row["after"]) for row in shown["diff"]}
    assert diff == {
        "title": (entry["title"], title),
        "frequency": (entry["frequency"], "5"),
    }
    assert (shown["base_moved"], shown["findings"]) == (False, [])
    registrar.action.fjgov_entry_submit(id=entry["id"])
    assert state_of(stack, entry) == ("revision_submitted", "active")
    told = outcome(registrar, "fjgov_revision_save", id=entry["id"], changes=changes)
    assert told == "ValidationError"
    for role in ("anonymous", "registrar", "reviewer"):
        site = client(stack, NODE, role)
        if outcome(site, "package_show", id=entry["id"]) == "done":
            assert site.action.package_show(id=entry["id"])["title"] == entry["title"]
    assert logged(stack, NODE, entry["identifier"]) == before
    reviewer.action.fjgov_entry_approve(id=entry["id"])
    assert registrar.action.package_show(id=entry["id"])["title"] == entry["title"]
    reviewer.action.fjgov_entry_list(id=entry["id"])
    after = registrar.action.package_show(id=entry["id"])
    assert (after["title"], after["frequency"], after["state"]) == (title, "5", "active")
    assert after["identifier"] == entry["identifier"]
    assert after["issued"] == entry["issued"]
    assert logged(stack, NODE, entry["identifier"]) != before
    assert state_of(stack, entry) == ("listed", "active")
    assert outcome(registrar, "fjgov_revision_show", id=entry["id"]) == "NotFound"
    assert eventually(lambda: found(client(stack, NODE, "staff"), title))


def test_addresses_of_a_revision_are_staged_and_never_shown(
    stack: StackInfo, registrar: RemoteCKAN, reviewer: RemoteCKAN
) -> None:
    entry = listed(stack, resources=[{"name": "库表", "url": ADDRESS}])
    resources = [
        {**entry["resources"][0], "url": ADDRESS + "?new"},
        {"name": "接口", "url": ADDRESS + "?2"},
    ]
    registrar.action.fjgov_revision_save(id=entry["id"], changes={"resources": resources})
    assert ADDRESS not in str(reviewer.action.fjgov_revision_show(id=entry["id"]))
    assert addresses(registrar, entry) == [ADDRESS]
    registrar.action.fjgov_entry_submit(id=entry["id"])
    reviewer.action.fjgov_entry_approve(id=entry["id"], list=True)
    assert addresses(registrar, entry) == sorted([ADDRESS + "?new", ADDRESS + "?2"])
    after = registrar.action.package_show(id=entry["id"])
    assert after["resources"][0]["id"] == entry["resources"][0]["id"]


def addresses(site: RemoteCKAN, entry: dict[str, Any]) -> list[str]:
    rows = site.action.fjgov_address_show(id=entry["id"])["addresses"]
    return sorted(row["address"] for row in rows if row["field"] == "url")


def test_a_discarded_revision_leaves_nothing(stack: StackInfo, registrar: RemoteCKAN) -> None:
    entry = listed(stack)
    registrar.action.fjgov_revision_save(id=entry["id"], changes={"frequency": "5"})
    registrar.action.fjgov_revision_discard(id=entry["id"])
    assert state_of(stack, entry) == ("listed", "active")
    assert outcome(registrar, "fjgov_revision_show", id=entry["id"]) == "NotFound"


def test_a_revision_whose_base_moved_is_not_listed(
    stack: StackInfo, registrar: RemoteCKAN, reviewer: RemoteCKAN
) -> None:
    entry = listed(stack)
    registrar.action.fjgov_revision_save(id=entry["id"], changes={"frequency": "5"})
    registrar.action.fjgov_entry_submit(id=entry["id"])
    # Something went past every guard, and past the index: it is undone, so that both agree again.
    sql(stack, NODE, "UPDATE package SET notes = notes || '变' WHERE id = %s", entry["id"])
    try:
        told = refusal(reviewer.action.fjgov_entry_approve, id=entry["id"], list=True)
        assert "更新期间有变化" in told
        assert reviewer.action.fjgov_revision_show(id=entry["id"])["base_moved"]
    finally:
        sql(stack, NODE, "UPDATE package SET notes = left(notes, -1) WHERE id = %s", entry["id"])
    done = reviewer.action.fjgov_entry_return(id=entry["id"], reason="示例：请重新更新")
    assert done["state"] == "revising"


@pytest.mark.parametrize(
    "changes",
    [{}, [], {"owner_org": "other"}, {"identifier": "35001/1"}, {"title": "示例机密★10年"}],
    ids=["nothing", "a list", "unit", "identifier", "marked"],
)
def test_what_a_revision_may_not_hold(
    stack: StackInfo, registrar: RemoteCKAN, changes: Any
) -> None:
    entry = listed(stack)
    told = outcome(registrar, "fjgov_revision_save", id=entry["id"], changes=changes)
    assert told == "ValidationError"
    assert outcome(registrar, "fjgov_revision_show", id=entry["id"]) == "NotFound"


def test_only_the_units_own_people_see_a_revision(stack: StackInfo, registrar: RemoteCKAN) -> None:
    entry = listed(stack)
    registrar.action.fjgov_revision_save(id=entry["id"], changes={"frequency": "5"})
    stranger = new_account(stack, NODE, no_party(stack, NODE), "reviewer")
    for site in (stranger, client(stack, NODE)):
        assert outcome(site, "fjgov_revision_show", id=entry["id"]) == "NotAuthorized"
    told = outcome(stranger, "fjgov_revision_save", id=entry["id"], changes={"frequency": "5"})
    assert told == "NotAuthorized"


def test_withdrawing_needs_a_reason_and_a_reviewer_or_the_head(
    stack: StackInfo, registrar: RemoteCKAN, reviewer: RemoteCKAN
) -> None:
    one, two = listed(stack), listed(stack)
    withdraw = "fjgov_entry_withdraw"
    assert outcome(registrar, withdraw, id=one["id"], reason="示例") == "NotAuthorized"
    assert outcome(reviewer, withdraw, id=one["id"]) == "ValidationError"
    assert reviewer.action.fjgov_entry_withdraw(id=one["id"], reason="示例")["state"] == "withdrawn"
    client(stack, NODE, "unit_lead").action.fjgov_entry_withdraw(id=two["id"], reason="示例")
    assert state_of(stack, two) == ("withdrawn", "deleted")
    assert outcome(reviewer, withdraw, id=one["id"], reason="示例") == "NotFound"
    assert eventually(lambda: not found(client(stack, NODE, "staff"), one["title"]))


def test_many_at_once_have_a_result_each(
    stack: StackInfo, registrar: RemoteCKAN, reviewer: RemoteCKAN
) -> None:
    good = [create_entry(stack, NODE) for _ in range(3)]
    bad = create_entry(stack, NODE, notes=None)
    ids = [good[0]["id"], bad["id"], good[1]["id"], "no-such-entry", good[2]["name"], 5]
    answer = registrar.action.fjgov_entry_submit(ids=ids)
    assert (answer["done"], answer["refused"]) == (3, 3)
    statuses = [row["status"] for row in answer["results"]]
    assert statuses == ["done", "refused", "done", "refused", "done", "refused"]
    assert all(row.get("messages") for row in answer["results"] if row["status"] == "refused")
    ids = [entry["id"] for entry in good]
    assert reviewer.action.fjgov_entry_approve(ids=ids, list=True)["done"] == 3
    assert {state_of(stack, entry) for entry in good} == {("listed", "active")}


@pytest.mark.parametrize("ids", [[], "x", ["x"] * 201])
def test_a_list_of_entries_has_its_limits(registrar: RemoteCKAN, ids: Any) -> None:
    assert outcome(registrar, "fjgov_entry_submit", ids=ids) == "ValidationError"


def test_of_two_reviewers_at_once_one_wins(
    stack: StackInfo, registrar: RemoteCKAN, reviewer: RemoteCKAN
) -> None:
    second = new_account(stack, NODE, unit_of(stack, NODE), "reviewer")
    for _round in range(4):
        entry = create_entry(stack, NODE)
        registrar.action.fjgov_entry_submit(id=entry["id"])

        def decide(work: tuple[RemoteCKAN, str], entry: dict[str, Any] = entry) -> str:
            site, action = work
            more = {"list": True} if action == "fjgov_entry_approve" else {}
            return outcome(site, action, id=entry["id"], reason="示例", **more)

        with ThreadPoolExecutor(2) as pool:
            work = [(reviewer, "fjgov_entry_approve"), (second, "fjgov_entry_return")]
            told = list(pool.map(decide, work))
        assert sorted(told) == ["ValidationError", "done"]
        wanted = ("listed", "active") if told[0] == "done" else ("returned", "draft")
        assert state_of(stack, entry) == wanted


def test_of_a_change_and_a_submission_at_once_the_change_is_seen_or_refused(
    stack: StackInfo, registrar: RemoteCKAN
) -> None:
    colleague = new_account(stack, NODE, unit_of(stack, NODE), "registrar")
    for _round in range(4):
        entry = create_entry(stack, NODE)
        with ThreadPoolExecutor(2) as pool:
            submitted = pool.submit(outcome, registrar, "fjgov_entry_submit", id=entry["id"])
            changed = pool.submit(outcome, colleague, "package_patch", id=entry["id"], notes="")
            told = (submitted.result(), changed.result())
        # Whoever comes second meets what the first has left: a fault, or a review.
        assert sorted(told) == ["ValidationError", "done"]


def test_refusals_speak_both_languages(stack: StackInfo, registrar: RemoteCKAN) -> None:
    entry = create_entry(stack, NODE)
    told = refusal(client(stack, NODE, "reviewer").action.fjgov_entry_list, id=entry["id"])
    assert "当前状态为“草稿”，不能“发布目录”" in told
    assert "it is “Draft” now" in told
