"""CKAN's other ways of writing: none of them goes past the guards."""

from __future__ import annotations

from typing import Any

import pytest
from ckanapi import NotAuthorized, RemoteCKAN, ValidationError

from tests.factories import make_unit
from tests.integration.api import (
    client,
    create_entry,
    create_listed,
    eventually,
    logged,
    new_account,
    other_unit,
    outcome,
    sync_up,
    unique_title,
    unit_of,
)
from tests.integration.stack_env import StackInfo

ADDRESS = "http://192.0.2.20/rows"


def addresses(stack: StackInfo, entry_id: str) -> list[tuple[str, str]]:
    """Give the registered addresses of an entry as its unit sees them: field, address."""
    found = client(stack, "fuzhou", "registrar").action.fjgov_address_show(id=entry_id)
    return sorted((row["field"], row["address"]) for row in found["addresses"])


def test_resources_one_by_one(stack: StackInfo, registrar: RemoteCKAN) -> None:
    entry = create_listed(stack)
    gateway = f"{stack.urls['fuzhou']}/share/"
    made = registrar.action.resource_create(package_id=entry["id"], name="库表", url=ADDRESS)
    assert made["url"] == gateway + made["id"]
    assert addresses(stack, entry["id"]) == [("url", ADDRESS)]
    changed = registrar.action.resource_update(**{**made, "name": "库表二"})
    assert (changed["name"], changed["url"]) == ("库表二", made["url"])
    assert addresses(stack, entry["id"]) == [("url", ADDRESS)]
    patched = registrar.action.resource_patch(id=made["id"], url=ADDRESS + "?2")
    assert patched["url"] == made["url"]
    assert addresses(stack, entry["id"]) == [("url", ADDRESS + "?2")]
    second = registrar.action.resource_create(package_id=entry["id"], name="文件", url=ADDRESS)
    registrar.action.package_resource_reorder(id=entry["id"], order=[second["id"], made["id"]])
    shown = registrar.action.package_show(id=entry["id"])["resources"]
    assert [row["id"] for row in shown] == [second["id"], made["id"]]
    registrar.action.resource_delete(id=made["id"])
    assert addresses(stack, entry["id"]) == [("url", ADDRESS)]
    registrar.action.resource_delete(id=second["id"])
    assert addresses(stack, entry["id"]) == []


def test_a_new_address_alone_is_stored_and_not_seen_by_other_nodes(
    stack: StackInfo, registrar: RemoteCKAN
) -> None:
    entry = create_listed(stack, resources=[{"name": "库表", "url": ADDRESS}])
    resource = entry["resources"][0]
    before = logged(stack, "fuzhou", entry["identifier"])
    for url, expected in (
        (ADDRESS + "?new", ADDRESS + "?new"),
        (resource["url"], ADDRESS + "?new"),
        ("", None),
    ):
        registrar.action.package_patch(id=entry["id"], resources=[{**resource, "url": url}])
        held = addresses(stack, entry["id"])
        assert held == ([("url", expected)] if expected else []), url
    assert logged(stack, "fuzhou", entry["identifier"]) == before


def test_a_resource_cannot_be_moved_to_another_entry(
    stack: StackInfo, registrar: RemoteCKAN
) -> None:
    entry = create_listed(stack, resources=[{"name": "库表", "url": ADDRESS}])
    other = create_listed(stack)
    resource = entry["resources"][0]
    assert (
        outcome(registrar, "resource_create", package_id=other["id"], id=resource["id"], name="x")
        == "ValidationError"
    )
    moved = registrar.action.resource_update(**{**resource, "package_id": other["id"]})
    assert moved["package_id"] == entry["id"]
    assert addresses(stack, other["id"]) == []


