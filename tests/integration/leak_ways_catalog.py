"""Ways of the leak matrix by the catalog: rows 1 to 12."""

from __future__ import annotations

from tests.integration.leak_people import Visitor
from tests.integration.leak_ways_search import KINDS, LISTED, ROWS
from tests.integration.leak_world import Job, World
from tests.integration.leaks import act, page


def showing(world: World, _who: Visitor) -> list[Job]:
    one = world.entry("class2")
    jobs = [act("package_show", id=world.entry(kind)["id"]) for kind in LISTED]
    jobs += [
        act("package_show", id=one["name"]),
        act("package_show", id=one["id"], use_default_schema=True),
        act("package_show", id=one["id"], include_plugin_data=True),
        act("package_show", id=one["id"], include_tracking=True),
        page(f"/api/3/action/package_show?id={one['name']}"),
        page(f"/id/{one['identifier']}", Accept="text/html"),
        act("dcat_dataset_show", id=one["id"], format="ttl"),
        act("fjgov_address_show", id=one["id"]),
    ]
    return jobs


def showing_unlisted(world: World, _who: Visitor) -> list[Job]:
    kinds = ("draft", "withdrawn", "reviewed", "purged")
    jobs: list[Job] = []
    for kind in kinds:
        entry = world.entry(kind)
        jobs += [
            act("package_show", id=entry["id"]),
            act("fjgov_revision_show", id=entry["id"]),
            page(f"/dataset/{entry['name']}"),
            page(f"/dataset/{entry['name']}.ttl"),
        ]
    return jobs


def resources_and_views(world: World, _who: Visitor) -> list[Job]:
    jobs: list[Job] = [
        act("resource_show", id=row["id"])
        for kind in KINDS
        for row in world.entry(kind)["resources"]
    ]
    for kind, view in world.views.items():
        jobs += [
            act("resource_view_show", id=view),
            act("resource_view_list", id=world.resource(kind)),
        ]
    return jobs


def resource_search(_world: World, _who: Visitor) -> list[Job]:
    return [
        act("resource_search", query="url:http", limit=ROWS),
        act("resource_search", query="name:leak", limit=ROWS),
        act("resource_search", query="hash:", limit=ROWS),
        act("resource_search", query=["format:MySQL", "url:leak"], limit=ROWS),
        act("resource_search", query="format:", order_by="url", limit=ROWS),
        act("resource_search", query="description:leak", limit=ROWS),
    ]


def lists_with_entries(world: World, _who: Visitor) -> list[Job]:
    jobs: list[Job] = [act("current_package_list_with_resources", limit=ROWS)]
    for action in ("organization_show", "group_show"):
        jobs.append(act(action, id=world.unit, include_datasets=True))
    jobs += [
        act("group_package_show", id=world.unit, limit=ROWS),
        act("organization_list", all_fields=True, include_extras=True, include_users=True),
        act("user_show", id=world.entry("open")["creator_user_id"], include_datasets=True),
        act("tag_show", id="低保", include_datasets=True),
    ]
    return jobs


def names(_world: World, _who: Visitor) -> list[Job]:
    return [
        act("package_list"),
        act("package_list", limit=ROWS),
        act("package_autocomplete", q="leak", limit=ROWS),
        act("package_autocomplete", q="350100", limit=ROWS),
        page("/api/2/util/dataset/autocomplete?incomplete=leak&limit=1000"),
        page("/directory/collection_item/suggest?q=leak"),
    ]


def keywords(_world: World, _who: Visitor) -> list[Job]:
    return [
        act("tag_list"),
        act("tag_list", all_fields=True),
        act("tag_list", query="leak"),
        act("tag_autocomplete", query="leak", limit=ROWS),
        act("tag_search", query="leak", limit=ROWS),
        act("format_autocomplete", q="", limit=ROWS),
        act("vocabulary_list"),
        page("/api/2/util/tag/autocomplete?incomplete=leak&limit=1000"),
        page("/api/2/util/resource/format_autocomplete?incomplete=my"),
        act("group_list", all_fields=True),
        act("license_list"),
    ]


def relationships(world: World, _who: Visitor) -> list[Job]:
    jobs: list[Job] = [act("package_show", id=world.entry("class1")["id"], use_default_schema=True)]
    for kind in ("class1", "class3", "draft"):
        jobs += [
            act("package_relationships_list", id=world.entry(kind)["id"]),
            act("fjgov_link_list", id=world.entry(kind)["id"]),
        ]
    return jobs


def memberships(world: World, who: Visitor) -> list[Job]:
    hidden = world.entry("class3")["id"]
    return [
        *([act("package_collaborator_list", id=hidden)] if who.account else []),
        act("package_collaborator_list_for_user", id=who.account or "nobody"),
        act("member_list", id=world.unit, object_type="package"),
        act("member_list", id=world.unit, object_type="user"),
        act("follow_dataset", id=hidden),
        act("dataset_followee_list", id=who.account or "nobody"),
        act("followee_list", id=who.account or "nobody"),
        act("dataset_follower_list", id=hidden),
        act("am_following_dataset", id=hidden),
        act("dataset_follower_count", id=hidden),
    ]


def answers_of_writes(world: World, _who: Visitor) -> list[Job]:
    one = world.entry("class2")["id"]
    return [
        act("package_patch", id=one, frequency="5"),
        act("package_patch", id=one, share_type="9"),
        act("package_revise", match={"id": one}, update={"frequency": "5"}, include=["*"]),
        act("package_revise", match={"id": one, "title": "x"}, include=["title", "url", "*"]),
        act("package_update", id=one, title=""),
        act("package_create", title="", owner_org=world.unit),
    ]


def writes_of_resources(world: World, who: Visitor) -> list[Job]:
    entry, draft = world.entry("class2"), world.entry("draft")
    row = entry["resources"][0]
    return [
        act("resource_patch", id=row["id"], description="示例说明"),
        act("package_resource_reorder", id=entry["id"], order=[row["id"]]),
        act("resource_update", id=row["id"], package_id=draft["id"], name=row["name"], mode="x"),
        act("resource_create", package_id="no-such-entry", name="x"),
        act("resource_view_update", id=world.views["class2"], resource_id=row["id"], title=""),
        act("resource_delete", id="no-such-resource"),
    ]


def transfers(world: World, who: Visitor) -> list[Job]:
    target = who.unit or world.unit
    return [
        act("package_owner_org_update", id=world.entry("class1")["id"], organization_id="no-such"),
        act("package_patch", id=world.entry("class1")["id"], owner_org="no-such"),
        act("organization_member_create", id=target, username="no-such", role="editor"),
        act("member_create", id=target, object="no-such", object_type="user", capacity="editor"),
        act("fjgov_appointment_create", user="no-such", unit=target, role="registrar"),
        act("group_member_create", id=world.unit, username="no-such", role="admin"),
    ]
