"""What follows the data of an entry (Art. 13), and what is a change of the entry."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from ckanext.fjgov.core.catalog.refresh import FIELDS, ROWS, Refresh, refresh_between

NAMES = ("title", "notes", "data_updated_at", "items", "exchange", "resources")
ENTRY: dict[str, Any] = {
    "title": "示例信息",
    "notes": "示例摘要",
    "data_updated_at": "2026-10-01",
    "items": [{"id": "1", "name": "姓名"}],
    "exchange": [
        {"mode": "1", "status": "1", "last_sync_at": "2026-10-01"},
        {"mode": "2", "status": "1"},
    ],
    "resources": [
        {"id": "a", "name": "库表", "format": "CSV", "size": "10", "hash": "x"},
        {"id": "b", "name": "接口"},
    ],
}


def changed(*path: Any, value: Any) -> dict[str, Any]:
    """Give the entry with one value replaced; None takes it away."""
    entry = copy.deepcopy(ENTRY)
    place = entry
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return entry


REFRESHED = {
    "data time": (("data_updated_at",), "2026-11-01"),
    "no data time": (("data_updated_at",), None),
    "size": (("resources", 0, "size"), "20"),
    "hash": (("resources", 0, "hash"), "y"),
    "no hash": (("resources", 0, "hash"), None),
    "first size": (("resources", 1, "size"), "5"),
    "file time": (("resources", 1, "last_modified"), "2026-11-01T10:00:00"),
    "datastore": (("resources", 0, "datastore_active"), "1"),
    "sync": (("exchange", 0, "last_sync_at"), "2026-11-01"),
    "first sync": (("exchange", 1, "last_sync_at"), "2026-11-01"),
}


@pytest.mark.parametrize("case", REFRESHED)
def test_facts_about_the_data_are_a_refresh(case: str) -> None:
    path, value = REFRESHED[case]
    after = changed(*path, value=value)
    found = refresh_between(ENTRY, after, NAMES)
    assert found is not None
    assert found != Refresh()
    assert found.applied(ENTRY) == after


REVISED = {
    "title": (("title",), "另一标题"),
    "abstract": (("notes",), None),
    "item": (("items", 0, "name"), "证件号码"),
    "resource name": (("resources", 0, "name"), "另一名称"),
    "format": (("resources", 0, "format"), "XML"),
    "mode": (("exchange", 0, "mode"), "3"),
    "status": (("exchange", 0, "status"), "2"),
    "one resource more": (("resources",), [*ENTRY["resources"], {"id": "c"}]),
    "one resource less": (("resources",), ENTRY["resources"][:1]),
    "another order": (("resources",), ENTRY["resources"][::-1]),
    "another resource": (("resources", 1, "id"), "c"),
    "a resource without id": (("resources", 1, "id"), None),
    "no resources": (("resources",), None),
    "no exchange": (("exchange",), []),
    "a mode twice": (("exchange", 1, "mode"), "1"),
    "rows that are none": (("exchange",), ["1"]),
}


@pytest.mark.parametrize("case", REVISED)
def test_anything_else_is_none(case: str) -> None:
    path, value = REVISED[case]
    assert refresh_between(ENTRY, changed(*path, value=value), NAMES) is None


def test_a_refresh_together_with_a_change_is_none() -> None:
    after = changed("data_updated_at", value="2026-11-01") | {"title": "另一标题"}
    assert refresh_between(ENTRY, after, NAMES) is None


def test_nothing_is_an_empty_refresh() -> None:
    assert refresh_between(ENTRY, copy.deepcopy(ENTRY), NAMES) == Refresh()
    assert refresh_between(ENTRY, ENTRY | {"metadata_modified": "now"}, NAMES) == Refresh()


def test_a_refresh_reaches_an_entry_that_differs_elsewhere() -> None:
    after = changed("resources", 0, "size", value="20") | {"data_updated_at": "2026-11-01"}
    found = refresh_between(ENTRY, after, NAMES)
    assert found is not None
    other = {**ENTRY, "title": "修订中的标题", "resources": [{"id": "c"}, ENTRY["resources"][0]]}
    done = found.applied(other)
    assert (done["title"], done["data_updated_at"]) == ("修订中的标题", "2026-11-01")
    assert done["resources"] == [{"id": "c"}, {**ENTRY["resources"][0], "size": "20"}]


def test_what_is_exempt_names_no_structure() -> None:
    assert not FIELDS & {"title", "notes", "items", "share_type", "frequency"}
    for column, exempt in ROWS.values():
        assert not exempt & {column, "id", "name", "format", "mimetype", "url", "mode", "status"}
