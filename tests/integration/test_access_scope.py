"""How much a node shows to the public is its own setting; no reindexing is needed to change it."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.integration.api import (
    client,
    create_listed,
    eventually,
    open_entry,
    outcome,
    overridden,
)
from tests.integration.stack_env import StackInfo

KINDS: dict[str, dict[str, Any]] = {
    "class 1, open": open_entry(),
    "class 2, open": {"open_to_public": "1", "open_condition": "注明来源"},
    "class 1": {"share_type": "1", "restriction_kind": None},
    "class 2": {},
    "class 3": {"share_type": "3", "restriction_kind": None},
}
OPEN = {"class 1, open", "class 2, open"}


@pytest.fixture(scope="module")
def entries(stack: StackInfo) -> dict[str, dict[str, Any]]:
    """One listed entry of every kind at 厦门."""
    return {kind: create_listed(stack, "xiamen", **change) for kind, change in KINDS.items()}


def found_by(stack: StackInfo, role: str, entries: dict[str, dict[str, Any]]) -> set[str]:
    """Give the kinds that a role finds by search and gets by `package_show`; both must agree."""
    site = client(stack, "xiamen", role)
    asked = {"fq_list": [f'id:("{_ids(entries)}")'], "rows": 10, "fl": ["id"]}
    found = {row["id"] for row in site.action.package_search(**asked)["results"]}
    shown = {
        entry["id"]
        for entry in entries.values()
        if outcome(site, "package_show", id=entry["id"]) == "done"
    }
    assert found == shown
    return {kind for kind, entry in entries.items() if entry["id"] in shown}


def _ids(entries: dict[str, dict[str, Any]]) -> str:
    return '" OR "'.join(entry["id"] for entry in entries.values())


def _wait_for_index(stack: StackInfo, entries: dict[str, dict[str, Any]]) -> None:
    site = client(stack, "xiamen", "staff")
    asked = {"fq_list": [f'id:("{_ids(entries)}")'], "rows": 0}
    eventually(lambda: site.action.package_search(**asked)["count"], lambda n: n == len(entries))


def test_the_wider_setting_adds_the_metadata_of_classes_1_and_2(
    stack: StackInfo, entries: dict[str, dict[str, Any]]
) -> None:
    _wait_for_index(stack, entries)
    assert found_by(stack, "anonymous", entries) == set(KINDS) - {"class 3"}
    assert found_by(stack, "staff", entries) == set(KINDS)


def test_the_default_shows_what_is_open_only(
    stack: StackInfo, entries: dict[str, dict[str, Any]]
) -> None:
    _wait_for_index(stack, entries)
    with overridden(stack, "xiamen", {"fjgov.anonymous.scope": "open"}):
        assert found_by(stack, "anonymous", entries) == OPEN
        assert found_by(stack, "staff", entries) == set(KINDS)
        for kind, entry in entries.items():
            page = requests.get(f"{stack.urls['xiamen']}/dataset/{entry['name']}", timeout=60)
            assert (page.status_code == 200) is (kind in OPEN), kind
    with overridden(stack, "xiamen", {"fjgov.anonymous.scope": "everything"}):
        assert found_by(stack, "anonymous", entries) == OPEN


def test_the_public_sees_no_contacts_and_no_legal_bases(
    stack: StackInfo, entries: dict[str, dict[str, Any]]
) -> None:
    entry = client(stack, "xiamen").action.package_show(id=entries["class 2"]["id"])
    hidden = ("contact", "legal_basis", "source_system", "secrecy", "creator_user_id", "author")
    assert [name for name in hidden if name in entry] == []
    assert entry["items"][0]["name"] == "救助证号"
    official = client(stack, "xiamen", "staff").action.package_show(id=entries["class 2"]["id"])
    assert official["contact"]
    assert official["legal_basis"]


def test_a_stricter_entry_closes_for_the_public_at_once(stack: StackInfo) -> None:
    entry = create_listed(stack, "xiamen", **open_entry())
    public = client(stack, "xiamen")
    assert outcome(public, "package_show", id=entry["id"]) == "done"
    client(stack, "xiamen", "registrar").action.package_patch(
        id=entry["id"],
        share_type="3",
        open_to_public="0",
        open_condition="",
        legal_basis=[
            {
                "title": "示例法",
                "number": "示例令第1号",
                "clause": "第一条",
                "statement": "示例说明。",
            }
        ],
    )
    assert outcome(public, "package_show", id=entry["id"]) == "NotAuthorized"
    asked = {"q": f'name:"{entry["name"]}"', "rows": 1}
    assert eventually(lambda: public.action.package_search(**asked)["count"] == 0)
