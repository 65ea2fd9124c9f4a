"""A registrar works through the form alone: draft, error, listing, change, withdrawal."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from ckanapi import NotAuthorized, RemoteCKAN

from tests.integration.api import client, unique_title
from tests.integration.stack_env import StackInfo
from tests.pages.conftest import Visitor

NOTES = "页面测试登记的示例目录，说明保障对象、保障金额和救助证号，无真实内容。"


@pytest.fixture
def registrar(visit: Callable[..., Visitor]) -> Visitor:
    return visit("fuzhou", "registrar")


def _tick(visitor: Visitor, field: str, *codes: str) -> None:
    for code in codes:
        visitor.page.locator(f"input[name={field}][value='{code}']").check()


def _add_row(visitor: Visitor, field: str, **values: str) -> None:
    box = visitor.page.locator(f"[data-fj-rows={field}]")
    box.locator("[data-fj-add]").click()
    row = box.locator("[data-fj-row]").last
    for column, value in values.items():
        cell = row.locator(f"[name$='-{column}']")
        if cell.evaluate("e => e.tagName") == "SELECT":
            cell.select_option(value)
        else:
            cell.fill(value)


def test_entry_from_draft_to_withdrawal(registrar: Visitor, stack: StackInfo) -> None:
    page, title = registrar.page, unique_title("页面登记试验信息")
    registrar.open("/dataset/new")
    page.fill("#f-title", title)
    page.click("button[value=draft]")
    page.wait_for_selector("text=草稿已保存")
    name = page.url.rsplit("/", 1)[1]
    try:
        # Listing an incomplete draft opens the form with the rules it breaks.
        page.click("text=发布目录")
        page.wait_for_selector("#fj-errors")
        summary = page.locator("#fj-errors").inner_text()
        assert "[R1] 信息资源摘要" in summary
        assert page.evaluate("() => document.activeElement.id") == "fj-errors"
        page.locator("#fj-errors a", has_text="信息资源摘要").click()
        assert page.locator("#f-notes").get_attribute("aria-invalid") == "true"
        assert page.locator("#f-title").input_value() == title

        page.fill("#f-notes", NOTES)
        page.fill("#f-theme [data-fj-filter]", "ZRB00")
        assert page.locator("#f-theme .fj-options li:visible").count() == 1
        _tick(registrar, "theme", "ZRB00")
        _tick(registrar, "guide_class", "307")
        _tick(registrar, "data_format", "3/mysql")
        _tick(registrar, "share_way", "1/database")
        page.select_option("#f-share_type", "1")
        page.fill("#f-share_usage", "用于工作参考")
        page.select_option("#f-open_to_public", "0")
        page.select_option("#f-frequency", "4")
        _add_row(registrar, "items", name="救助证号", data_type="C", length="20", share_type="1")
        _add_row(registrar, "items", name="多余的行", data_type="C", length="9")
        page.locator("[data-fj-rows=items] [data-fj-remove]").last.click()
        _add_row(
            registrar, "resources", name="示例库表", mode="query", url="https://db.example.org/t1"
        )
        page.click("button[value=list]")
        page.wait_for_selector("text=目录已发布")
        assert "db.example.org" not in registrar.source()

        api = client(stack, "fuzhou", "registrar")
        stored = api.action.package_show(id=name)
        assert (stored["state"], stored["title"], stored["theme"]) == ("active", title, ["ZRB00"])
        assert [row["name"] for row in stored["items"]] == ["救助证号"]
        assert [row["address"] for row in api.action.fjgov_address_show(id=name)["addresses"]] == [
            "https://db.example.org/t1"
        ]

        # A change keeps ids, and an address that is not typed again.
        page.click("text=更新目录")
        page.fill("#f-provider_dept", "示例处室")
        page.click("button[value=list]")
        page.wait_for_selector("text=目录已发布")
        changed = api.action.package_show(id=name)
        assert changed["provider_dept"] == "示例处室"
        assert changed["items"] == stored["items"]
        assert [row["id"] for row in changed["resources"]] == [
            row["id"] for row in stored["resources"]
        ]
        assert [row["address"] for row in api.action.fjgov_address_show(id=name)["addresses"]] == [
            "https://db.example.org/t1"
        ]

        page.click("text=撤销目录")
        page.click("text=确认撤销目录")
        page.wait_for_selector("text=已撤销")
        assert registrar.open(f"/dataset/{name}").status == 404
    finally:
        client(stack, "fuzhou", "sysadmin").action.package_delete(id=name)


def test_form_offers_own_units_and_no_stock_widgets(registrar: Visitor, stack: StackInfo) -> None:
    registrar.open("/dataset/new")
    units = registrar.page.locator("#f-owner_org option").all_inner_texts()
    assert len(units) == 1
    for name in ("private", "license_id", "upload", "extras__0__key", "name", "identifier"):
        assert registrar.page.locator(f"[name='{name}']").count() == 0


def test_form_works_without_scripts(
    visit: Callable[..., Visitor], stack: StackInfo, registrar: Visitor
) -> None:
    context = registrar.context.browser.new_context(  # type: ignore[union-attr]  # not a CDP one
        java_script_enabled=False, storage_state=registrar.context.storage_state()
    )
    page = context.new_page()
    title = unique_title("页面无脚本试验信息")
    page.goto(f"{registrar.site}/dataset/new")
    page.fill("#f-title", title)
    page.fill("[name='items-0-name']", "救助证号")
    page.click("button[value=draft]")
    name = page.url.rsplit("/", 1)[1]
    context.close()
    api = client(stack, "fuzhou", "registrar")
    stored = api.action.package_show(id=name)
    assert (stored["title"], [row["name"] for row in stored["items"]]) == (title, ["救助证号"])
    api.action.package_delete(id=name)


def test_a_post_without_token_changes_nothing(registrar: Visitor, stack: StackInfo) -> None:
    found = client(stack, "fuzhou").action.package_search(
        fq=f'organization:"{stack.credentials["fuzhou"]["registrar"]["unit"]}"', rows=1
    )
    name = found["results"][0]["name"]
    answer = registrar.context.request.post(f"{registrar.site}/dataset/withdraw/{name}")
    assert answer.status == 400
    assert client(stack, "fuzhou").action.package_show(id=name)["state"] == "active"


def test_no_remember_me_cookie_even_when_asked(
    visit: Callable[..., Visitor], stack: StackInfo
) -> None:
    visitor = visit("fuzhou")
    visitor.open("/user/login")
    account = stack.credentials["fuzhou"]["staff"]
    visitor.page.evaluate(
        """() => { const f = document.createElement('input'); f.name = 'remember';
                   f.value = '63072000'; document.querySelector('main form').append(f); }"""
    )
    visitor.page.fill("#field-login", account["user"])
    visitor.page.fill("#field-password", account["password"])
    visitor.page.click("main button[type=submit]")
    visitor.page.wait_for_url("**/fjgov/inbox")
    names = [cookie["name"] for cookie in visitor.context.cookies()]
    assert [name for name in names if "remember" in name] == []


def test_token_is_shown_once_works_and_ends(
    visit: Callable[..., Visitor], stack: StackInfo
) -> None:
    visitor = visit("fuzhou", "staff")
    account = stack.credentials["fuzhou"]["staff"]["user"]
    visitor.open(f"/user/{account}/api-tokens")
    purpose = unique_title("页面试验令牌")
    visitor.page.fill("#t-name", purpose)
    visitor.page.click("text=申领令牌")
    token = visitor.page.locator(".fj-note code").inner_text()
    site = RemoteCKAN(visitor.site, apikey=token)
    assert site.action.fjgov_node_list() != []
    visitor.open(f"/user/{account}/api-tokens")
    assert token not in visitor.source()
    visitor.page.locator("tr", has_text=purpose).locator("button").click()
    visitor.page.wait_for_load_state()
    assert purpose not in visitor.text()
    with pytest.raises(NotAuthorized):
        site.action.fjgov_node_list()


def test_account_pages_are_the_persons_own(visit: Callable[..., Visitor], stack: StackInfo) -> None:
    other = stack.credentials["fuzhou"]["reviewer"]["user"]
    visitor = visit("fuzhou", "staff")
    assert visitor.open(f"/user/{other}").status == 404
    assert visitor.open(f"/user/{other}/api-tokens").status == 403
    assert visitor.open("/").headers["cache-control"] == "private, no-store"
