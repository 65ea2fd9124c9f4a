"""Records of the directories beside the entries travel as entries do: feed, sync, proof."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from ckanapi import NotAuthorized, NotFound

from ckanext.fjgov.core.catalog.canonical import DIRECTORY_KINDS
from tests.federation.planting import Planter, planting
from tests.federation.syncing import Syncer, command, differences, shown
from tests.integration.api import client, create_listed, eventually, open_entry, outcome, sql
from tests.integration.directory_records import register
from tests.integration.stack_env import StackInfo


@pytest.fixture
def plant(stack: StackInfo, syncer: Syncer) -> Iterator[Planter]:
    with planting(stack, syncer) as planter:
        yield planter


def rows_of(stack: StackInfo, node: str, records: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """Give (kind, operation, hash) of records in a node's log, by kind."""
    return sql(
        stack,
        node,
        "SELECT kind, op, hash FROM fjgov_change WHERE key = ANY(%s) ORDER BY kind, key",
        [record["identifier"] for record in records],
    )


def same_as_at_home(stack: StackInfo, records: list[dict[str, Any]]) -> None:
    """The copies hold every field that the records have at home, and their rows are equal."""
    names = [record["name"] for record in records]
    differing = list(differences(shown(stack, "province", names), shown(stack, "fuzhou", names)))
    assert not differing, "\n".join(differing[:10])
    assert rows_of(stack, "province", records) == rows_of(stack, "fuzhou", records)


def test_every_kind_is_created_changed_and_withdrawn(stack: StackInfo, syncer: Syncer) -> None:
    city, office = client(stack, "fuzhou", "registrar"), client(stack, "province", "staff")
    entry = create_listed(stack, **open_entry())
    assert syncer.sync().counts == {"added": 1}
    database = register(stack, "gov_database", entries_stored=[entry["identifier"]])
    records = [
        database,
        register(stack, "collection_item", entries=[entry["identifier"]]),
        register(
            stack,
            "app_system",
            databases=[database["identifier"]],
            entries_used=[entry["identifier"]],
        ),
        register(stack, "permit_type", entries=[entry["identifier"]], open_to_public="1"),
    ]
    draft = register(stack, "app_system", state="draft")

    run = syncer.sync()
    assert (run.state, run.counts) == ("verified", {"added": 4})
    same_as_at_home(stack, records)
    assert outcome(office, "package_show", id=draft["id"]) == "NotFound"
    copy = office.action.package_show(id=records[0]["name"])
    assert (copy["id"], copy["type"], copy["home_node"]) == (database["id"], *_at("gov_database"))
    linked = office.action.fjgov_link_list(id=entry["id"])["named_by"]
    assert {(row["relation"], row["identifier"]) for row in linked} == {
        ("stored_in", records[0]["identifier"]),
        ("collected_by", records[1]["identifier"]),
        ("used_by", records[2]["identifier"]),
        ("certified_with", records[3]["identifier"]),
    }
    for record in records:
        asked = {"fq": f'dataset_type:{record["type"]} AND identifier:"{record["identifier"]}"'}
        assert eventually(lambda asked=asked: office.action.package_search(**asked)["count"]) == 1
        assert outcome(client(stack, "province", "registrar"), "package_patch",
                       id=record["id"], notes="改动") == "NotAuthorized"  # fmt: skip

    for record in records:
        city.action.package_patch(id=record["id"], notes="更正后的说明。")
    city.action.package_patch(id=records[2]["id"], databases=[], entries_used=[])
    run = syncer.sync()
    assert (run.state, run.counts) == ("verified", {"changed": 4})
    same_as_at_home(stack, records)
    assert office.action.package_show(id=records[1]["id"])["notes"] == "更正后的说明。"
    relations = {row["relation"] for row in
                 office.action.fjgov_link_list(id=entry["id"])["named_by"]}  # fmt: skip
    assert relations == {"stored_in", "collected_by", "certified_with"}

    for record in reversed(records):
        city.action.package_delete(id=record["id"])
    run = syncer.sync()
    assert (run.state, run.counts) == ("verified", {"withdrawn": 4})
    assert [row[:2] for row in rows_of(stack, "province", records)] == [
        (kind, "del") for kind in sorted(DIRECTORY_KINDS)
    ]
    for record in records:
        with pytest.raises((NotAuthorized, NotFound)):
            office.action.package_show(id=record["name"])
    assert office.action.fjgov_link_list(id=entry["id"])["named_by"] == []
    city.action.package_patch(id=records[3]["id"], state="active")
    assert syncer.sync().counts == {"added": 1}
    same_as_at_home(stack, records[3:])
    again = syncer.sync()
    assert (again.state, again.counts, again.report["requests"]) == ("verified", {}, 1)
    for node in ("fuzhou", "province"):
        done = command(stack, "doctor", node=node)
        assert done.returncode == 0, done.stdout + done.stderr


