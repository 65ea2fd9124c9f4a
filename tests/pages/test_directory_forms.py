"""A registrar works through the forms of the other directories; records are picked by search."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.integration.api import client, create_listed, eventually, unique_title
from tests.integration.directory_records import register
from tests.integration.stack_env import StackInfo
from tests.pages.conftest import Visitor

PAGES = (
    "/directory/",
    "/directory/tree/topics",
    "/directory/tree/units",
    "/directory/appointments/",
    "/directory/bases/",
    "/directory/base-databases/",
    "/directory/app_system/new",
    "/directory/collection_item/new",
    "/directory/gov_database/new",
    "/directory/permit_type/new",
)


@pytest.fixture
def registrar(visit: Callable[..., Visitor]) -> Visitor:
    return visit("fuzhou", "registrar")


def searchable(stack: StackInfo, record: dict[str, Any]) -> dict[str, Any]:
    """Wait until the index shows a record."""
    site = client(stack, "fuzhou", "staff")
    asked = {"fq": f'dataset_type:{record["type"]} AND identifier:"{record["identifier"]}"'}
    assert eventually(lambda: site.action.package_search(**asked)["count"])
    return record


def test_a_system_from_draft_to_withdrawal(registrar: Visitor, stack: StackInfo) -> None:
    database = searchable(stack, register(stack, "gov_database"))
    entry = searchable(stack, create_listed(stack))
    page, title = registrar.page, unique_title("页面登记试验系统")
    registrar.open("/directory/app_system/new")
    page.fill("#f-title", title)
    page.click("button[value=draft]")
    page.wait_for_selector("text=草稿已保存")
    name = page.url.rsplit("/", 1)[1]

    # Listing an incomplete draft opens the form with the rules it breaks.
    page.click("text=发布目录")
    page.wait_for_selector("#fj-errors")
    assert "系统状态" in page.locator("#fj-errors").inner_text()
    page.select_option("#f-system_status", "building")
    page.select_option("#f-environment", "gov_cloud")
    page.select_option("#f-cross_department", "0")

    box = page.locator("#f-databases")
    box.locator("[data-fj-words]").fill(database["title"])
    box.locator("[data-fj-found] input").first.check()
    assert box.locator("[data-fj-chosen] input").count() == 1
    page.fill("#f-entries_used--more", f"{entry['identifier']}")
    page.click("button[value=list]")
    page.wait_for_selector("text=目录已发布")
    stored = client(stack, "fuzhou", "registrar").action.package_show(id=name)
    assert stored["databases"] == [database["identifier"]]
    assert stored["entries_used"] == [entry["identifier"]]
    assert database["title"] in registrar.text()

    # What was picked is shown with its title, and leaves when it is unticked.
    page.click("text=更新目录")
    chosen = page.locator("#f-databases [data-fj-chosen] li")
    assert database["title"] in chosen.inner_text()
    chosen.locator("input").uncheck()
    page.fill("#f-notes", "更正后的说明。")
    page.locator(".fj-submit button").first.click()
    page.wait_for_selector("text=已保存")
    stored = client(stack, "fuzhou", "registrar").action.package_show(id=name)
    assert (stored.get("databases", []), stored["notes"]) == ([], "更正后的说明。")
    assert stored["entries_used"] == [entry["identifier"]]

    # What others name stays, and the page says who does.
    registrar.open(f"/dataset/withdraw/{entry['name']}")
    page.click("text=确认撤销目录")
    page.wait_for_selector("text=X4")
    registrar.open(f"/directory/app_system/withdraw/{name}")
    page.click("text=确认撤销目录")
    page.wait_for_selector("text=已撤销")


def test_rows_of_items_grow_in_the_form(registrar: Visitor, stack: StackInfo) -> None:
    page, title = registrar.page, unique_title("页面登记采集事项")
    registrar.open("/directory/collection_item/new")
    page.fill("#f-title", title)
    page.select_option("#f-business_object", "natural_person")
    page.fill("#f-line_of_business", "社会救助")
    page.locator("input[name=territory][value='350100']").check()
    page.select_option("#f-obtainable", "1")
    rows = page.locator("[data-fj-rows=items]")
    for word in ("公民身份号码", "家庭月收入"):
        rows.locator("[data-fj-add]").click()
        rows.locator("[data-fj-row]").last.locator("[name$='-name']").fill(word)
    page.click("button[value=list]")
    page.wait_for_selector("text=目录已发布")
    stored = client(stack, "fuzhou", "registrar").action.package_show(id=page.url.rsplit("/", 1)[1])
    assert [row["name"] for row in stored["items"]] == ["公民身份号码", "家庭月收入"]
    assert stored["collection_state"] == "reported"


@pytest.mark.parametrize("language", ["", "/en"])
@pytest.mark.parametrize("path", PAGES)
def test_every_page_opens_in_both_languages(registrar: Visitor, path: str, language: str) -> None:
    assert registrar.open(language + path).status == 200
    text = registrar.text()
    assert "ckan" not in text.lower()
    assert registrar.page.locator("h1").count() == 1


def test_the_head_of_a_unit_appoints_and_ends_on_the_page(
    visit: Callable[..., Visitor], stack: StackInfo
) -> None:
    lead = visit("fuzhou", "unit_lead")
    unit = stack.credentials["fuzhou"]["unit_lead"]["unit"]
    technician = client(stack, "fuzhou", "sysadmin")
    name = f"page-{unique_title('').encode().hex()[-10:]}"
    technician.action.user_create(
        name=name, email=f"{name}@mail.example", password="x" * 20, fullname="示例人员"
    )
    page = lead.page
    lead.open(f"/directory/appointments/?unit={unit}")
    page.fill("#n-user", name)
    page.select_option("#n-role", "reviewer")
    page.fill("#n-doc", "示例任命文件")
    page.locator("section form button").last.click()
    page.wait_for_selector("text=任命已登记")
    row = page.locator("tr", has_text=name)
    assert row.count() == 1
    row.locator("button").click()
    page.wait_for_selector("text=任命已终止")
    rows = technician.action.fjgov_appointment_search(q=name, all=True)["appointments"]
    assert [one["valid_until"] is not None for one in rows] == [True]
