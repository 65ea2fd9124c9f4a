"""外部来源: a technician tries a file, reads why it does not fit, enables it and ends it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.federation.foreign_sites import ForeignSite, row, running_site
from tests.federation.test_sources_contract import forget
from tests.integration.stack_env import StackInfo
from tests.pages.conftest import Visitor


@pytest.fixture
def site(stack: StackInfo) -> Iterator[ForeignSite]:
    with running_site("listing") as found:
        found.rows = [row(number) for number in range(1, 26)]
        found.rows[3]["theme"] = ""
        try:
            yield found
        finally:
            forget(stack, found.code)


def press(visitor: Visitor, text: str, name: str) -> None:
    visitor.page.fill("#s-file", text)
    visitor.page.click(f"button[name=do][value={name}]")


@pytest.mark.parametrize("language", ["", "/en"])
def test_officials_see_sources_and_others_are_asked_to_sign_in(
    visit: Callable[..., Visitor], language: str
) -> None:
    staff = visit("province", "staff")
    staff.open(f"{language}/fjgov/nodes")
    staff.page.locator("a[href$='/fjgov/sources']").click()
    assert "过渡接入" in staff.text() or "time of transition" in staff.text()
    assert staff.page.locator("#s-file").count() == 0
    nobody = visit("province")
    for path in ("/fjgov/sources", "/fjgov/sources/350600"):
        assert nobody.open(language + path).status == 403


def test_a_technician_tries_enables_and_ends_a_source(
    visit: Callable[..., Visitor], site: ForeignSite
) -> None:
    visitor = visit("province", "sysadmin")
    visitor.open("/fjgov/sources")
    press(visitor, site.definition(), "preview")
    assert "未保存任何内容" in visitor.text()
    rows = visitor.page.locator("section[aria-labelledby=trial] tbody tr")
    assert rows.count() == 20
    assert rows.filter(has_text="不完整").count() == 1
    assert "[C0]" in visitor.text()
    # The file stays in the form for the next step.
    assert visitor.page.input_value("#s-file") == site.definition()

    press(visitor, site.definition(consent__until="2025-12-31"), "add")
    assert "到期" in visitor.page.locator("[role=alert]").inner_text()
    site.rows[0]["extra"] = "7"
    press(visitor, site.definition(), "add")
    assert "预算" in visitor.page.locator("[role=alert]").inner_text()
    site.rows[0]["extra"] = ""
    press(visitor, site.definition(), "add")
    visitor.page.wait_for_url("**/fjgov/sources/350600")
    assert "同意有效" in visitor.text()

    visitor.page.click("button[name=do][value=check]")
    assert "预检结果" in visitor.text()
    visitor.page.fill("#s-reason", "试验终止")
    visitor.page.locator("button", has_text="终止接入").click()
    assert "已终止接入" in visitor.text()
    assert "试验终止" in visitor.text()
