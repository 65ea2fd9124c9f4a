"""An application system in a browser: applied for, its token shown once and revoked."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from datetime import date, timedelta

from tests.integration.api import new_account
from tests.integration.sharing_cases import NODE, people_of, restricted, step
from tests.integration.stack_env import StackInfo
from tests.pages.conftest import Visitor, signed_in
from tests.pages.test_every_page import _check, _check_names

UNTIL = (date.today() + timedelta(days=60)).isoformat()


def test_a_system_is_applied_for_and_its_token_made_and_revoked(
    stack: StackInfo, visit: Callable[..., Visitor]
) -> None:
    people, number = people_of(stack), f"示例-{uuid.uuid4().hex[:8]}"
    system = new_account(stack, NODE, people.unit, "registrar").action.package_create(
        type="app_system", title=f"住房保障管理系统 {number}", owner_org=people.unit,
        registration_number=number, system_status="running", environment="gov_cloud",
        cross_department="0", is_sample="1", state="active",
    )  # fmt: skip
    entry = restricted(stack)
    staff = visit(NODE, "staff")
    staff.open(f"/dataset/{entry['name']}")
    page = staff.page
    page.click("text=申请共享（加入选取清单）")
    page.fill("#a-purpose", "核对保障性住房申请人的救助情况")
    page.fill("#a-business", "保障性住房资格审核")
    page.select_option("#a-mode", "direct")
    page.check("input[name=holder][value=system]")
    page.select_option("#a-system", number)
    page.fill("#a-until", UNTIL)
    page.click("button[value=submit]")
    assert number in staff.text()
    case = page.url.rpartition("/")[2]

    manager = signed_in(stack, visit, NODE, people.unit, "info_manager")
    manager.open(f"/fjgov/cases/{case}")
    assert manager.page.is_checked("input[name=holder][value=system]")
    assert manager.page.input_value("#a-system") == number
    manager.page.fill("#c-reason", "示例意见：同意")
    manager.page.click("button[value=approve]")
    assert "已发出备案" in manager.text()
    step(people.providing, case, "no_objection")
    step(people.operator, case, "configure")
    [grant] = [
        row
        for row in people.asking.action.fjgov_grant_list(limit=200)["results"]
        if row["application"] == case
    ]
    staff.open(f"/fjgov/cases/{grant['number']}")
    assert number in staff.text()
    assert staff.page.locator("text=系统令牌").count() == 0
    tokens = f"/fjgov/systems/{system['name']}/tokens"
    assert staff.open(tokens).status == 403

    manager.open(f"/fjgov/cases/{grant['number']}")
    manager.page.click("text=系统令牌")
    for language in ("", "/en"):
        _check(manager, language + tokens)
    manager.open(tokens)
    _check_names(manager)
    manager.page.fill("#s-name", "示例：核对接口")
    manager.page.fill("#s-days", "30")
    manager.page.click("main button.fj-btn-main")
    shown = manager.page.inner_text("#s-token")
    assert re.fullmatch(r"fjs_[\w-]{43}", shown)
    manager.open(tokens)
    assert shown not in manager.text()
    assert f"…{shown[-4:]}" in manager.text()
    manager.page.click("tbody >> text=作废")
    revoking = manager.page.url.removeprefix(manager.site)
    for language in ("", "/en"):
        _check(manager, language + revoking)
    manager.open(revoking)
    manager.page.fill("#s-reason", "示例理由：更换令牌")
    manager.page.click("main button.fj-btn-warn")
    assert "已作废" in manager.text()
    assert "示例理由：更换令牌" in manager.text()
