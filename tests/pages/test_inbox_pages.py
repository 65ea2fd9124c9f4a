"""Several entries at once in 待办事项: ticked, confirmed, and each told what became of it."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

from tests.integration.api import client, create_entry
from tests.integration.reviewing import state_of
from tests.integration.stack_env import StackInfo
from tests.pages.conftest import Visitor

NODE = "fuzhou"
ROWS = 20
# How a claim of non-publication leaves the list of those who write for the unit, by its state.
CLOSING = {"draft": "end", "not_agreed": "publish"}


@pytest.fixture
def waiting(stack: StackInfo) -> list[dict[str, Any]]:
    """Three entries that wait for the reviewer, and nothing else that does."""
    reviewer = client(stack, NODE, "reviewer")
    left = reviewer.action.fjgov_case_list(limit=200)["results"]
    for claim in (row for row in left if row["kind"] == "non_publication"):
        reviewer.action.fjgov_case_decide(number=claim["number"], event=CLOSING[claim["state"]])
    ids = [row["subject"] for row in left if row["kind"] == "entry_review"]
    if ids:
        reviewer.action.fjgov_entry_return(ids=ids, reason="示例：清理")
    assert reviewer.action.fjgov_case_list(limit=0)["count"] == 0
    entries = [create_entry(stack, NODE) for _ in range(3)]
    ids = [entry["id"] for entry in entries]
    assert client(stack, NODE, "registrar").action.fjgov_entry_submit(ids=ids)["done"] == 3
    return entries


@pytest.fixture
def reviewer(visit: Callable[..., Visitor], waiting: list[dict[str, Any]]) -> Visitor:
    """The reviewer, with the list of what waits open."""
    visitor = visit(NODE, "reviewer")
    visitor.open("/fjgov/inbox")
    return visitor


def tick_all_by_keyboard(visitor: Visitor) -> None:
    visitor.page.locator("[data-fj-all] input").focus()
    visitor.page.keyboard.press("Space")


def result_of(visitor: Visitor, entry: dict[str, Any]) -> str:
    return visitor.page.locator("main li", has_text=entry["title"]).inner_text()


def test_all_on_the_page_are_approved_then_listed(
    stack: StackInfo, reviewer: Visitor, waiting: list[dict[str, Any]]
) -> None:
    page = reviewer.page
    boxes = page.locator("input[name=entry]")
    assert boxes.count() == 3
    assert page.locator("button[name=do][value=list]").count() == 0
    tick_all_by_keyboard(reviewer)
    assert [boxes.nth(number).is_checked() for number in range(3)] == [True] * 3
    assert "(3)" in page.locator("[data-fj-all]").inner_text()
    page.keyboard.press("Space")
    assert not any(boxes.nth(number).is_checked() for number in range(3))
    page.keyboard.press("Space")
    page.click("button[name=do][value=approve]")
    # Nothing is done before it is confirmed.
    assert {state_of(stack, entry)[0] for entry in waiting} == {"submitted"}
    assert "审核通过：3 条目录" in reviewer.text()
    page.click("button[name=do][value=approve]")
    for entry in waiting:
        assert "审核通过（待发布）" in result_of(reviewer, entry)
    page.click("text=返回待办事项")
    tick_all_by_keyboard(reviewer)
    page.click("button[name=do][value=list]")
    page.click("button[name=do][value=list]")
    assert "3 / 3 条已办理" in reviewer.text()
    assert {state_of(stack, entry) for entry in waiting} == {("listed", "active")}
    reviewer.open("/fjgov/inbox")
    assert "没有待您办理的事项" in reviewer.text()


def test_what_was_recalled_meanwhile_is_told_and_stops_no_other(
    stack: StackInfo, reviewer: Visitor, waiting: list[dict[str, Any]]
) -> None:
    registrar, page = client(stack, NODE, "registrar"), reviewer.page
    reviewer.open("/en/fjgov/inbox")
    tick_all_by_keyboard(reviewer)
    changed = {"id": waiting[1]["id"]}
    registrar.action.fjgov_entry_recall(**changed)
    registrar.action.fjgov_entry_submit(**changed)
    page.click("button[name=do][value=approve_list]")
    assert "acted on since the list was opened" in result_of(reviewer, waiting[1])
    page.click("button[name=do][value=approve_list]")
    assert "Not done" in result_of(reviewer, waiting[1])
    assert "look at it again" in result_of(reviewer, waiting[1])
    for entry in (waiting[0], waiting[2]):
        assert "Listed" in result_of(reviewer, entry)
    assert [state_of(stack, entry)[0] for entry in waiting] == ["listed", "submitted", "listed"]


def test_the_other_language_leads_from_a_confirmation_back_to_the_list(reviewer: Visitor) -> None:
    page = reviewer.page
    tick_all_by_keyboard(reviewer)
    page.click("button[name=do][value=approve]")
    page.click("header a[hreflang=en]")
    assert page.url.endswith("/en/fjgov/inbox")
    assert page.locator("input[name=entry]").count() == 3


def test_a_return_needs_an_opinion_which_each_entry_gets(
    stack: StackInfo,
    visit: Callable[..., Visitor],
    reviewer: Visitor,
    waiting: list[dict[str, Any]],
) -> None:
    page = reviewer.page
    for entry in waiting[:2]:
        page.check(f"input[name=entry][value='{entry['id']}']")
    page.click("button[name=do][value=return]")
    assert page.locator("#i-reason").get_attribute("required") is not None
    page.fill("#i-reason", "   ")
    page.click("button[name=do][value=return]")
    assert "请填写意见或理由" in reviewer.text()
    assert {state_of(stack, entry)[0] for entry in waiting} == {"submitted"}
    page.fill("#i-reason", "示例意见：请补充摘要")
    page.click("button[name=do][value=return]")
    assert "2 / 2 条已办理" in reviewer.text()
    assert [state_of(stack, entry)[0] for entry in waiting] == ["returned", "returned", "submitted"]
    registrar = visit(NODE, "registrar")
    registrar.open("/fjgov/notices")
    assert registrar.text().count("示例意见：请补充摘要") >= 2
    # What was returned last stands last in the registrar's own list, from where it goes back.
    count = client(stack, NODE, "registrar").action.fjgov_case_list(limit=0)["count"]
    registrar.open(f"/fjgov/inbox?page={math.ceil(count / ROWS)}")
    registrar.page.check(f"input[name=entry][value='{waiting[1]['id']}']")
    registrar.page.click("button[name=do][value=submit]")
    registrar.page.click("button[name=do][value=submit]")
    assert "待审核" in result_of(registrar, waiting[1])
    assert state_of(stack, waiting[1]) == ("submitted", "draft")


def test_signing_in_keeps_page_and_language(
    stack: StackInfo, visit: Callable[..., Visitor]
) -> None:
    visitor, account = visit(NODE), stack.credentials[NODE]["reviewer"]
    visitor.open("/en/fjgov/inbox?scope=unit")
    visitor.page.fill("#field-login", account["user"])
    visitor.page.fill("#field-password", account["password"])
    visitor.page.click("main button[type=submit]")
    visitor.page.wait_for_url("**/en/fjgov/inbox?scope=unit")
    assert "Cases of my unit" in visitor.text()


def test_nothing_ticked_is_said(
    stack: StackInfo, reviewer: Visitor, waiting: list[dict[str, Any]]
) -> None:
    reviewer.page.click("button[name=do][value=approve]")
    assert "请先勾选目录" in reviewer.text()
    assert {state_of(stack, entry)[0] for entry in waiting} == {"submitted"}
