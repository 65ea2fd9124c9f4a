"""Pages of quality, overdue data and the yearly maintenance, as officials see them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.integration.api import client, create_listed, unit_of
from tests.integration.stack_env import StackInfo
from tests.pages.conftest import Visitor
from tests.pages.test_every_page import _check

PAGES = (
    "/fjgov/quality",
    "/fjgov/quality?node=350100",
    "/fjgov/quality?rule=Q32&severity=warning",
    "/fjgov/overdue",
    "/fjgov/maintenance",
    "/fjgov/maintenance?year=2025&state=none",
)
MOST_PAGES = 30
NOWHERE = ("/fjgov/quality?unit=no-such-unit", "/fjgov/quality?rule=Q99")


@pytest.mark.parametrize("language", ["", "/en"])
@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(
    ("node", "role"), [("fuzhou", "registrar"), ("province", "digital_office")]
)
def test_page_opens_for_officials(
    visit: Callable[..., Visitor], node: str, role: str, path: str, language: str
) -> None:
    _check(visit(node, role), language + path)


@pytest.mark.parametrize("path", PAGES[:1] + PAGES[3:5])
def test_page_is_closed_to_the_public(visit: Callable[..., Visitor], path: str) -> None:
    _check(visit("fuzhou"), path, 403)


@pytest.mark.parametrize("path", NOWHERE)
def test_what_does_not_exist_is_not_found(visit: Callable[..., Visitor], path: str) -> None:
    _check(visit("fuzhou", "registrar"), path, 404)


def test_menu_leads_officials_to_the_pages_and_nobody_else(visit: Callable[..., Visitor]) -> None:
    words = "目录质量与维护"
    public = visit("fuzhou")
    public.open("/")
    assert words not in public.text()
    official = visit("fuzhou", "registrar")
    official.open("/")
    official.page.click(f".fj-nav >> text={words}")
    official.page.click(".fj-tabs >> text=年度目录维护")
    assert official.page.url.endswith("/fjgov/maintenance")


def choose(visitor: Visitor, unit: str, entry: dict[str, Any]) -> None:
    """Tick an entry of a campaign, on whichever page it stands."""
    box = f"input[value='{entry['id']}']"
    for number in range(1, MOST_PAGES):
        visitor.open(f"/fjgov/maintenance/{unit}?page={number}")
        if visitor.page.locator(box).count():
            visitor.page.check(box)
            return
    raise AssertionError(f"no page of the campaign has {entry['title']}")


def test_a_registrar_opens_and_decides_a_batch_with_a_result_by_entry(
    visit: Callable[..., Visitor], stack: StackInfo
) -> None:
    unit = unit_of(stack, "xiamen")
    kept = create_listed(stack, "xiamen")
    visitor = visit("xiamen", "registrar")
    visitor.open(f"/fjgov/maintenance/{unit}")
    assert "尚未发起" in visitor.text()
    visitor.page.click("button:has-text('发起年度目录维护')")
    visitor.page.wait_for_selector(".fj-note, .alert, input[name=entry]")
    choose(visitor, unit, kept)
    visitor.page.click("button[value=merge]")
    assert "未办理" in visitor.page.locator("#m-told").locator("..").inner_text()
    choose(visitor, unit, kept)
    visitor.page.fill("#m-note", "示例说明")
    visitor.page.click("button[value=confirm]")
    told = visitor.page.locator("#m-told").locator("..").inner_text()
    assert "1 / 1" in told
    assert kept["title"] in told
    visitor.open(f"/fjgov/maintenance/{unit}?state=confirmed")
    assert "示例说明" in visitor.text()
    assert kept["title"] in visitor.text()
    # The head of the unit sees no button while entries wait.
    lead = visit("xiamen", "unit_lead")
    lead.open(f"/fjgov/maintenance/{unit}")
    assert lead.page.locator("input[name=entry]").count() == 0
    assert lead.page.locator("button:has-text('确认不变')").count() == 0


def test_the_head_confirms_the_year_of_a_unit(
    visit: Callable[..., Visitor], stack: StackInfo
) -> None:
    unit = unit_of(stack, "xiamen")
    registrar = client(stack, "xiamen", "registrar")
    registrar.action.fjgov_maintenance_open(unit=unit, year=2025)
    rows = registrar.action.fjgov_maintenance_show(unit=unit, year=2025, limit=200)["entries"]
    registrar.action.fjgov_maintenance_decide(
        unit=unit,
        year=2025,
        decisions=[{"id": row["id"], "decision": "confirm"} for row in rows],
    )
    visitor = visit("xiamen", "unit_lead")
    visitor.open(f"/fjgov/maintenance/{unit}?year=2025")
    visitor.page.click("button:text-is('确认')")
    assert "请勾选" in visitor.text()
    visitor.page.check("input[name=confirm]")
    visitor.page.fill("#m-remark", "示例确认意见")
    visitor.page.click("button:text-is('确认')")
    assert "本年度维护完成" in visitor.text()
    assert "示例确认意见" in visitor.text()
