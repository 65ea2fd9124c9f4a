"""Grants of some rows, quotas, grants that are named, and items stricter than their entry."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ckanext.fjgov.core.access.decision import Allowed, Asker, Denied, Grant, Use, decide_access
from ckanext.fjgov.core.access.visibility import (
    Aspect,
    EntryFacts,
    Reader,
    ShareClass,
    State,
    item_classes,
)

NOW = datetime(2026, 3, 2, 2, tzinfo=UTC)
GRANT = Grant(
    number="GX-1", entry="entry-1", items=frozenset({"a", "b"}), mode="direct",
    state="active", starts=NOW, until=NOW + timedelta(days=1), unit="UNIT",
)  # fmt: skip
SOME_ROWS = replace(GRANT, number="GX-2", filter=({"item": "a", "op": "eq", "value": "1"},))
STAFF = Asker((Reader.STAFF,), "asking", frozenset({"UNIT"}))
OWN = Asker((Reader.STAFF, Reader.OWN_UNIT), "asking", frozenset({"UNIT"}))
ANYBODY = Asker((Reader.ANONYMOUS,))
RESTRICTED = EntryFacts(ShareClass.RESTRICTED, is_open=False, state=State.LISTED)
UNRESTRICTED = EntryFacts(ShareClass.UNRESTRICTED, is_open=False, state=State.LISTED)
OPEN = EntryFacts(ShareClass.UNRESTRICTED, is_open=True, state=State.LISTED)
FILE = Use(Aspect.DOWNLOAD, frozenset({"a"}), whole=True)
STRICTER = {"b": ShareClass.RESTRICTED, "c": ShareClass.NOT_SHARED, "d": None}


@pytest.mark.parametrize(
    ("grant", "is_allowed"),
    [
        (GRANT, True),
        (SOME_ROWS, False),
        (replace(GRANT, quota={"rows_per_day": 5}), False),
        (replace(GRANT, quota={"uses_per_day": 5}), True),
    ],
)
def test_a_whole_file_keeps_to_no_rows(grant: Grant, is_allowed: bool) -> None:
    assert isinstance(decide_access(RESTRICTED, STAFF, FILE, [grant], NOW), Allowed) is is_allowed
    # A table as a file can keep to them.
    table = replace(FILE, whole=False)
    assert isinstance(decide_access(RESTRICTED, STAFF, table, [grant], NOW), Allowed)


def test_the_grant_that_gives_more_is_used() -> None:
    quota = replace(GRANT, number="GX-3", quota={"uses_per_day": 5})
    for grants in ([SOME_ROWS, quota, GRANT], [GRANT, quota, SOME_ROWS]):
        use = Use(Aspect.DOWNLOAD, frozenset({"a"}))
        found = decide_access(RESTRICTED, STAFF, use, grants, NOW)
        assert isinstance(found, Allowed)
        assert found.grant == GRANT


def test_a_grant_that_is_named_is_used_or_nothing() -> None:
    use = Use(Aspect.DOWNLOAD, grant="GX-2")
    found = decide_access(RESTRICTED, STAFF, use, [GRANT, SOME_ROWS], NOW)
    assert isinstance(found, Allowed)
    assert found.grant == SOME_ROWS
    for facts in (RESTRICTED, UNRESTRICTED, OPEN):
        refused = decide_access(facts, STAFF, replace(use, grant="GX-9"), [GRANT], NOW)
        assert isinstance(refused, Denied)
        assert "该编号" in refused.zh
    refused = decide_access(RESTRICTED, ANYBODY, use, [SOME_ROWS], NOW)
    assert isinstance(refused, Denied)


def test_the_items_that_are_not_granted_are_named() -> None:
    use = Use(Aspect.DOWNLOAD, frozenset({"a", "x", "y"}))
    narrow = replace(GRANT, number="GX-4", items=frozenset({"z"}))
    found = decide_access(RESTRICTED, STAFF, use, [narrow, GRANT], NOW)
    assert isinstance(found, Denied)
    assert found.missing == {"x", "y"}


@pytest.mark.parametrize(
    ("facts", "asker", "withheld"),
    [
        (UNRESTRICTED, STAFF, {"b", "c", "d"}),
        (OPEN, ANYBODY, {"b", "c", "d"}),
        (UNRESTRICTED, OWN, set()),
    ],
)
def test_stricter_items_are_withheld(facts: EntryFacts, asker: Asker, withheld: set[str]) -> None:
    for items in ((), ("a",)):
        use = Use(Aspect.QUERY, frozenset(items))
        found = decide_access(facts, asker, use, [], NOW, classes=STRICTER)
        assert isinstance(found, Allowed)
        assert found.withheld == withheld
    for item in ("b", "c", "d"):
        use = Use(Aspect.QUERY, frozenset({"a", item}))
        found = decide_access(facts, asker, use, [], NOW, classes=STRICTER)
        assert isinstance(found, Denied) is bool(withheld)
        if isinstance(found, Denied):
            assert found.missing == {item}


def test_a_grant_gives_restricted_items_and_never_those_not_shared() -> None:
    wide = replace(GRANT, mode="query", items=frozenset({"a", "b", "c"}))
    for facts in (UNRESTRICTED, RESTRICTED):
        found = decide_access(
            facts, STAFF, Use(Aspect.QUERY, frozenset({"b"})), [wide], NOW, classes=STRICTER
        )
        assert isinstance(found, Allowed)
        assert found.withheld == {"c", "d"}
        refused = decide_access(
            facts, STAFF, Use(Aspect.QUERY, frozenset({"c"})), [wide], NOW, classes=STRICTER
        )
        assert isinstance(refused, Denied)
        assert "第四条" in refused.article


def test_classes_of_items() -> None:
    rows = [
        {"id": "a"},
        {"id": "b", "share_type": "2"},
        {"id": "c", "share_type": "3"},
        {"id": "d", "share_type": "9"},
        {"id": "e", "share_type": "1"},
        {"id": "f", "share_type": ""},
    ]
    assert item_classes(rows, UNRESTRICTED) == STRICTER
    assert item_classes(rows, RESTRICTED) == {"c": ShareClass.NOT_SHARED, "d": None}