def test_revise_obeys_the_rules_and_hides_the_address(
    stack: StackInfo, registrar: RemoteCKAN
) -> None:
    entry = create_listed(stack, resources=[{"name": "库表", "url": ADDRESS}])
    answer = registrar.action.package_revise(
        match={"id": entry["id"]},
        update={"frequency": "5"},
        update__resources__0={"url": ADDRESS + "?3"},
    )
    assert answer["package"]["frequency"] == "5"
    assert "192.0.2.20" not in str(answer)
    assert addresses(stack, entry["id"]) == [("url", ADDRESS + "?3")]
    with pytest.raises(ValidationError) as caught:
        registrar.action.package_revise(match={"id": entry["id"]}, update={"share_type": "4"})
    assert "share_type" in caught.value.error_dict


def test_listing_an_incomplete_draft_is_refused_by_every_way(
    stack: StackInfo, registrar: RemoteCKAN
) -> None:
    draft = create_entry(stack, theme=None, share_type=None)
    for action, arguments in (
        ("package_patch", {"id": draft["id"], "state": "active"}),
        ("package_update", {**draft, "state": "active"}),
        ("package_revise", {"match": {"id": draft["id"]}, "update": {"state": "active"}}),
        ("bulk_update_public", {"datasets": [draft["id"]], "org_id": draft["owner_org"]}),
    ):
        with_errors = outcome(registrar, action, **arguments)
        assert with_errors in ("ValidationError", "NotAuthorized"), action
    assert registrar.action.package_show(id=draft["id"])["state"] == "draft"


def test_bulk_actions_are_no_way_around(stack: StackInfo) -> None:
    entry = create_listed(stack)
    arguments = {"datasets": [entry["id"]], "org_id": entry["owner_org"]}
    technician = client(stack, "fuzhou", "sysadmin")
    for role in ("staff", "registrar", "anonymous"):
        for action in ("bulk_update_private", "bulk_update_public", "bulk_update_delete"):
            found = outcome(client(stack, "fuzhou", role), action, **arguments)
            if (role, action) == ("registrar", "bulk_update_delete"):
                continue
            assert found in ("NotAuthorized", "ValidationError"), (role, action)
    assert outcome(technician, "bulk_update_private", **arguments) == "ValidationError"
    assert technician.action.package_show(id=entry["id"])["private"] is False


def test_moving_an_entry_to_another_unit_follows_the_rules(
    stack: StackInfo, registrar: RemoteCKAN
) -> None:
    entry = create_listed(stack)
    target = client(stack, "fuzhou").action.organization_show(id=other_unit(stack, "fuzhou"))
    move = {"id": entry["id"], "organization_id": target["id"]}
    assert outcome(registrar, "package_owner_org_update", **move) == "NotAuthorized"
    client(stack, "fuzhou", "sysadmin").action.package_owner_org_update(**move)
    moved = client(stack, "fuzhou", "staff").action.package_show(id=entry["id"])
    assert moved["organization"]["id"] == target["id"]
    assert moved["provider_code"] == target["uscc"]
    assert outcome(registrar, "package_patch", id=entry["id"], frequency="5") == "NotAuthorized"


def test_units_are_changed_by_technicians_only(stack: StackInfo) -> None:
    unit = unit_of(stack, "fuzhou")
    calls: tuple[tuple[str, dict[str, Any]], ...] = (
        ("organization_create", make_unit(title=unique_title("示例单位"))),
        ("organization_patch", {"id": unit, "telephone": "0591-00000001"}),
        ("organization_delete", {"id": unit}),
        ("organization_member_create", {"id": unit, "username": "fz-staff", "role": "admin"}),
        ("group_create", {"name": "a-group"}),
        ("member_create", {"id": unit, "object": "fz-staff", "object_type": "user",
                           "capacity": "admin"}),
    )  # fmt: skip
    for role in ("registrar", "unit_lead", "staff", "digital_office", "anonymous"):
        for action, arguments in calls:
            found = outcome(client(stack, "fuzhou", role), action, **arguments)
            assert found == "NotAuthorized", (role, action)
    shown = client(stack, "fuzhou").action.organization_show(id=unit)
    assert shown["state"] == "active"


