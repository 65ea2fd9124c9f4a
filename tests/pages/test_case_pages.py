"""An official's way through 待办事项: submit, return with an opinion, approve, list, notices."""

from __future__ import annotations

from collections.abc import Callable

from tests.integration.api import client, create_entry, create_listed, eventually, overridden
from tests.integration.stack_env import StackInfo
from tests.pages.conftest import Visitor

NODE = "fuzhou"


def test_from_the_entry_to_the_listed_entry(
    stack: StackInfo, visit: Callable[..., Visitor]
) -> None:
    entry = create_entry(stack, NODE)
    registrar, reviewer = visit(NODE, "registrar"), visit(NODE, "reviewer")
    registrar.open(f"/dataset/{entry['name']}")
    registrar.page.click("text=提交审核")
    assert "待审核" in registrar.text()
    case = registrar.page.url.removeprefix(registrar.site)
    reviewer.open(case)
    reviewer.page.click("button[value=return]")
    assert "请填写意见或理由" in reviewer.text()
    reviewer.page.fill("#c-reason", "示例意见：请补充摘要")
    reviewer.page.click("button[value=return]")
    assert "已退回（待修改）" in reviewer.text()
    registrar.open("/fjgov/inbox?scope=unit&state=returned")
    registrar.turned_to(registrar.page.locator("tbody tr", has_text=entry["title"]))
    registrar.open("/fjgov/notices")
    assert "示例意见：请补充摘要" in registrar.text()
    registrar.open(case)
    registrar.page.click("button[value=submit]")
    for step in ("approve", "list"):
        reviewer.open(case)
        reviewer.page.click(f"button[value={step}]")
    assert "目录已发布" in reviewer.text()
    site = client(stack, NODE, "registrar")
    # CKAN answers from the index, which is up to a second old.
    state = eventually(
        lambda: site.action.package_show(id=entry["id"])["state"], lambda found: found == "active"
    )
    assert state == "active"


def test_a_review_page_shows_what_a_revision_changes(
    stack: StackInfo, visit: Callable[..., Visitor]
) -> None:
    entry = create_listed(stack, NODE)
    site = client(stack, NODE, "registrar")
    case = site.action.fjgov_revision_save(
        id=entry["id"], changes={"notes": "更新后的示例摘要。" * 3}
    )
    site.action.fjgov_entry_submit(id=entry["id"])
    reviewer = visit(NODE, "reviewer")
    reviewer.open("/en/fjgov/inbox")
    assert "To do" in reviewer.text()
    reviewer.open(f"/fjgov/cases/{case['number']}")
    assert "更新后的示例摘要。" in reviewer.text()
    assert entry["notes"] in reviewer.text()
    assert "更新待审核（原目录有效）" in reviewer.text()


def test_where_a_review_is_required_the_form_keeps_a_revision(
    stack: StackInfo, visit: Callable[..., Visitor]
) -> None:
    entry = create_listed(stack, NODE)
    with overridden(stack, NODE, {"fjgov.review.required": "true"}):
        registrar = visit(NODE, "registrar")
        registrar.open(f"/dataset/{entry['name']}")
        assert "修改将作为修订送审" in registrar.text()
        registrar.open(f"/en/dataset/edit/{entry['name']}")
        assert "Changes are kept as a revision and reviewed" in registrar.text()
        registrar.open(f"/dataset/edit/{entry['name']}")
        assert "修改将作为修订送审" in registrar.text()
        page = registrar.page
        page.fill("textarea[name=notes]", "更新后的示例摘要，原目录有效。")
        page.click("button[name=act][value=list]")
        assert "更新中（原目录有效）" in registrar.text()
        rows = page.locator("section:has(#diff) tbody tr")
        assert rows.count() == 1
        assert "更新后的示例摘要，原目录有效。" in rows.first.inner_text()
        shown = client(stack, NODE, "registrar").action.package_show(id=entry["id"])
        assert shown["notes"] == entry["notes"]
        case = page.url.removeprefix(registrar.site)
        registrar.open(f"/dataset/{entry['name']}")
        assert page.locator(f"a[href$='{case}']").count() == 1
        registrar.open(case)
        page.click("button[value=submit]")
        # What is being reviewed is not edited; the way leads to its case.
        registrar.open(f"/dataset/edit/{entry['name']}")
        assert page.url.endswith(case)
        assert "该目录正在审核" in registrar.text()
        reviewer = visit(NODE, "reviewer")
        reviewer.open(f"/dataset/withdraw/{entry['name']}")
        reviewer.page.fill("#w-reason", "示例理由")
        reviewer.page.click("main button[type=submit]")
        assert "已撤销" in reviewer.text()


def test_cases_are_closed_to_others(stack: StackInfo, visit: Callable[..., Visitor]) -> None:
    entry = create_entry(stack, NODE)
    case = client(stack, NODE, "registrar").action.fjgov_entry_submit(id=entry["id"])
    path = f"/fjgov/cases/{case['number']}"
    stranger = visit(NODE)
    for address in (path, "/fjgov/inbox", "/fjgov/notices"):
        stranger.open(address)
        assert "/user/login" in stranger.page.url
    staff = visit(NODE, "platform_operator")
    assert staff.open(path).status == 403
    assert staff.open("/fjgov/cases/ML-2026-999999").status == 404
