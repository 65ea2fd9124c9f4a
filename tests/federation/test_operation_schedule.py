"""Schedules, pauses, cancelling, retries, progress and retention on the real stack."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from ckanapi import NotAuthorized, RemoteCKAN, ValidationError

from tests.federation.operating import audited, ended, eventually, lose_the_queue, make_due
from tests.federation.planting import planting
from tests.federation.syncing import Syncer, command, listed_names
from tests.integration.api import client, create_listed, sql
from tests.integration.stack_env import StackInfo

FUZHOU = "350100"


@pytest.fixture
def operator(stack: StackInfo) -> Iterator[RemoteCKAN]:
    """The platform operator; no schedule and no pause is left behind."""
    site = client(stack, "province", "platform_operator")
    yield site
    site.action.fjgov_schedule_set(node=FUZHOU, schedule="off")
    site.action.fjgov_node_resume(node=FUZHOU)


def node_of(stack: StackInfo) -> dict[str, Any]:
    return dict(client(stack, "province", "staff").action.fjgov_node_show(code=FUZHOU))


def latest(stack: StackInfo, **filters: Any) -> dict[str, Any]:
    site = client(stack, "province", "staff")
    return dict(site.action.fjgov_sync_list(node=FUZHOU, limit=1, **filters)[0])


def queued(stack: StackInfo) -> dict[str, Any] | None:
    row = latest(stack)
    return row if row["state"] == "queued" else None


def scheduled(stack: StackInfo) -> dict[str, Any] | None:
    row = latest(stack)
    return row if row["trigger"] == "schedule" else None


def test_a_due_node_is_synchronised_and_its_next_time_set(
    stack: StackInfo, operator: RemoteCKAN
) -> None:
    entry = create_listed(stack)
    shown = operator.action.fjgov_schedule_set(node=FUZHOU, schedule="every 30")
    assert shown["schedule"] == "every 30"
    make_due(stack, FUZHOU)
    run = eventually(lambda: scheduled(stack))
    assert ended(stack, run["id"])["state"] == "verified"
    assert entry["name"] in listed_names(stack, "province", "fuzhou")
    assert eventually(lambda: (node_of(stack)["next_due_at"] or "") > run["queued_at"])
    assert node_of(stack)["lag"]["changes"] == 0


def test_neither_a_lost_queue_nor_a_dead_worker_loses_a_run(
    stack: StackInfo, operator: RemoteCKAN
) -> None:
    entry = create_listed(stack)
    operator.action.fjgov_schedule_set(node=FUZHOU, schedule="daily 03:30")
    stack.stack.processes.kill("province-worker")
    try:
        make_due(stack, FUZHOU)
        run = eventually(lambda: queued(stack))
        # A second due time while the first run waits is passed over, and noted.
        make_due(stack, FUZHOU)
        eventually(lambda: run["id"] in (node_of(stack)["skipped_zh"] or ""))
        assert latest(stack)["id"] == run["id"]
        assert lose_the_queue(stack) > 0
    finally:
        stack.stack.up()
    done = ended(stack, run["id"])
    assert (done["state"], done["trigger"]) == ("verified", "schedule")
    assert entry["name"] in listed_names(stack, "province", "fuzhou")


def test_a_time_that_comes_while_redis_is_away_is_served_when_it_is_back(
    stack: StackInfo, operator: RemoteCKAN
) -> None:
    operator.action.fjgov_schedule_set(node=FUZHOU, schedule="every 60")
    ended(stack, latest(stack)["id"])
    waiting = "SELECT id FROM fjgov_sync_run WHERE state = 'queued' AND handed_at IS NULL"
    stack.stack.processes.kill("redis")
    try:
        make_due(stack, FUZHOU)
        ((run,),) = eventually(lambda: sql(stack, "province", waiting))
    finally:
        stack.stack.up()
    done = ended(stack, run)
    assert (done["state"], done["trigger"]) == ("verified", "schedule")


def test_of_several_who_start_at_once_one_gets_a_run(
    stack: StackInfo, operator: RemoteCKAN
) -> None:
    def start(_number: int) -> str:
        try:
            site = client(stack, "province", "platform_operator")
            return str(site.action.fjgov_sync_start(node=FUZHOU)["id"])
        except ValidationError as error:
            return "" if "正在同步" in str(error) else str(error)

    with ThreadPoolExecutor(4) as pool:
        started = [run for run in pool.map(start, range(4)) if run]
    assert started
    states = [ended(stack, run)["state"] for run in started]
    assert states == ["verified"] * len(started)
    times = [client(stack, "province", "staff").action.fjgov_sync_show(id=run) for run in started]
    times.sort(key=lambda row: row["started_at"])
    assert all(a["finished_at"] <= b["queued_at"] for a, b in itertools.pairwise(times))


def test_a_paused_node_is_left_alone(
    stack: StackInfo, operator: RemoteCKAN, syncer: Syncer
) -> None:
    with pytest.raises(ValidationError, match="原因"):
        operator.action.fjgov_node_pause(node=FUZHOU, reason=" ")
    operator.action.fjgov_schedule_set(node=FUZHOU, schedule="every 15")
    operator.action.fjgov_node_pause(node=FUZHOU, reason="机房搬迁（示例）")
    before = latest(stack)["id"]
    with pytest.raises(ValidationError, match="机房搬迁"):
        operator.action.fjgov_sync_start(node=FUZHOU)
    make_due(stack, FUZHOU)
    refused = syncer.sync()
    assert (refused.state, "机房搬迁" in refused.report["zh"]) == ("failed", True)
    done = command(stack, "node", "resume", FUZHOU, "--json")
    shown = json.loads(done.stdout)
    assert (done.returncode, shown["paused_at"], shown["schedule"]) == (0, None, "every 15")
    runs = client(stack, "province", "staff").action.fjgov_sync_list(node=FUZHOU, limit=5)
    since = [row["trigger"] for row in runs[: [row["id"] for row in runs].index(before)]]
    assert since == ["cli"]
    assert syncer.sync().state == "verified"


def test_a_running_run_ends_at_its_next_step_and_the_next_goes_on(
    stack: StackInfo, operator: RemoteCKAN, syncer: Syncer
) -> None:
    names = {create_listed(stack)["name"] for _ in range(9)}
    with syncer.stopped_at("fetched"):
        run = latest(stack)
        progress = operator.action.fjgov_sync_progress(id=run["id"])
        assert (progress["state"], progress["step"], progress["is_running"]) == (
            "running",
            "fetched",
            True,
        )
        assert progress["bytes"] > 0
        assert progress["percent"] == 0
        answer = operator.action.fjgov_sync_cancel(id=run["id"], reason="示例")
        assert answer["state"] == "running"
        assert operator.action.fjgov_sync_progress(id=run["id"])["is_cancelling"]
    done = ended(stack, run["id"])
    assert (done["state"], done["cancel_reason"]) == ("cancelled", "示例")
    assert "自断点继续" in done["report"]["zh"]
    with pytest.raises(ValidationError, match="已经结束"):
        operator.action.fjgov_sync_cancel(id=run["id"])
    outcome = syncer.sync()
    assert outcome.state == "verified"
    # What the cancelled run had merged was not fetched again.
    assert outcome.report["fetched"] < done["report"]["fetched"] + 9
    assert names <= set(listed_names(stack, "province", "fuzhou"))
    assert run["id"] in audited(stack, "sync_cancelled")[0][1]


def test_a_waiting_run_is_cancelled_at_once(stack: StackInfo, operator: RemoteCKAN) -> None:
    stack.stack.processes.kill("province-worker")
    try:
        run = operator.action.fjgov_sync_start(node=FUZHOU)["id"]
        done = command(stack, "sync", "--node", FUZHOU, "--cancel", "--json")
        assert (done.returncode, json.loads(done.stdout)[0]["state"]) == (0, "cancelled")
        assert command(stack, "sync", "--node", FUZHOU, "--cancel").returncode == 1
    finally:
        stack.stack.up()
    again = operator.action.fjgov_sync_start(node=FUZHOU)["id"]
    assert ended(stack, again)["state"] == "verified"
    assert ended(stack, run)["state"] == "cancelled"


def test_one_refused_record_is_looked_at_again(
    stack: StackInfo, operator: RemoteCKAN, syncer: Syncer
) -> None:
    with planting(stack, syncer) as plant:
        wrong = plant.entry(extras={"frequency": "77"})
        assert list(syncer.sync().refusals()) == [wrong]
        with pytest.raises(ValidationError, match="没有拒收的记录"):
            operator.action.fjgov_sync_retry(node=FUZHOU, kind="entry", key="35100/none")
        run = operator.action.fjgov_sync_retry(node=FUZHOU, kind="entry", key=wrong)["id"]
        done = ended(stack, run)
        assert (done["state"], done["trigger"]) == ("verified", "retry")
        assert [note["key"] for note in done["report"]["notes"]] == [wrong]
        done = command(stack, "sync", "--node", FUZHOU, "--retry", f"entry:{wrong}", "--json")
        assert json.loads(done.stdout)["counts"]["refused"] == 1


def test_the_lag_is_told_in_changes_and_time(
    stack: StackInfo, operator: RemoteCKAN, syncer: Syncer
) -> None:
    assert operator.action.fjgov_node_poll(node=FUZHOU)["lag"]["changes"] == 0
    create_listed(stack)
    lag = operator.action.fjgov_node_poll(node=FUZHOU)["lag"]
    assert lag["changes"] >= 1
    assert 0 <= lag["seconds"] < 120
    assert command(stack, "node", "lag", FUZHOU, "--json").returncode == 1
    syncer.sync()
    done = command(stack, "node", "lag", FUZHOU, "--poll", "--json")
    assert (done.returncode, json.loads(done.stdout)["lag"]["changes"]) == (0, 0)


def test_who_may_operate(stack: StackInfo, syncer: Syncer) -> None:
    run = latest(stack)["id"]
    calls = {
        "fjgov_schedule_set": {"node": FUZHOU, "schedule": "off"},
        "fjgov_node_pause": {"node": FUZHOU, "reason": "x"},
        "fjgov_node_resume": {"node": FUZHOU},
        "fjgov_node_poll": {"node": FUZHOU},
        "fjgov_sync_cancel": {"id": run},
        "fjgov_sync_retry": {"node": FUZHOU, "kind": "entry", "key": "x"},
        "fjgov_sync_start": {"node": FUZHOU},
        "fjgov_alarm_acknowledge": {"id": 1},
        "fjgov_review_approve": {"id": run, "digest": "x", "reason": "x"},
        "fjgov_review_refuse": {"id": run, "digest": "x", "reason": "x"},
    }
    for role in ("anonymous", "staff", "registrar"):
        site = client(stack, "province", role)
        for name, data in calls.items():
            with pytest.raises(NotAuthorized):
                site.call_action(name, data)
    for name, data in {
        "fjgov_alarm_list": {},
        "fjgov_sync_progress": {"id": run},
        "fjgov_review_show": {"id": run},
    }.items():
        with pytest.raises(NotAuthorized):
            client(stack, "province").call_action(name, data)
    assert client(stack, "province", "staff").action.fjgov_alarm_list() is not None
    with pytest.raises(NotAuthorized):
        client(stack, "province", "platform_operator").action.fjgov_sync_start(
            node=FUZHOU, forced=True
        )
    assert latest(stack)["id"] == run


@pytest.mark.parametrize("rule", ["every 0", "every 1441", "daily 25:00", "hourly"])
def test_a_wrong_schedule_is_refused(stack: StackInfo, operator: RemoteCKAN, rule: str) -> None:
    with pytest.raises(ValidationError, match="无法识别"):
        operator.action.fjgov_schedule_set(node=FUZHOU, schedule=rule)
    assert node_of(stack)["schedule"] == ""


def test_cleaning_keeps_the_newest_run_open_alarms_and_the_audit(
    stack: StackInfo, syncer: Syncer
) -> None:
    syncer.sync()
    syncer.sync()
    runs = "SELECT count(*) FROM fjgov_sync_run WHERE node = '350100'"
    audit = "SELECT count(*), max(hash) FROM fjgov_audit"
    before = sql(stack, "province", audit)
    newest = latest(stack)["id"]
    ages = "UPDATE fjgov_sync_run SET finished_at = finished_at - interval '900 days'"
    sql(stack, "province", f"{ages}, queued_at = queued_at - interval '900 days' WHERE node = %s",
        FUZHOU)  # fmt: skip
    for kind, closed in (("late", "NULL"), ("failing", "now() - interval '800 days'")):
        sql(
            stack,
            "province",
            "INSERT INTO fjgov_alarm (node, kind, zh, en, opened_at, seen_at, closed_at)"
            f" VALUES ('350200', %s, 'x', 'x', now() - interval '900 days', now(), {closed})",
            kind,
        )
    try:
        done = command(stack, "clean", "--json")
        removed = json.loads(done.stdout)
        assert (done.returncode, removed["runs"] > 0, removed["alarms"]) == (0, True, 1)
        assert sql(stack, "province", runs) == [(1,)]
        assert latest(stack)["id"] == newest
        assert sql(stack, "province", audit) == before
        # The scheduler may have closed the planted alarm by now: it was kept all the same.
        left = "SELECT kind FROM fjgov_alarm WHERE zh = 'x'"
        assert sql(stack, "province", left) == [("late",)]
    finally:
        sql(stack, "province", "DELETE FROM fjgov_alarm WHERE zh = 'x'")
