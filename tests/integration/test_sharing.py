"""From applying to using and taking back, by the API on a running site (Art. 22 to 27)."""

from __future__ import annotations

import hashlib
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
import urllib3
from ckanapi import NotAuthorized, RemoteCKAN, ValidationError

from tests.integration.api import (
    client,
    create_listed,
    new_account,
    open_entry,
    refusal,
    sql,
    unit_of,
)
from tests.integration.gateway_source import CONTENT, share
from tests.integration.operating_cases import age_clock, tick
from tests.integration.sharing_cases import (
    NODE,
    People,
    SlowSource,
    filed,
    granted,
    published,
    restricted,
    shown,
    state_of,
    step,
    submitted,
    terms_for,
    text_of,
)
from tests.integration.stack_env import StackInfo


def outcome(call, **arguments) -> str:
    try:
        call(**arguments)
    except (NotAuthorized, ValidationError) as error:
        return type(error).__name__
    return "done"


@pytest.fixture(scope="module")
def entry(stack: StackInfo, sources: tuple[str, str]) -> dict[str, Any]:
    return restricted(stack, f"{sources[0]}/rows.csv")


@pytest.fixture(scope="module")
def number(people: People, entry: dict[str, Any]) -> str:
    return filed(people, entry)


class TestTheWholeWay:
    """Apply, narrow, deliver, lapse, configure, download, take back."""

    def test_three_receive_it_and_the_own_office_a_copy(self, people: People, number: str) -> None:
        seen = shown(people.providing, number)
        assert seen["state"] == "filed"
        roles = {row["role"]: row["received"] is not None for row in seen["deliveries"]}
        # The province is another node: its delivery waits until nodes exchange cases.
        assert roles == {
            "province_office": False, "provider": True, "operator": True,
            "applicant_office": True,
        }  # fmt: skip

    def test_the_provider_does_not_see_what_went_on_before(
        self, people: People, number: str
    ) -> None:
        events = [row["event"] for row in shown(people.providing, number)["timeline"]]
        assert events == ["approve"]
        events = [row["event"] for row in shown(people.asking, number)["timeline"]]
        assert events == ["opened", "submit", "approve"]
        with pytest.raises(NotAuthorized):
            shown(people.other, number)

    def test_the_lapse_is_no_objection_and_starts_the_configuration(
        self, stack: StackInfo, people: People, number: str
    ) -> None:
        age_clock(stack, NODE, number)
        tick(stack, NODE)
        seen = shown(people.operator, number)
        assert (seen["state"], seen["timeline"][-1]["event"]) == ("configuring", "objection_lapsed")
        assert outcome(step, site=people.providing, number=number, event="object") != "done"
        step(people.providing, number, "object_late")
        running = [clock["name"] for clock in seen["clocks"] if clock["is_running"]]
        assert running == ["configuration"]

    def test_nobody_downloads_before_and_only_the_holder_after(
        self, stack: StackInfo, people: People, number: str, entry: dict[str, Any]
    ) -> None:
        resource = entry["resources"][0]["id"]
        assert share(stack, resource, site=people.asking).status_code == 403
        step(people.operator, number, "configure")
        answer = share(stack, resource, site=people.asking)
        assert answer.status_code == 200
        assert hashlib.sha256(answer.content).digest() == hashlib.sha256(CONTENT).digest()
        assert share(stack, resource, site=people.manager).status_code == 200
        technician = client(stack, NODE, "sysadmin")
        system = new_account(stack, NODE, people.unit, "system")
        for site in (people.other, people.operator, people.office, technician, system, None):
            assert share(stack, resource, site=site).status_code == 403

    def test_both_sides_find_the_grant_and_nobody_else(
        self, people: People, number: str, entry: dict[str, Any]
    ) -> None:
        [row] = people.providing.action.fjgov_grant_list(side="provider", entry=entry["id"])[
            "results"
        ]
        assert (row["application"], row["state"], row["is_in_force"]) == (number, "active", True)
        assert row["items"] == [item["id"] for item in entry["items"]]
        shown_grant = people.asking.action.fjgov_grant_show(number=row["number"])
        assert shown_grant["grant"]["purpose"] == "核对保障性住房申请人的救助情况"
        assert people.other.action.fjgov_grant_list(entry=entry["id"])["count"] == 0
        with pytest.raises(NotAuthorized):
            people.other.action.fjgov_grant_show(number=row["number"])

    def test_taken_back_it_gives_nothing_and_says_so(
        self, stack: StackInfo, people: People, entry: dict[str, Any]
    ) -> None:
        [row] = people.asking.action.fjgov_grant_list(entry=entry["id"])["results"]
        resource = entry["resources"][0]["id"]
        step(people.providing, row["number"], "suspend_provider")
        assert "已暂停" in share(stack, resource, site=people.asking).json()["zh"]
        step(people.providing, row["number"], "resume")
        assert share(stack, resource, site=people.asking).status_code == 200
        step(people.providing, row["number"], "revoke")
        assert "已收回" in share(stack, resource, site=people.asking).json()["zh"]
        assert outcome(step, site=people.providing, number=row["number"], event="resume") != "done"


