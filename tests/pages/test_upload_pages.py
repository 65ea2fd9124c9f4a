"""批量导入 on the portal: check, marks, import, result by entry, and who is kept out."""

from __future__ import annotations

import io
from collections.abc import Callable

import openpyxl
import pytest

from tests.factories import DIRECTORY_RECORDS
from tests.integration.api import client, eventually, new_account, no_party, outcome, unique_title
from tests.integration.stack_env import StackInfo
from tests.integration.workbooks import NOTES, filled, filled_directory, saved
from tests.pages.conftest import Visitor
from tests.pages.test_every_page import _check

NODE = "fuzhou"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BUSY = ("预检中", "正在生成批注", "导入中")
JOB_MS = 60_000


def hand_in(visitor: Visitor, name: str, data: bytes, directory: str = "dataset") -> None:
    """Hand a workbook in and wait for its check."""
    visitor.open("/fjgov/uploads")
    visitor.page.select_option("#up-directory", directory)
    visitor.page.set_input_files("#up-file", {"name": name, "mimeType": XLSX, "buffer": data})
    visitor.page.click("text=上传并预检（不保存）")
    settled(visitor)


def settled(visitor: Visitor) -> None:
    """Wait until the job of the page has ended; the page loads itself anew."""
    visitor.page.wait_for_selector("section:not([data-fj-progress]) [role=status]", timeout=JOB_MS)
    visitor.page.wait_for_selector("[data-fj-progress]", state="detached", timeout=JOB_MS)


def test_a_registrar_corrects_the_marked_workbook_and_imports_it(
    stack: StackInfo, visit: Callable[..., Visitor]
) -> None:
    registrar, title = visit(NODE, "registrar"), unique_title()
    hand_in(registrar, "示例登记簿.xlsx", filled(stack, title, 信息资源摘要="短"))
    page = registrar.page
    assert "有错误，不导入" in registrar.text()
    assert page.locator("text=导入无误的").count() == 0
    row = page.locator("tbody tr", has_text="[R1]").first.inner_text()
    assert "政务信息目录" in row
    with page.expect_download() as download:
        page.click("text=下载标有问题的工作簿")
    book = openpyxl.load_workbook(io.BytesIO(download.value.path().read_bytes()))
    [cell] = [cell for row in book["政务信息目录"] for cell in row if cell.value == "短"]
    assert "R1" in cell.comment.text
    cell.value = NOTES

    hand_in(registrar, "示例登记簿（已改正）.xlsx", saved(book))
    page.click("text=导入无误的 1 行")
    settled(registrar)
    assert "导入完成" in registrar.text()
    line = page.locator("tbody tr", has_text=title)
    assert "新登记" in line.inner_text()
    assert "草稿" in line.inner_text()
    page.click("text=提交审核（选取的目录）")
    assert "提交审核结果 (1 / 1)" in registrar.text()
    assert "待审核" in page.locator("tbody tr", has_text=title).inner_text()

    # The same file again: nothing is registered twice, and nothing waits to be imported.
    hand_in(registrar, "示例登记簿（已改正）.xlsx", saved(book))
    assert page.locator("text=导入无误的").count() == 0
    page.click("text=逐条结果")
    assert "无变化" in page.locator("tbody tr", has_text=title).inner_text()


def test_a_directory_is_chosen_and_its_records_come_out_again(
    stack: StackInfo, visit: Callable[..., Visitor]
) -> None:
    registrar, title = visit(NODE, "registrar"), unique_title("示例系统")
    page = registrar.page
    registrar.open("/directory/app_system/")
    page.click("main >> text=批量导入")
    assert page.locator("#up-directory").input_value() == "app_system"
    assert page.locator("a[href*='template.xlsx?directory=']").count() == 5

    record = {**DIRECTORY_RECORDS["app_system"], "title": title, "cross_department": "1"}
    data = filled_directory(stack, "app_system", [record])
    hand_in(registrar, "示例系统登记簿.xlsx", data, "app_system")
    assert "政务应用系统目录" in page.locator("h1").inner_text()
    row = page.locator("tbody tr", has_text="[E1]").inner_text()
    assert "政务应用系统目录" in row
    assert "系统名称" in page.locator("thead").inner_text()
    page.click("text=导入无误的 1 行")
    settled(registrar)
    link = page.locator("tbody tr", has_text=title).locator("a")
    name = str(link.get_attribute("href")).rpartition("/")[2]
    assert str(link.get_attribute("href")).endswith(f"/directory/app_system/{name}")

    site = client(stack, NODE, "registrar")
    site.action.package_patch(id=name, state="active")
    code = site.action.package_show(id=name)["identifier"]
    eventually(lambda: site.action.package_search(q=f'identifier:"{code}"')["count"])
    registrar.open("/fjgov/uploads")
    page.select_option("#ex-directory", "app_system")
    with page.expect_download() as download:
        page.click("text=导出（xlsx）")
    book = openpyxl.load_workbook(io.BytesIO(download.value.path().read_bytes()))
    assert title in [cell.value for row in book["政务应用系统目录"] for cell in row]


