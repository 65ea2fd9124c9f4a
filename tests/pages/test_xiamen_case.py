"""The case of 厦门市住房和建设局 in a browser, from the search to the end (Art. 22 to 30)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import date, timedelta

import pytest

from tests.integration.api import eventually
from tests.integration.operating_cases import age_clock, tick
from tests.integration.stack_env import StackInfo
from tests.integration.xiamen_case import ESTATE, FUND, KEPT, NODE, PURPOSE, Case, begin
from tests.pages.conftest import Visitor, signed_in

UNTIL = (date.today() + timedelta(days=90)).isoformat()
Visit = Callable[..., Visitor]


@pytest.fixture(scope="module")
def case(stack: StackInfo) -> Case:
    return begin(stack)


def address_of(visitor: Visitor) -> str:
    """Give the path of the page that is shown."""
    return visitor.page.url.removeprefix(visitor.site)


def provider_of(stack: StackInfo, visit: Visit, case: Case, title: str) -> Visitor:
    """Give an information administrator of the unit that holds an entry."""
    return signed_in(stack, visit, NODE, case.entries[title]["organization"]["name"],
                     "info_manager")  # fmt: skip


def apply_for_both(staff: Visitor, case: Case) -> list[str]:
    """Find both, pick them, fill in the form and submit; addresses of the two cases."""
    page = staff.page
    for title in (ESTATE, FUND):
        staff.open(f"/dataset/?q={title}")
        staff.page.locator(f"a[href$='/dataset/{case.entries[title]['name']}']").first.click()
        page.click("text=申请共享（加入选取清单）")
    page.fill("#a-purpose", PURPOSE)
    page.fill("#a-business", "保障性住房资格审核")
    page.select_option("#a-mode", "custom")
    page.fill("#a-until", UNTIL)
    page.click("button[value=submit]")
    # One application for each unit that is asked.
    found = []
    for title in (ESTATE, FUND):
        rows = case.asking.action.fjgov_case_list(inbox=False, limit=50)["results"]
        numbers = [row["number"] for row in rows if row["number"].startswith("SQ-")]
        shown = [case.asking.action.fjgov_application_show(number=one) for one in numbers]
        found.append(
            next(
                f"/fjgov/cases/{one['number']}"
                for one in shown
                if one["state"] == "reviewing" and one["terms"]["targets"][0]["title"] == title
            )
        )
    return found


def narrow(manager: Visitor, address: str, case: Case, title: str) -> None:
    """Leave the items that are needed, and of the real estate the small flats."""
    page = manager.page
    manager.open(address)
    keep = {one["id"] for one in case.entries[title]["items"] if one["name"] in KEPT[title]}
    for box in page.locator("input[name=items-0]").all():
        if box.get_attribute("value") not in keep:
            box.uncheck()
    if title == ESTATE:
        area = next(one["id"] for one in case.entries[title]["items"] if one["name"] == "建筑面积")
        page.click("summary:has-text('行筛选条件')")
        page.select_option("#filter-0-0-item", area)
        page.select_option("#filter-0-0-op", "le")
        page.fill("#filter-0-0-value", "90")
    page.fill("#c-reason", "示例意见：按最小必要缩小范围")
    page.click("button[value=approve]")
    assert "已发出备案（异议期内）" in manager.text()


def test_the_whole_case(stack: StackInfo, visit: Visit, case: Case) -> None:
    staff, manager, operator = (
        visit(NODE, role) for role in ("registrar", "info_manager", "platform_operator")
    )
    cases = apply_for_both(staff, case)
    for address, title in zip(cases, (ESTATE, FUND), strict=True):
        narrow(manager, address, case, title)
    provider = provider_of(stack, visit, case, ESTATE)
    provider.open(cases[0])
    assert "建筑面积 不大于（不晚于） 90" in provider.text()
    assert "坐落" not in provider.page.locator("main").inner_text()

    for address in cases:
        age_clock(stack, NODE, address.rpartition("/")[2])
    tick(stack, NODE)
    for address in cases:
        operator.open(address)
        assert "期满无异议" in operator.text()
        operator.page.click("button[value=configure]")
        assert "已配置授权" in operator.text()

    page = staff.page
    staff.open("/fjgov/grants")
    staff.turned_to(page.locator("tbody tr", has_text=ESTATE)).first.locator("a").first.click()
    grant = address_of(staff)
    page.click("text=预览数据")
    assert "本次预览已计入使用记录" in staff.text()
    assert page.locator("tbody tr").count() > 0
    heads = page.locator("thead th").all_inner_texts()
    assert len([head for head in heads if head]) == len(KEPT[ESTATE])
    assert "示例路" not in staff.text()

    staff.open(grant)
    with page.expect_download() as told:
        page.locator("text=下载库表").first.click()
    content = told.value.path().read_bytes()
    assert content.count(b"\n") > 1
    assert len(hashlib.sha256(content).hexdigest()) == 64

    staff.open("/fjgov/processing/new")
    for select, title in (("#p-first", ESTATE), ("#p-second", FUND)):
        options = page.locator(f"{select} option")
        value = next(
            one.get_attribute("value") for one in options.all() if title in one.inner_text()
        )
        page.select_option(select, value)
    page.click("text=下一步")
    for side, title in ((1, ESTATE), (2, FUND)):
        page.select_option(f"select[name='key0.{side}']", label=KEPT[title][0])
    page.click("text=提交加工")
    assert eventually(lambda: "加工报告" in staff.text(), seconds=60), staff.text()

    provider.open(grant)
    shown = provider.text()
    assert all(word in shown for word in ("查询", "直接", "定制"))
    provider.page.fill("#c-reason", "示例理由：使用目的已完成")
    provider.page.click("button[value=revoke]")
    assert "已收回" in provider.text()
    staff.open(grant)
    assert "目前不能使用" in staff.text()