def test_a_running_stream_breaks_off_when_the_grant_is_taken_back(
    stack: StackInfo, people: People, sources: tuple[str, str]
) -> None:
    entry = restricted(stack, f"{sources[1]}/rows.csv")
    [grant] = granted(people, entry)
    SlowSource.shut()
    SlowSource.gate.release(3)
    answer = requests.get(
        f"{stack.urls[NODE]}/share/{entry['resources'][0]['id']}",
        headers={"Authorization": people.asking.apikey, "Accept": "application/json"},
        stream=True,
        timeout=60,
    )
    assert answer.status_code == 200
    got = answer.raw.read(1000)
    step(people.providing, grant["number"], "revoke")
    time.sleep(1.5)
    SlowSource.gate.release(100)
    # A body without its end is told from a whole one by how the transfer breaks off.
    with pytest.raises(urllib3.exceptions.ProtocolError):
        got += answer.raw.read()
    assert len(got) < len(CONTENT)


class TestObjections:
    """An objection, and each way in which it ends."""

    def test_agreed_on_narrower_terms(
        self, stack: StackInfo, people: People, sources: tuple[str, str]
    ) -> None:
        entry = restricted(stack, f"{sources[0]}/rows.csv")
        number = filed(people, entry)
        step(people.providing, number, "object", reason="部分信息项与业务无关")
        [first, *_rest] = entry["items"]
        narrowed = terms_for(targets=[{"kind": "entry", "id": entry["id"], "items": [first["id"]]}])
        step(people.providing, number, "agree", payload={"terms": narrowed})
        step(people.operator, number, "configure")
        [row] = people.asking.action.fjgov_grant_list(entry=entry["id"])["results"]
        assert row["items"] == [first["id"]]
        # A file cannot be given without the items that were left out.
        answer = share(stack, entry["resources"][0]["id"], site=people.asking)
        assert (answer.status_code, "部分信息项" in answer.json()["zh"]) == (403, True)

    def test_the_office_sees_it_from_the_objection_on(
        self, stack: StackInfo, people: People
    ) -> None:
        number = filed(people, restricted(stack))
        case = people.providing.action.fjgov_case_show
        step(people.providing, number, "object", reason="示例异议理由")
        events = [row["event"] for row in shown(people.office, number)["timeline"]]
        assert events[-1] == "object"
        assert case(number=number)["state"] == "negotiating"

    @pytest.mark.parametrize(
        ("side", "opinion", "state"),
        [
            ("applicant", "as_applied", "configuring"),
            ("provider", "adjusted", "configuring"),
            ("provider", "not_shared", "not_shared"),
        ],
    )
    def test_no_agreement_and_the_three_opinions(
        self, stack: StackInfo, people: People, side: str, opinion: str, state: str
    ) -> None:
        number = filed(people, restricted(stack))
        step(people.providing, number, "object")
        site = people.asking if side == "applicant" else people.providing
        step(site, number, f"no_agreement_{side}")
        for other in (people.providing, people.operator, people.manager):
            assert outcome(step, site=other, number=number, event=f"coordinate_{opinion}") != "done"
        assert step(people.office, number, f"coordinate_{opinion}")["state"] == state

    def test_objecting_and_the_lapse_have_one_winner(
        self, stack: StackInfo, people: People
    ) -> None:
        number = filed(people, restricted(stack))
        sql(
            stack,
            NODE,
            "UPDATE fjgov_case_clock SET due_at = now() + interval '300 ms'"
            " WHERE number = %s AND is_running",
            number,
        )
        with ThreadPoolExecutor(4) as pool:
            calls = [
                pool.submit(outcome, step, site=people.providing, number=number, event="object")
                for _one in range(4)
            ]
        assert [call.result() for call in calls].count("done") <= 1
        tick(stack, NODE)
        names = [row["event"] for row in shown(people.asking, number)["timeline"]]
        assert ("object" in names) != ("objection_lapsed" in names)


