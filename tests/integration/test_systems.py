"""An application system holds a grant and uses it with a token of its own (Art. 24, 35)."""

from __future__ import annotations

import time
import uuid
from functools import partial
from typing import Any

import pytest
import requests
from ckanapi import RemoteCKAN

from tests.integration.api import new_account, outcome, refusal, sql
from tests.integration.directory_records import register
from tests.integration.gateway_source import CONTENT, share
from tests.integration.sharing_cases import (
    NODE,
    People,
    SlowSource,
    filed,
    granted,
    restricted,
    step,
    submitted,
    uses_of,
)
from tests.integration.stack_env import StackInfo


@pytest.fixture(scope="module")
def keeper(stack: StackInfo, people: People) -> RemoteCKAN:
    """The registrar of the applying unit, which lists its systems."""
    return new_account(stack, NODE, people.unit, "registrar")


@pytest.fixture
def system(keeper: RemoteCKAN, people: People) -> dict[str, Any]:
    return listed(keeper, people)


def listed(keeper: RemoteCKAN, people: People, **change: Any) -> dict[str, Any]:
    """List a system of the applying unit, with a registration number that no other has."""
    mark = uuid.uuid4().hex[:8]
    values = {
        "type": "app_system",
        "title": f"住房保障管理系统{mark}",
        "owner_org": people.unit,
        "registration_number": f"示例-{mark}",
        "system_status": "running",
        "environment": "gov_cloud",
        "cross_department": "0",
        "is_sample": "1",
        "state": "active",
    }
    return dict(keeper.action.package_create(**values | change))


def holder_of(system: dict[str, Any]) -> dict[str, str]:
    return {"kind": "system", "system": system["id"]}


def token_for(people: People, system: dict[str, Any], **more: Any) -> dict[str, Any]:
    values = {"system": system["id"], "name": "接口对接"} | more
    return dict(people.manager.action.fjgov_system_token_create(**values))


def calling(stack: StackInfo, text: str) -> RemoteCKAN:
    """Give a client that sends a system's token."""
    return RemoteCKAN(stack.urls[NODE], apikey=f"Bearer {text}")


def test_from_the_application_to_the_download_and_back(
    stack: StackInfo, people: People, sources: tuple[str, str], system: dict[str, Any]
) -> None:
    entry = restricted(stack, f"{sources[0]}/rows.csv")
    [grant] = granted(people, entry, holder=holder_of(system))
    number = system["registration_number"]
    assert (grant["system"], grant["users"]) == (number, [])
    made = token_for(people, system)
    machine, resource = calling(stack, made["token"]), entry["resources"][0]["id"]
    answer = share(stack, resource, site=machine)
    assert (answer.status_code, answer.content) == (200, CONTENT)

    # The log names the system, and the level at which it was identified.
    [use] = uses_of(people.providing, grant=grant["number"])
    assert (use["system"], use["user"], use["level"]) == (number, "", "token")
    assert use["user_id"] == f"system:{number}"
    assert use["outcome"] == "done"
    # No person of the unit uses what the system was granted, and the token nothing else.
    for site in (people.asking, people.manager):
        assert share(stack, resource, site=site).status_code == 403
    other = restricted(stack, f"{sources[0]}/rows.csv")
    granted(people, other)
    assert share(stack, other["resources"][0]["id"], site=machine).status_code == 403

    [row] = people.manager.action.fjgov_system_token_list(system=system["name"])["results"]
    assert (row["state"], row["used_at"] is not None) == ("active", True)
    assert made["token"] not in str(row)
    people.manager.action.fjgov_system_token_revoke(id=made["id"], reason="示例理由")
    answer = share(stack, resource, site=machine)
    assert (answer.status_code, answer.json()["article"]) == (401, "第三十五条")
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert "已作废" in answer.json()["zh"]
    again = refusal(
        people.manager.action.fjgov_system_token_revoke, id=made["id"], reason="示例理由"
    )
    assert "已作废" in again


def test_a_token_opens_nothing_but_the_gateway(
    stack: StackInfo, people: People, system: dict[str, Any]
) -> None:
    made = token_for(people, system)
    for header in (f"Bearer {made['token']}", made["token"]):
        machine = RemoteCKAN(stack.urls[NODE], apikey=header)
        for action in ("fjgov_grant_list", "fjgov_use_list", "fjgov_case_list"):
            assert outcome(machine, action) == "NotAuthorized"
        assert outcome(machine, "package_show", id=system["id"]) == "NotAuthorized"
        for page in ("/fjgov/grants", "/fjgov/inbox"):
            answer = requests.get(
                stack.urls[NODE] + page,
                headers={"Authorization": header},
                timeout=60,
                allow_redirects=False,
            )
            assert answer.status_code == 302
    kept = sql(stack, NODE, "SELECT digest FROM fjgov_system_token WHERE id = %s", made["id"])
    assert made["token"] not in str(kept)
    # A token of CKAN is none of a system, and says so rather than being taken for nobody.
    entry = restricted(stack)
    answer = share(
        stack, entry["resources"][0]["id"], site=calling(stack, str(people.asking.apikey))
    )
    assert answer.status_code == 401


