"""Names that can be of nothing are refused: no route and no action breaks on them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from urllib.parse import quote

import httpx
import pytest

from deploy.stack.settings import REPOSITORY
from tests.integration.stack_env import StackInfo

NODE = "fuzhou"
PATIENCE_S = 60
NAMES = {"NUL": "\x00", "NUL inside": "a\x00b", "long": "a" * 10_000, "percent": "%"}
# JSON can write half of a surrogate pair; an address cannot: its bytes are another name.
IN_JSON = NAMES | {"half a pair": "\ud800", "half a pair inside": "a\udfffb"}
# Not ours: RQ's own check of the ids of jobs breaks in CKAN's action, for technicians only.
CORE = ("job_show", "job_cancel")
MORE_OF_CKAN = (
    "user_show", "group_show", "group_package_show", "resource_view_show", "resource_view_list",
    "vocabulary_show", "task_status_show", "member_list", "package_relationships_list",
    "package_collaborator_list", "organization_list_for_user", "follow_dataset", "tag_list",
    "tag_search", "format_autocomplete", "user_list", "help_show", "config_option_show",
)  # fmt: skip
VIEWS = REPOSITORY / "ckanext-fjgov" / "ckanext" / "fjgov" / "web" / "views"
CKANS = (
    "/dataset/<id>.ttl", "/catalog.<ending>", "/user/<id>", "/dataset/<id>/resource/<one>",
    "/dataset/activity/<id>", "/feeds/organization/<id>.atom", "/api/3/action/<name>",
)  # fmt: skip


def routes() -> list[str]:
    """Give every route with a name in it, as the views declare them."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in VIEWS.glob("*.py"))
    found = re.findall(r'\.route\(\s*"([^"]*<[^"]+)"', text)
    assert len(found) > 70
    return sorted({*found, *CKANS})


@pytest.fixture(scope="module")
def site(stack: StackInfo) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=stack.urls[NODE], timeout=PATIENCE_S) as client:
        yield client


@pytest.fixture(scope="module")
def technician(stack: StackInfo) -> dict[str, str]:
    return {"Authorization": stack.credentials[NODE]["sysadmin"]["token"]}


@pytest.mark.parametrize("name", NAMES)
def test_no_route_breaks(site: httpx.Client, technician: dict[str, str], name: str) -> None:
    broken = []
    for route in routes():
        path = re.sub(r"<[^>]+>", quote(NAMES[name], safe=""), route)
        for headers in ({"Accept": "text/html"}, technician | {"Accept": "application/json"}):
            answer = site.get(path, headers=headers)
            if answer.status_code >= 500:
                broken.append((answer.status_code, route))
    assert broken == []


@pytest.mark.parametrize("name", IN_JSON)
def test_no_action_breaks(site: httpx.Client, technician: dict[str, str], name: str) -> None:
    described = [one for one in site.get("/fjgov/openapi.json").json()["paths"] if "action/" in one]
    actions = {one.rpartition("/")[2] for one in described} | set(MORE_OF_CKAN)
    reading = sorted(one for one in actions if re.search("_(show|list|search|autocomplete)$", one))
    assert len(reading) > 60
    broken = []
    for action in reading:
        for parameter in ("id", "number"):
            body = json.dumps({parameter: IN_JSON[name]})
            headers = technician | {"Content-Type": "application/json"}
            answer = site.post(f"/api/3/action/{action}", content=body, headers=headers)
            if answer.status_code >= 500 and action not in CORE:
                broken.append((answer.status_code, action, parameter))
    assert broken == []


@pytest.mark.parametrize("name", ["NUL", "NUL inside", "half a pair", "half a pair inside"])
@pytest.mark.parametrize("action", ["package_show", "organization_show", "package_delete"])
@pytest.mark.parametrize("media", ["application/json", "application/x-www-form-urlencoded"])
def test_it_is_said_what_is_wrong(
    site: httpx.Client, technician: dict[str, str], action: str, name: str, media: str
) -> None:
    answer = site.post(
        f"/api/3/action/{action}",
        content=json.dumps({"id": IN_JSON[name]}),
        headers=technician | {"Content-Type": media},
    )
    assert answer.status_code == 400
    said = answer.json()
    assert said["success"] is False
    zh, _, en = said["error"]["message"].partition(" / ")
    assert "不能存储" in zh
    assert en.isascii()
    assert "NUL" in en


@pytest.mark.parametrize("path", ["/dataset/a%00", "/organization/%00", "/dataset/%00.ttl"])
def test_a_page_says_so_in_both_languages(site: httpx.Client, path: str) -> None:
    page = site.get(path, headers={"Accept": "text/html"})
    assert page.status_code == 400
    assert "不能存储" in page.text
    said = site.get(path, headers={"Accept": "application/json"}).json()
    assert "不能存储" in said["zh"]
    assert "cannot be stored" in said["en"]


def test_get_with_a_query(site: httpx.Client) -> None:
    answer = site.get("/api/3/action/package_show", params={"id": "a\x00"})
    assert answer.status_code == 400


def test_what_the_rules_judge_is_judged_by_them_still(
    site: httpx.Client, technician: dict[str, str]
) -> None:
    search = site.post(
        "/api/3/action/package_search", json={"q": "a\x00b", "rows": 0}, headers=technician
    )
    assert search.status_code == 200
