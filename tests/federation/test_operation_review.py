"""A stopped run names what would go; an approval covers that and nothing else. Alarms follow."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from ckanapi import RemoteCKAN, ValidationError

from tests.federation.operating import audited, ended
from tests.federation.syncing import Syncer, command, listed_names
from tests.integration.api import client, create_listed, sql
from tests.integration.stack_env import StackInfo

FUZHOU = "350100"
LISTED = "type = 'dataset' AND state = 'active' AND NOT private"


@pytest.fixture
def operator(stack: StackInfo) -> RemoteCKAN:
    return client(stack, "province", "platform_operator")


@pytest.fixture
def vanishing(stack: StackInfo, syncer: Syncer) -> Iterator[list[str]]:
    """All entries of 福州, to be hidden by a test; they are back afterwards."""
    syncer.sync()
    names = [row[0] for row in sql(stack, "fuzhou", f"SELECT name FROM package WHERE {LISTED}"
                                   " ORDER BY name")]  # fmt: skip
    yield names
    sql(stack, "fuzhou", "UPDATE package SET private = false WHERE name = ANY(%s)", names)
    assert syncer.sync(forced=True).state == "verified"


def hide(stack: StackInfo, names: list[str]) -> None:
    sql(stack, "fuzhou", "UPDATE package SET private = true WHERE name = ANY(%s)", names)


def review_of(site: RemoteCKAN, run: str, **page: int) -> dict[str, Any]:
    return dict(site.action.fjgov_review_show(id=run, limit=1000, **page))


def newest(site: RemoteCKAN) -> dict[str, Any]:
    return dict(site.action.fjgov_sync_list(node=FUZHOU, limit=1)[0])


def alarm_kinds(site: RemoteCKAN) -> set[str]:
    return {row["kind"] for row in site.action.fjgov_alarm_list(node=FUZHOU)}


def test_an_approval_covers_the_very_list_and_no_other_record(
    stack: StackInfo, syncer: Syncer, operator: RemoteCKAN, vanishing: list[str]
) -> None:
    kept, *hidden = vanishing
    hide(stack, hidden)
    assert syncer.sync().state == "stopped"
    stopped = newest(operator)["id"]
    first = review_of(operator, stopped)
    # Every record is named, those of the pages behind the stop too, with its title.
    slugs = {row["key"].replace("/", "-").lower() for row in first["records"]}
    assert slugs == set(hidden)
    assert all(row["title"] and row["unit"] for row in first["records"])
    assert (first["decision"], first["listed"], first["is_complete"]) == (
        "open",
        len(hidden),
        True,
    )
    second_page = operator.action.fjgov_review_show(id=stopped, limit=5, offset=5)["records"]
    assert second_page == first["records"][5:10]
    assert alarm_kinds(operator) == {"shrinking"}
    with pytest.raises(ValidationError, match="清单"):
        operator.action.fjgov_review_approve(id=stopped, digest="0" * 64, reason="示例")
    with pytest.raises(ValidationError, match="原因"):
        operator.action.fjgov_review_approve(id=stopped, digest=first["digest"], reason="")

    # Another record goes before the approved run begins: the guard asks again, nothing is gone.
    hide(stack, [kept])
    answer = operator.action.fjgov_review_approve(
        id=stopped, digest=first["digest"], reason="与来源核实（示例）"
    )
    again = ended(stack, answer["run"])
    assert (again["state"], again["trigger"]) == ("stopped", "approval")
    assert listed_names(stack, "province", "fuzhou") == sorted(vanishing)
    wider = review_of(operator, again["id"])
    assert (wider["decision"], wider["listed"]) == ("open", len(vanishing))
    with pytest.raises(ValidationError, match="已经处理"):
        operator.action.fjgov_review_approve(
            id=stopped, digest=first["digest"], reason="再次（示例）"
        )

    # The new list is approved, and exactly it goes.
    answer = operator.action.fjgov_review_approve(
        id=again["id"], digest=wider["digest"], reason="再次核实（示例）"
    )
    assert ended(stack, answer["run"])["state"] == "verified"
    assert listed_names(stack, "province", "fuzhou") == []
    assert alarm_kinds(operator) == set()
    actor, row = audited(stack, "shrink_approved")[0]
    detail = json.loads(row)["detail"]
    assert actor == stack.credentials["province"]["platform_operator"]["user"]
    assert (detail["list"], detail["records"], detail["reason"]) == (
        wider["digest"],
        len(vanishing),
        "再次核实（示例）",
    )

    # An approval is used up: the same records cannot go unasked another time.
    sql(stack, "fuzhou", "UPDATE package SET private = false WHERE name = ANY(%s)", vanishing)
    assert syncer.sync().state == "verified"
    hide(stack, vanishing)
    assert syncer.sync().state == "stopped"


def test_a_refusal_keeps_the_records_and_is_not_asked_about_again(
    stack: StackInfo, syncer: Syncer, operator: RemoteCKAN, vanishing: list[str]
) -> None:
    hide(stack, vanishing)
    done = command(stack, "sync", "--node", FUZHOU, "--json")
    assert done.returncode == 3
    stopped = newest(operator)["id"]
    shown = command(stack, "review", stopped, "--json")
    assert (shown.returncode, json.loads(shown.stdout)["listed"]) == (3, len(vanishing))
    refused = command(stack, "review", stopped, "--refuse", "--reason", "来源故障（示例）")
    assert refused.returncode == 0, refused.stderr
    assert listed_names(stack, "province", "fuzhou") == vanishing
    assert json.loads(audited(stack, "shrink_refused")[0][1])["detail"]["run"] == stopped
    # The next run finds the same and stops; nobody is asked, the alarm stays.
    assert syncer.sync().state == "stopped"
    repeated = review_of(operator, newest(operator)["id"])
    assert (repeated["decision"], repeated["reason"]) == ("refused", "来源故障（示例）")
    assert alarm_kinds(operator) == {"shrinking"}
    assert command(stack, "alarm", "--node", FUZHOU).returncode == 1
    assert "alarm" in command(stack, "doctor").stdout
    # The records come back at home: the next run is healthy and the alarm closes by itself.
    sql(stack, "fuzhou", "UPDATE package SET private = false WHERE name = ANY(%s)", vanishing)
    assert syncer.sync().state == "verified"
    assert alarm_kinds(operator) == set()


def test_alarms_open_are_taken_up_and_close(
    stack: StackInfo, syncer: Syncer, operator: RemoteCKAN
) -> None:
    create_listed(stack)
    stack.stack.processes.kill("fuzhou-web")
    try:
        assert syncer.sync().state == "failed"
        (row,) = operator.action.fjgov_alarm_list(node=FUZHOU)
        assert (row["kind"], row["closed_at"], row["run_id"]) == (
            "unreachable",
            None,
            newest(operator)["id"],
        )
        with pytest.raises(ValidationError, match="无法询问"):
            operator.action.fjgov_node_poll(node=FUZHOU)
        taken = operator.action.fjgov_alarm_acknowledge(id=row["id"], note="已电话联系（示例）")
        assert taken["note"] == "已电话联系（示例）"
        assert syncer.sync().state == "failed"
        (still,) = operator.action.fjgov_alarm_list(node=FUZHOU)
        assert (still["id"], still["opened_at"]) == (row["id"], row["opened_at"])
        assert still["acknowledged_by"]
    finally:
        stack.stack.revive("fuzhou-web")
    assert syncer.sync().state == "verified"
    assert alarm_kinds(operator) == set()
    closed = operator.action.fjgov_alarm_list(node=FUZHOU, all=True)
    assert next(item for item in closed if item["id"] == row["id"])["closed_at"]


def test_a_node_is_late_by_its_schedule(
    stack: StackInfo, syncer: Syncer, operator: RemoteCKAN
) -> None:
    operator.action.fjgov_schedule_set(node=FUZHOU, schedule="every 15")
    old = "now() - interval '3 hours'"
    try:
        # The scheduler must not serve the node meanwhile: its next time lies ahead.
        sql(stack, "province", "UPDATE fjgov_operation SET next_due = now() + interval '1 hour',"
            f" set_at = {old} WHERE node = %s", FUZHOU)  # fmt: skip
        sql(stack, "province", f"UPDATE fjgov_sync_run SET finished_at = {old} WHERE node = %s",
            FUZHOU)  # fmt: skip
        (row,) = operator.action.fjgov_alarm_list(node=FUZHOU)
        assert (row["kind"], row["run_id"]) == ("late", None)
        assert syncer.sync().state == "verified"
        assert alarm_kinds(operator) == set()
    finally:
        operator.action.fjgov_schedule_set(node=FUZHOU, schedule="off")
