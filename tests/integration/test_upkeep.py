"""Overdue data and the yearly maintenance on a running site: who sees and decides what."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any, NamedTuple

import psycopg2
import pytest
from ckanapi import NotAuthorized, NotFound, RemoteCKAN, ValidationError

from ckanext.fjgov.core.catalog.uscc import make_uscc
from tests.integration.api import (
    client,
    entry_for,
    eventually,
    logged,
    new_account,
    other_unit,
    outcome,
    sql,
    unit_of,
)
from tests.integration.stack_env import StackInfo

NODE = "fuzhou"
YEAR = date.today().year
OLD = "2024-01-05"
OTHERS = ("digital_office", "platform_operator", "info_manager", "staff", "sysadmin", "anonymous")


class House(NamedTuple):
    """A unit of its own with the people who work at it."""

    unit: str
    registrar: RemoteCKAN
    reviewer: RemoteCKAN
    lead: RemoteCKAN


@pytest.fixture
def house(stack: StackInfo) -> House:
    """A fresh unit of the city under its digital office."""
    site = client(stack, NODE, "sysadmin")
    digits = "".join(str(int(digit, 16) % 10) for digit in uuid.uuid4().hex[:4])
    code = make_uscc("11", "350100", f"MC9{digits}2")
    office = site.action.organization_show(id=unit_of(stack, NODE, "digital_office"))
    unit = site.action.organization_create(
        title=f"福州市示例单位{uuid.uuid4().hex[:6]}",
        name=f"u-{code.lower()}",
        uscc=code,
        unit_type="organ",
        division="350100",
        level="city",
        competent_office=[
            {"uscc": office["uscc"], "name": office["title"], "valid_from": "2020-01-01"}
        ],
    )["name"]
    people = (new_account(stack, NODE, unit, role) for role in ("registrar", "reviewer"))
    return House(unit, *people, new_account(stack, NODE, unit, "unit_lead"))


def listed(house: House, **change: Any) -> dict[str, Any]:
    """Register and list an entry of the house."""
    data = entry_for(house.unit, state="active", **change)
    return dict(house.registrar.action.package_create(**data))


def opened(house: House, number: int) -> list[dict[str, Any]]:
    """List some entries and open the year's maintenance over them."""
    entries = [listed(house) for _ in range(number)]
    told = house.registrar.action.fjgov_maintenance_open(unit=house.unit)
    assert told == {"unit": house.unit, "year": YEAR, "entries": number}
    return entries


def decide(site: RemoteCKAN, unit: str, entry: Any, decision: str, **more: str) -> Any:
    """Decide on one entry and give its result."""
    told = site.action.fjgov_maintenance_decide(
        unit=unit, decisions=[{"id": entry["id"], "decision": decision, **more}]
    )
    return told["results"][0]


def shown(house: House, **wanted: Any) -> dict[str, Any]:
    return dict(house.lead.action.fjgov_maintenance_show(unit=house.unit, **wanted))


def test_a_year_from_opening_to_the_confirmation_of_the_head(
    stack: StackInfo, house: House
) -> None:
    keep, change, merge, drop = opened(house, 4)
    assert shown(house)["counts"] == {"pending": 4}
    assert decide(house.reviewer, house.unit, keep, "confirm")["state"] == "confirmed"
    assert decide(house.registrar, house.unit, change, "change")["state"] == "to_change"
    gone = decide(house.registrar, house.unit, drop, "withdraw", note="业务取消")
    drawn = {"id": drop["id"], "title": drop["title"], "done": True, "state": "withdrawn"}
    assert gone == drawn
    # The entry that is to be changed holds the year up until it is.
    told = decide(house.registrar, house.unit, merge, "merge", merged_into=keep["identifier"])
    assert told["state"] == "merged"
    found = shown(house)
    assert (found["state"], found["settled"], found["total"]) == ("open", 3, 4)
    with pytest.raises(ValidationError):
        house.lead.action.fjgov_maintenance_confirm(unit=house.unit)
    house.registrar.action.package_patch(id=change["id"], notes="按年度维护更新后的摘要内容")
    assert shown(house)["state"] == "ready"
    done = house.lead.action.fjgov_maintenance_confirm(unit=house.unit, note="已核对")
    assert done["state"] == "closed"
    found = shown(house)
    assert (found["state"], found["note"], found["is_overdue"]) == ("closed", "已核对", False)
    assert found["confirmed_at"].startswith(str(YEAR))
    assert found["document"] == "示例任命文件"
    assert [row["state"] for row in found["entries"]] == [
        "confirmed",
        "changed",
        "merged",
        "withdrawn",
    ]
    # What was merged says in the log of the node, and so to the parent node, what replaces it.
    logged(stack, NODE, merge["identifier"])
    row = sql(
        stack,
        NODE,
        "SELECT op, reason, replaced_by FROM fjgov_change WHERE key = %s",
        merge["identifier"],
    )
    assert row == [("del", "withdrawn", keep["identifier"])]
    assert "已由单位负责人确认" in decide(house.reviewer, house.unit, keep, "change")["errors"][0]


