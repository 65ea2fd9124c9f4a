"""Cases on a running site: claims of non-publication from the unit to its office, by API alone."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg2
import pytest
from ckanapi import RemoteCKAN

from tests.integration.api import (
    LONG_AGO,
    client,
    create_listed,
    name_of_office,
    new_account,
    no_party,
    outcome,
    refusal,
    sql,
    unit_of,
)
from tests.integration.operating_cases import age_clock, tick
from tests.integration.stack_env import StackInfo

NODE = "fuzhou"


@pytest.fixture
def officer(stack: StackInfo) -> RemoteCKAN:
    """Somebody of the digital office that is competent for the registrar's unit."""
    return new_account(stack, NODE, name_of_office(stack, NODE), "digital_office")


def claim_of(entry: dict[str, Any], **change: Any) -> dict[str, Any]:
    rows = [
        {"item": item["id"], "basis": "示例法第一条", "note": "示例说明"} for item in entry["items"]
    ]
    return {"id": entry["id"], "items": rows} | change


def claimed(stack: StackInfo, registrar: RemoteCKAN) -> dict[str, Any]:
    return dict(registrar.action.fjgov_claim_create(**claim_of(create_listed(stack))))


def numbers(site: RemoteCKAN, **filters: Any) -> list[str]:
    found = site.action.fjgov_case_list(limit=200, kind="non_publication", **filters)
    return [row["number"] for row in found["results"]]


def test_a_claim_goes_to_the_office_which_agrees(
    stack: StackInfo, registrar: RemoteCKAN, officer: RemoteCKAN
) -> None:
    case = claimed(stack, registrar)
    number = case["number"]
    assert (case["state"], case["version"]) == ("claimed", 2)
    assert number.startswith("BF-")
    assert number in numbers(officer)
    assert number not in numbers(registrar)
    assert number in numbers(registrar, inbox=False)
    shown = officer.action.fjgov_case_show(number=number)
    assert {step["event"] for step in shown["steps"]} == {"return", "agree", "disagree"}
    [clock] = shown["clocks"]
    assert (clock["days"], clock["is_running"], clock["is_legal"]) == (5, True, False)
    [delivery] = shown["deliveries"]
    assert (delivery["role"], delivery["proof"]) == ("office", "same_node")
    done = officer.action.fjgov_case_decide(number=number, event="agree", version=2)
    assert (done["state"], done["version"]) == ("agreed", 3)
    assert number not in numbers(officer)
    timeline = registrar.action.fjgov_case_show(number=number)["timeline"]
    assert [step["event"] for step in timeline] == ["opened", "claim", "agree"]
    assert [step["seq"] for step in timeline] == [1, 2, 3]
    last = timeline[-1]
    assert (last["role"], last["level"], last["article"]) == ("digital_office", "token", "21")
    assert isinstance(last["appointment"], int)


def test_the_office_that_does_not_agree_leaves_a_task(
    stack: StackInfo, registrar: RemoteCKAN, officer: RemoteCKAN
) -> None:
    number = claimed(stack, registrar)["number"]
    decide = officer.action.fjgov_case_decide
    assert "请填写意见或理由" in refusal(decide, number=number, event="disagree")
    done = decide(number=number, event="disagree", reason="示例理由：可以脱敏后发布")
    assert done["state"] == "not_agreed"
    assert number in numbers(registrar)
    done = registrar.action.fjgov_case_decide(number=number, event="publish")
    assert done["state"] == "published"
    shown = registrar.action.fjgov_case_show(number=number)
    assert [clock["done"] is None for clock in shown["clocks"]] == [False, False]
    assert shown["steps"] == []


