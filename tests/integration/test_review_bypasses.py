"""No way past the review: every bypass × everybody who may not take it, `ignore_auth` included."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest
from ckanapi import RemoteCKAN

from tests.integration.api import (
    client,
    create_entry,
    entry_for,
    logged,
    new_account,
    no_party,
    outcome,
    unit_of,
)
from tests.integration.reviewing import NODE, ignoring_auth, listed, state_of
from tests.integration.stack_env import StackInfo

ADDRESS = "http://192.0.2.32/rows"
REFUSED = ("ValidationError", "NotAuthorized")
Call = tuple[str, dict[str, Any]]

pytestmark = pytest.mark.usefixtures("review_required")


class Scene(NamedTuple):
    """A draft, a listed entry as it is shown to its unit, and other units and groups."""

    unit: str
    other: str
    draft: dict[str, Any]
    live: dict[str, Any]
    group: str


@pytest.fixture(scope="module")
def scene(stack: StackInfo, review_required: None) -> Scene:
    resources = [{"name": "库表", "url": ADDRESS}]
    draft, live = create_entry(stack, NODE), listed(stack, resources=resources)
    group = client(stack, NODE, "sysadmin").action.group_create(name=f"g-{live['id'][:12]}")
    return Scene(unit_of(stack, NODE), no_party(stack, NODE), draft, live, group["id"])


def listing(scene: Scene) -> dict[str, Call]:
    """Ways to list, unlist or withdraw an entry without a decision on it; nobody may."""
    draft, live = scene.draft, scene.live
    one = {"datasets": [live["id"]], "org_id": live["owner_org"]}
    return {
        "create listed": ("package_create", {**entry_for(scene.unit), "state": "active"}),
        "list by patch": ("package_patch", {"id": draft["id"], "state": "active"}),
        "list by update": ("package_update", {**draft, "state": "active"}),
        "list by name": ("package_update", {**draft, "id": draft["name"], "state": "active"}),
        "list by revise": (
            "package_revise",
            {"match": {"id": draft["id"]}, "update": {"state": "active"}},
        ),
        "list by flat keys": (
            "package_revise",
            {"match__id": draft["id"], "update__state": "active"},
        ),
        "unlist by patch": ("package_patch", {"id": live["id"], "state": "draft"}),
        "unlist by update": ("package_update", {**live, "state": "draft"}),
        "unlist by revise": (
            "package_revise",
            {"match": {"id": live["id"]}, "update": {"state": "draft"}},
        ),
        "delete": ("package_delete", {"id": live["id"]}),
        "delete by name": ("package_delete", {"id": live["name"]}),
        "delete by patch": ("package_patch", {"id": live["id"], "state": "deleted"}),
        "another state": ("package_patch", {"id": live["id"], "state": "pending"}),
        "bulk delete": ("bulk_update_delete", one),
        "bulk private": ("bulk_update_private", one),
        "private by patch": ("package_patch", {"id": live["id"], "private": True}),
        "purge": ("dataset_purge", {"id": live["id"]}),
        "move": (
            "package_owner_org_update",
            {"id": live["id"], "organization_id": scene.other},
        ),
        "move by patch": ("package_patch", {"id": live["id"], "owner_org": scene.other}),
        "into a group": ("package_patch", {"id": live["id"], "groups": [{"id": scene.group}]}),
        "another identifier": ("package_patch", {"id": live["id"], "identifier": "35100/999997"}),
        "take a keyword away": ("tag_delete", {"id": live["tags"][0]["name"]}),
        "a forged mark": (
            "package_patch",
            {"id": draft["id"], "state": "active", "fjgov_workflow": True},
        ),
        "an entry of another node": (
            "package_create",
            {**entry_for(scene.unit), "state": "active", "home_node": "350200"},
        ),
    }


def changing(scene: Scene) -> dict[str, Call]:
    """Ways to change a listed entry: a registrar of the unit gets a revision, nobody else does."""
    live = scene.live
    row = live["resources"][0]
    return {
        "patch": ("package_patch", {"id": live["id"], "frequency": "5"}),
        "update": ("package_update", {**live, "frequency": "5"}),
        "revise": (
            "package_revise",
            {"match": {"id": live["id"]}, "update": {"frequency": "5"}},
        ),
        "forged mark": (
            "package_patch",
            {"id": live["id"], "frequency": "5", "fjgov_workflow": True, "fjgov_refreshing": {}},
        ),
        "resource create": (
            "resource_create",
            {"package_id": live["id"], "name": "接口", "url": ADDRESS},
        ),
        "resource update": ("resource_update", {**row, "name": "新名称"}),
        "resource patch": ("resource_patch", {"id": row["id"], "name": "新名称"}),
        "resource address": ("resource_patch", {"id": row["id"], "url": f"{ADDRESS}?other"}),
        "resource delete": ("resource_delete", {"id": row["id"]}),
        "refresh and change": (
            "package_patch",
            {"id": live["id"], "data_updated_at": "2026-11-20", "frequency": "5"},
        ),
    }


@pytest.fixture(scope="module")
def people(stack: StackInfo, scene: Scene) -> dict[str, RemoteCKAN]:
    roles = (
        "registrar", "reviewer", "unit_lead", "info_manager", "digital_office",
        "platform_operator", "staff", "system", "sysadmin", "anonymous",
    )  # fmt: skip
    found = {role: client(stack, NODE, role) for role in roles}
    found["registrar elsewhere"] = new_account(stack, NODE, scene.other, "registrar")
    found["reviewer elsewhere"] = new_account(stack, NODE, scene.other, "reviewer")
    found["ended registrar"] = new_account(stack, NODE, scene.unit, "registrar", ended=True)
    found["ended reviewer"] = new_account(stack, NODE, scene.unit, "reviewer", ended=True)
    return found


def as_it_was(stack: StackInfo, scene: Scene) -> None:
    """Assert that the listed entry is as listed, the draft a draft, and nothing else there."""
    registrar = client(stack, NODE, "registrar")
    drop = ("fjgov_findings",)
    shown = registrar.action.package_show(id=scene.live["id"])
    assert without(shown, drop) == without(scene.live, drop)
    assert registrar.action.package_show(id=scene.draft["id"])["state"] == "draft"


def without(entry: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: value for name, value in entry.items() if name not in names}


def test_nobody_lists_unlists_or_withdraws_past_the_review(
    stack: StackInfo, scene: Scene, people: dict[str, RemoteCKAN]
) -> None:
    before = logged(stack, NODE, scene.live["identifier"])
    passed = [
        (who, name)
        for who, site in people.items()
        for name, (action, arguments) in listing(scene).items()
        if outcome(site, action, **arguments) not in REFUSED
    ]
    # Whoever may not write at all may still ask CKAN's bulk actions for nothing.
    assert [one for one in passed if not one[1].startswith("bulk")] == []
    assert logged(stack, NODE, scene.live["identifier"]) == before
    assert state_of(stack, scene.live) == ("listed", "active")
    as_it_was(stack, scene)


def test_nobody_but_a_registrar_of_the_unit_changes_anything_and_that_is_a_revision(
    stack: StackInfo, scene: Scene, people: dict[str, RemoteCKAN]
) -> None:
    before = logged(stack, NODE, scene.live["identifier"])
    others = {who: site for who, site in people.items() if who != "registrar"}
    passed = [
        (who, name)
        for who, site in others.items()
        for name, (action, arguments) in changing(scene).items()
        if outcome(site, action, **arguments) not in REFUSED
    ]
    assert passed == []
    assert state_of(stack, scene.live) == ("listed", "active")
    registrar = people["registrar"]
    for name, (action, arguments) in changing(scene).items():
        assert outcome(registrar, action, **arguments) == "done", name
        assert state_of(stack, scene.live) == ("revising", "active")
        as_it_was(stack, scene)
        kept = registrar.action.fjgov_revision_show(id=scene.live["id"])
        assert kept["diff"] or kept["addresses"], name
        registrar.action.fjgov_revision_discard(id=scene.live["id"])
    assert logged(stack, NODE, scene.live["identifier"]) == before


def test_ignore_auth_passes_nothing(stack: StackInfo, scene: Scene) -> None:
    before = logged(stack, NODE, scene.live["identifier"])
    users = [stack.credentials[NODE][role]["user"] for role in ("reviewer", "sysadmin")]
    users.append(f"fjgov-{NODE}")
    listings = [(user, *call) for user in users for call in listing(scene).values()]
    changes = [(user, *call) for user in users for call in changing(scene).values()]
    calls = [*listings, *changes]
    told = ignoring_auth(stack, calls)
    wanted = set(REFUSED)
    passed = [one for one in zip(calls, told, strict=True) if one[1] not in wanted]
    assert passed == []
    # A registrar's own account gets a revision, whether auth is asked or not.
    registrar = stack.credentials[NODE]["registrar"]["user"]
    assert set(ignoring_auth(stack, [(registrar, *c) for c in listing(scene).values()])) <= wanted
    as_it_was(stack, scene)
    assert logged(stack, NODE, scene.live["identifier"]) == before


def test_batches_pass_nothing(
    stack: StackInfo, scene: Scene, people: dict[str, RemoteCKAN]
) -> None:
    before = logged(stack, NODE, scene.live["identifier"])
    rows = [
        {**entry_for(scene.unit), "state": "active"},
        {**scene.draft, "state": "active"},
        {**scene.live, "state": "draft"},
        {**scene.live, "state": "deleted"},
    ]
    for who in ("registrar", "reviewer"):
        answer = people[who].action.fjgov_entry_register(entries=rows)
        assert [row["status"] for row in answer["results"]] == ["refused"] * len(rows), who
    changed = [{**scene.live, "frequency": "5"}]
    answer = people["reviewer"].action.fjgov_entry_register(entries=changed)
    assert [row["status"] for row in answer["results"]] == ["refused"]
    assert logged(stack, NODE, scene.live["identifier"]) == before
    as_it_was(stack, scene)


STEPS = ("submit", "recall", "return", "approve", "list", "withdraw")


def test_steps_are_for_current_appointments_in_the_unit_only(
    stack: StackInfo, scene: Scene, people: dict[str, RemoteCKAN]
) -> None:
    outside = set(people) - {"registrar", "reviewer", "unit_lead"}
    for subject in (scene.draft, scene.live):
        for step in STEPS:
            for who in outside:
                told = outcome(people[who], f"fjgov_entry_{step}", id=subject["id"], reason="示例")
                assert told in REFUSED, (step, who)
    as_it_was(stack, scene)
