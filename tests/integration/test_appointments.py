"""Appointments (Art. 16, 18, 24): who makes them, and what they open and close."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from ckanapi import RemoteCKAN, ValidationError

from tests.integration.api import client, create_entry, new_account, other_unit, outcome, unit_of
from tests.integration.stack_env import StackInfo


@pytest.fixture
def lead(stack: StackInfo) -> RemoteCKAN:
    return client(stack, "fuzhou", "unit_lead")


@pytest.fixture
def person(stack: StackInfo) -> RemoteCKAN:
    """An account without any appointment."""
    return new_account(stack, "fuzhou")


def name_of(site: RemoteCKAN) -> str:
    return str(site.action.user_show()["name"])


def appoint(site: RemoteCKAN, user: str, unit: str, **change: Any) -> Any:
    """Appoint a registrar with a document."""
    values = {"user": user, "unit": unit, "role": "registrar", "document": "示例任命文件"} | change
    return site.action.fjgov_appointment_create(**values)


def test_the_head_of_a_unit_appoints_and_ends(
    stack: StackInfo, lead: RemoteCKAN, person: RemoteCKAN
) -> None:
    unit = unit_of(stack, "fuzhou")
    draft = create_entry(stack)
    assert outcome(person, "package_show", id=draft["id"]) == "NotAuthorized"
    number = appoint(lead, name_of(person), unit)["id"]
    assert outcome(person, "package_show", id=draft["id"]) == "done"
    assert outcome(person, "package_patch", id=draft["id"], frequency="5") == "done"
    rows = lead.action.fjgov_appointment_list(unit=unit)
    [row] = [row for row in rows if row["id"] == number]
    assert (row["role"], row["document"], row["valid_until"]) == ("registrar", "示例任命文件", None)
    ended = lead.action.fjgov_appointment_end(id=number)
    assert ended["valid_until"] == row["valid_from"]
    assert outcome(lead, "fjgov_appointment_end", id=number) == "ValidationError"


def test_an_appointment_of_the_past_or_the_future_opens_nothing(
    stack: StackInfo, lead: RemoteCKAN, person: RemoteCKAN
) -> None:
    unit, user = unit_of(stack, "fuzhou"), name_of(person)
    draft = create_entry(stack)
    later = (date.today() + timedelta(days=3)).isoformat()
    appoint(lead, user, unit, valid_from="2020-01-01", valid_until="2020-12-31")
    appoint(lead, user, unit, valid_from=later)
    assert outcome(person, "package_show", id=draft["id"]) == "NotAuthorized"
    assert outcome(person, "package_patch", id=draft["id"], frequency="5") == "NotAuthorized"


@pytest.mark.parametrize(
    "role", ["registrar", "reviewer", "info_manager", "staff", "digital_office", "anonymous"]
)
def test_nobody_else_appoints(stack: StackInfo, person: RemoteCKAN, role: str) -> None:
    site = client(stack, "fuzhou", role)
    asked = {"user": name_of(person), "unit": unit_of(stack, "fuzhou"), "role": "registrar"}
    assert outcome(site, "fjgov_appointment_create", **asked) == "NotAuthorized"


def test_the_head_of_one_unit_appoints_for_no_other(
    stack: StackInfo, lead: RemoteCKAN, person: RemoteCKAN
) -> None:
    asked = {"user": name_of(person), "unit": other_unit(stack, "fuzhou"), "role": "registrar"}
    assert outcome(lead, "fjgov_appointment_create", **asked) == "NotAuthorized"


def test_mistakes_are_named(stack: StackInfo, lead: RemoteCKAN, person: RemoteCKAN) -> None:
    unit = unit_of(stack, "fuzhou")
    for change, field in (
        ({"user": "no-such-account"}, "user"),
        ({"role": "king"}, "role"),
        ({"valid_from": "1. Mai"}, "valid_from"),
        ({"valid_from": "2026-02-01", "valid_until": "2026-01-01"}, "valid_until"),
    ):
        with pytest.raises(ValidationError) as caught:
            appoint(lead, **{"user": name_of(person), "unit": unit} | change)
        assert set(caught.value.error_dict) - {"__type"} == {field}


def test_the_public_sees_no_appointments(stack: StackInfo) -> None:
    asked = {"unit": unit_of(stack, "fuzhou")}
    assert outcome(client(stack, "fuzhou"), "fjgov_appointment_list", **asked) == "NotAuthorized"
    assert outcome(client(stack, "fuzhou", "staff"), "fjgov_appointment_list", **asked) == "done"