@pytest.mark.parametrize("role", OTHERS)
def test_nobody_else_opens_decides_or_confirms(stack: StackInfo, house: House, role: str) -> None:
    [entry] = opened(house, 1)
    site = client(stack, NODE, role)
    asked = {"unit": house.unit}
    decision = [{"id": entry["id"], "decision": "withdraw"}]
    wanted = {
        "fjgov_maintenance_open": asked | {"year": YEAR - 1},
        "fjgov_maintenance_decide": asked | {"decisions": decision},
        "fjgov_maintenance_confirm": asked,
    }
    for action, arguments in wanted.items():
        assert outcome(site, action, **arguments) == "NotAuthorized", action
    assert house.registrar.action.package_show(id=entry["id"])["state"] == "active"


def test_roles_of_one_step_do_not_open_another(stack: StackInfo, house: House) -> None:
    [entry] = opened(house, 1)
    decision = [{"id": entry["id"], "decision": "confirm"}]
    asked = {"unit": house.unit, "decisions": decision}
    assert outcome(house.lead, "fjgov_maintenance_decide", **asked) == "NotAuthorized"
    assert outcome(house.reviewer, "fjgov_maintenance_decide", **asked) == "done"
    for site in (house.registrar, house.reviewer):
        assert outcome(site, "fjgov_maintenance_confirm", unit=house.unit) == "NotAuthorized"
    stranger = new_account(stack, NODE, other_unit(stack, NODE), "unit_lead")
    assert outcome(stranger, "fjgov_maintenance_confirm", unit=house.unit) == "NotAuthorized"
    ended = new_account(stack, NODE, house.unit, "unit_lead", ended=True)
    assert outcome(ended, "fjgov_maintenance_confirm", unit=house.unit) == "NotAuthorized"


def test_who_decided_does_not_confirm(stack: StackInfo, house: House) -> None:
    [entry] = opened(house, 1)
    both = new_account(stack, NODE, house.unit, "reviewer")
    client(stack, NODE, "sysadmin").action.fjgov_appointment_create(
        user=both.action.user_show()["name"],
        unit=house.unit,
        role="unit_lead",
        document="示例任命文件",
    )
    assert decide(both, house.unit, entry, "confirm")["done"]
    with pytest.raises(ValidationError, match="办理人员不能确认"):
        both.action.fjgov_maintenance_confirm(unit=house.unit)
    assert outcome(house.lead, "fjgov_maintenance_confirm", unit=house.unit) == "done"


def test_each_entry_of_a_batch_has_its_own_result(stack: StackInfo, house: House) -> None:
    one, two = opened(house, 2)
    told = house.registrar.action.fjgov_maintenance_decide(
        unit=house.unit,
        decisions=[
            {"id": one["id"], "decision": "confirm"},
            {"id": "no-such-entry", "decision": "confirm"},
            {"id": two["id"], "decision": "crown"},
            {"id": two["id"], "decision": "merge", "merged_into": two["id"]},
            {"id": two["id"], "decision": "merge"},
            "confirm everything",
        ],
    )
    assert (told["done"], [row["done"] for row in told["results"]]) == (1, [True, *[False] * 5])
    assert all(row["errors"] for row in told["results"] if not row["done"])
    # A refused merge leaves no mark and no decision behind.
    assert shown(house)["counts"] == {"confirmed": 1, "pending": 1}
    kept = sql(stack, NODE, "SELECT extras ? 'replaced_by' FROM package WHERE id = %s", two["id"])
    assert kept == [(False,)]


def test_an_entry_of_another_unit_takes_no_merge(stack: StackInfo, house: House) -> None:
    [entry] = opened(house, 1)
    foreign = client(stack, NODE).action.package_search(
        fq=f'organization:"{unit_of(stack, NODE)}"', rows=1
    )["results"][0]
    told = decide(house.registrar, house.unit, entry, "merge", merged_into=foreign["id"])
    assert "本单位" in told["errors"][0]


def test_decisions_are_kept_for_ever(stack: StackInfo, house: House) -> None:
    [entry] = opened(house, 1)
    decide(house.registrar, house.unit, entry, "change")
    decide(house.reviewer, house.unit, entry, "confirm")
    kept = sql(
        stack,
        NODE,
        "SELECT decision, role FROM fjgov_maintenance_decision WHERE package_id = %s ORDER BY id",
        entry["id"],
    )
    assert kept == [("change", "registrar"), ("confirm", "reviewer")]
    for statement in (
        "UPDATE fjgov_maintenance_decision SET note = ''",
        "DELETE FROM fjgov_maintenance_decision",
        "TRUNCATE fjgov_maintenance_confirmation",
    ):
        with pytest.raises(psycopg2.errors.RaiseException):
            sql(stack, NODE, statement)


