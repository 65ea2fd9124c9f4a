"""Operating nodes from pages: schedule, pause, cancel, review, alarms, history, CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator

import pytest

from tests.federation.operating import ended
from tests.federation.syncing import command
from tests.integration.api import client, sql
from tests.integration.stack_env import StackInfo
from tests.pages.conftest import Visitor

XIAMEN = "350200"
RUN = "00000000-0000-4000-8000-0000000000ff"
REASON = {"rule": "R3", "field": "title", "zh": "=1+1 不合规", "en": "@SUM(1) is wrong"}
NOTES = [
    {"type": "entry", "key": f"35200/{n:06d}", "outcome": "refused", "reasons": [REASON]}
    for n in range(1, 131)
]


@pytest.fixture
def stopped(stack: StackInfo) -> Iterator[str]:
    """A stopped run of 厦门 with notes and a list to review, as the engine leaves them."""
    counts = {"added": 0, "changed": 0, "withdrawn": 0, "unchanged": 3, "refused": 130}
    report = {"state": "stopped", "counts": counts, "notes": NOTES, "differences": [],
              "zh": "本次同步将撤销过多（示例）", "en": "too many would go", "bytes": 2048,
              "requests": 2, "omitted_notes": 0, "error": "shrinking"}  # fmt: skip
    sql(stack, "province", "INSERT INTO fjgov_sync_run (id, node, state, trigger, requested_by,"
        " started_at, finished_at, report) VALUES (%s, %s, 'stopped', 'schedule', 'schedule',"
        " now(), now(), %s)", RUN, XIAMEN, json.dumps(report))  # fmt: skip
    sql(stack, "province", "INSERT INTO fjgov_review (run_id, node, opened_at, digest, listed,"
        " is_complete) VALUES (%s, %s, now(), repeat('a', 64), 60, true)", RUN, XIAMEN)  # fmt: skip
    sql(stack, "province", "INSERT INTO fjgov_review_record (run_id, position, kind, key, title,"
        " unit) SELECT %s, n, 'entry', '35200/' || lpad(n::text, 6, '0'), '示例目录' || n, '示例局'"
        " FROM generate_series(1, 60) n", RUN)  # fmt: skip
    yield RUN
    sql(stack, "province", "DELETE FROM fjgov_alarm WHERE node = %s", XIAMEN)
    sql(stack, "province", "DELETE FROM fjgov_sync_run WHERE id = %s", RUN)


@pytest.fixture
def tidy(stack: StackInfo) -> Iterator[None]:
    yield
    operator = client(stack, "province", "platform_operator")
    operator.action.fjgov_schedule_set(node=XIAMEN, schedule="off")
    operator.action.fjgov_node_resume(node=XIAMEN)


def test_schedule_and_pause_are_set_on_the_node_page(
    visit: Callable[..., Visitor], stack: StackInfo, tidy: None
) -> None:
    visitor = visit("province", "platform_operator")
    visitor.open(f"/fjgov/nodes/{XIAMEN}")
    page = visitor.page
    page.select_option("#s-rule", "daily")
    page.fill("#s-time", "03:30")
    page.get_by_role("button", name="保存计划").click()
    assert "每天 03:30" in visitor.text()
    assert "03:30:00" in visitor.text()
    page.select_option("#s-rule", "every")
    page.fill("#s-minutes", "45")
    page.get_by_role("button", name="保存计划").click()
    assert "每 45 分钟" in visitor.text()
    page.fill("#p-reason", "机房搬迁（示例）")
    page.get_by_role("button", name="暂停同步").click()
    assert "机房搬迁（示例）" in visitor.text()
    assert page.get_by_role("button", name="立即同步").count() == 0
    page.get_by_role("button", name="恢复同步").click()
    assert page.get_by_role("button", name="立即同步").count() == 1
    # Others change the catalog of 厦门 too.
    assert command(stack, "sync", "--node", XIAMEN).returncode == 0
    page.get_by_role("button", name="询问滞后").click()
    assert "无滞后" in visitor.text()


def test_the_review_page_names_the_records_and_wants_a_confirmation(
    visit: Callable[..., Visitor], stack: StackInfo, stopped: str
) -> None:
    visitor = visit("province", "platform_operator")
    visitor.open(f"/fjgov/nodes/{XIAMEN}")
    page = visitor.page
    page.get_by_role("link", name="查看将撤销的清单").first.click()
    page.wait_for_url(f"**/fjgov/runs/{stopped}/review")
    assert "示例目录50" in visitor.text()
    assert "示例目录51" not in visitor.text()
    page.get_by_role("link", name="下一页").click()
    assert "示例目录60" in visitor.text()
    page.fill("#d-reason", "已核实（示例）")
    page.get_by_role("button", name="批准撤销").click()
    assert "请勾选" in visitor.text()
    page.fill("#d-reason", "来源故障（示例）")
    page.get_by_role("button", name="拒绝，保留记录").click()
    assert "已拒绝，记录保留" in visitor.text()
    assert "来源故障（示例）" in visitor.text()
    assert page.get_by_role("button", name="批准撤销").count() == 0


def test_staff_read_and_see_no_buttons(visit: Callable[..., Visitor], stopped: str) -> None:
    visitor = visit("province", "staff")
    for path in ("/fjgov/nodes", f"/fjgov/nodes/{XIAMEN}", "/fjgov/runs", f"/fjgov/runs/{stopped}",
                 f"/fjgov/runs/{stopped}/review"):  # fmt: skip
        assert visitor.open(path).status == 200, path
        assert visitor.page.locator("main form[method=post]").count() == 0, path
    page = visitor.page
    token = page.locator("meta[name='_csrf_token']").get_attribute("content") or ""
    for path in (f"nodes/{XIAMEN}/schedule", f"nodes/{XIAMEN}/pause", f"nodes/{XIAMEN}/resume",
                 f"nodes/{XIAMEN}/poll", f"nodes/{XIAMEN}/retry", f"runs/{stopped}/cancel",
                 f"runs/{stopped}/review", "alarms/1"):  # fmt: skip
        form = {"_csrf_token": token, "reason": "x", "confirm": "1", "decision": "approve",
                "digest": "a" * 64, "kind": "entry", "key": "x"}  # fmt: skip
        answer = visitor.context.request.post(f"{visitor.site}/fjgov/{path}", form=form)
        assert answer.status == 403, path


def test_forms_without_their_token_do_nothing(
    visit: Callable[..., Visitor], stopped: str, stack: StackInfo
) -> None:
    visitor = visit("province", "platform_operator")
    visitor.open("/fjgov/nodes")
    for path in (f"nodes/{XIAMEN}", f"nodes/{XIAMEN}/schedule", f"runs/{stopped}/review"):
        answer = visitor.context.request.post(f"{visitor.site}/fjgov/{path}", form={"rule": "off"})
        assert answer.status == 400, path
    operator = client(stack, "province", "platform_operator")
    assert operator.action.fjgov_review_show(id=stopped)["decision"] == "open"


def test_alarms_are_shown_and_taken_up(
    visit: Callable[..., Visitor], stack: StackInfo, stopped: str
) -> None:
    visitor = visit("province", "platform_operator")
    visitor.open("/fjgov/nodes")
    row = visitor.page.locator(".fj-alarms tbody tr", has_text="厦门")
    assert "撤销过多" in row.inner_text()
    row.locator("input[name=note]").fill("正在核实（示例）")
    row.get_by_role("button", name="确认").click()
    assert "正在核实（示例）" in visitor.page.locator(".fj-alarms").inner_text()


def test_history_is_filtered_and_notes_are_paged_and_exported(
    visit: Callable[..., Visitor], stopped: str
) -> None:
    visitor = visit("province", "staff")
    page = visitor.page
    visitor.open(f"/fjgov/runs?node={XIAMEN}&state=stopped")
    assert page.locator("main tbody tr").count() >= 1
    assert set(page.locator("main tbody .fj-badge").all_inner_texts()) == {"!\n已停止，等待确认"}
    visitor.open("/fjgov/runs?state=cancelled&node=350000")
    assert "没有符合条件的同步记录" in visitor.text()
    visitor.open(f"/fjgov/runs/{stopped}")
    assert page.locator("main tbody tr").count() == 100
    page.get_by_role("link", name="下一页").click()
    assert page.locator("main tbody tr").count() == 30
    answer = visitor.context.request.get(f"{visitor.site}/fjgov/runs/{stopped}/notes.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.body().decode("utf-8-sig"))))
    assert len(rows) == len(NOTES)
    told = {"rule": "R3", "field": "title", "zh": "'=1+1 不合规", "en": "'@SUM(1) is wrong"}
    assert rows[0] == {"type": "entry", "key": "35200/000001", "outcome": "refused", **told}


def test_a_waiting_run_shows_itself_and_is_cancelled_with_a_confirmation(
    visit: Callable[..., Visitor], stack: StackInfo
) -> None:
    visitor = visit("province", "platform_operator")
    stack.stack.processes.kill("province-worker")
    try:
        visitor.open("/fjgov/nodes")
        visitor.page.locator("tr", has_text=XIAMEN).get_by_role("button").click()
        visitor.page.wait_for_url("**/fjgov/runs/*")
        page = visitor.page
        run = page.url.rsplit("/", 1)[1]
        assert page.locator("[data-fj-progress]").count() == 1
        page.locator(".fj-confirm summary").focus()
        page.keyboard.press("Enter")
        page.fill("#c-reason", "示例")
        page.check(".fj-confirm input[type=checkbox]")
        page.get_by_role("button", name="取消同步").click()
        page.locator(".fj-run-cancelled").wait_for()
        assert ended(stack, run)["cancel_reason"] == "示例"
    finally:
        stack.stack.up()


def test_pages_speak_english(visit: Callable[..., Visitor], stopped: str) -> None:
    visitor = visit("province", "platform_operator")
    for path, words in {
        "/en/fjgov/nodes": ("Open alarms", "Schedule", "Lag"),
        f"/en/fjgov/nodes/{XIAMEN}": ("Pause", "Ask for the lag"),
        "/en/fjgov/runs": ("Result", "By schedule"),
        f"/en/fjgov/runs/{stopped}": ("Records with reasons", "See what would go"),
        f"/en/fjgov/runs/{stopped}/review": ("Approve the withdrawal", "Refuse, keep the records"),
    }.items():
        visitor.open(path)
        for word in words:
            assert word in visitor.text(), (path, word)
