"""Searching and reading: by keyboard, with filters, and only what the reader may see."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.integration.api import client, create_entry
from tests.integration.stack_env import StackInfo
from tests.pages.conftest import Visitor


def _press_until(visitor: Visitor, selector: str, most: int = 120) -> None:
    """Press Tab until the wanted element has the focus."""
    for _ in range(most):
        visitor.page.keyboard.press("Tab")
        if visitor.page.evaluate("s => document.activeElement.matches(s)", selector):
            return
    raise AssertionError(f"{selector} cannot be reached by keyboard")


def test_search_to_result_to_entry_by_keyboard(
    visit: Callable[..., Visitor], stack: StackInfo
) -> None:
    wanted = client(stack, "province").action.package_search(q="低保", rows=1)["results"][0]
    visitor = visit("province")
    visitor.open("/")
    _press_until(visitor, "a.fj-skip", 1)
    _press_until(visitor, "#fj-q")
    visitor.page.keyboard.type("低保")
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_url("**/dataset/?q=*")
    _press_until(visitor, ".fj-hit h3 a")
    outline = visitor.page.evaluate("() => getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_url(f"**/dataset/{wanted['name']}")
    assert visitor.page.locator("h1").inner_text() == wanted["title"]


def test_filters_become_chips_that_go_away_again(
    visit: Callable[..., Visitor], stack: StackInfo
) -> None:
    site = client(stack, "province")
    restricted = site.action.package_search(fq="share_type:2 AND home_node:350100", rows=0)["count"]
    visitor = visit("province")
    visitor.open("/dataset/?share_type=2")
    visitor.page.locator("summary", has_text="目录节点").click()
    visitor.page.locator(".fj-facet a[href*='home_node=350100']").click()
    visitor.page.wait_for_url("**home_node=350100*")
    assert visitor.page.locator(".fj-chips a").count() == 2
    assert visitor.page.locator(".fj-bar strong").inner_text() == str(restricted)
    visitor.page.locator(".fj-chips a", has_text="福州市").click()
    assert visitor.page.locator(".fj-chips a").count() == 1


@pytest.mark.parametrize(
    ("path", "notice"),
    [
        ("/dataset/?res_url=x", "字段 res_url 不可用于检索"),
        ("/dataset/?q=secret:x", "字段 secret 不可用于检索"),
        ("/dataset/?sort=plugin_data desc", "字段 plugin_data 不可用于检索"),
        ('/dataset/?q="', "检索式"),
    ],
)
def test_refused_search_is_a_notice_on_the_page(
    visit: Callable[..., Visitor], path: str, notice: str
) -> None:
    visitor = visit("province")
    assert visitor.open(path).status == 200
    assert notice in visitor.page.locator(".fj-note-error").inner_text()


def test_search_without_result_says_what_to_try(visit: Callable[..., Visitor]) -> None:
    visitor = visit("province")
    visitor.open("/dataset/?q=qqqqzzzz")
    assert "没有符合条件的目录" in visitor.page.locator(".fj-empty").inner_text()


@pytest.fixture
def restricted(stack: StackInfo) -> Iterator[dict[str, Any]]:
    """A listed restricted entry with a contact, a legal basis and an address."""
    entry = create_entry(
        stack,
        state="active",
        contact=[{"name": "示例联系岗位", "telephone": "0591-00000077"}],
        resources=[{"name": "示例库表", "mode": "query", "url": "https://db.example.org/secret"}],
    )
    yield entry
    client(stack, "fuzhou", "registrar").action.package_delete(id=entry["id"])


def test_only_officials_see_contact_and_legal_basis(
    visit: Callable[..., Visitor], restricted: dict[str, Any]
) -> None:
    inner = ("0591-00000077", "主席令第九十一号")
    anonymous, staff = visit("fuzhou"), visit("fuzhou", "staff")
    for visitor, sees in ((anonymous, False), (staff, True)):
        assert visitor.open(f"/dataset/{restricted['name']}").status == 200
        assert [text in visitor.source() for text in inner] == [sees, sees]
        assert "db.example.org" not in visitor.source()
        gateway = visitor.page.locator("#resources a").first.get_attribute("href")
        assert gateway == f"{visitor.site}/share/{restricted['resources'][0]['id']}"


def test_draft_exists_for_its_unit_only(visit: Callable[..., Visitor], stack: StackInfo) -> None:
    draft = create_entry(stack)
    try:
        for role, status in ((None, 404), ("staff", 404), ("registrar", 200)):
            visitor = visit("fuzhou", role)
            assert visitor.open(f"/dataset/{draft['name']}").status == status
            visitor.open(f"/organization/{draft['organization']['name']}")
            assert (draft["title"] in visitor.text()) is (status == 200)
    finally:
        client(stack, "fuzhou", "registrar").action.package_delete(id=draft["id"])


def test_copy_at_the_province_leads_home_and_offers_no_change(
    visit: Callable[..., Visitor], stack: StackInfo
) -> None:
    found = client(stack, "province").action.package_search(fq="home_node:350100", rows=1)
    name = found["results"][0]["name"]
    visitor = visit("province", "sysadmin")
    visitor.open(f"/dataset/{name}")
    assert visitor.page.locator(".fj-note a").get_attribute("href") == (
        f"{stack.urls['fuzhou']}/dataset/{name}"
    )
    assert visitor.page.locator("a[href*='/dataset/edit/'], a[href*='/withdraw/']").count() == 0


def test_telephone_of_a_unit_is_for_officials(
    visit: Callable[..., Visitor], stack: StackInfo
) -> None:
    unit = stack.credentials["fuzhou"]["registrar"]["unit"]
    for role, sees in ((None, False), ("staff", True)):
        visitor = visit("fuzhou", role)
        visitor.open(f"/organization/{unit}")
        assert ("0591-" in visitor.text()) is sees
        assert ("任命登记" in visitor.text()) is sees


def test_larger_text_is_remembered(visit: Callable[..., Visitor]) -> None:
    visitor = visit("fuzhou")
    visitor.open("/")
    visitor.page.click("[data-fj-large]")
    visitor.open("/about")
    assert (
        visitor.page.evaluate("() => getComputedStyle(document.documentElement).fontSize") == "20px"
    )
