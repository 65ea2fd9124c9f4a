"""时限监管: whose clocks are seen by whom, which are overdue, and which stand still."""

from __future__ import annotations

from typing import Any

import pytest
from ckanapi import NotAuthorized, RemoteCKAN

from tests.integration.api import client, name_of_office, new_account, unit_of
from tests.integration.operating_cases import age_clock, tick
from tests.integration.sharing_cases import NODE, People, filed, restricted, step
from tests.integration.stack_env import StackInfo


def clocks(site: RemoteCKAN, number: str, **wanted: Any) -> dict[str, dict[str, Any]]:
    """Give the clocks of a case that a person finds, by name."""
    found: dict[str, dict[str, Any]] = {}
    offset = 0
    while True:
        page = site.action.fjgov_clock_list(limit=200, offset=offset, **wanted)["results"]
        found |= {row["name"]: row for row in page if row["number"] == number}
        offset += len(page)
        if len(page) < 200:
            return found


@pytest.fixture(scope="module")
def office(stack: StackInfo) -> RemoteCKAN:
    """Somebody of the digital office of the provider."""
    return new_account(stack, NODE, name_of_office(stack, NODE), "digital_office")


def test_the_unit_its_office_and_the_operator_see_a_clock_and_nobody_else(
    stack: StackInfo, people: People, office: RemoteCKAN
) -> None:
    number = filed(people, restricted(stack, exchange=None))
    for site in (people.providing, people.registrar, office, people.operator):
        assert set(clocks(site, number)) == {"objection", "publication"}
    for site in (people.asking, people.other):
        assert clocks(site, number) == {}
    unit = unit_of(stack, NODE, "registrar")
    assert set(clocks(office, number, unit=unit)) == {"objection", "publication"}
    with pytest.raises(NotAuthorized):
        clocks(people.other, number, unit=unit)
    with pytest.raises(NotAuthorized):
        clocks(client(stack, NODE), number)


def test_it_says_what_is_overdue_and_what_stands_still(
    stack: StackInfo, people: People, office: RemoteCKAN
) -> None:
    number = filed(people, restricted(stack, exchange=None))
    assert clocks(office, number, overdue=True) == {}
    step(people.providing, number, "no_objection")
    found = clocks(people.operator, number)
    assert (found["configuration"]["is_paused"], found["publication"]["is_paused"]) == (True, False)
    age_clock(stack, NODE, number)
    # Overdue at the moment itself, whether or not the lapse is written yet.
    for _look in range(2):
        late = clocks(office, number, overdue=True)
        assert set(late) == {"publication"}
        assert (late["publication"]["article"], late["publication"]["is_legal"]) == ("27", True)
        tick(stack, NODE)
    unit = unit_of(stack, NODE, "registrar")
    rows = office.action.fjgov_clock_list(limit=1)["units"]
    assert next(row["overdue"] for row in rows if row["unit"] == unit) > 0
    step(people.asking, number, "withdraw")
    assert clocks(people.operator, number) == {}


def test_silence_until_the_end_of_the_time_to_object_makes_nobody_late(
    stack: StackInfo, people: People, office: RemoteCKAN
) -> None:
    number = filed(people, restricted(stack))
    age_clock(stack, NODE, number)
    assert clocks(office, number, overdue=True) == {}
    assert set(clocks(people.operator, number)) == {"objection"}
    tick(stack, NODE)
    assert clocks(office, number, overdue=True) == {}
    assert set(clocks(people.operator, number)) == {"configuration"}
    [ended] = [
        one
        for one in people.asking.action.fjgov_application_show(number=number)["clocks"]
        if one["name"] == "objection"
    ]
    assert (bool(ended["lapsed"]), ended["is_tacit"]) == (True, True)
