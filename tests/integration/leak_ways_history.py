"""Ways of the leak matrix by history, messages and federation: rows 36 to 45."""

from __future__ import annotations

import json

from tests.integration import leaks
from tests.integration.leak_people import Visitor
from tests.integration.leak_ways_search import KINDS, LISTED, search
from tests.integration.leak_world import Job, World
from tests.integration.leaks import PROVINCE, Answer, act, page

JSON = "application/json"
FORGED = 400


def histories(world: World, who: Visitor) -> list[Job]:
    jobs: list[Job] = [
        act("recently_changed_packages_activity_list", limit=100),
        act("dashboard_activity_list"),
        act("organization_activity_list", id=world.unit, limit=100),
        act("user_activity_list", id=world.entry("open")["creator_user_id"], limit=100),
        page(f"/organization/activity/{world.unit}"),
        page(f"/user/activity/{who.account or 'nobody'}"),
    ]
    for kind in ("raised", "class3", "draft"):
        one = world.entry(kind)
        jobs += [
            act("package_activity_list", id=one["id"], limit=100, include_data=True),
            page(f"/dataset/activity/{one['name']}"),
            page(f"/dataset/changes_multiple?new_id={one['id']}&old_id={one['id']}"),
        ]
    for number in world.activities:
        jobs += [
            act("activity_show", id=number, include_data=True),
            act("activity_data_show", id=number),
            act("activity_diff", id=number, object_type="package", diff_type="unified"),
            page(f"/dataset/changes/{number}"),
            page(f"/dataset/{world.entry('raised')['name']}/history/{number}"),
        ]
    return jobs


def messages(world: World, _who: Visitor) -> list[Job]:
    return [
        act("fjgov_notice_list", limit=200),
        page("/fjgov/notices"),
        lambda: Answer("mail", 200, _mail(world)),
    ]


def _mail(world: World) -> str:
    """Nothing is sent while no server is named; what was tried would be in the log."""
    found = [
        line for line in leaks.log_contents(world.stack).splitlines() if "smtp" in line.lower()
    ]
    return "\n".join(found)


def logs(world: World, who: Visitor) -> list[Job]:
    def secrets() -> Answer:
        text = leaks.log_contents(world.stack)
        lines = text.splitlines()
        told = [line for line in lines if who.site.apikey and who.site.apikey in line]
        told += [line for line in lines if world.corpus.address in line or world.purpose in line]
        return Answer("logs", 200, world.corpus.address if told else "")

    return [secrets]


def queues(world: World, _who: Visitor) -> list[Job]:
    return [
        act("job_list"),
        act("job_show", id="no-such"),
        act("task_status_show", entity_id=world.entry("class2")["id"], task_type="x", key="x"),
        lambda: Answer("queues", 200, leaks.queue_contents(world.stack)),
    ]


def purging(world: World, who: Visitor) -> list[Job]:
    gone = world.entry("purged")
    return [
        act("dataset_purge", id="no-such" if who.kind == "sysadmin" else world.entry("open")["id"]),
        act("organization_purge", id="no-such" if who.kind == "sysadmin" else world.unit),
        act("user_delete", id="no-such"),
        act("package_show", id=gone["id"]),
        search(world, q=f'id:"{gone["id"]}"', include_deleted=True, include_drafts=True),
        act("package_activity_list", id=gone["id"]),
        page(f"/dataset/{gone['name']}"),
    ]


def harvest(world: World, _who: Visitor) -> list[Job]:
    one = world.entry("class2")["id"]
    return [
        act("harvest_source_show", id=one),
        act("harvest_source_list"),
        act("harvest_object_show", id=one),
        act("harvest_job_list"),
        act("harvest_log_list"),
        search(world, fq="dataset_type:harvest"),
        page(f"/harvest/object/{one}"),
        page(f"/harvest/{one}/object"),
        page("/harvest"),
        act("fjgov_source_list"),
        act("fjgov_node_show", code="350000"),
        page("/fjgov/sources"),
    ]


def at_the_province(world: World, _who: Visitor) -> list[Job]:
    """Everybody as somebody of the province, where nobody is of the unit and nobody has a grant."""
    jobs: list[Job] = [search_at_province()]
    for kind in (*KINDS, "raised"):
        jobs.append(act("package_show", at=PROVINCE, id=world.entry(kind)["name"]))
    name = world.entry("class2")["name"]
    jobs += [
        page(f"/dataset/{name}", node=PROVINCE),
        page(f"/dataset/{name}.ttl", node=PROVINCE),
        page("/feeds/dataset.atom", node=PROVINCE),
        page(f"/catalog.ttl?fq=name:{name}", node=PROVINCE),
        act("package_list", at=PROVINCE),
        act("fjgov_address_show", at=PROVINCE, id=name),
    ]
    return jobs


def search_at_province() -> Job:
    body = json.dumps({"q": "title:leak* OR *:*", "rows": 1000})
    return leaks.Ask("/api/3/action/package_search", "POST", body, PROVINCE)


def between_nodes(world: World, _who: Visitor) -> list[Job]:
    jobs: list[Job] = []
    for node in ("fuzhou", PROVINCE):
        jobs += [
            page("/fjgov/changes.ndjson?since=0&limit=1000", node=node),
            page("/fjgov/collection.ndjson?since=0", node=node),
            page("/fjgov/digest.json", node=node),
            page("/fjgov/records.ndjson", node=node, method="POST"),
            page("/fjgov/dump.nt", node=node, X_Fjgov_Request="eyJhbGciOiJub25lIn0.e30."),
            page("/fjgov/dump.json", node=node, X_Fjgov_Request=""),
        ]
    return jobs


def granted_elsewhere(world: World, _who: Visitor) -> list[Job]:
    return [
        page(f"/share/{world.resource(kind)}", node=PROVINCE, Accept=JSON) for kind in LISTED
    ] + [
        act("fjgov_grant_list", at=PROVINCE),
        act("fjgov_grant_show", at=PROVINCE, number=world.grants.numbers["grantee"]),
    ]


def hostile(world: World, _who: Visitor) -> list[Job]:
    name = world.entry("hostile")["name"]
    return [
        page(f"/dataset/{name}"),
        page(f"/dataset/{name}", node=PROVINCE),
        page("/dataset/?q=hostile"),
        page(f"/organization/{world.unit}"),
        page("/feeds/dataset.atom"),
        page(f"/dataset/{name}.jsonld?profiles=schemaorg"),
    ]
