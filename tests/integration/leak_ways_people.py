"""Ways of the leak matrix by sessions, people, steps and errors: rows 46 to 54."""

from __future__ import annotations

import json
from typing import Any

import requests

from tests.integration.leak_people import Visitor
from tests.integration.leak_signing import signed_in
from tests.integration.leak_ways_search import search
from tests.integration.leak_world import Job, World
from tests.integration.leaks import TIMEOUT, Answer, act, page

JSON = "application/json"
FORGED = 400


def tokens(world: World, who: Visitor) -> list[Job]:
    ended = world.ended[who.kind]

    def asked(header: str, value: str) -> Answer:
        given = requests.get(
            f"{world.stack.urls['fuzhou']}/api/3/action/package_search?q=title:leak*&rows=1000"
            "&include_drafts=true",
            headers={header: value}, timeout=TIMEOUT,
        )  # fmt: skip
        return Answer(f"{header}", given.status_code, json.dumps(given.json(), ensure_ascii=False))

    return [
        lambda: asked("Authorization", ended),
        lambda: asked("X-CKAN-API-Key", who.site.apikey or "none"),
        lambda: asked("Cookie", f"auth_tkt={who.site.apikey}"),
        lambda: asked("X-Remote-User", "admin"),
    ]


def forgeries(world: World, who: Visitor) -> list[Job]:
    """Forms without their secret, and reading requests that would change something."""
    entry, account = world.entry("class1"), who.account or "nobody"
    session: dict[str, Any] = {}

    def post(path: str) -> Answer:
        if not session:
            session["one"] = signed_in(world.stack, who)
        given = session["one"].post(
            world.stack.urls["fuzhou"] + path, data={"reason": "示例"}, timeout=TIMEOUT,
            allow_redirects=False,
        )  # fmt: skip
        return Answer(path, given.status_code, given.text[:500])

    def forms() -> list[Answer]:
        return [
            post(path)
            for path in (
                f"/dataset/withdraw/{entry['name']}",
                f"/dataset/list/{world.entry('draft')['name']}",
                f"/user/{account}/api-tokens",
                f"/fjgov/cases/{world.grants.pending}",
                "/fjgov/apply/pick",
                "/user/_logout",
            )
        ]

    def all_forms() -> Answer:
        told = [answer for answer in forms() if answer.status != FORGED]
        return told[0] if told else Answer("forms", FORGED, "")

    # Nobody's browser has a session that a form could misuse.
    return [
        *([all_forms] if who.account else []),
        page(f"/api/3/action/package_delete?id={entry['id']}"),
        page(f"/api/3/action/fjgov_entry_withdraw?id={entry['id']}"),
        page(f"/api/3/action/fjgov_case_decide?number={world.grants.pending}&event=object"),
    ]


def accounts(world: World, _who: Visitor) -> list[Job]:
    applicant = world.grants.applicant
    return [
        act("user_list", all_fields=True, q=applicant),
        act("user_show", id=applicant),
        act("user_autocomplete", q=applicant[:12]),
        page(f"/api/2/util/user/autocomplete?q={applicant[:12]}"),
        page(f"/user/{applicant}"),
        page(f"/user/?q={applicant}"),
        page(f"/user/{applicant}/api-tokens"),
    ]


def applications(world: World, _who: Visitor) -> list[Job]:
    jobs: list[Job] = [
        act("fjgov_case_list", limit=200),
        act("fjgov_grant_list", limit=200),
        act("fjgov_clock_list", limit=200),
        page("/fjgov/grants"),
        page("/fjgov/clocks"),
        page("/fjgov/inbox?scope=unit"),
    ]
    for number in (world.grants.pending, world.grants.applications["revoked_grantee"]):
        jobs += [
            act("fjgov_application_show", number=number),
            act("fjgov_case_show", number=number),
            page(f"/fjgov/cases/{number}"),
            page(f"/fjgov/applications/{number}/form"),
        ]
    number = world.grants.numbers["revoked_grantee"]
    return [*jobs, act("fjgov_grant_show", number=number), page(f"/fjgov/cases/{number}")]


