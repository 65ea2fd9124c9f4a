"""Registration of entries by API, as a registrar does it with a token."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from ckanapi import NotAuthorized, RemoteCKAN, ValidationError

from tests.integration.api import (
    client,
    create_entry,
    create_listed,
    list_entry,
    logged,
    unique_title,
    unit_of,
)
from tests.integration.stack_env import StackInfo

SYSTEM_VALUES = {
    "identifier": "35100/ZZZ001",
    "guide_code": "307021999/000001",
    "md_id": "35100/md-ZZZ001",
    "name": "chosen-name",
    "home_node": "350200",
    "home_modified": "2000-01-01T00:00:00",
    "md_date_updated": "2000-01-01",
}


def identity(entry: dict[str, Any]) -> dict[str, Any]:
    """Give what the node allocated."""
    names = ("id", "name", "identifier", "guide_code", "md_id", "home_node")
    return {name: entry.get(name) for name in names}


def test_an_entry_goes_from_draft_to_withdrawn_and_back(
    stack: StackInfo, registrar: RemoteCKAN
) -> None:
    draft = create_entry(stack)
    assert draft["state"] == "draft"
    listed = list_entry(registrar, draft["id"])
    assert (listed["state"], identity(listed)) == ("active", identity(draft))
    changed = registrar.action.package_update(**{**listed, "notes": "更正后的摘要，不少于十个字。"})
    assert changed["notes"] == "更正后的摘要，不少于十个字。"
    patched = registrar.action.package_patch(id=draft["name"], frequency="5")
    assert (patched["frequency"], patched["notes"]) == ("5", changed["notes"])
    registrar.action.package_delete(id=draft["name"])
    with pytest.raises(NotAuthorized):
        client(stack, "fuzhou", "staff").action.package_show(id=draft["id"])
    gone = registrar.action.package_show(id=draft["id"])
    # CKAN answers from the index as long as this time is the one of the database.
    assert gone["state"] == "deleted"
    assert gone["metadata_modified"] > patched["metadata_modified"]
    again = registrar.action.package_patch(id=draft["id"], state="active")
    assert (again["state"], identity(again)) == ("active", identity(draft))
    assert client(stack, "fuzhou", "staff").action.package_show(id=draft["id"])["title"]


def test_system_values_are_allocated_and_cannot_be_chosen(
    stack: StackInfo, registrar: RemoteCKAN
) -> None:
    wanted_id = str(uuid.uuid4())
    entry = create_entry(stack, id=wanted_id, **SYSTEM_VALUES)
    assert entry["id"] != wanted_id
    prefix, number = entry["identifier"].split("/")
    assert (prefix, len(number), number.isdigit()) == ("35100", 6, True)
    assert entry["name"] == f"35100-{number}"
    assert entry["md_id"] == f"35100/md-{number}"
    assert entry["guide_code"].startswith("307021100/")
    assert entry["home_node"] == "350100"
    assert entry["md_date_updated"] != SYSTEM_VALUES["md_date_updated"]
    for name, value in SYSTEM_VALUES.items():
        answer = registrar.action.package_patch(id=entry["id"], **{name: value})
        assert identity(answer) == identity(entry), name
    whole = registrar.action.package_update(**{**entry, **SYSTEM_VALUES, "id": entry["id"]})
    assert identity(whole) == identity(entry)


def test_the_provider_code_comes_from_the_unit(stack: StackInfo) -> None:
    unit = client(stack, "fuzhou").action.organization_show(id=unit_of(stack, "fuzhou"))
    assert create_entry(stack)["provider_code"] == unit["uscc"]


def test_listing_sets_the_day_of_issue_once(stack: StackInfo, registrar: RemoteCKAN) -> None:
    draft = create_entry(stack, issued=None)
    assert not draft.get("issued")
    issued = list_entry(registrar, draft["id"])["issued"]
    assert len(issued) == 10
    assert registrar.action.package_patch(id=draft["id"], frequency="5")["issued"] == issued


def test_item_ids_stay_with_their_items(stack: StackInfo, registrar: RemoteCKAN) -> None:
    rows = [
        {"name": "救助证号", "data_type": "C", "length": "20"},
        {"name": "月保障金额", "data_type": "Y", "length": "12,2"},
    ]
    entry = create_entry(stack, items=rows)
    ids = {row["name"]: row["id"] for row in entry["items"]}
    assert len(set(ids.values())) == 2
    turned = registrar.action.package_patch(
        id=entry["id"],
        items=[{"name": "发放日期", "data_type": "D", "length": "8"}, *reversed(rows)],
    )
    after = {row["name"]: row["id"] for row in turned["items"]}
    assert {name: after[name] for name in ids} == ids
    assert len(set(after.values())) == 3
    renamed = [{**row, "name": f"{row['name']}新"} for row in turned["items"]]
    kept = registrar.action.package_patch(id=entry["id"], items=renamed)
    assert [row["id"] for row in kept["items"]] == [row["id"] for row in turned["items"]]


def test_a_whole_answer_sent_back_changes_nothing(stack: StackInfo, registrar: RemoteCKAN) -> None:
    entry = create_listed(stack, resources=[{"name": "库表", "url": "http://192.0.2.7/rows"}])
    shown = registrar.action.package_show(id=entry["id"])
    before = logged(stack, "fuzhou", shown["identifier"])
    again = registrar.action.package_update(**shown)
    assert {**again, "metadata_modified": None} == {
        **{name: value for name, value in shown.items() if name != "fjgov_findings"},
        "metadata_modified": None,
    }
    after = logged(stack, "fuzhou", shown["identifier"])
    assert after == before


REFUSED_INPUT: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("unknown element", {"no_such_element": "x"}, "no_such_element"),
    ("free extra", {"extras": [{"key": "自由项", "value": "x"}]}, "extras"),
    ("person", {"author": "示例人员"}, "author"),
    ("mail of a person", {"maintainer_email": "somebody@mail.example"}, "maintainer_email"),
    ("private flag", {"private": True}, "private"),
    ("unknown state", {"state": "pending"}, "state"),
    ("unknown column of a row", {"items": [{"name": "a", "column": "x"}]}, "items"),
    ("rows that are none", {"items": "a"}, "items"),
    ("one row instead of rows", {"service_info": {"service_type": "02"}}, "service_info"),
    ("unknown cell of a form", {"items-0-column": "x"}, "items-0-column"),
    ("resources that are no list", {"resources": {"name": "a"}}, "resources"),
    ("resources as text", {"resources": "[]"}, "resources"),
    ("unknown element of a resource", {"resources": [{"name": "a", "secret": "x"}]}, "resources"),
    ("resource id that is no text", {"resources": [{"id": 17, "name": "a"}]}, "resources"),
    ("address that is no text", {"resources": [{"url": {"a": "b"}}]}, "resources"),
    ("upload", {"resources": [{"name": "a", "upload": "file.txt"}]}, "resources"),
    ("uploaded file", {"resources": [{"name": "a", "url_type": "upload"}]}, "resources"),
    ("free text of CKAN's", {"resources": [{"name": "a", "resource_type": "x"}]}, "resources"),
    ("data of a plugin", {"plugin_data": {"a": {"b": "c"}}}, "plugin_data"),
)


@pytest.mark.parametrize(("about", "change", "field"), REFUSED_INPUT, ids=lambda v: str(v)[:40])
def test_input_that_is_refused_by_name(
    stack: StackInfo, registrar: RemoteCKAN, about: str, change: dict[str, Any], field: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        create_entry(stack, **change)
    errors = caught.value.error_dict
    assert set(errors) - {"__type"} == {field}, about
    assert all("F1 " in message and " / " in message for message in errors[field])
    entry = create_entry(stack)
    with pytest.raises(ValidationError) as caught:
        registrar.action.package_patch(id=entry["id"], **change)
    assert caught.value.error_dict[field] == errors[field]


def test_a_record_of_another_type_is_refused(stack: StackInfo, registrar: RemoteCKAN) -> None:
    with pytest.raises(ValidationError) as caught:
        registrar.action.package_create(
            type="harvest", name="other-type", title="x", owner_org=unit_of(stack, "fuzhou")
        )
    assert set(caught.value.error_dict) - {"__type"} == {"type"}


@pytest.mark.parametrize("empty", [None, ""])
def test_an_empty_type_is_an_entry_like_any_other(stack: StackInfo, empty: Any) -> None:
    entry = create_entry(
        stack, type=empty, resources=[{"name": "a", "url": "http://192.0.2.8/empty-type"}]
    )
    assert entry["type"] == "dataset"
    assert "192.0.2.8" not in str(entry)


def test_a_resource_of_another_entry_cannot_be_taken_over(
    stack: StackInfo, registrar: RemoteCKAN
) -> None:
    first = create_entry(stack, resources=[{"name": "a", "url": "http://192.0.2.9/a"}])
    taken = first["resources"][0]["id"]
    second = create_entry(stack)
    for change in (
        {"resources": [{"id": taken, "name": "b"}]},
        {"resources": [{"id": str(uuid.uuid4()), "name": "b"}] * 2},
    ):
        with pytest.raises(ValidationError) as caught:
            registrar.action.package_patch(id=second["id"], **change)
        assert set(caught.value.error_dict) - {"__type"} == {"resources"}
    other = f"{stack.urls['fuzhou']}/share/{taken}"
    with pytest.raises(ValidationError):
        registrar.action.package_patch(id=second["id"], resources=[{"name": "b", "url": other}])
    kept = registrar.action.package_show(id=first["id"])["resources"]
    assert [(row["id"], row["name"]) for row in kept] == [(taken, "a")]


def test_one_live_title_in_a_unit(stack: StackInfo, registrar: RemoteCKAN) -> None:
    title = unique_title()
    first = create_entry(stack, title=title)
    with pytest.raises(ValidationError) as caught:
        create_entry(stack, title=f" {title.replace('（', ' (')}。")
    [message] = caught.value.error_dict["title"]
    assert "R2" in message
    assert first["identifier"] in message
    registrar.action.package_delete(id=first["name"])
    second = create_entry(stack, title=title)
    with pytest.raises(ValidationError) as caught:
        registrar.action.package_patch(id=first["id"], state="active")
    assert second["identifier"] in caught.value.error_dict["title"][0]
    registrar.action.package_patch(id=second["id"], title=unique_title())
    assert registrar.action.package_patch(id=first["id"], state="active")["state"] == "active"
