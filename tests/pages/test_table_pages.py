"""Rows of a grant in a browser: asked for, narrowed, granted, seen in a preview."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from tests.integration.api import refusal
from tests.integration.sharing_cases import NODE, people_of, step
from tests.integration.stack_env import StackInfo
from tests.integration.table_cases import items_of, mounted, some_rows
from tests.pages.conftest import Visitor
from tests.pages.test_every_page import _check, _check_names

UNTIL = (date.today() + timedelta(days=60)).isoformat()


def test_conditions_are_asked_for_narrowed_and_kept_to(
    stack: StackInfo, visit: Callable[..., Visitor]
) -> None:
    table = mounted(stack, some_rows(40))
    people = people_of(stack)
    name = table.entry["name"]
    area, size = items_of(table.entry, "xzqh", "mj")
    staff = visit(NODE, "staff")
    page = staff.page
    staff.open(f"/dataset/{name}")
    assert "不能查询：受限共享信息须经申请并授权后使用" in staff.text()
    page.click("text=申请共享（加入选取清单）")
    page.fill("#a-purpose", "核对救助情况")
    page.fill("#a-business", "资格审核")
    page.select_option("#a-mode", "query")
    page.fill("#a-until", UNTIL)
    page.click("summary:has-text('行筛选条件')")
    page.select_option("#filter-0-0-item", area)
    page.fill("#filter-0-0-value", "350200")
    page.click("text=增加条件")
    page.select_option("#filter-0-1-item", size)
    page.select_option("#filter-0-1-op", "ge")
    page.fill("#filter-0-1-value", "很多")
    page.fill("#a-quota-uses", "5")
    page.click("button[value=submit]")
    assert "值须为数值" in staff.text()
    assert page.input_value("#filter-0-0-value") == "350200"
    page.fill("#filter-0-1-value", "1")
    page.click("button[value=submit]")
    assert "行政区划 等于 350200" in staff.text()
    assert "面积 不小于（不早于） 1" in staff.text()
    assert "每日使用次数：5" in staff.text()
    _check_names(staff)
    number = page.url.rpartition("/")[2]

    terms = people.asking.action.fjgov_application_show(number=number)["terms"]
    wider = {**terms, "targets": [{**terms["targets"][0], "filter": []}]}
    decide = people.manager.action.fjgov_case_decide
    for told, given in (("只能增加", wider), ("每日使用次数超出", {**terms, "quota": {}})):
        values = {"number": number, "event": "approve", "reason": "示例"}
        assert told in refusal(decide, **values, payload={"terms": given})
    step(people.manager, number, "approve")
    step(people.providing, number, "no_objection")
    step(people.operator, number, "configure")

    staff.open(f"/dataset/{name}")
    page.click("text=预览数据")
    assert "本次预览已计入使用记录" in staff.text()
    assert page.locator("tbody tr").count() == 14
    staff.open("/fjgov/grants")
    staff.turned_to(page.locator("tbody tr", has_text=table.entry["title"])).locator("a").click()
    assert "行政区划 等于 350200" in staff.text()
    assert "今日已用 1 次" in staff.text()
    grant = page.url.removeprefix(staff.site)
    for language in ("", "/en"):
        _check(staff, f"{language}{grant}")
        _check(staff, f"{language}/share/{table.resource}/preview")
        _check(staff, f"{language}/dataset/{name}")
    other = visit(NODE, "registrar")
    other.open(f"/dataset/{name}")
    assert "预览数据" in other.text()