class TestPublication:
    """What is listed and 未挂接 is published beside the objection, or the operator waits."""

    def test_the_operator_waits_until_the_provider_has_published(
        self, stack: StackInfo, people: People
    ) -> None:
        entry = restricted(stack, exchange=None)
        number = filed(people, entry)
        assert outcome(step, site=people.providing, number=number, event="publish") != "done"
        step(people.providing, number, "no_objection")
        clocks = {one["name"]: one for one in shown(people.operator, number)["clocks"]}
        assert clocks["publication"]["is_running"]
        assert clocks["configuration"]["is_paused"]
        with pytest.raises(ValidationError, match="未挂接"):
            step(people.operator, number, "configure")
        age_clock(stack, NODE, number)
        tick(stack, NODE)
        assert shown(people.operator, number)["timeline"][-1]["event"] == "publication_lapsed"
        people.registrar.action.package_patch(id=entry["id"], **published("direct"))
        step(people.providing, number, "publish")
        step(people.operator, number, "configure")
        assert state_of(stack, number) == "granted"

    def test_a_need_is_met_by_an_entry_that_the_provider_names(
        self, stack: StackInfo, people: People
    ) -> None:
        unit = unit_of(stack, NODE, "registrar")
        need = {"kind": "need", "unit": unit, "text": "近三年临时救助发放明细"}
        number = filed(people, targets=[need])
        entry = restricted(stack)
        with pytest.raises(ValidationError, match="第 1 项"):
            step(people.providing, number, "publish", payload={"entries": {"1": "no-such-entry"}})
        step(people.providing, number, "publish", payload={"entries": {"1": entry["id"]}})
        step(people.providing, number, "no_objection")
        step(people.operator, number, "configure")
        [row] = people.asking.action.fjgov_grant_list(entry=entry["id"])["results"]
        assert row["items"] == [item["id"] for item in entry["items"]]


class TestAsking:
    """What an application may ask for, and whose it is."""

    @pytest.mark.parametrize(
        ("change", "told"),
        [
            ({"share_type": "3", "restriction_kind": None}, "非共享"),
            ({"state": "draft"}, "未发布"),
        ],
    )
    def test_what_is_not_shared_or_not_listed_cannot_be_asked_for(
        self, stack: StackInfo, people: People, change: dict[str, Any], told: str
    ) -> None:
        draft = change.pop("state", "")
        entry = create_listed(stack, NODE, **change)
        if draft:
            people.registrar.action.package_delete(id=entry["id"])
        create = people.asking.action.fjgov_application_create
        assert told in refusal(create, terms=terms_for(entry))

    def test_own_information_needs_no_application(self, stack: StackInfo, people: People) -> None:
        entry = restricted(stack)
        create = people.providing.action.fjgov_application_create
        assert "无须申请" in refusal(create, terms=terms_for(entry))

    def test_nobody_applies_for_another_unit(self, stack: StackInfo, people: People) -> None:
        entry = restricted(stack)
        with pytest.raises(NotAuthorized):
            people.other.action.fjgov_application_create(unit=people.unit, terms=terms_for(entry))

    def test_a_draft_is_seen_by_the_own_unit_only_and_names_what_is_missing(
        self, stack: StackInfo, people: People
    ) -> None:
        entry = restricted(stack)
        create = people.asking.action.fjgov_application_create
        [made] = create(terms={"targets": [{"kind": "entry", "id": entry["id"]}]})["results"]
        submit = people.asking.action.fjgov_application_submit
        said = refusal(submit, number=made["number"])
        assert all(word in said for word in ("使用目的", "应用业务", "共享模式", "截止时间"))
        for site in (people.providing, people.operator, people.office):
            with pytest.raises(NotAuthorized):
                shown(site, made["number"])
            listed = site.action.fjgov_case_list(inbox=False, limit=200)["results"]
            assert made["number"] not in text_of(listed)
        update = people.asking.action.fjgov_application_update
        update(number=made["number"], terms=terms_for(entry))
        submit(number=made["number"])
        assert shown(people.manager, made["number"])["state"] == "reviewing"
        assert "先撤回" in refusal(update, number=made["number"], terms=terms_for(entry))

    def test_the_own_application_is_reviewed_by_another(
        self, stack: StackInfo, people: People
    ) -> None:
        site = people.manager
        [made] = site.action.fjgov_application_create(terms=terms_for(restricted(stack)))["results"]
        site.action.fjgov_application_submit(number=made["number"])
        assert outcome(step, site=site, number=made["number"], event="approve") == "NotAuthorized"

    def test_the_administrator_narrows_and_cannot_widen(
        self, stack: StackInfo, people: People
    ) -> None:
        entry = restricted(stack)
        ids = [item["id"] for item in entry["items"]]
        target = {"kind": "entry", "id": entry["id"], "items": ids[:1]}
        number = submitted(people, targets=[target])
        wider = terms_for(targets=[target | {"items": ids}])
        with pytest.raises(ValidationError, match="申请之外"):
            step(people.manager, number, "approve", payload={"terms": wider})
        sooner = terms_for(targets=[target], until=terms_for()["until"][:8] + "01")
        if sooner["until"] > str(sql(stack, NODE, "SELECT current_date")[0][0]):
            step(people.manager, number, "approve", payload={"terms": sooner})
            assert shown(people.providing, number)["terms"]["until"] == sooner["until"]

    def test_what_two_units_hold_becomes_two_applications(
        self, stack: StackInfo, people: People
    ) -> None:
        other = create_listed(stack, NODE, **open_entry())
        need = {"kind": "need", "unit": unit_of(stack, NODE, "digital_office"), "text": "示例需求"}
        terms = terms_for(targets=[{"kind": "entry", "id": other["id"]}, need])
        made = people.asking.action.fjgov_application_create(terms=terms)["results"]
        assert len({row["number"] for row in made}) == 2

    def test_named_staff_must_be_of_the_unit(self, stack: StackInfo, people: People) -> None:
        stranger = stack.credentials[NODE]["registrar"]["user"]
        entry = restricted(stack)
        with pytest.raises(ValidationError, match=stranger):
            submitted(people, entry, holder={"kind": "staff", "users": [stranger]})

    def test_only_named_staff_use_what_they_were_granted(
        self, stack: StackInfo, people: People, sources: tuple[str, str]
    ) -> None:
        entry = restricted(stack, f"{sources[0]}/rows.csv")
        name = stack.credentials[NODE]["staff"]["user"]
        granted(people, entry, holder={"kind": "staff", "users": [name]})
        resource = entry["resources"][0]["id"]
        assert share(stack, resource, site=people.asking).status_code == 200
        assert share(stack, resource, site=people.manager).status_code == 403


