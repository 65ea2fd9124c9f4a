"""Refreshing the data of listed entries (Art. 13): at once, revision or not."""

from __future__ import annotations

import pytest
from ckanapi import RemoteCKAN

from tests.integration.api import client, logged, new_account, no_party, outcome, unique_title
from tests.integration.reviewing import ADDRESS, NODE, ROWS, addresses, listed, state_of
from tests.integration.stack_env import StackInfo

pytestmark = pytest.mark.usefixtures("review_required")


def test_refreshing_data_is_no_revision(stack: StackInfo, registrar: RemoteCKAN) -> None:
    entry = listed(stack, resources=ROWS)
    before = logged(stack, NODE, entry["identifier"])
    first = entry["resources"][0]["id"]
    answer = registrar.action.package_patch(id=entry["id"], data_updated_at="2026-11-20")
    assert "fjgov_revision" not in answer
    registrar.action.resource_patch(id=first, size=2048, hash="示例校验值", url=ADDRESS)
    shown = registrar.action.package_show(id=entry["id"])
    assert shown["data_updated_at"] == "2026-11-20"
    row = shown["resources"][0]
    assert (row["size"], row["hash"], row["name"]) == (2048, "示例校验值", "库表")
    assert state_of(stack, entry) == ("listed", "active")
    assert logged(stack, NODE, entry["identifier"]) != before
    assert addresses(registrar, entry) == sorted(row["url"] for row in ROWS)


@pytest.mark.parametrize("stage", ["revising", "revision_submitted", "revision_approved"])
def test_a_refresh_reaches_entry_and_revision_and_moves_no_base(
    stack: StackInfo, registrar: RemoteCKAN, stage: str
) -> None:
    entry = listed(stack, resources=ROWS)
    reviewer = client(stack, NODE, "reviewer")
    title = unique_title("修订后的示例信息")
    registrar.action.package_patch(id=entry["id"], title=title)
    if stage != "revising":
        registrar.action.fjgov_entry_submit(id=entry["id"])
    if stage == "revision_approved":
        reviewer.action.fjgov_entry_approve(id=entry["id"])
    row = entry["resources"][0]["id"]
    registrar.action.resource_patch(id=row, size=4096)
    registrar.action.package_patch(id=entry["id"], data_updated_at="2026-11-21")
    assert state_of(stack, entry) == (stage, "active")
    shown = registrar.action.package_show(id=entry["id"])
    assert (shown["title"], shown["data_updated_at"]) == (entry["title"], "2026-11-21")
    assert shown["resources"][0]["size"] == 4096
    revision = reviewer.action.fjgov_revision_show(id=entry["id"])
    assert revision["base_moved"] is False
    assert [line["field"] for line in revision["diff"]] == ["title"]
    if stage == "revising":
        registrar.action.fjgov_entry_submit(id=entry["id"])
    if stage != "revision_approved":
        reviewer.action.fjgov_entry_approve(id=entry["id"])
    reviewer.action.fjgov_entry_list(id=entry["id"])
    after = registrar.action.package_show(id=entry["id"])
    assert (after["title"], after["data_updated_at"]) == (title, "2026-11-21")
    assert after["resources"][0]["size"] == 4096


def test_what_is_under_review_takes_a_refresh_and_no_change(
    stack: StackInfo, registrar: RemoteCKAN
) -> None:
    entry = listed(stack, resources=ROWS)
    registrar.action.package_patch(id=entry["id"], frequency="5")
    registrar.action.fjgov_entry_submit(id=entry["id"])
    row = entry["resources"][0]["id"]
    assert outcome(registrar, "resource_patch", id=row, name="新名称") == "ValidationError"
    assert (
        outcome(registrar, "package_patch", id=entry["id"], notes="另一摘要") == "ValidationError"
    )
    assert outcome(registrar, "resource_patch", id=row, size=1) == "done"
    told = registrar.action.fjgov_entry_register(entries=[{**entry, "notes": "另一摘要内容示例"}])
    assert [result["status"] for result in told["results"]] == ["refused"]


def test_a_refresh_by_who_may_not_write_is_refused(stack: StackInfo) -> None:
    entry = listed(stack, resources=ROWS)
    row = entry["resources"][0]["id"]
    stranger = new_account(stack, NODE, no_party(stack, NODE), "registrar")
    for site in (stranger, client(stack, NODE)):
        assert outcome(site, "resource_patch", id=row, size=1) == "NotAuthorized"
    change = {"id": entry["id"], "data_updated_at": "2026-11-21"}
    assert outcome(stranger, "package_patch", **change) == "NotAuthorized"
