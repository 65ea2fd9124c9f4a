"""The 采集目录 on running sites: reports, decisions by item, and who takes them."""

from __future__ import annotations

import uuid

import psycopg2
import pytest
from ckanapi import RemoteCKAN

from tests.integration.api import client, new_account, outcome, overridden, refusal, sql, unit_of
from tests.integration.collecting import (
    PROVINCE,
    command,
    confirmed,
    decide,
    decided_rows,
    of_record,
    other_registrar,
    register,
    unique_item,
)
from tests.integration.stack_env import StackInfo

NODE = PROVINCE


class TestReportAndDecision:
    def test_what_is_reported_is_confirmed_item_by_item(
        self, stack: StackInfo, registrar: RemoteCKAN, officer: RemoteCKAN
    ) -> None:
        one, two = unique_item(), unique_item()
        record = register(stack, PROVINCE, [one, two])
        assert of_record(stack, record) == {}
        case = registrar.action.fjgov_collection_report(id=record["name"])
        assert case["number"].startswith("CJ-")
        assert (case["state"], case["version"]) == ("reported", 2)
        assert {row["is_waiting"] for row in case["record"]["items"]} == {True}
        waiting = officer.action.fjgov_collection_waiting_list(limit=200)["results"]
        [row] = [row for row in waiting if row["number"] == case["number"]]
        assert (row["items"], row["waiting"], row["matched"]) == (2, 2, 0)
        inbox = officer.action.fjgov_case_list(kind="collection_report", limit=200)["results"]
        assert case["number"] in {row["number"] for row in inbox}
        done = decide(stack, case["number"], version=2)
        assert (done["state"], done["version"]) == ("confirmed", 3)
        assert {name: row["state"] for name, row in of_record(stack, record).items()} == {
            one: "confirmed",
            two: "confirmed",
        }
        shown = registrar.action.fjgov_collection_show(id=record["id"])
        assert {row["in_force"]["state"] for row in shown["items"]} == {"confirmed"}
        assert {row["is_waiting"] for row in shown["items"]} == {False}

    def test_the_record_itself_is_never_written(
        self, stack: StackInfo, registrar: RemoteCKAN
    ) -> None:
        record = confirmed(stack, [unique_item()])
        [(state,)] = sql(
            stack,
            PROVINCE,
            "SELECT extras ->> 'collection_state' FROM package WHERE id = %s",
            record["id"],
        )
        assert state == "reported"

    def test_an_adjustment_changes_what_it_names_and_confirms_the_rest(
        self, stack: StackInfo, registrar: RemoteCKAN
    ) -> None:
        names = [unique_item() for _ in range(3)]
        record = register(stack, PROVINCE, names)
        case = registrar.action.fjgov_collection_report(id=record["id"])
        ids = {row["name"]: row["item"] for row in case["record"]["items"]}
        rows = [
            {"item": ids[names[0]], "territory": ["350100"], "line": "示例条线"},
            {"item": ids[names[1]], "end": "1"},
        ]
        site = client(stack, PROVINCE, "digital_office")
        adjust = site.action.fjgov_case_decide
        number = case["number"]
        for payload, words in (
            ({}, "逐项写明"),
            ({"items": [{"item": "other"}]}, "没有采集项"),
            ({"items": [{"item": ids[names[0]]}]}, "没有内容"),
        ):
            told = refusal(adjust, number=number, event="adjust", payload=payload, reason="示例")
            assert words in told
        told = refusal(adjust, number=number, event="adjust", payload={"items": rows})
        assert "请填写意见或理由" in told
        assert decided_rows(stack, record) == []
        done = adjust(number=number, event="adjust", payload={"items": rows}, reason="示例理由")
        assert done["state"] == "adjusted"
        found = of_record(stack, record)
        assert {name: row["state"] for name, row in found.items()} == {
            names[0]: "adjusted",
            names[2]: "confirmed",
        }
        assert (found[names[0]]["territory"], found[names[0]]["line"]) == ("3501", "示例条线")
        shown = registrar.action.fjgov_collection_show(id=record["id"])
        states = {row["name"]: row["in_force"]["state"] for row in shown["items"]}
        assert states[names[1]] == "ended"
        reasons = {row["name"]: row["in_force"]["reason"] for row in shown["items"]}
        assert (reasons[names[0]], reasons[names[2]]) == ("示例理由", "")

    def test_an_item_may_be_given_to_another_unit(
        self, stack: StackInfo, registrar: RemoteCKAN
    ) -> None:
        name, (other, _site) = unique_item(), other_registrar(stack, PROVINCE)
        technician = client(stack, PROVINCE, "sysadmin")
        unit = technician.action.organization_show(id=other)
        record = register(stack, PROVINCE, [name])
        case = registrar.action.fjgov_collection_report(id=record["id"])
        [row] = case["record"]["items"]
        payload = {"items": [{"item": row["item"], "unit": unit["uscc"]}]}
        decide(stack, case["number"], "adjust", payload=payload, reason="示例理由")
        found = of_record(stack, record)[name]
        assert (found["unit"], found["unit_name"]) == (unit["uscc"], unit["title"])

    def test_only_what_is_listed_is_reported(self, stack: StackInfo, registrar: RemoteCKAN) -> None:
        record = register(stack, PROVINCE, [unique_item()], state=None)
        told = refusal(registrar.action.fjgov_collection_report, id=record["id"])
        assert "尚未发布" in told
        rows = sql(stack, PROVINCE, "SELECT FROM fjgov_case WHERE subject = %s", record["id"])
        assert rows == []

    def test_what_is_recalled_waits_no_more(self, stack: StackInfo, registrar: RemoteCKAN) -> None:
        record = register(stack, PROVINCE, [unique_item()])
        case = registrar.action.fjgov_collection_report(id=record["id"])
        done = registrar.action.fjgov_case_decide(number=case["number"], event="recall")
        assert done["state"] == "draft"
        again = registrar.action.fjgov_collection_report(id=record["id"])
        assert (again["number"], again["state"]) == (case["number"], "reported")

    def test_an_ended_record_is_withdrawn_and_leaves_the_catalog(
        self, stack: StackInfo, registrar: RemoteCKAN
    ) -> None:
        record = confirmed(stack, [unique_item()])
        end = registrar.action.fjgov_case_decide
        assert "请填写意见或理由" in refusal(end, number=record["case"], event="end")
        assert end(number=record["case"], event="end", reason="示例")["state"] == "ended"
        assert of_record(stack, record) == {}
        [(state,)] = sql(stack, PROVINCE, "SELECT state FROM package WHERE id = %s", record["id"])
        assert state == "deleted"

    def test_where_a_review_is_required_an_end_needs_no_other(
        self, stack: StackInfo, registrar: RemoteCKAN
    ) -> None:
        record = confirmed(stack, [unique_item()])
        with overridden(stack, PROVINCE, {"fjgov.review.required": "true"}):
            done = registrar.action.fjgov_case_decide(
                number=record["case"], event="end", reason="示例"
            )
            assert done["state"] == "ended"
        [(state,)] = sql(stack, PROVINCE, "SELECT state FROM package WHERE id = %s", record["id"])
        assert state == "deleted"

    def test_withdrawing_the_record_ends_its_case(
        self, stack: StackInfo, registrar: RemoteCKAN
    ) -> None:
        record = confirmed(stack, [unique_item()])
        registrar.action.package_delete(id=record["id"])
        assert of_record(stack, record) == {}
        shown = registrar.action.fjgov_case_show(number=record["case"])
        assert shown["state"] == "ended"
        assert [step["event"] for step in shown["timeline"]][-1] == "withdrawn"