def test_only_a_registered_system_of_the_own_unit_holds_a_grant(
    stack: StackInfo, people: People, keeper: RemoteCKAN, system: dict[str, Any]
) -> None:
    entry = restricted(stack)
    foreign = register(stack, "app_system", registration_number=f"示例-{uuid.uuid4().hex[:8]}")
    told = {
        foreign["id"]: "不是申请单位的应用系统",
        "没有这个系统": "不是申请单位的应用系统",
        listed(keeper, people, registration_number="", system_status="building")["id"]: "登记编号",
        listed(keeper, people, state="draft")["id"]: "发布",
        listed(keeper, people, system_status="stopped")["id"]: "已停用",
    }
    for reference, word in told.items():
        holder = {"kind": "system", "system": reference}
        apply = partial(submitted, people, entry, holder=holder)
        assert word in refusal(apply), reference
    # Whoever settles the terms cannot put another system in the place of the one asked for.
    number = submitted(people, entry, holder=holder_of(system))
    terms = dict(people.manager.action.fjgov_application_show(number=number)["terms"])
    other = listed(keeper, people)
    for holder in (holder_of(other), {"kind": "unit"}):
        said = refusal(
            step, site=people.manager, number=number, event="approve",
            payload={"terms": terms | {"holder": holder}},
        )  # fmt: skip
        assert "使用对象超出申请范围" in said


def test_tokens_are_made_for_systems_in_use_by_their_own_administrator(
    stack: StackInfo, people: People, keeper: RemoteCKAN, system: dict[str, Any]
) -> None:
    make = {"system": system["id"], "name": "接口对接"}
    for site in (people.asking, people.providing, people.operator, keeper):
        assert outcome(site, "fjgov_system_token_create", **make) == "NotAuthorized"
        assert outcome(site, "fjgov_system_token_list", system=system["id"]) == "NotAuthorized"
    technician = RemoteCKAN(stack.urls[NODE], apikey=stack.credentials[NODE]["sysadmin"]["token"])
    assert outcome(technician, "fjgov_system_token_create", **make) == "NotAuthorized"
    create = people.manager.action.fjgov_system_token_create
    assert "用途" in refusal(create, system=system["id"], name="")
    assert "365" in refusal(create, system=system["id"], name="接口对接", days=366)
    for change, word in (
        ({"system_status": "building"}, "尚未投入使用"),
        ({"registration_number": "", "system_status": "trial"}, "登记编号"),
    ):
        found = listed(keeper, people, **change)
        assert word in refusal(create, system=found["id"], name="接口对接")
    draft = listed(keeper, people, state="draft")
    assert outcome(people.providing, "fjgov_system_token_list", system=draft["id"]) == "NotFound"
    made = token_for(people, system, days=1)
    assert outcome(people.providing, "fjgov_system_token_revoke", id=made["id"], reason="x") == (
        "NotAuthorized"
    )
    events = sql(stack, NODE, "SELECT convert_from(row_bytes, 'UTF8') FROM fjgov_audit"
                 " WHERE event = 'system_token_created' ORDER BY seq DESC LIMIT 1")  # fmt: skip
    assert system["registration_number"] in events[0][0]
    assert made["token"] not in events[0][0]


def test_a_token_ends_with_its_system(
    stack: StackInfo, people: People, sources: tuple[str, str], keeper: RemoteCKAN
) -> None:
    system = listed(keeper, people)
    entry = restricted(stack, f"{sources[1]}/rows.csv")
    [grant] = granted(people, entry, holder=holder_of(system))
    machine, resource = calling(stack, token_for(people, system)["token"]), entry["resources"][0]
    SlowSource.shut()
    SlowSource.gate.release(3)
    answer = requests.get(
        f"{stack.urls[NODE]}/share/{resource['id']}",
        headers={"Authorization": str(machine.apikey)},
        stream=True,
        timeout=60,
    )
    assert answer.status_code == 200
    answer.raw.read(1000)
    keeper.action.package_patch(id=system["id"], system_status="stopped")
    time.sleep(1.5)
    SlowSource.gate.release(100)
    answer.raw.drain_conn()
    answer.close()
    [use] = uses_of(people.providing, grant=grant["number"])
    assert use["outcome"] == "grant_ended"
    assert use["size"] < len(CONTENT)
    refused = share(stack, resource["id"], site=machine)
    assert (refused.status_code, "已停用" in refused.json()["zh"]) == (401, True)
    keeper.action.package_delete(id=system["id"])
    assert "已撤销" in share(stack, resource["id"], site=machine).json()["zh"]


def test_a_system_that_was_applied_for_and_stopped_gets_no_grant(
    stack: StackInfo, people: People, keeper: RemoteCKAN, system: dict[str, Any]
) -> None:
    entry = restricted(stack)
    number = submitted(people, entry, holder=holder_of(system))
    keeper.action.package_patch(id=system["id"], system_status="stopped")
    assert "已停用" in refusal(step, site=people.manager, number=number, event="approve")
    assert filed(people, restricted(stack), holder={"kind": "unit"})