def test_nobody_passes_without_the_appointment(
    stack: StackInfo, registrar: RemoteCKAN, officer: RemoteCKAN
) -> None:
    number = claimed(stack, registrar)["number"]
    office = name_of_office(stack, NODE)
    people = {
        "registrar": registrar,
        "reviewer": client(stack, NODE, "reviewer"),
        "platform_operator": client(stack, NODE, "platform_operator"),
        "sysadmin": client(stack, NODE, "sysadmin"),
        "other office": new_account(stack, NODE, no_party(stack, NODE), "digital_office"),
        "ended": new_account(stack, NODE, office, "digital_office", ended=True),
        "other role": new_account(stack, NODE, office, "registrar"),
        "anonymous": client(stack, NODE),
    }
    for event in ("agree", "disagree", "return"):
        for who, site in people.items():
            told = outcome(site, "fjgov_case_decide", number=number, event=event, reason="示例")
            assert told == "NotAuthorized", (who, event)
    # What the clock writes is asked for by nobody.
    for site in (officer, people["sysadmin"]):
        told = outcome(site, "fjgov_case_decide", number=number, event="claim_decision_lapsed")
        assert told == "NotAuthorized"
    assert registrar.action.fjgov_case_show(number=number)["version"] == 2


def test_only_people_of_the_parties_see_a_case(
    stack: StackInfo, registrar: RemoteCKAN, officer: RemoteCKAN
) -> None:
    number = claimed(stack, registrar)["number"]
    stranger = new_account(stack, NODE, no_party(stack, NODE), "registrar")
    show = "fjgov_case_show"
    assert [outcome(site, show, number=number) for site in (registrar, officer)] == ["done", "done"]
    assert outcome(stranger, show, number=number) == "NotAuthorized"
    assert outcome(client(stack, NODE), show, number=number) == "NotAuthorized"
    assert outcome(registrar, show, number="BF-2026-999999") == "NotFound"
    assert outcome(client(stack, NODE), "fjgov_case_list") == "NotAuthorized"
    assert number not in numbers(stranger, inbox=False)


@pytest.mark.parametrize(
    "change",
    [
        {"items": []},
        {"items": None},
        {"items": [{"item": "none-of-them", "basis": "示例", "note": "示例"}]},
        {"items": [{"item": "\0", "basis": "示例", "note": "示例"}]},
        {"reason": "长" * 2001},
        {"reason": ["no text"]},
    ],
)
def test_a_claim_that_is_not_whole_leaves_no_case(
    stack: StackInfo, registrar: RemoteCKAN, change: dict[str, Any]
) -> None:
    entry = create_listed(stack)
    told = outcome(registrar, "fjgov_claim_create", **claim_of(entry, **change))
    assert told == "ValidationError"
    assert sql(stack, NODE, "SELECT count(*) FROM fjgov_case WHERE subject = %s", entry["id"]) == [
        (0,)
    ]


def test_one_open_claim_for_one_entry(stack: StackInfo, registrar: RemoteCKAN) -> None:
    entry = create_listed(stack)
    registrar.action.fjgov_claim_create(**claim_of(entry))
    again = refusal(registrar.action.fjgov_claim_create, **claim_of(entry))
    assert "不能“报送不能发布说明”" in again


def test_of_two_who_decide_at_once_one_wins(
    stack: StackInfo, registrar: RemoteCKAN, officer: RemoteCKAN
) -> None:
    office = name_of_office(stack, NODE)
    second = new_account(stack, NODE, office, "digital_office")
    for _round in range(5):
        number = claimed(stack, registrar)["number"]

        def decide(work: tuple[RemoteCKAN, str], number: str = number) -> str:
            site, event = work
            return outcome(site, "fjgov_case_decide", number=number, event=event, reason="示例")

        with ThreadPoolExecutor(2) as pool:
            told = sorted(pool.map(decide, [(officer, "agree"), (second, "disagree")]))
        assert told == ["ValidationError", "done"]
        shown = registrar.action.fjgov_case_show(number=number)
        assert shown["version"] == 3
        assert shown["state"] in ("agreed", "not_agreed")


