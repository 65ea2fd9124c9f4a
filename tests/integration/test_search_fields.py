"""What a search may name, against a real site; recorded requests of other programs go through."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests

from tests.integration.api import client, new_account
from tests.integration.stack_env import StackInfo

REFUSED: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("q", {"q": "contact:*"}, "contact"),
    ("q", {"q": "creator\\_user\\_id:*"}, "creator\\user\\id"),
    ("q", {"q": 'a\\" permission_labels:* \\"b'}, "permission_labels"),
    ("q", {"q": "title:a^2res_url:*"}, "res_url"),
    ("q", {"q": "{!term f=res_url}x"}, "_query_"),
    ("fq", {"fq": "+extras_contact:*"}, "extras_contact"),
    ("fq_list", {"fq_list": ["data_dict:*"]}, "data_dict"),
    ("fl", {"fl": ["id", "validated_data_dict"]}, "validated_data_dict"),
    ("facet.field", {"facet.field": ["permission_labels"]}, "permission_labels"),
    ("sort", {"sort": "creator_user_id asc"}, "creator_user_id"),
    ("qf", {"qf": "title^9"}, "qf"),
    ("bf", {"bf": "ord(creator_user_id)"}, "bf"),
    ("boost", {"boost": "creator_user_id"}, "boost"),
    ("df", {"q": "x", "df": "creator_user_id"}, "df"),
    ("defType", {"defType": "edismax"}, "defType"),
    ("start", {"start": 10_000_000}, "start"),
)

# Requests as these programs send them, recorded from their code at the versions of the notes.
CKAN_PAGES: tuple[dict[str, Any], ...] = (
    {
        "q": "低保",
        "fq": "+dataset_type:dataset",
        "facet.field": ["organization", "groups", "tags", "res_format", "license_id"],
        "rows": 20,
        "start": 0,
        "sort": "score desc, metadata_modified desc",
        "extras": {},
        "include_private": "False",
    },
    {
        "q": "",
        "fq": ' +dataset_type:dataset organization:"u-11350100exmp10035c"',
        "facet.field": '["organization","groups","tags","res_format","license_id"]',
        "facet.limit": 50,
        "sort": "name asc",
    },
    {"q": "*:*", "rows": 4, "sort": "metadata_modified desc", "fq": "capacity:public"},
    {"fq": 'tags:"低保"', "rows": 1, "facet": "false"},
    {"fq": "dataset_type:dataset +state:active", "rows": 0},
    {"q": "title_string:*", "sort": "title_string desc"},
    {"fq": 'owner_org:"6f1d2c3b-0000-4000-8000-000000000001"', "rows": 0},
)
HARVESTER: tuple[dict[str, Any], ...] = (
    {"rows": 100, "start": 0, "sort": "id asc"},
    {"rows": 100, "start": 100, "sort": "id asc"},
    {
        "rows": 100,
        "start": 0,
        "sort": "id asc",
        "fq": "metadata_modified:[2026-11-21T12:00:00.000001Z TO *]",
    },
    {
        "rows": 100,
        "start": 0,
        "sort": "id asc",
        "fq": "metadata_modified:[2026-11-21T12:00:00.000001Z TO *] AND "
        "(organization:u-11350100exmp10035c OR organization:u-11350100exmp10019n)",
    },
    {
        "rows": 100,
        "start": 0,
        "sort": "id asc",
        "fq": " -organization:u-11350100exmp10035c AND -organization:u-11350100exmp10019n",
    },
    {"rows": 100, "start": 0, "sort": "id asc", "fq": "(groups:a OR groups:b)"},
)
CKANAPI: tuple[dict[str, Any], ...] = (
    {"include_private": True, "include_drafts": True, "rows": 1000, "start": 0, "fl": ["name"]},
    {"q": "人口", "fl": ["id", "name", "metadata_modified"], "rows": 5},
    {"fq": 'id:("a" OR "b")', "include_private": True},
)


@pytest.mark.parametrize("role", ["anonymous", "staff"])
@pytest.mark.parametrize(
    ("parameter", "asked", "named"), REFUSED, ids=lambda value: str(value)[:40]
)
def test_refused_parameters_answer_400_and_name_the_field(
    stack: StackInfo, role: str, parameter: str, asked: dict[str, Any], named: str
) -> None:
    site = client(stack, "fuzhou", role)
    answer = requests.post(
        f"{stack.urls['fuzhou']}/api/3/action/package_search",
        json=asked,
        headers={"Authorization": site.apikey} if site.apikey else {},
        timeout=60,
    )
    assert answer.status_code == 400, answer.text
    error = answer.json()["error"]
    assert parameter in error
    for message in error[parameter]:
        zh, _slash, en = message.partition(" / ")
        assert not zh.isascii()
        assert en
    assert named in " ".join(error[parameter])
    assert "permission_labels:(" not in answer.text


@pytest.mark.parametrize(
    "asked",
    [*CKAN_PAGES, *HARVESTER, *CKANAPI],
    ids=lambda asked: json.dumps(asked, ensure_ascii=False)[:60],
)
@pytest.mark.parametrize("role", ["anonymous", "staff"])
def test_recorded_requests_go_through(stack: StackInfo, role: str, asked: dict[str, Any]) -> None:
    answer = client(stack, "fuzhou", role).action.package_search(**asked)
    assert answer["count"] >= len(answer["results"])


def test_a_harvester_pages_through_everything_once(stack: StackInfo) -> None:
    site = client(stack, "xiamen")
    total = site.action.package_search(rows=0)["count"]
    found: list[str] = []
    while page := site.action.package_search(rows=7, start=len(found), sort="id asc")["results"]:
        found += [entry["id"] for entry in page]
    assert len(found) == len(set(found)) == total


def test_the_dcat_harvester_follows_the_pages(stack: StackInfo) -> None:
    answer = requests.get(f"{stack.urls['fuzhou']}/catalog.ttl", params={"page": 1}, timeout=60)
    assert answer.status_code == 200
    assert "hydra:" in answer.text
    since = requests.get(
        f"{stack.urls['fuzhou']}/catalog.rdf",
        params={"modified_since": "2026-01-01T00:00:00", "page": 1},
        timeout=60,
    )
    assert since.status_code == 200


def test_a_page_with_a_refused_field_says_so_and_does_not_fail(stack: StackInfo) -> None:
    for query in ("creator_user_id:x", "title:(", "{!x}", '"'):
        page = requests.get(f"{stack.urls['fuzhou']}/dataset/", params={"q": query}, timeout=60)
        assert page.status_code < 500, query
        assert "permission_labels" not in page.text


def test_everybody_lists_what_they_created_themselves(stack: StackInfo) -> None:
    site = new_account(stack, "fuzhou")
    shown = site.action.user_show(include_datasets=True)
    assert shown["datasets"] == []


def test_what_the_index_says_of_a_broken_query_stays_inside(stack: StackInfo) -> None:
    answer = requests.post(
        f"{stack.urls['fuzhou']}/api/3/action/package_search",
        json={"q": "title:[a TO"},
        timeout=60,
    )
    assert answer.status_code == 400
    assert "fjgov-open" not in answer.text
    assert "solr" not in answer.text.lower().replace("fjgov", "")