def test_the_holder_ends_early_and_time_ends_by_itself(
    stack: StackInfo, people: People, sources: tuple[str, str]
) -> None:
    entry = restricted(stack, f"{sources[0]}/rows.csv")
    [grant] = granted(people, entry)
    step(people.manager, grant["number"], "end")
    assert "提前终止" in share(stack, entry["resources"][0]["id"], site=people.asking).json()["zh"]
    today = str(sql(stack, NODE, "SELECT (now() AT TIME ZONE 'Asia/Shanghai')::date")[0][0])
    [short] = granted(people, entry, until=today)
    tick(stack, NODE)
    events = [
        row["event"]
        for row in people.asking.action.fjgov_grant_show(number=short["number"])["timeline"]
    ]
    assert events == ["opened", "expiring"]
    told = people.asking.action.fjgov_notice_list(limit=50)["results"]
    assert short["number"] in {row["number"] for row in told}


def test_a_stricter_class_closes_access_at_once_and_the_provider_looks_again(
    stack: StackInfo, people: People, sources: tuple[str, str]
) -> None:
    entry = restricted(
        stack, f"{sources[0]}/rows.csv", share_type="1", restriction_kind=None, legal_basis=None
    )
    [grant] = granted(people, entry)
    resource = entry["resources"][0]["id"]
    assert share(stack, resource, site=people.asking).status_code == 200
    stricter = restricted(stack)
    basis = {name: stricter[name] for name in ("share_type", "restriction_kind", "legal_basis")}
    people.registrar.action.package_patch(id=entry["id"], **basis)
    assert "复核" in share(stack, resource, site=people.asking).json()["zh"]
    tick(stack, NODE)
    seen = people.providing.action.fjgov_grant_show(number=grant["number"])
    assert (seen["grant"]["state"], seen["timeline"][-1]["event"]) == ("in_review", "tightened")
    waiting = people.providing.action.fjgov_case_list(inbox=True, limit=200)["results"]
    assert grant["number"] in {row["number"] for row in waiting}
    assert outcome(step, site=people.asking, number=grant["number"], event="confirm") != "done"
    step(people.providing, grant["number"], "confirm")
    assert share(stack, resource, site=people.asking).status_code == 200
    tick(stack, NODE)
    assert state_of(stack, grant["number"]) == "active"


def test_what_a_grant_gives_never_changes(stack: StackInfo, people: People) -> None:
    granted(people, restricted(stack))
    for statement in (
        "UPDATE fjgov_grant SET until = until + interval '1 year'",
        "DELETE FROM fjgov_grant",
    ):
        with pytest.raises(Exception, match="append-only"):
            sql(stack, NODE, statement)


def test_two_administrators_at_once_have_one_winner(stack: StackInfo, people: People) -> None:
    number = submitted(people, restricted(stack))
    sites: list[RemoteCKAN] = [people.manager] * 4
    with ThreadPoolExecutor(4) as pool:
        calls = [
            pool.submit(outcome, step, site=site, number=number, event="approve") for site in sites
        ]
    assert [call.result() for call in calls].count("done") == 1