def test_a_unit_keeps_its_name_and_home(stack: StackInfo) -> None:
    technician = client(stack, "fuzhou", "sysadmin")
    unit = unit_of(stack, "fuzhou")
    technician.action.organization_patch(id=unit, name="chosen", home_node="350200")
    shown = technician.action.organization_show(id=unit)
    assert (shown["name"], shown["home_node"]) == (unit, "350100")
    taken = technician.action.organization_show(id=other_unit(stack, "fuzhou"))["uscc"]
    with pytest.raises(ValidationError) as caught:
        technician.action.organization_create(**make_unit(uscc=taken))
    assert "uscc" in caught.value.error_dict


@pytest.fixture(scope="module")
def copy(stack: StackInfo) -> dict[str, Any]:
    """An entry of 福州 as the province shows it."""
    entry = create_listed(stack, resources=[{"name": "库表", "url": ADDRESS}])
    sync_up(stack)
    shown = client(stack, "province", "staff").action.package_show(id=entry["name"])
    assert shown["home_node"] == "350100"
    return dict(shown)


class TestCopies:
    """What another node keeps is read here and changed there, by whomever."""

    def test_nobody_changes_a_copy(self, stack: StackInfo, copy: dict[str, Any]) -> None:
        unit = copy["organization"]["name"]
        before = logged(stack, "province", copy["identifier"])
        writers = {
            role: client(stack, "province", role)
            for role in ("registrar", "reviewer", "digital_office", "platform_operator", "sysadmin")
        }
        writers["registrar of the copied unit"] = new_account(stack, "province", unit)
        resource = copy["resources"][0]["id"]
        for who, site in writers.items():
            for action, arguments in (
                ("package_update", {**copy, "notes": "在省级节点更改下级节点的目录。"}),
                ("package_patch", {"id": copy["name"], "notes": "在省级节点更改下级节点的目录。"}),
                ("package_patch", {"id": copy["name"], "state": "draft"}),
                ("package_delete", {"id": copy["name"]}),
                ("package_delete", {"id": copy["id"]}),
                ("resource_create", {"package_id": copy["id"], "name": "b"}),
                ("resource_patch", {"id": resource, "name": "b"}),
                ("resource_delete", {"id": resource}),
                (
                    "package_owner_org_update",
                    {"id": copy["id"], "organization_id": unit_of(stack, "province")},
                ),
                ("organization_patch", {"id": unit, "telephone": "0591-00000001"}),
                ("organization_delete", {"id": unit}),
            ):
                assert outcome(site, action, **arguments) == "NotAuthorized", (who, action)
        after = logged(stack, "province", copy["identifier"])
        assert after == before

    def test_the_refusal_names_the_home_node(self, stack: StackInfo, copy: dict[str, Any]) -> None:
        for role in ("registrar", "sysadmin"):
            with pytest.raises(NotAuthorized) as caught:
                client(stack, "province", role).action.package_patch(id=copy["id"], frequency="5")
            assert "350100" in str(caught.value)

    def test_a_copied_unit_takes_no_entries_here(
        self, stack: StackInfo, copy: dict[str, Any]
    ) -> None:
        found = client(stack, "province").action.organization_show(id=copy["organization"]["name"])
        assert found["home_node"] == "350100"


def test_withdrawing_takes_an_entry_out_of_searches(
    stack: StackInfo, registrar: RemoteCKAN
) -> None:
    entry = create_listed(stack)
    staff = client(stack, "fuzhou", "staff")
    asked = {"q": f'title:"{entry["title"]}"', "rows": 0}
    assert eventually(lambda: staff.action.package_search(**asked)["count"]) == 1
    registrar.action.package_delete(id=entry["name"])
    assert eventually(lambda: staff.action.package_search(**asked)["count"], lambda n: n == 0) == 0