def test_of_two_who_claim_at_once_one_wins(stack: StackInfo, registrar: RemoteCKAN) -> None:
    entry = create_listed(stack)

    def claim(site: RemoteCKAN) -> str:
        return outcome(site, "fjgov_claim_create", **claim_of(entry))

    sites = [registrar, client(stack, NODE, "reviewer")]
    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(claim, sites)) == ["ValidationError", "done"]
    rows = sql(stack, NODE, "SELECT version FROM fjgov_case WHERE subject = %s", entry["id"])
    assert rows == [(2,)]


def test_whoever_looked_at_an_older_version_is_told(
    stack: StackInfo, registrar: RemoteCKAN, officer: RemoteCKAN
) -> None:
    number = claimed(stack, registrar)["number"]
    told = refusal(officer.action.fjgov_case_decide, number=number, event="agree", version=1)
    assert "请刷新" in told


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE fjgov_case_event SET reason = ''",
        "DELETE FROM fjgov_case_event",
        "TRUNCATE fjgov_case_event CASCADE",
    ],
)
def test_the_database_refuses_to_change_a_history(
    stack: StackInfo, registrar: RemoteCKAN, statement: str
) -> None:
    claimed(stack, registrar)
    with pytest.raises(psycopg2.Error, match="append-only"):
        sql(stack, NODE, statement)


def test_notices_are_read_by_each_person(
    stack: StackInfo, registrar: RemoteCKAN, officer: RemoteCKAN
) -> None:
    number = claimed(stack, registrar)["number"]
    colleague = new_account(stack, NODE, name_of_office(stack, NODE), "digital_office")

    def mine(site: RemoteCKAN, **filters: Any) -> list[dict[str, Any]]:
        rows = site.action.fjgov_notice_list(limit=200, **filters)["results"]
        return [row for row in rows if row["number"] == number]

    [notice] = mine(officer, unread=True)
    assert (notice["event"], notice["read_at"]) == ("claim", None)
    assert mine(registrar) == []
    assert officer.action.fjgov_notice_read(ids=[notice["id"]]) == {"read": [notice["id"]]}
    assert mine(officer, unread=True) == []
    assert len(mine(officer)) == len(mine(colleague, unread=True)) == 1
    assert registrar.action.fjgov_notice_read(ids=[notice["id"]]) == {"read": []}
    officer.action.fjgov_case_decide(number=number, event="return", reason="示例：请补充")
    # The submitter is told in person, and the unit by role.
    assert {row["event"] for row in mine(registrar)} == {"return"}


def test_the_scheduler_ends_a_clock_and_the_case_goes_on(
    stack: StackInfo, registrar: RemoteCKAN, officer: RemoteCKAN
) -> None:
    number = claimed(stack, registrar)["number"]
    age_clock(stack, NODE, number)
    tick(stack, NODE)
    tick(stack, NODE)
    shown = officer.action.fjgov_case_show(number=number)
    assert [step["event"] for step in shown["timeline"]][2:] == ["claim_decision_lapsed"]
    assert shown["timeline"][2]["user"] == ""
    assert shown["state"] == "claimed"
    assert shown["clocks"][0]["lapsed"] is not None
    assert officer.action.fjgov_case_decide(number=number, event="agree")["state"] == "agreed"


def test_a_provisional_clock_ends_only_after_its_year_is_loaded(
    stack: StackInfo, registrar: RemoteCKAN
) -> None:
    number = claimed(stack, registrar)["number"]
    age_clock(stack, NODE, number, provisional=True)
    tick(stack, NODE)
    timeline = registrar.action.fjgov_case_show(number=number)["timeline"]
    assert [step["event"] for step in timeline] == ["opened", "claim"]


