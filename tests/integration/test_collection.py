"""The 采集目录 on running sites: reports, decisions by item, revisions, duplicates, rights."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg2
import pytest
from ckanapi import RemoteCKAN

from tests.integration.api import (
    client,
    create_listed,
    new_account,
    outcome,
    overridden,
    refusal,
    sql,
    unit_of,
)
from tests.integration.collecting import (
    PROVINCE,
    command,
    confirmed,
    decide,
    decided_rows,
    findings,
    items,
    other_registrar,
    overall,
    register,
    unique_item,
    unique_line,
)
from tests.integration.stack_env import StackInfo


@pytest.fixture
def registrar(stack: StackInfo) -> RemoteCKAN:
    return client(stack, PROVINCE, "registrar")


@pytest.fixture
def officer(stack: StackInfo) -> RemoteCKAN:
    return client(stack, PROVINCE, "digital_office")


def of_record(stack: StackInfo, record: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Give what the overall catalog holds of a record: name of the item -> row."""
    rows = overall(stack, PROVINCE).values()
    return {row["name"]: row for row in rows if row["record"] == record["identifier"]}


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


class TestDuplicates:
    def test_another_line_of_business_is_told_at_entry_time(self, stack: StackInfo) -> None:
        name = unique_item()
        held = confirmed(stack, [name])
        unit, site = other_registrar(stack, PROVINCE)
        record = register(stack, PROVINCE, [name], site=site, owner_org=unit, territory=["350100"])
        [told] = findings(record)
        holder = client(stack, PROVINCE, "staff").action.organization_show(
            id=unit_of(stack, PROVINCE)
        )
        for words in ("重复采集提示", name, holder["title"], "匹配度 0.92", held["identifier"]):
            assert words in told
        shown = site.action.fjgov_collection_show(id=record["id"])
        [item] = shown["items"]
        [[match]] = [one["matches"] for one in item["outcomes"]]
        assert match["unit"] == holder["uscc"]
        assert match["apply"].endswith(f"/directory/collection_item/{held['name']}")
        assert {part["part"] for part in match["parts"]} >= {"object", "item", "territory", "line"}
        assert shown["copy"]["is_decided_here"]
        # Told again whenever the record is changed, and gone with the item.
        changed = site.action.package_patch(id=record["id"], notes="示例说明")
        assert len(findings(changed)) == 1
        other = site.action.package_patch(id=record["id"], items=items(unique_item()))
        assert findings(other) == []

    def test_what_another_unit_holds_is_confirmed_by_nobody(self, stack: StackInfo) -> None:
        name, free = unique_item(), unique_item()
        confirmed(stack, [name])
        unit, site = other_registrar(stack, PROVINCE)
        record = register(stack, PROVINCE, [name, free], site=site, owner_org=unit)
        case = site.action.fjgov_collection_report(id=record["id"])
        officer = client(stack, PROVINCE, "digital_office")
        told = refusal(officer.action.fjgov_case_decide, number=case["number"], event="confirm")
        assert "依《办法》第8条" in told
        assert name in told
        assert free not in told
        row = next(
            row
            for row in officer.action.fjgov_collection_waiting_list(limit=200)["results"]
            if row["number"] == case["number"]
        )
        assert (row["waiting"], row["matched"]) == (2, 1)
        assert 0.6 <= row["best_score"] <= 1
        ids = {one["name"]: one["item"] for one in case["record"]["items"]}
        payload = {"items": [{"item": ids[name], "obtainable": "0"}]}
        decide(stack, case["number"], "adjust", payload=payload, reason="示例理由")
        assert {n: r["state"] for n, r in of_record(stack, record).items()} == {
            name: "adjusted",
            free: "confirmed",
        }

    def test_of_two_confirmed_at_once_the_second_is_compared_with_the_first(
        self, stack: StackInfo
    ) -> None:
        name = unique_item()
        unit, site = other_registrar(stack, PROVINCE)
        mine = register(stack, PROVINCE, [name])
        theirs = register(stack, PROVINCE, [name], site=site, owner_org=unit)
        numbers = [
            client(stack, PROVINCE, "registrar").action.fjgov_collection_report(id=mine["id"]),
            site.action.fjgov_collection_report(id=theirs["id"]),
        ]
        officer = client(stack, PROVINCE, "digital_office")

        def confirm(case: dict[str, Any]) -> str:
            return outcome(officer, "fjgov_case_decide", number=case["number"], event="confirm")

        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(confirm, numbers)) == ["ValidationError", "done"]

    @pytest.mark.parametrize("name", ["姓名", "地址", "联系电话"])
    def test_a_common_name_alone_is_no_conflict(self, stack: StackInfo, name: str) -> None:
        confirmed(stack, [name], business_object="natural_person")
        unit, site = other_registrar(stack, PROVINCE)
        record = register(
            stack, PROVINCE, [name], site=site, owner_org=unit, business_object="natural_person"
        )
        assert findings(record) == []

    def test_territories_apart_are_no_conflict(self, stack: StackInfo) -> None:
        name, line = unique_item(), unique_line()
        confirmed(stack, [name], territory=["350100"], line_of_business=line)
        unit, site = other_registrar(stack, PROVINCE)
        apart = register(
            stack,
            PROVINCE,
            [name],
            site=site,
            owner_org=unit,
            territory=["350200"],
            line_of_business=line,
        )
        assert findings(apart) == []
        meets = site.action.package_patch(id=apart["id"], territory=["350102"])
        assert len(findings(meets)) == 1

    def test_what_is_not_confirmed_or_not_obtainable_blocks_nobody(self, stack: StackInfo) -> None:
        reported, kept = unique_item(), unique_item()
        register(stack, PROVINCE, [reported])
        confirmed(stack, [kept], obtainable="0")
        unit, site = other_registrar(stack, PROVINCE)
        record = register(stack, PROVINCE, [reported, kept], site=site, owner_org=unit)
        assert findings(record) == []

    def test_base_items_come_first(self, stack: StackInfo) -> None:
        name = unique_item()
        confirmed(stack, [name])
        unit, site = other_registrar(stack, PROVINCE)
        base = register(
            stack, PROVINCE, [name], site=site, owner_org=unit, base_database=["population"]
        )
        assert findings(base) == []


