"""Processing to order in a browser: choose tables, say what is to be done, read the report."""

from __future__ import annotations

from collections.abc import Callable

from tests.integration.api import eventually
from tests.integration.processing_cases import NAME, PERSON, held_up, mounted
from tests.integration.sharing_cases import NODE, people_of
from tests.integration.stack_env import StackInfo
from tests.pages.conftest import Visitor
from tests.pages.test_every_page import _check, _check_names

ROWS = [("350102199003070011", "甲", "1", "秘"), ("x", "乙", "2", "秘")]


def test_two_tables_are_compared_and_the_report_is_read(
    stack: StackInfo, visit: Callable[..., Visitor]
) -> None:
    people = people_of(stack)
    first, second = (mounted(stack, people, ROWS, [PERSON, NAME]) for _table in (1, 2))
    staff = visit(NODE, "staff")
    staff.open("/fjgov/processing")
    staff.page.click("text=新建加工任务")
    _check_names(staff)
    staff.page.select_option("#p-first", f"{first.grant}:{first.resource}")
    staff.page.select_option("#p-second", f"{second.grant}:{second.resource}")
    staff.page.click("text=下一步")
    _check_names(staff)
    staff.page.fill("#p-title", "示例比对")
    staff.page.click("text=提交加工")
    # What is missing is named, and what was filled in stays.
    assert "须写明成对的信息项" in staff.text()
    assert staff.page.input_value("#p-title") == "示例比对"
    for side in (1, 2):
        staff.page.select_option(f"select[name='key0.{side}']", PERSON)
        staff.page.select_option(f"select[name='pair0.{side}']", NAME)
    staff.page.check("input[value=same]")
    staff.page.click("text=提交加工")
    address = staff.page.url.removeprefix(staff.site)
    # The page shows by itself that the job is done.
    assert eventually(lambda: "加工报告" in staff.text(), seconds=60), staff.text()
    for language in ("", "/en"):
        _check(staff, language + address)
        _check_names(staff)
    with staff.page.expect_download() as told:
        staff.page.click("text=下载 CSV" if "/en" not in staff.page.url else "text=Download CSV")
    assert told.value.path().read_text(encoding="utf-8").count("\n一致,,") == 2

    with held_up(stack, first):
        staff.open(f"/fjgov/processing/new?first={first.grant}:{first.resource}")
        staff.page.click("text=提交加工")
        staff.page.click("text=取消任务")
        staff.page.click("text=确认取消")
        assert eventually(lambda: "已取消" in staff.text(), seconds=60), staff.text()