def test_a_year_is_opened_once_and_none_to_come(house: House) -> None:
    opened(house, 1)
    for year in (YEAR, YEAR + 1, 1999, "x"):
        with pytest.raises(ValidationError):
            house.registrar.action.fjgov_maintenance_open(unit=house.unit, year=year)
    with pytest.raises(NotFound):
        house.lead.action.fjgov_maintenance_show(unit=house.unit, year=YEAR - 1)
    assert house.lead.action.fjgov_maintenance_open(unit=house.unit, year=YEAR - 1)["entries"] == 1
    assert shown(house, year=YEAR - 1)["is_overdue"] is True


def test_an_office_sees_its_own_level_and_division_only(stack: StackInfo, house: House) -> None:
    opened(house, 1)
    city = client(stack, NODE, "digital_office")
    found = {row["unit"] for row in city.action.fjgov_maintenance_list(limit=200)["units"]}
    offices = {
        row["name"]: {office["uscc"] for office in row["competent_office"]}
        for name in found
        for row in [city.action.organization_show(id=name)]
    }
    own = city.action.organization_show(id=unit_of(stack, NODE, "digital_office"))["uscc"]
    assert house.unit in found
    assert all(own in codes for codes in offices.values())
    # A county's office lives on the same node and sees the units of its county.
    [(county,)] = sql(stack, NODE, "SELECT name FROM \"group\" WHERE title = '鼓楼区数字办'")
    office = new_account(stack, NODE, county, "digital_office")
    seen = {row["unit"] for row in office.action.fjgov_maintenance_list(limit=200)["units"]}
    assert seen
    assert seen.isdisjoint(found)
    assert outcome(office, "fjgov_maintenance_show", unit=house.unit) == "NotAuthorized"
    assert outcome(office, "fjgov_overdue_list", unit=house.unit) == "NotAuthorized"
    assert outcome(city, "fjgov_maintenance_show", unit=house.unit) == "done"


def test_units_without_a_directory_are_named(stack: StackInfo, house: House) -> None:
    office = client(stack, NODE, "digital_office")

    def row() -> dict[str, Any]:
        found = office.action.fjgov_maintenance_list(limit=200)["units"]
        return next(dict(one) for one in found if one["unit"] == house.unit)

    assert (row()["has_directory"], row()["listed"], row()["campaign"]) == (False, 0, None)
    unopened = office.action.fjgov_maintenance_list(state="no_directory", limit=200)
    assert house.unit in {one["unit"] for one in unopened["units"]}
    opened(house, 2)
    assert (row()["has_directory"], row()["listed"], row()["campaign"]["total"]) == (True, 2, 2)
    ready = office.action.fjgov_maintenance_list(state="open", limit=200)
    assert house.unit in {one["unit"] for one in ready["units"]}


def test_overdue_data_are_listed_until_they_are_updated(stack: StackInfo, house: House) -> None:
    entry = listed(house, frequency="4", data_updated_at=OLD)
    listed(house, frequency="8", data_updated_at=OLD)

    def overdue(site: RemoteCKAN, **wanted: Any) -> list[dict[str, Any]]:
        found = site.action.fjgov_overdue_list(limit=200, **wanted)
        return [dict(row) for row in found["entries"] if row["unit"] == house.unit]

    [row] = eventually(lambda: overdue(house.registrar, unit=house.unit), bool, 60)
    limit = date.fromisoformat(OLD) + timedelta(days=31 + 7)
    assert (row["identifier"], row["updated_on"], row["fresh_until"]) == (
        entry["identifier"],
        OLD,
        limit.isoformat(),
    )
    assert row["days_over"] >= (date.today() - limit).days - 1
    assert [one["identifier"] for one in overdue(client(stack, NODE, "digital_office"))] == [
        entry["identifier"]
    ]
    # Another unit's people do not look at it.
    with pytest.raises(NotAuthorized):
        overdue(client(stack, NODE, "registrar"), unit=house.unit)
    assert overdue(client(stack, NODE, "registrar")) == []
    house.registrar.action.package_patch(id=entry["id"], data_updated_at=date.today().isoformat())
    assert eventually(lambda: not overdue(house.registrar), bool, 60)


@pytest.mark.parametrize("action", ["fjgov_overdue_list", "fjgov_maintenance_list"])
def test_the_public_sees_neither(stack: StackInfo, action: str) -> None:
    assert outcome(client(stack, NODE), action) == "NotAuthorized"


def test_two_who_decide_at_once_leave_both_decisions_and_one_state(
    stack: StackInfo, house: House
) -> None:
    keep, entry = opened(house, 2)
    with ThreadPoolExecutor(2) as pool:
        told = list(
            pool.map(
                lambda site: decide(site, house.unit, entry, "withdraw"),
                (house.registrar, house.reviewer),
            )
        )
    assert sorted(row["done"] for row in told) == [False, True]
    assert shown(house)["counts"] == {"pending": 1, "withdrawn": 1}
    assert keep["state"] == "active"