class TestRevisions:
    def test_one_that_filing_covers_is_in_force_at_once(
        self, stack: StackInfo, registrar: RemoteCKAN
    ) -> None:
        name = unique_item()
        record = confirmed(stack, [name], territory=["350000"])
        registrar.action.package_patch(id=record["id"], territory=["350100"])
        # Until it is filed, what was confirmed holds.
        assert of_record(stack, record)[name]["territory"] == "35"
        case = registrar.action.fjgov_collection_report(id=record["id"], basis="示例职能调整文件")
        assert case["state"] == "revision_filed"
        found = of_record(stack, record)[name]
        assert (found["territory"], found["is_carried"]) == ("3501", True)
        assert [row[2] for row in decided_rows(stack, record)] == [False, True]
        timeline = registrar.action.fjgov_case_show(number=case["number"])["timeline"]
        assert timeline[-1]["payload"]["basis"] == "示例职能调整文件"
        assert timeline[-1]["article"] == "7"

    def test_one_with_something_new_waits_and_what_was_confirmed_holds(
        self, stack: StackInfo, registrar: RemoteCKAN
    ) -> None:
        name, new = unique_item(), unique_item()
        record = confirmed(stack, [name], territory=["350100"])
        registrar.action.package_patch(
            id=record["id"], items=[*record["items"], {"name": new}], territory=["350000"]
        )
        case = registrar.action.fjgov_collection_report(id=record["id"], basis="示例文件")
        assert case["state"] == "revision_reported"
        effects = {one["item"]: one["effect"] for one in case["record"]["changes"]}
        assert set(effects.values()) == {"on_confirmation"}
        found = of_record(stack, record)
        assert {name: row["territory"] for name, row in found.items()} == {name: "3501"}
        decide(stack, case["number"])
        found = of_record(stack, record)
        assert {name: row["territory"] for name, row in found.items()} == {name: "35", new: "35"}

    def test_without_a_basis_nothing_is_filed(
        self, stack: StackInfo, registrar: RemoteCKAN
    ) -> None:
        record = confirmed(stack, [unique_item()], territory=["350000"])
        registrar.action.package_patch(id=record["id"], territory=["350100"])
        number = record["case"]
        told = refusal(
            registrar.action.fjgov_case_decide, number=number, event="file_revision", payload={}
        )
        assert "修订依据" in told
        done = registrar.action.fjgov_case_decide(
            number=number, event="file_revision", payload={"basis": "示例文件"}
        )
        assert done["state"] == "revision_filed"

    def test_filing_does_not_pass_what_needs_a_confirmation(
        self, stack: StackInfo, registrar: RemoteCKAN
    ) -> None:
        record = confirmed(stack, [unique_item()])
        registrar.action.package_patch(id=record["id"], items=items(unique_item()))
        told = refusal(
            registrar.action.fjgov_case_decide,
            number=record["case"],
            event="file_revision",
            payload={"basis": "示例文件"},
        )
        assert "须报送确认" in told

    def test_an_item_that_is_collected_no_more_leaves_at_once(
        self, stack: StackInfo, registrar: RemoteCKAN
    ) -> None:
        one, two = unique_item(), unique_item()
        record = confirmed(stack, [one, two])
        kept = [row for row in record["items"] if row["name"] == one]
        registrar.action.package_patch(id=record["id"], items=kept)
        assert set(of_record(stack, record)) == {one}

    def test_a_record_that_changes_while_it_waits_must_be_looked_at_again(
        self, stack: StackInfo, registrar: RemoteCKAN
    ) -> None:
        record = register(stack, PROVINCE, [unique_item()])
        case = registrar.action.fjgov_collection_report(id=record["id"])
        registrar.action.package_patch(id=record["id"], items=items(unique_item()))
        officer = client(stack, PROVINCE, "digital_office")
        told = refusal(
            officer.action.fjgov_case_decide,
            number=case["number"],
            event="confirm",
            version=case["version"],
        )
        assert "请刷新" in told
        shown = officer.action.fjgov_case_show(number=case["number"])
        assert shown["timeline"][-1]["event"] == "record_arrived"
        done = officer.action.fjgov_case_decide(
            number=case["number"], event="confirm", version=shown["version"]
        )
        assert done["state"] == "confirmed"


