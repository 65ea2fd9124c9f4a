"""An official's day in a browser, in Chinese, where a review is required."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator

import openpyxl
import pytest

from ckanext.fjgov.core.importing.template import MAIN_SHEET
from tests.integration.api import overridden, unique_title
from tests.integration.stack_env import StackInfo
from tests.integration.workbooks import NOTES, filled_with, saved
from tests.pages.conftest import Visitor
from tests.pages.test_every_page import FORBIDDEN, UNTRANSLATED
from tests.pages.test_upload_pages import hand_in, settled

NODE = "fuzhou"
CHANGED = NOTES + "另有发放月份。"


@pytest.fixture(scope="module", autouse=True)
def _review_required(stack: StackInfo) -> Iterator[None]:
    with overridden(stack, NODE, {"fjgov.review.required": "true"}):
        yield


def read(visitor: Visitor) -> str:
    """Give what a page shows, and see to it that all of it is Chinese and in our words."""
    language = visitor.page.locator("html").get_attribute("lang") or ""
    shown = visitor.text()
    assert language.startswith("zh")
    assert FORBIDDEN.findall(shown) == []
    assert UNTRANSLATED.findall(shown) == []
    return shown


def find_waiting(visitor: Visitor, title: str) -> None:
    """Turn the pages of 待办事项 to the one that names a title, and open it."""
    visitor.open("/fjgov/inbox")
    read(visitor)
    visitor.turned_to(visitor.page.locator("tbody th a", has_text=title)).first.click()


def decide(reviewer: Visitor, title: str, *steps: str, opinion: str = "") -> str:
    """Open what waits from the list of 待办事项 and press buttons; gives the page at the end."""
    for step in steps:
        find_waiting(reviewer, title)
        if opinion:
            reviewer.page.fill("#c-reason", opinion)
        reviewer.page.click(f"button[name=do][value={step}]")
    return read(reviewer)


def test_the_day(stack: StackInfo, visit: Callable[..., Visitor]) -> None:
    registrar, reviewer = visit(NODE, "registrar"), visit(NODE, "reviewer")
    staff = visit(NODE, "staff")
    titles = [unique_title() for _ in range(3)]
    rows = [{"信息资源名称": title} for title in titles]
    rows[1]["信息资源摘要"] = "短"

    # The workbook comes back with its error marked in the cell; corrected, it goes in.
    hand_in(registrar, "示例登记簿.xlsx", filled_with(stack, rows))
    assert "有错误，不导入" in read(registrar)
    with registrar.page.expect_download() as download:
        registrar.page.click("text=下载标有问题的工作簿")
    book = openpyxl.load_workbook(io.BytesIO(download.value.path().read_bytes()))
    [cell] = [cell for row in book[MAIN_SHEET] for cell in row if cell.value == "短"]
    cell.value = NOTES
    hand_in(registrar, "示例登记簿（改正）.xlsx", saved(book))
    registrar.page.click("text=导入无误的 3 行")
    settled(registrar)
    assert "草稿" in read(registrar)
    registrar.page.click("text=提交审核（选取的目录）")
    assert "提交审核结果 (3 / 3)" in read(registrar)

    # The reviewer returns one with an opinion and lists the others.
    told = decide(reviewer, titles[0], "return", opinion="示例意见：请补充发放月份")
    assert "已退回（待修改）" in told
    for title in titles[1:]:
        assert "审核通过（待发布）" in decide(reviewer, title, "approve")
        assert "目录已发布" in decide(reviewer, title, "list")
    registrar.open("/fjgov/notices")
    assert "示例意见：请补充发放月份" in read(registrar)
    find_waiting(registrar, titles[0])
    registrar.page.click("text=查看目录")
    own = registrar.page.url.removeprefix(registrar.site)
    registrar.page.locator("a", has_text="修改").first.click()
    registrar.page.fill("textarea[name=notes]", CHANGED)
    registrar.page.click("button[name=act][value=draft]")
    registrar.page.click("text=提交审核")
    assert "待审核" in read(registrar)
    decide(reviewer, titles[0], "approve")
    assert "目录已发布" in decide(reviewer, titles[0], "list")
    staff.open(own)
    assert CHANGED in read(staff)

    # An update goes beside the listed page, which stays until it is approved.
    registrar.open(own.replace("/dataset/", "/dataset/edit/"))
    registrar.page.fill("textarea[name=notes]", NOTES + "已更新。")
    registrar.page.click("button[name=act][value=list]")
    assert "更新中（原目录有效）" in read(registrar)
    registrar.page.click("button[name=do][value=submit]")
    for visitor in (staff, registrar):
        visitor.open(own)
        assert CHANGED in read(visitor)
    decide(reviewer, titles[0], "approve")
    staff.open(own)
    assert CHANGED in read(staff)
    assert "目录已发布" in decide(reviewer, titles[0], "list")
    staff.open(own)
    assert NOTES + "已更新。" in read(staff)

    reviewer.open(own.replace("/dataset/", "/dataset/withdraw/"))
    reviewer.page.fill("#w-reason", "示例理由")
    reviewer.page.click("main button[type=submit]")
    assert "已撤销" in read(reviewer)
    assert staff.open(own).status == 404
