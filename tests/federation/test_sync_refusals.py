"""Records that a city may not send are refused with their reason, and the rest goes on."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator

import pytest

from ckanext.fjgov.core.catalog.uscc import make_uscc
from tests.federation.planting import Planter, planting, some_entry
from tests.federation.syncing import Syncer, listed_names
from tests.integration.api import client, create_listed, sql
from tests.integration.stack_env import StackInfo


@pytest.fixture
def plant(stack: StackInfo, syncer: Syncer) -> Iterator[Planter]:
    with planting(stack, syncer) as planter:
        yield planter


def code() -> str:
    return make_uscc("11", "350100", f"MD{uuid.uuid4().int % 10**6:06d}")


def name_of(identifier: str) -> str:
    return identifier.replace("/", "-").lower()


def test_what_belongs_to_others_is_refused_and_the_rest_goes_on(
    stack: StackInfo, syncer: Syncer, plant: Planter
) -> None:
    """Ids, names, resources and codes of another city and of the province (C.2 rows 23, 24)."""
    syncer.sync("xiamen")
    other = some_entry(stack, "xiamen", "350200")
    own = some_entry(stack, "province", "350000")
    before = {row["id"]: client(stack, "province", "sysadmin").action.package_show(id=row["id"])
              for row in (other, own)}  # fmt: skip
    expected = {
        plant.entry(id=other["id"]): ["owner"],
        plant.entry(id=own["id"]): ["owner"],
        plant.entry(name=other["name"]): ["owner"],
        plant.entry(resource=other["resource"]): ["owner"],
        plant.entry(resource=own["resource"]): ["owner"],
        plant.entry(identifier=f"35200/Z{uuid.uuid4().int % 10**9}"): ["prefix"],
        plant.entry(identifier=other["identifier"], name="35100-another"): ["prefix"],
    }
    good = plant.entry()
    outcome = syncer.sync()
    assert outcome.state == "verified"
    assert outcome.refusals() == expected
    assert outcome.counts == {"added": 1, "refused": len(expected)}
    assert name_of(good) in listed_names(stack, "province", "fuzhou")
    after = {row: client(stack, "province", "sysadmin").action.package_show(id=row)
             for row in before}  # fmt: skip
    assert after == before


def test_refused_records_stay_known_with_reasons_until_they_are_right(
    stack: StackInfo, syncer: Syncer, plant: Planter
) -> None:
    wrong = plant.entry(extras={"frequency": "77"})
    outcome = syncer.sync()
    assert list(outcome.refusals()) == [wrong]
    node = client(stack, "province", "sysadmin").action.fjgov_node_show(code="350100")
    (row,) = [row for row in node["refused_records"] if row["key"] == wrong]
    assert all(why["zh"] and why["en"] and why["rule"] for why in row["reasons"])
    assert syncer.sync().counts == {}
    sql(stack, "fuzhou", "UPDATE package SET extras = extras || '{\"frequency\": \"4\"}'"
        " WHERE name = %s", name_of(wrong))  # fmt: skip
    assert syncer.sync().counts == {"added": 1}
    node = client(stack, "province", "sysadmin").action.fjgov_node_show(code="350100")
    assert [row for row in node["refused_records"] if row["key"] == wrong] == []


def test_an_entry_that_becomes_unacceptable_is_withdrawn_here(
    stack: StackInfo, syncer: Syncer, plant: Planter
) -> None:
    entry = plant.entry()
    syncer.sync()
    sql(stack, "fuzhou", "UPDATE package SET extras = extras || '{\"frequency\": \"77\"}'"
        " WHERE name = %s", name_of(entry))  # fmt: skip
    outcome = syncer.sync()
    assert (outcome.state, outcome.counts) == ("verified", {"refused": 1, "withdrawn": 1})
    assert name_of(entry) not in listed_names(stack, "province", "fuzhou")


def test_units_outside_the_scope_and_their_entries_are_refused(
    stack: StackInfo, syncer: Syncer, plant: Planter
) -> None:
    key = code()
    unit = plant.unit(key, division="350200")
    entry = plant.entry(owner_org=unit, extras={"provider_code": key})
    outcome = syncer.sync()
    assert outcome.state == "verified"
    assert outcome.refusals() == {key: ["scope"], entry: ["unit"]}
    # The unit comes into the city's own scope: what was refused because of it is taken now.
    sql(stack, "fuzhou", 'UPDATE "group" SET extras = extras || %s WHERE id = %s',
        json.dumps({"division": "350100"}), unit)  # fmt: skip
    outcome = syncer.sync()
    assert (outcome.state, outcome.counts) == ("verified", {"added": 2})
    # And out again: its entries go with it.
    sql(stack, "fuzhou", 'UPDATE "group" SET extras = extras || %s WHERE id = %s',
        json.dumps({"division": "350200"}), unit)  # fmt: skip
    outcome = syncer.sync()
    assert (outcome.state, outcome.counts["withdrawn"]) == ("verified", 2)
    assert name_of(entry) not in listed_names(stack, "province", "fuzhou")


def test_an_entry_of_a_unit_of_the_province_is_refused(
    stack: StackInfo, syncer: Syncer, plant: Planter
) -> None:
    """C.2 row 24: a city claims to own the record of a province's unit."""
    (row,) = sql(
        stack,
        "province",
        "SELECT extras ->> 'uscc' FROM \"group\" WHERE is_organization AND state = 'active'"
        " AND extras ->> 'home_node' = '350000' ORDER BY name LIMIT 1",
    )
    unit = plant.unit(row[0], division="350000")
    entry = plant.entry(owner_org=unit, extras={"provider_code": row[0]})
    outcome = syncer.sync()
    assert outcome.state == "verified"
    assert outcome.refusals()[entry] == ["unit"]
    assert set(outcome.refusals()[row[0]]) >= {"scope"}