def test_a_workbook_of_another_directory_is_said_to_be_so(
    stack: StackInfo, visit: Callable[..., Visitor]
) -> None:
    registrar = visit(NODE, "registrar")
    hand_in(registrar, "book.xlsx", filled(stack, unique_title()), "permit_type")
    assert "该文件是政务信息目录的登记簿" in registrar.text()


@pytest.mark.parametrize(
    ("data", "told"),
    [(b"PK\x03\x04 cut off", "文件不能使用"), (b"", "请选择文件")],
    ids=["damaged", "empty"],
)
def test_a_file_that_cannot_be_used_is_said_to_be_so(
    visit: Callable[..., Visitor], data: bytes, told: str
) -> None:
    registrar = visit(NODE, "registrar")
    registrar.open("/fjgov/uploads")
    file = {"name": "a.xlsx", "mimeType": XLSX, "buffer": data}
    registrar.page.set_input_files("#up-file", file)
    registrar.page.click("text=上传并预检（不保存）")
    registrar.page.wait_for_selector(f"text={told}", timeout=JOB_MS)
    assert registrar.page.locator("[role=alert]").count() == 1


def test_a_file_over_the_limit_is_refused(stack: StackInfo, visit: Callable[..., Visitor]) -> None:
    registrar = visit(NODE, "registrar")
    registrar.open("/fjgov/uploads")
    most = 20_000_000
    file = {"name": "a.xlsx", "mimeType": XLSX, "buffer": b"P" * (most + 1)}
    registrar.page.set_input_files("#up-file", file)
    registrar.page.click("text=上传并预检（不保存）")
    assert f"文件超过 {most} 字节" in registrar.text()


@pytest.mark.parametrize("language", ["", "/en"])
def test_the_pages_open_in_both_languages(
    stack: StackInfo, visit: Callable[..., Visitor], language: str
) -> None:
    registrar = visit(NODE, "registrar")
    hand_in(registrar, "book.xlsx", filled(stack, unique_title(), 更新周期="每年一次"))
    path = registrar.page.url.removeprefix(registrar.site)
    for address in ("/fjgov/uploads", path, f"{path}?show=entries", f"{path}?show=problems&page=9"):
        _check(registrar, language + address)
    registrar.open(f"/organization/{stack.credentials[NODE]['registrar']['unit']}")
    assert registrar.page.locator("a[href*='/fjgov/uploads?unit=']").count() == 1


def test_uploads_are_for_the_people_who_register_for_the_unit(
    stack: StackInfo, visit: Callable[..., Visitor]
) -> None:
    registrar = client(stack, NODE, "registrar")
    content = filled(stack, unique_title())
    unit = stack.credentials[NODE]["registrar"]["unit"]
    made = registrar.action.fjgov_upload_create(unit=unit, upload=io.BytesIO(content))
    assert (made["unit"], made["target"]) == (unit, "draft")
    others = {
        "lead": client(stack, NODE, "unit_lead"),
        "operator": client(stack, NODE, "platform_operator"),
        "sysadmin": client(stack, NODE, "sysadmin"),
        "other unit": new_account(stack, NODE, no_party(stack, NODE), "registrar"),
        "ended": new_account(stack, NODE, unit, "registrar", ended=True),
        "anonymous": client(stack, NODE),
    }
    for who, site in others.items():
        for action in ("fjgov_upload_show", "fjgov_upload_import"):
            assert outcome(site, action, id=made["id"]) == "NotAuthorized", who
        told = outcome(site, "fjgov_upload_create", unit=unit, content="UEs=")
        assert told == "NotAuthorized", who
    strangers = visit(NODE)
    strangers.open(f"/fjgov/uploads/{made['id']}")
    assert "/user/login" in strangers.page.url
    staff = visit(NODE, "staff")
    assert staff.open("/fjgov/uploads").status == 403
    assert "请由本单位负责人任命相应职务" in staff.text()
    for role in ("staff", "sysadmin"):
        assert visit(NODE, role).open(f"/fjgov/uploads/{made['id']}").status == 403
    ready = eventually(
        lambda: registrar.action.fjgov_upload_show(id=made["id"]),
        lambda found: not found["is_running"],
        JOB_MS / 1000,
    )
    assert (ready["state"], ready["counts"]["listed"]) == ("checked", 1)