class TestOutOfRange:
    def check(self, stack: StackInfo, entry: dict[str, Any]) -> list[dict[str, Any]]:
        site = client(stack, PROVINCE, "registrar")
        return list(site.action.fjgov_collection_check(id=entry["id"])["outcomes"])

    def entry(self, stack: StackInfo, name: str, **changes: Any) -> dict[str, Any]:
        rows = [{"name": name, "business_object": "vehicle", "data_type": "C", "length": "20"}]
        values = {"acquisition": "own", "division": ["350100"]}
        return create_listed(stack, PROVINCE, items=rows, **(values | changes))

    def test_an_item_beyond_the_confirmed_catalog_is_told(self, stack: StackInfo) -> None:
        inside, outside = unique_item(), unique_item()
        confirmed(stack, [inside])
        assert self.check(stack, self.entry(stack, inside)) == []
        [told] = self.check(stack, self.entry(stack, outside))
        assert (told["kind"], told["name"]) == ("out_of_range", outside)
        assert "超范围采集提示" in told["zh"]

    def test_a_law_that_the_unit_cites_clears_it(self, stack: StackInfo) -> None:
        name = unique_item()
        confirmed(stack, [unique_item()])
        entry = self.entry(stack, name)
        basis = [{"title": "示例法", "number": "示例〔2026〕1号", "clause": "第一条"}]
        register(stack, PROVINCE, [name], legal_basis=basis)
        assert self.check(stack, entry) == []

    def test_what_is_shared_or_bought_is_not_collected(self, stack: StackInfo) -> None:
        confirmed(stack, [unique_item()])
        assert self.check(stack, self.entry(stack, unique_item(), acquisition="shared")) == []


def test_the_command_follows_records(stack: StackInfo) -> None:
    register(stack, PROVINCE, [unique_item()])
    done = command(stack, PROVINCE, "follow", "--json")
    assert done.returncode == 0
    refused = command(stack, PROVINCE, "pull")
    assert refused.returncode == 2
    assert "没有上级节点" in refused.stderr
    listed = command(stack, PROVINCE, "list")
    assert listed.returncode == 0