def test_records_that_do_not_fit_are_refused_alone(
    stack: StackInfo, syncer: Syncer, plant: Planter
) -> None:
    """Real addresses, and values that the tables do not take: the page goes on without them."""
    leak = {"access_url": "http://10.1.2.3/secret"}
    expected = {
        plant.entry(resource=str(uuid.uuid4()), resource_extras=leak): ["address"],
        plant.entry(id="../../etc/passwd"): ["form"],
    }
    good = [plant.entry(), plant.entry()]
    outcome = syncer.sync()
    assert outcome.state == "verified"
    assert outcome.refusals() == expected
    assert {name_of(key) for key in good} <= set(listed_names(stack, "province", "fuzhou"))


def test_two_records_of_one_run_that_want_one_code_leave_the_first(
    stack: StackInfo, syncer: Syncer, plant: Planter
) -> None:
    shared = f"307021/{uuid.uuid4().int % 10**6:06d}"
    keys = [plant.entry(extras={"guide_code": shared}) for _ in range(2)]
    outcome = syncer.sync()
    assert (outcome.state, outcome.counts) == ("verified", {"added": 1, "refused": 1})
    assert list(outcome.refusals().values()) == [["duplicate"]]
    assert set(outcome.refusals()) < set(keys)


def test_a_new_registration_is_applied_to_what_was_refused_before(
    stack: StackInfo, syncer: Syncer, plant: Planter
) -> None:
    site = client(stack, "province", "sysadmin")
    foreign = plant.entry(identifier=f"35109/N{uuid.uuid4().int % 10**9}")
    assert syncer.sync().refusals() == {foreign: ["prefix"]}
    registered = registration(stack)
    try:
        site.action.fjgov_node_register(**{**registered, "prefixes": ["35100", "35109"]})
        outcome = syncer.sync()
        assert (outcome.state, outcome.counts) == ("verified", {"added": 1})
    finally:
        site.action.fjgov_node_register(**registered)


def registration(stack: StackInfo) -> dict[str, object]:
    """Give the registration of 福州 as `fjgov_node_register` takes it."""
    (row,) = sql(
        stack,
        "province",
        "SELECT code, name, level, parent, address, scope, prefixes, keys, profile, state"
        " FROM fjgov_node WHERE code = '350100'",
    )
    names = ("code", "name", "level", "parent", "address", "scope", "prefixes", "keys", "profile",
             "state")  # fmt: skip
    known = dict(zip(names, row, strict=True))
    scope = known.pop("scope")
    return {**known, "include": scope["include"], "exclude": scope["exclude"]}


def test_the_province_shows_no_entry_twice(stack: StackInfo, syncer: Syncer) -> None:
    create_listed(stack)
    syncer.sync()
    syncer.sync(full=True)
    twice = sql(
        stack,
        "province",
        "SELECT extras ->> 'identifier' FROM package WHERE type = 'dataset'"
        " GROUP BY 1 HAVING count(*) > 1",
    )
    assert twice == []
