"""The whole way in a browser: apply, review, file, configure, find the grant, take it back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from tests.integration.api import create_listed, open_entry, unit_of
from tests.integration.sharing_cases import NODE, filed, people_of, restricted, step
from tests.integration.stack_env import StackInfo
from tests.pages.conftest import Visitor, signed_in
from tests.pages.test_every_page import _check, _check_names

UNTIL = (date.today() + timedelta(days=60)).isoformat()
SOONER = (date.today() + timedelta(days=30)).isoformat()


@pytest.fixture
def manager(stack: StackInfo, visit: Callable[..., Visitor]) -> Visitor:
    """The information administrator of the applying unit."""
    return signed_in(stack, visit, NODE, unit_of(stack, NODE, "staff"), "info_manager")


def apply_for(visitor: Visitor, name: str) -> str:
    """Apply for an entry on its page; gives the address of the case."""
    visitor.open(f"/dataset/{name}")
    visitor.page.click("text=申请共享（加入选取清单）")
    page = visitor.page
    page.fill("#a-purpose", "核对保障性住房申请人的救助情况")
    page.fill("#a-business", "保障性住房资格审核")
    page.select_option("#a-mode", "direct")
    page.fill("#a-until", UNTIL)
    page.click("button[value=submit]")
    assert "待本单位信息管理员审核" in visitor.text()
    return page.url.removeprefix(visitor.site)


def test_from_the_entry_to_the_grant_and_back(
    stack: StackInfo, visit: Callable[..., Visitor], manager: Visitor
) -> None:
    entry = restricted(stack)
    staff, provider, operator = (
        visit(NODE, role) for role in ("staff", "info_manager", "platform_operator")
    )
    case = apply_for(staff, entry["name"])
    manager.open("/fjgov/inbox")
    manager.turned_to(manager.page.locator(f"a[href$='{case}']")).first.click()
    boxes = manager.page.locator("input[name=items-0]")
    assert boxes.count() == len(entry["items"])
    boxes.last.uncheck()
    manager.page.fill("#a-until", SOONER)
    manager.page.fill("#c-reason", "示例意见：按最小必要缩小范围")
    manager.page.click("button[value=approve]")
    assert "已发出备案（异议期内）" in manager.text()
    assert "审批" not in manager.text()

    provider.open(case)
    assert SOONER in provider.text()
    assert "办理期限" in provider.text()
    _check_names(provider)
    provider.page.click("button[value=no_objection]")
    operator.open(case)
    operator.page.click("button[value=configure]")
    assert "已配置授权" in operator.text()

    staff.open(f"/dataset/{entry['name']}")
    assert "授权有效" in staff.text()
    staff.open("/fjgov/grants")
    staff.turned_to(staff.page.locator("tbody tr", has_text=entry["title"])).locator("a").click()
    assert entry["items"][0]["name"] in staff.text()
    assert entry["items"][-1]["name"] not in staff.text()
    grant = staff.page.url.removeprefix(staff.site)
    for language in ("", "/en"):
        _check(staff, language + grant)
    provider.open(grant)
    assert provider.page.locator("text=续期申请").count() == 0
    provider.page.click("button[value=revoke]")
    assert "请填写意见或理由" in provider.text()
    provider.page.fill("#c-reason", "示例理由：使用目的已完成")
    provider.page.click("button[value=revoke]")
    assert "已收回" in provider.text()
    staff.open(grant)
    assert "目前不能使用" in staff.text()
    staff.page.click("text=续期申请")
    assert staff.page.input_value("#a-purpose") == "核对保障性住房申请人的救助情况"
    assert staff.page.locator("input[name=items-0]:checked").count() == len(entry["items"]) - 1
    assert staff.page.input_value("#a-until") == ""
    renewed = play_through(staff, manager, provider, operator)
    staff.open(f"/dataset/{entry['name']}")
    assert "授权有效" in staff.text()
    staff.open("/fjgov/grants")
    rows = staff.turned_to(staff.page.locator("tbody tr", has_text=entry["title"]))
    rows.locator("a", has_not_text=grant.rpartition("/")[2]).first.click()
    assert staff.page.url.removeprefix(staff.site) != grant
    assert renewed in staff.text()
    assert entry["items"][-1]["name"] not in staff.text()
    assert "目前不能使用" not in staff.text()
    staff.open(grant)
    assert "目前不能使用" in staff.text()


def play_through(staff: Visitor, manager: Visitor, provider: Visitor, operator: Visitor) -> str:
    """Submit the renewal that is shown and lead it to its grant; gives the number of the case."""
    staff.page.fill("#a-until", UNTIL)
    staff.page.click("button[value=submit]")
    case = staff.page.url.removeprefix(staff.site)
    for visitor, event, told in (
        (manager, "approve", "已发出备案（异议期内）"),
        (provider, "no_objection", "待配置"),
        (operator, "configure", "已配置授权"),
    ):
        visitor.open(case)
        visitor.page.fill("#c-reason", "示例意见：继续使用")
        visitor.page.click(f"button[value={event}]")
        assert told in visitor.text()
    return case.rpartition("/")[2]


def test_a_draft_is_kept_changed_and_printed(
    stack: StackInfo, visit: Callable[..., Visitor]
) -> None:
    entry = restricted(stack)
    staff = visit(NODE, "staff")
    staff.open(f"/dataset/{entry['name']}")
    staff.page.click("text=申请共享（加入选取清单）")
    _check_names(staff)
    staff.page.click("button[value=save]")
    assert "草稿" in staff.text()
    number = staff.page.url.rpartition("/")[2]
    for language in ("", "/en"):
        _check(staff, f"{language}/fjgov/applications/{number}/edit")
        _check(staff, f"{language}/fjgov/applications/{number}/form")
    staff.open(f"/fjgov/applications/{number}/edit")
    staff.page.fill("#a-purpose", "示例目的")
    staff.page.click("button[value=save]")
    assert "示例目的" in staff.text()
    # What is missing is named, and what was filled in stays.
    staff.page.click("button[value=submit]")
    assert "请填写应用业务" in staff.text()
    assert "示例目的" in staff.text()
    stranger = visit(NODE, "registrar")
    assert stranger.open(f"/fjgov/applications/{number}/edit").status == 403


def test_what_is_picked_can_be_taken_out_again(
    stack: StackInfo, visit: Callable[..., Visitor]
) -> None:
    first, second = restricted(stack), restricted(stack)
    staff = visit(NODE, "staff")
    for entry in (first, second):
        staff.open(f"/dataset/{entry['name']}")
        staff.page.click("text=申请共享（加入选取清单）")
    assert staff.page.locator("fieldset legend", has_text=first["title"]).count() == 1
    staff.page.click(f"button[name=entry]:has-text('{first['title']}')")
    assert staff.page.locator("fieldset legend", has_text=first["title"]).count() == 0
    staff.page.click(f"button[name=entry]:has-text('{second['title']}')")
    assert "尚未选取目录" in staff.text()
    staff.page.click("button[value=save]")
    assert "请选择" in staff.text()


@pytest.mark.parametrize(
    ("role", "change", "told"),
    [
        ("registrar", {}, "无须申请"),
        ("staff", {"share_type": "3", "restriction_kind": None}, "第四条"),
    ],
)
def test_a_page_says_why_it_cannot_be_applied_for(
    stack: StackInfo,
    visit: Callable[..., Visitor],
    role: str,
    change: dict[str, str | None],
    told: str,
) -> None:
    entry = create_listed(stack, NODE, **change)
    visitor = visit(NODE, role)
    visitor.open(f"/dataset/{entry['name']}")
    assert told in visitor.text()
    assert visitor.page.locator("form[action*='/fjgov/apply/pick']").count() == 0


def test_the_public_sees_nothing_of_it(stack: StackInfo, visit: Callable[..., Visitor]) -> None:
    entry = create_listed(stack, NODE, **open_entry())
    number = filed(people_of(stack), restricted(stack))
    visitor = visit(NODE)
    visitor.open(f"/dataset/{entry['name']}")
    assert visitor.page.locator("form[action*='/fjgov/apply/pick']").count() == 0
    for path in ("/fjgov/apply", "/fjgov/grants", f"/fjgov/applications/{number}/form"):
        visitor.open(path)
        assert "/user/login" in visitor.page.url


def test_the_form_of_a_filed_application_names_its_deliveries(
    stack: StackInfo, visit: Callable[..., Visitor]
) -> None:
    people = people_of(stack)
    number = filed(people, restricted(stack))
    provider = visit(NODE, "info_manager")
    _check(provider, f"/fjgov/applications/{number}/form")
    shown = provider.text()
    for words in ("省数字办", "信息发布单位", "平台运行单位", "待送达（跨节点）", "备案不是审批"):
        assert words in shown
    step(people.asking, number, "withdraw")
