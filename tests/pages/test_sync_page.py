"""目录节点与同步: what officials see, and the button of the platform operator."""

from __future__ import annotations

from collections.abc import Callable

from tests.integration.api import client
from tests.integration.stack_env import StackInfo
from tests.pages.conftest import Visitor


def test_nodes_page_shows_counts_and_the_last_run(
    visit: Callable[..., Visitor], stack: StackInfo
) -> None:
    listed = client(stack, "province", "staff").action.fjgov_node_list()
    city = next(node for node in listed if node["code"] == "350100")
    visitor = visit("province", "staff")
    visitor.open("/fjgov/nodes")
    row = visitor.page.locator("main tbody tr", has_text="350100").first
    shown = row.inner_text()
    assert str(city["entries"]) in shown
    assert "已完成" in shown
    assert visitor.page.locator("main form").count() == 0
    row.locator("a").last.click()
    assert city["last_run"]["id"] in visitor.text()


def test_anonymous_is_asked_to_sign_in(visit: Callable[..., Visitor]) -> None:
    visitor = visit("province")
    for path in ("/fjgov/nodes", "/fjgov/nodes/350100", "/fjgov/runs/none"):
        assert visitor.open(path).status == 403
        assert "请先登录" in visitor.text()


def test_operator_starts_a_run_and_sees_it_end(
    visit: Callable[..., Visitor], stack: StackInfo
) -> None:
    visitor = visit("province", "platform_operator")
    visitor.open("/fjgov/nodes")
    visitor.page.locator("tr", has_text="350200").locator("button").click()
    visitor.page.wait_for_url("**/fjgov/runs/*")
    run = visitor.page.url.rsplit("/", 1)[1]
    visitor.page.locator(".fj-run-verified, .fj-run-repaired").wait_for(timeout=60_000)
    assert client(stack, "province", "staff").action.fjgov_sync_show(id=run)["state"] in (
        "verified",
        "repaired",
    )


def test_staff_cannot_start_a_run(visit: Callable[..., Visitor], stack: StackInfo) -> None:
    visitor = visit("province", "staff")
    visitor.open("/")
    before = client(stack, "province", "staff").action.fjgov_sync_list(limit=200)
    visitor.open("/user/login")
    token = visitor.page.locator("meta[name='_csrf_token']").get_attribute("content")
    answer = visitor.context.request.post(
        f"{visitor.site}/fjgov/nodes/350200", form={"_csrf_token": token or ""}
    )
    assert answer.status == 403
    assert client(stack, "province", "staff").action.fjgov_sync_list(limit=200) == before