def _at(record_type: str) -> tuple[str, str]:
    return record_type, "350100"


def test_a_licence_that_is_closed_is_gone_before_any_other_change(
    stack: StackInfo, syncer: Syncer
) -> None:
    permit = register(stack, "permit_type", open_to_public="1")
    syncer.sync()
    anybody = client(stack, "province")
    assert anybody.action.package_show(id=permit["id"])["title"] == permit["title"]
    others = [register(stack, "gov_database") for _ in range(9)]
    city = client(stack, "fuzhou", "registrar")
    city.action.package_patch(id=permit["id"], open_to_public="0")
    with syncer.stopped_at("taken_away"):
        assert outcome(anybody, "package_show", id=permit["id"]) == "NotAuthorized"
        assert rows_of(stack, "province", others) == []
    same_as_at_home(stack, [permit, *others])


def test_a_record_that_was_lost_here_is_named_and_brought_back(
    stack: StackInfo, syncer: Syncer
) -> None:
    record = register(stack, "collection_item")
    syncer.sync()
    sql(stack, "province", "UPDATE package SET title = '改坏' WHERE id = %s", record["id"])
    register(stack, "app_system")
    run = syncer.sync()
    assert run.state == "repaired"
    assert run.report["differences"] == [f"collection_item:{record['identifier']}"]
    same_as_at_home(stack, [record])


def test_what_a_city_may_not_send_is_refused_and_the_rest_goes_on(
    stack: StackInfo, syncer: Syncer, plant: Planter
) -> None:
    """Another's prefix, an unknown value, a mark, and a type that another record here has."""
    other = register(stack, "gov_database")
    good = register(stack, "permit_type")
    syncer.sync()

    def planted(**changes: Any) -> str:
        identifier = str(changes.pop("identifier", f"35100/P{uuid.uuid4().int % 10**9:09d}"))
        package_id = str(changes.pop("id", uuid.uuid4()))
        sql(
            stack,
            "fuzhou",
            "INSERT INTO package (id, name, title, type, state, private, owner_org, extras,"
            " metadata_created, metadata_modified) SELECT %s, %s, %s, type, 'active', false,"
            " owner_org, extras || %s::jsonb, metadata_created, metadata_modified"
            " FROM package WHERE id = %s",
            package_id,
            identifier.replace("/", "-").lower(),
            f"试验证照 {identifier}",
            json.dumps({"identifier": identifier, **changes}),
            good["id"],
        )
        plant.packages.append(package_id)
        return identifier

    expected = {
        planted(holder_object="nobody"): ["C1"],
        planted(identifier=f"35200/Z{uuid.uuid4().int % 10**9}"): ["prefix"],
        planted(notes="机密★10年"): ["R15"],
    }
    fine = planted()
    run = syncer.sync()
    assert run.state == "verified"
    assert run.refusals() == expected
    assert run.counts == {"added": 1, "refused": len(expected)}
    assert rows_of(stack, "province", [{"identifier": fine}])[0][:2] == ("permit_type", "put")

    # The same row becomes a record of another directory: its old key of that kind ends.
    change = "UPDATE package SET type = %s WHERE id = %s"
    sql(stack, "fuzhou", change, "permit_type", other["id"])
    try:
        run = syncer.sync(forced=True)
        assert run.refusals()[other["identifier"]] == ["owner"]
    finally:
        sql(stack, "fuzhou", change, "gov_database", other["id"])
    assert syncer.sync(forced=True).state == "verified"
