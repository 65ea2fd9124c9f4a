"""采集目录 in a browser: report on the page of the record, confirm on the page of the case."""

from __future__ import annotations

from collections.abc import Callable

from tests.integration.api import client, unit_of
from tests.integration.collecting import (
    PROVINCE,
    confirmed,
    other_registrar,
    register,
    unique_item,
)
from tests.integration.stack_env import StackInfo
from tests.integration.test_collection_range import own_entry
from tests.pages.conftest import Visitor


def test_from_the_record_to_the_overall_catalog(
    stack: StackInfo, visit: Callable[..., Visitor]
) -> None:
    name = unique_item()
    record = register(stack, PROVINCE, [name])
    registrar, officer = visit(PROVINCE, "registrar"), visit(PROVINCE, "digital_office")
    registrar.open(f"/directory/collection_item/{record['name']}")
    registrar.page.click("text=报送采集目录")
    assert "已报送" in registrar.text()
    case = registrar.page.url.removeprefix(registrar.site)
    officer.open("/fjgov/inbox")
    officer.page.click("a:has-text('待确认采集目录')")
    officer.turned_to(officer.page.locator("tbody tr", has_text=record["title"]))
    officer.open(case)
    assert name in officer.text()
    officer.page.click("button[value=confirm]")
    assert "已确认" in officer.text()
    officer.open(f"/fjgov/collection?q={name}")
    assert officer.page.locator("tbody tr").count() == 1
    assert record["title"] in officer.text()
    officer.open(f"/en/fjgov/collection?q={name}")
    assert "Overall collection catalog" in officer.text()


def test_what_others_hold_is_adjusted_on_the_page_of_the_case(
    stack: StackInfo, visit: Callable[..., Visitor]
) -> None:
    name = unique_item()
    confirmed(stack, [name])
    unit, site = other_registrar(stack, PROVINCE)
    record = register(stack, PROVINCE, [name], site=site, owner_org=unit)
    case = site.action.fjgov_collection_report(id=record["id"])
    officer = visit(PROVINCE, "digital_office")
    page = officer.page
    officer.open(f"/fjgov/cases/{case['number']}")
    assert "重复采集提示" in officer.text()
    assert "匹配度 0.95" in officer.text()
    page.click("button[value=confirm]")
    assert "不能确认，请逐项调整" in officer.text()
    item = case["record"]["items"][0]["item"]
    page.locator(f'[name="territory:{item}"]').fill("350100、350200")
    page.click("button[value=adjust]")
    assert "请填写意见或理由" in officer.text()
    assert page.locator(f'[name="territory:{item}"]').input_value() == "350100、350200"
    page.fill("#c-reason", "示例理由")
    page.click("button[value=adjust]")
    assert "已调整" in officer.text()
    shown = client(stack, PROVINCE, "staff").action.fjgov_collection_show(id=record["id"])
    assert shown["items"][0]["in_force"]["decided_territory"] == "3501 3502"


def test_pages_are_for_officials(stack: StackInfo, visit: Callable[..., Visitor]) -> None:
    anonymous, staff = visit(PROVINCE), visit(PROVINCE, "staff")
    for path in ("/fjgov/collection", "/fjgov/collection/review"):
        assert anonymous.open(path).status in (401, 403) or "/user/login" in anonymous.page.url
    assert staff.open("/fjgov/collection").status == 200
    assert staff.open("/fjgov/collection/review").status == 403
    assert "待确认采集目录" in staff.page.locator("h1").inner_text()
    assert "请由本单位负责人任命相应职务" in staff.text()
    assert staff.open("/fjgov/collection?q=没有这样的信息项").status == 200
    assert "没有符合条件的采集项" in staff.text()


def test_what_a_unit_collects_out_of_range_stands_in_one_list(
    stack: StackInfo, visit: Callable[..., Visitor]
) -> None:
    name, unit = unique_item(), unit_of(stack, PROVINCE)
    confirmed(stack, [unique_item()])
    entry = own_entry(stack, name)
    for role in ("registrar", "digital_office"):
        visitor = visit(PROVINCE, role)
        visitor.open(f"/fjgov/collection/range?unit={unit}")
        row = visitor.turned_to(visitor.page.locator("tbody tr", has_text=name))
        assert "超范围采集提示" in row.inner_text()
        assert "请报备修订，或注明法律法规依据和条款（第八条）" in row.inner_text()
        assert row.locator(f"a[href$='/dataset/{entry['name']}']").count() == 1
    visitor.open("/fjgov/collection/range")
    assert visitor.turned_to(visitor.page.locator(f"main a[href$='unit={unit}']")).count() == 1
    visitor.open(f"/en/fjgov/collection/range?unit={unit}")
    assert "Collected out of range" in visitor.text()
    assert visitor.open("/fjgov/collection/range?unit=no-such-unit").status == 404
    anonymous = visit(PROVINCE)
    assert anonymous.open(f"/fjgov/collection/range?unit={unit}").status == 403
    assert "超范围采集提示" in anonymous.page.locator("h1").inner_text()
    assert anonymous.page.locator("main a[href*='/user/login']").count() == 1
    office = client(stack, PROVINCE, "digital_office")
    units = office.action.organization_list()
    shown = office.action.fjgov_collection_range_list
    empty = next(name for name in units if shown(unit=name)["entries"] == 0)
    visitor = visit(PROVINCE, "digital_office")
    visitor.open(f"/fjgov/collection/range?unit={empty}")
    assert "本单位没有已发布的自采目录" in visitor.text()
