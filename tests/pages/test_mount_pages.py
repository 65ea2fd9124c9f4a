"""信息发布（挂接） on the portal: a faulty file, its correction by the form, taking it out."""

from __future__ import annotations

from collections.abc import Callable

from tests.integration.mounting_cases import csv_of, entry_to_mount, sample_rows
from tests.integration.stack_env import StackInfo
from tests.pages.conftest import Visitor
from tests.pages.test_every_page import _check
from tests.pages.test_upload_pages import settled

NODE = "fuzhou"


def hand_in(visitor: Visitor, rows: list[dict[str, str]]) -> None:
    """Hand rows in on the page of a resource and wait for the end of the job."""
    file = {"name": "示例.csv", "mimeType": "text/csv", "buffer": csv_of(rows)}
    visitor.page.set_input_files("#mt-file", file)
    visitor.page.click("text=上传并挂接")
    settled(visitor)


def test_a_registrar_mounts_a_table_and_takes_it_out(
    stack: StackInfo, visit: Callable[..., Visitor]
) -> None:
    entry = entry_to_mount(stack)
    registrar = visit(NODE, "registrar")
    page = registrar.page
    registrar.open(f"/dataset/{entry['name']}")
    page.click("#fj-mounts ~ div >> text=办理挂接")
    assert "该资源还没有挂接过" in registrar.text()
    path = page.url.removeprefix(registrar.site)

    rows = [{"编号": row.pop("证件号码"), **row} for row in sample_rows(3)]
    hand_in(registrar, rows)
    row = page.locator("[aria-label=问题清单] tbody tr", has_text="证件号码")
    assert "没有此必填信息项的列" in row.inner_text()
    assert "不属于任何信息项的列，未挂接：编号" in registrar.text()

    page.select_option("select[aria-label=证件号码]", "编号")
    page.check("input[aria-label='标识一行：证件号码']")
    hand_in(registrar, rows)
    assert "信息已发布（已挂接）" in registrar.text()
    assert "共 3 行：新增或变化 3，未变化 0" in registrar.text()
    # The form knows what was chosen, and holds the next file to it.
    assert page.locator("select[aria-label=证件号码]").input_value() == "编号"
    hand_in(registrar, [*rows, rows[0]])
    assert "与第 2 行的标识项相同" in registrar.text()
    for address in (path, f"/en{path}"):
        _check(registrar, address)

    registrar.open(path)
    page.click("summary:has-text('取消挂接')")
    page.fill("#mt-reason", "示例理由")
    page.check("input[name=sure]")
    page.click("button:has-text('取消挂接')")
    assert "信息未发布（未挂接）" in registrar.text()
    assert "示例理由" in registrar.text()
    assert registrar.outside == []


def test_the_page_of_a_resource_is_for_its_unit(
    stack: StackInfo, visit: Callable[..., Visitor]
) -> None:
    resource = entry_to_mount(stack)["resources"][0]["id"]
    assert visit(NODE, "staff").open(f"/fjgov/mounts/{resource}").status == 403
    operator = visit(NODE, "platform_operator")
    _check(operator, f"/fjgov/mounts/{resource}")
    assert operator.page.locator("#mt-file, #mt-reason").count() == 0
