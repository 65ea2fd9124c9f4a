"""不能发布: a unit claims, its office decides, and the entry says what became of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.integration.api import client, create_listed, eventually, name_of_office
from tests.integration.stack_env import StackInfo
from tests.pages.conftest import Visitor, signed_in
from tests.pages.test_every_page import _check

NODE = "fuzhou"


@pytest.fixture
def officer(stack: StackInfo, visit: Callable[..., Visitor]) -> Visitor:
    """Somebody of the digital office that is competent for the registrar's unit."""
    return signed_in(stack, visit, NODE, name_of_office(stack, NODE), "digital_office")


def test_a_claim_by_item_which_the_office_agrees_to(
    stack: StackInfo, visit: Callable[..., Visitor], officer: Visitor
) -> None:
    entry = create_listed(stack, NODE)
    registrar = visit(NODE, "registrar")
    registrar.open(f"/dataset/{entry['name']}")
    registrar.page.click("text=不能发布说明")
    _check(registrar, f"/en/dataset/claim/{entry['name']}")
    _check(registrar, f"/dataset/claim/{entry['name']}")
    page = registrar.page
    names = [item["name"] for item in entry["items"]]
    assert page.locator("input[name=item]:checked").count() == len(names)
    page.click("text=报送同级数字办审定")
    assert "缺少说明" in registrar.text()
    for field in page.locator("textarea[name^=note-]").all():
        field.fill("示例说明：依法不得公开")
    for field in page.locator("input[name^=basis-]").all():
        field.fill("示例法第一条")
    page.click("text=报送同级数字办审定")
    assert "不能发布（待审定）" in registrar.text()
    for text in (*names, "示例法第一条", "示例说明：依法不得公开"):
        assert text in registrar.text()
    case = page.url.removeprefix(registrar.site)
    # The entry stays listed, and says so itself.
    staff = visit(NODE, "staff")
    staff.open(f"/dataset/{entry['name']}")
    assert "不能发布（待审定）" in staff.text()

    officer.open("/fjgov/inbox")
    officer.turned_to(officer.page.locator(f"a[href$='{case}']")).first.click()
    officer.page.click("button[value=agree]")
    assert "审定同意不发布" in officer.text()
    staff.open(f"/dataset/{entry['name']}")
    assert "审定同意不发布" in staff.text()
    site = client(stack, NODE, "staff")
    found = eventually(
        lambda: site.action.package_search(
            q=f'identifier:"{entry["identifier"]}"', fq="exchange_status:claim_ok"
        )["count"]
    )
    assert found == 1


def test_what_is_not_agreed_to_is_a_task_with_a_limit(
    stack: StackInfo, visit: Callable[..., Visitor], officer: Visitor
) -> None:
    entry = create_listed(stack, NODE)
    api = client(stack, NODE, "registrar")
    rows = [{"item": one["id"], "basis": "示例法", "note": "示例"} for one in entry["items"]]
    made = api.action.fjgov_claim_create(id=entry["id"], items=rows)
    path = f"/fjgov/cases/{made['number']}"
    officer.open(path)
    officer.page.fill("#c-reason", "示例意见：可以脱敏后发布")
    officer.page.click("button[value=disagree]")
    assert "审定不同意，应予发布" in officer.text()
    registrar = visit(NODE, "registrar")
    registrar.open("/fjgov/inbox")
    page = registrar.page
    row = registrar.turned_to(page.locator("tbody tr", has=page.locator(f"a[href$='{path}']")))
    assert "审定不同意，应予发布" in row.inner_text()
    # The inbox shows the day by which the unit is reminded to publish.
    assert "—" not in row.locator("td").last.inner_text()
    registrar.open(f"/dataset/{entry['name']}")
    assert "审定不同意，应予发布" in registrar.text()
    registrar.open(path)
    registrar.page.click("button[value=publish]")
    shown = api.action.package_show(id=entry["id"])
    assert {row["status"] for row in shown["exchange"]} == {"done"}


def test_a_returned_claim_is_reported_again(
    stack: StackInfo, visit: Callable[..., Visitor], officer: Visitor
) -> None:
    entry = create_listed(stack, NODE)
    api = client(stack, NODE, "registrar")
    rows = [{"item": one["id"], "basis": "示例法", "note": "示例"} for one in entry["items"]]
    made = api.action.fjgov_claim_create(id=entry["id"], items=rows)
    officer.open(f"/fjgov/cases/{made['number']}")
    officer.page.fill("#c-reason", "示例意见：请写明条款")
    officer.page.click("button[value=return]")
    registrar = visit(NODE, "registrar")
    registrar.open(f"/fjgov/cases/{made['number']}")
    assert "示例意见：请写明条款" in registrar.text()
    registrar.page.click("text=修改后重新报送")
    for field in registrar.page.locator("textarea[name^=note-], input[name^=basis-]").all():
        field.fill("示例法第一条")
    registrar.page.click("text=报送同级数字办审定")
    assert registrar.page.url.endswith(made["number"])
    assert "不能发布（待审定）" in registrar.text()


def test_a_claim_of_some_items_leaves_the_record_of_the_whole(stack: StackInfo) -> None:
    items = [{"name": name, "data_type": "C", "length": "20"} for name in ("救助证号", "发放月份")]
    entry = create_listed(stack, NODE, items=items)
    api = client(stack, NODE, "registrar")
    row = {"item": entry["items"][0]["id"], "basis": "示例法", "note": "示例"}
    made = api.action.fjgov_claim_create(id=entry["id"], items=[row])
    shown = api.action.package_show(id=entry["id"])
    assert shown.get("exchange") == entry.get("exchange")
    [step] = [
        one
        for one in api.action.fjgov_case_show(number=made["number"])["timeline"]
        if one["event"] == "claim"
    ]
    assert [one["name"] for one in step["payload"]["items"]] == ["救助证号"]


def test_a_recalled_claim_takes_its_mark_away(stack: StackInfo) -> None:
    entry = create_listed(stack, NODE, exchange=[{"mode": "query", "status": "none"}])
    api = client(stack, NODE, "registrar")
    rows = [{"item": one["id"], "basis": "示例法", "note": "示例"} for one in entry["items"]]
    made = api.action.fjgov_claim_create(id=entry["id"], items=rows)
    assert api.action.package_show(id=entry["id"])["exchange"][0]["status"] == "claim"
    api.action.fjgov_case_decide(number=made["number"], event="recall")
    shown = eventually(
        lambda: api.action.package_show(id=entry["id"]),
        lambda found: found["exchange"][0]["status"] == "none",
    )
    assert shown["exchange"] == entry["exchange"]


def test_a_claim_leaves_a_revision_that_is_being_made_whole(stack: StackInfo) -> None:
    entry = create_listed(stack, NODE)
    api = client(stack, NODE, "registrar")
    api.action.fjgov_revision_save(id=entry["id"], changes={"frequency": "5"})
    rows = [{"item": one["id"], "basis": "示例法", "note": "示例"} for one in entry["items"]]
    api.action.fjgov_claim_create(id=entry["id"], items=rows)
    shown = api.action.fjgov_revision_show(id=entry["id"])
    assert (shown["base_moved"], [row["field"] for row in shown["diff"]]) == (False, ["frequency"])
    assert {row["status"] for row in shown["candidate"]["exchange"]} == {"claim"}