def agreements(world: World, _who: Visitor) -> list[Job]:
    """The agreements of all grants in every form, by their own address and by that of the grant."""
    numbers = world.grants.numbers.values()
    jobs: list[Job] = [
        page(f"/fjgov/grants/{number}.{ending}")
        for number in numbers
        for ending in ("ttl", "rdf", "jsonld", "nt")
    ]
    jobs += [page(f"/fjgov/grants/{number}.ttl", If_None_Match="*") for number in numbers]
    jobs += [page(f"/fjgov/grants/{number}.ttl", method="HEAD") for number in numbers]
    jobs += [act("fjgov_agreement_show", number=number) for number in numbers]
    return [*jobs, *(page(f"/fjgov/cases/{number}", Accept="text/turtle") for number in numbers)]


def deciding(world: World, _who: Visitor) -> list[Job]:
    """Decide on one's own application, or on another's; take back what is ended already."""
    pending, ended = world.grants.pending, world.grants.numbers["revoked_grantee"]
    return [
        act("fjgov_case_decide", number=pending, event="no_objection", reason="示例"),
        act("fjgov_case_decide", number=pending, event="configure", reason="示例"),
        act("fjgov_case_decide", number=ended, event="resume", reason="示例"),
        act("fjgov_application_update", number=pending, terms={"purpose": "x"}),
        act("fjgov_application_submit", number=pending),
        act("fjgov_grant_renew", number=ended),
    ]


def bypasses(world: World, _who: Visitor) -> list[Job]:
    """Change or list what is being reviewed, whoever asks."""
    one = world.entry("reviewed")
    return [
        act("package_patch", id=one["id"], state="active"),
        act("package_update", id=one["id"], title="x", state="active"),
        act("package_revise", match={"id": one["id"]}, update={"state": "active"}),
        act("bulk_update_public", datasets=[one["id"]], org_id=one["owner_org"]),
        act("resource_create", package_id=one["id"], name="x"),
        act("resource_patch", id=one["resources"][0]["id"], name="x"),
        act("package_delete", id=one["id"]),
        act("fjgov_entry_approve", id=one["id"], list=True),
        act("fjgov_entry_register", entries=[]),
    ]


def inner_calls(world: World, _who: Visitor) -> list[Job]:
    """Pages and exports that read for themselves: what they put together is the reader's."""
    jobs: list[Job] = [page(f"/organization/{world.unit}"), page("/"), page("/directory/")]
    jobs += [
        page(f"/dataset/{world.entry(kind)['name']}") for kind in ("class2", "class3", "draft")
    ]
    jobs += [
        page("/fjgov/quality"),
        page("/fjgov/overdue"),
        page(f"/fjgov/maintenance/{world.unit}"),
        page("/fjgov/collection"),
        page("/fjgov/nodes/350100"),
        page("/directory/bases/"),
        page("/directory/appointments/"),
        act("fjgov_finding_count"),
        act("fjgov_quality_list"),
        act("fjgov_overdue_list"),
        act("fjgov_basis_list"),
        act("status_show"),
    ]
    return jobs


def moments(world: World, _who: Visitor) -> list[Job]:
    return [page(f"/share/{world.resource('class2')}", Accept=JSON)]


def errors(world: World, _who: Visitor) -> list[Job]:
    return [
        act("package_show", id=["x"]),
        act("package_show", id={"x": 1}),
        search(world, q='"'),
        search(world, q="name:(("),
        search(world, rows="x"),
        act("fjgov_case_show", number={}),
        act("fjgov_grant_list", limit="x"),
        act("fjgov_application_create", terms={"targets": [{"kind": "entry", "id": "x\u0000"}]}),
        act("datastore_search", resource_id="';--"),
        act("no_such_action"),
        page("/dataset/%00"),
        page("/share/%27%3B--"),
        page("/catalog.ttl?page=x"),
        page("/dataset/?q=%22&page=x"),
        page("/fjgov/cases/x%27"),
        page("/api/3/action/package_show", method="PUT"),
    ]