class TestRights:
    def test_only_the_provincial_office_decides(
        self, stack: StackInfo, registrar: RemoteCKAN
    ) -> None:
        record = register(stack, PROVINCE, [unique_item()])
        case = registrar.action.fjgov_collection_report(id=record["id"])
        number, [row] = case["number"], case["record"]["items"]
        office = unit_of(stack, PROVINCE, "digital_office")
        _unit, stranger = other_registrar(stack, PROVINCE)
        people = {
            "registrar": registrar,
            "reviewer": client(stack, PROVINCE, "reviewer"),
            "operator": client(stack, PROVINCE, "platform_operator"),
            "sysadmin": client(stack, PROVINCE, "sysadmin"),
            "stranger": stranger,
            "ended": new_account(stack, PROVINCE, office, "digital_office", ended=True),
            "other role": new_account(stack, PROVINCE, office, "registrar"),
            "anonymous": client(stack, PROVINCE),
        }
        for who, site in people.items():
            for event in ("confirm", "adjust"):
                told = outcome(
                    site,
                    "fjgov_case_decide",
                    number=number,
                    event=event,
                    reason="示例",
                    payload={"items": [{"item": row["item"], "end": "1"}]},
                )
                assert told == "NotAuthorized", (who, event)
            # The technician may look.
            told = outcome(site, "fjgov_collection_waiting_list")
            assert told == ("done" if who == "sysadmin" else "NotAuthorized"), who
        assert decided_rows(stack, record) == []
        assert registrar.action.fjgov_case_show(number=number)["version"] == 2

    def test_only_a_registrar_of_the_unit_reports(self, stack: StackInfo) -> None:
        record = register(stack, PROVINCE, [unique_item()])
        _unit, stranger = other_registrar(stack, PROVINCE)
        for site in (
            stranger,
            client(stack, PROVINCE, "reviewer"),
            client(stack, PROVINCE, "sysadmin"),
            client(stack, PROVINCE, "digital_office"),
            client(stack, PROVINCE),
        ):
            assert outcome(site, "fjgov_collection_report", id=record["id"]) == "NotAuthorized"
        rows = sql(stack, PROVINCE, "SELECT FROM fjgov_case WHERE subject = %s", record["id"])
        assert rows == []

    def test_whoever_reported_does_not_confirm(self, stack: StackInfo) -> None:
        both = _in_two_units(stack)
        record = register(stack, PROVINCE, [unique_item()])
        number = both.action.fjgov_collection_report(id=record["id"])["number"]
        told = refusal(both.action.fjgov_case_decide, number=number, event="confirm")
        assert "提交人不能审核" in told

    def test_the_public_sees_nothing_of_it(self, stack: StackInfo) -> None:
        record = confirmed(stack, [unique_item()])
        anonymous = client(stack, PROVINCE)
        for action in ("fjgov_collection_show", "fjgov_collection_check"):
            assert outcome(anonymous, action, id=record["id"]) == "NotAuthorized"
        for action in ("fjgov_collection_list", "fjgov_collection_pull"):
            assert outcome(anonymous, action) == "NotAuthorized"
        staff = client(stack, PROVINCE, "staff")
        assert outcome(staff, "fjgov_collection_show", id=record["id"]) == "done"
        assert outcome(staff, "fjgov_collection_list") == "done"
        assert outcome(staff, "fjgov_collection_pull") == "NotAuthorized"

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE fjgov_collection_decision SET reason = 'x'",
            "DELETE FROM fjgov_collection_decision",
            "TRUNCATE fjgov_collection_decision",
        ],
    )
    def test_the_database_refuses_to_change_decisions(
        self, stack: StackInfo, statement: str
    ) -> None:
        confirmed(stack, [unique_item()])
        with pytest.raises(psycopg2.errors.RaiseException):
            sql(stack, PROVINCE, statement)


def _in_two_units(stack: StackInfo) -> RemoteCKAN:
    """Give somebody who is registrar of a unit and works in 省数字办, too."""
    technician = client(stack, PROVINCE, "sysadmin")
    name = f"test-{uuid.uuid4().hex[:12]}"
    technician.action.user_create(
        name=name, email=f"{name}@mail.example", password=uuid.uuid4().hex, fullname="示例人员"
    )
    for role in ("registrar", "digital_office"):
        technician.action.fjgov_appointment_create(
            user=name, unit=unit_of(stack, PROVINCE, role), role=role, document="示例任命文件"
        )
    token = technician.action.api_token_create(user=name, name="test")["token"]
    return RemoteCKAN(stack.urls[PROVINCE], apikey=token)


def test_the_command_follows_records(stack: StackInfo) -> None:
    register(stack, PROVINCE, [unique_item()])
    done = command(stack, PROVINCE, "follow", "--json")
    assert done.returncode == 0
    refused = command(stack, PROVINCE, "pull")
    assert refused.returncode == 2
    assert "没有上级节点" in refused.stderr
    listed = command(stack, PROVINCE, "list")
    assert listed.returncode == 0