def test_loading_a_year_counts_running_clocks_again_and_says_so(
    stack: StackInfo, registrar: RemoteCKAN, officer: RemoteCKAN
) -> None:
    running, ended = (claimed(stack, registrar)["number"] for _ in range(2))
    officer.action.fjgov_case_decide(number=ended, event="agree")
    [before] = registrar.action.fjgov_case_show(number=running)["clocks"]
    # The last day is not worked any more.
    last, year = before["last_day"], before["last_day"][:4]
    off = [f"{year}-{day}" for day in ("01-01", "05-01", "10-01", "10-02", "10-03")]
    days = ", ".join([*off, last])
    notice = f"year: {year}\nnotice: 示例更正\ndays_worked: []\ndays_off: [{days}]\n"
    technician = client(stack, NODE, "sysadmin")
    try:
        loaded = technician.action.fjgov_calendar_load(notice=notice)
        shown = registrar.action.fjgov_case_show(number=running)
    finally:
        sql(stack, NODE, "DELETE FROM fjgov_work_notice")
    assert loaded["cases"] >= 1
    [after] = shown["clocks"]
    assert after["last_day"] > before["last_day"]
    step = shown["timeline"][-1]
    assert (step["event"], step["user"], step["after"]) == ("clocks_recomputed", "", "claimed")
    [moved] = step["payload"]["clocks"]
    assert moved["before"]["last_day"] == before["last_day"]
    assert moved["after"]["last_day"] == after["last_day"]
    timeline = registrar.action.fjgov_case_show(number=ended)["timeline"]
    assert timeline[-1]["event"] == "agree"


def test_steps_are_in_the_audit_and_opinions_are_not(
    stack: StackInfo, registrar: RemoteCKAN, officer: RemoteCKAN
) -> None:
    number = claimed(stack, registrar)["number"]
    officer.action.fjgov_case_decide(number=number, event="disagree", reason="示例意见不入留痕")
    rows = sql(
        stack,
        NODE,
        "SELECT convert_from(row_bytes, 'UTF8') FROM fjgov_audit WHERE event = 'case_step'"
        " ORDER BY seq",
    )
    mine = [json.loads(text) for (text,) in rows if number in text]
    assert [row["detail"]["event"] for row in mine] == ["claim", "disagree"]
    assert mine[0]["actor"] == registrar.action.user_show()["name"]
    assert "示例意见不入留痕" not in json.dumps(mine, ensure_ascii=False)


def test_a_unit_without_a_current_office_is_told_what_to_do(
    stack: StackInfo, registrar: RemoteCKAN
) -> None:
    entry = create_listed(stack)
    technician = client(stack, NODE, "sysadmin")
    unit = technician.action.organization_show(id=unit_of(stack, NODE))
    offices = unit["competent_office"]
    over = [{**row, "valid_from": LONG_AGO, "valid_until": LONG_AGO} for row in offices]
    technician.action.organization_patch(id=unit["id"], competent_office=over)
    try:
        told = refusal(registrar.action.fjgov_claim_create, **claim_of(entry))
    finally:
        technician.action.organization_patch(id=unit["id"], competent_office=offices)
    assert "未登记现任的同级数字办" in told


@pytest.mark.parametrize(
    "arguments",
    [{"limit": -1}, {"limit": "many"}, {"kind": "unheard_of"}, {"state": "\0"}],
)
def test_lists_refuse_what_they_cannot_read(
    registrar: RemoteCKAN, arguments: dict[str, Any]
) -> None:
    assert outcome(registrar, "fjgov_case_list", **arguments) == "ValidationError"


def test_pages_of_a_list_come_one_after_the_other(stack: StackInfo, registrar: RemoteCKAN) -> None:
    wanted = {claimed(stack, registrar)["number"] for _ in range(3)}
    listed = registrar.action.fjgov_case_list
    count = listed(inbox=False, limit=1)["count"]
    seen = [
        row["number"]
        for offset in range(0, count, 2)
        for row in listed(inbox=False, limit=2, offset=offset)["results"]
    ]
    assert len(seen) == len(set(seen)) == count
    assert wanted <= set(seen)


@pytest.mark.parametrize(
    "arguments", [{}, {"number": 5}, {"number": "x", "event": None}, {"number": ["x"]}], ids=str
)
def test_arguments_that_cannot_be_read_are_no_server_error(
    registrar: RemoteCKAN, arguments: dict[str, Any]
) -> None:
    told = outcome(registrar, "fjgov_case_decide", **arguments)
    assert told in ("NotFound", "ValidationError")
