"""Uses over the full product of share class, openness, state, reader and grant."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest

from ckanext.fjgov.core.access.decision import (
    Allowed,
    Asker,
    Denied,
    Grant,
    Use,
    decide_access,
    is_in_force,
)
from ckanext.fjgov.core.access.visibility import Aspect, EntryFacts, Reader, ShareClass, State

NOW = datetime(2026, 3, 2, 2, tzinfo=UTC)
SECOND = timedelta(seconds=1)
GRANT = Grant(
    number="GX-2026-000001", entry="entry-1", items=frozenset({"item-1"}), mode="query",
    state="active", starts=NOW - SECOND, until=NOW + SECOND, unit="UNIT-P",
)  # fmt: skip
STAFF = Asker((Reader.STAFF,), "asking", frozenset({"UNIT-P"}))
RESTRICTED = EntryFacts(ShareClass.RESTRICTED, is_open=False, state=State.LISTED)
# Written by hand: what may be done, query (q) or download (d). Class and openness ->
# anonymous, staff, own unit, partner node, staff with a grant for queries, and one for downloads.
# A partner node reads feeds and no data.
TABLE = {
    ("1", False): ("", "q", "qd", "", "q", "qd"),
    ("1", True): ("qd", "qd", "qd", "", "qd", "qd"),
    ("2", False): ("", "", "qd", "", "q", "d"),
    ("2", True): ("", "", "qd", "", "q", "d"),
    ("3", False): ("", "", "qd", "", "", ""),
    ("3", True): ("", "", "qd", "", "", ""),
    (None, False): ("", "", "qd", "", "", ""),
}
READERS = (
    (Reader.ANONYMOUS,), (Reader.STAFF,), (Reader.STAFF, Reader.OWN_UNIT), (Reader.PARTNER_NODE,),
)  # fmt: skip


def uses(facts: EntryFacts, asker: Asker, *grants: Grant) -> str:
    letters = {"q": Aspect.QUERY, "d": Aspect.DOWNLOAD}
    return "".join(
        letter
        for letter, aspect in letters.items()
        if isinstance(decide_access(facts, asker, Use(aspect), grants, NOW), Allowed)
    )


@pytest.mark.parametrize(("share_class", "is_open"), TABLE)
def test_every_reader_may_what_the_hand_written_table_says(
    share_class: str | None, is_open: bool
) -> None:
    kind = ShareClass(share_class) if share_class else None
    facts = EntryFacts(kind, is_open, State.LISTED)
    expected = TABLE[share_class, is_open]
    found = [uses(facts, Asker(readers, "somebody")) for readers in READERS]
    given = replace(GRANT, share_class=share_class or "")
    found += [uses(facts, STAFF, replace(given, mode=mode)) for mode in ("query", "direct")]
    assert tuple(found) == expected


@pytest.mark.parametrize(
    ("share_class", "is_open", "state"),
    list(product([*ShareClass, None], (True, False), (State.DRAFT, State.WITHDRAWN, None))),
)
def test_what_is_not_listed_is_hidden_whatever_was_granted(
    share_class: ShareClass | None, is_open: bool, state: State | None
) -> None:
    facts = EntryFacts(share_class, is_open, state)
    for aspect in (Aspect.QUERY, Aspect.DOWNLOAD):
        found = decide_access(facts, STAFF, Use(aspect), [GRANT], NOW)
        assert isinstance(found, Denied)
        assert found.is_hidden


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"state": "suspended"}, "已暂停"),
        ({"state": "revoked"}, "已收回"),
        ({"state": "ended"}, "提前终止"),
        ({"state": "expired"}, "已到期"),
        ({"state": "unheard_of"}, "已到期"),
        ({"until": NOW}, "已到期"),
        ({"starts": NOW + SECOND}, "尚未生效"),
        ({"mode": "direct"}, "共享模式"),
        ({"unit": "UNIT-Q"}, "申请"),
        ({"users": frozenset({"somebody else"})}, "申请"),
        ({"system": "SYS-1"}, "申请"),
    ],
)
def test_a_grant_that_does_not_hold_is_refused_with_its_reason(
    change: dict[str, Any], told: str
) -> None:
    found = decide_access(RESTRICTED, STAFF, Use(Aspect.QUERY), [replace(GRANT, **change)], NOW)
    assert isinstance(found, Denied)
    assert told in found.zh
    assert found.article
    assert not found.is_hidden


def test_one_grant_in_force_is_enough_and_is_named() -> None:
    revoked = replace(GRANT, number="GX-2026-000000", state="revoked", until=NOW + 9 * SECOND)
    found = decide_access(RESTRICTED, STAFF, Use(Aspect.QUERY), [revoked, GRANT], NOW)
    assert found == Allowed(GRANT)


def test_named_staff_and_systems_hold_their_own_grants() -> None:
    named = replace(GRANT, users=frozenset({"asking"}))
    assert uses(RESTRICTED, STAFF, named) == "q"
    of_system = replace(GRANT, system="SYS-1")
    assert uses(RESTRICTED, replace(STAFF, user="", system="SYS-1"), of_system) == "q"
    assert uses(RESTRICTED, replace(STAFF, system="SYS-2"), of_system) == ""
    assert uses(RESTRICTED, replace(STAFF, system="SYS-1"), GRANT) == ""


def test_processing_to_order_is_fetched_by_either_way() -> None:
    assert uses(RESTRICTED, STAFF, replace(GRANT, mode="custom")) == "qd"


@pytest.mark.parametrize(
    ("granted", "given", "lets"),
    [
        ({"item-1", "item-2"}, {"item-1"}, True),
        ({"item-1", "item-2"}, {"item-1", "item-2"}, True),
        ({"item-1"}, {"item-1", "item-2"}, False),
        ({"item-1"}, set(), True),
    ],
)
def test_a_grant_gives_no_more_items_than_it_has(
    granted: set[str], given: set[str], lets: bool
) -> None:
    held = replace(GRANT, items=frozenset(granted))
    found = decide_access(RESTRICTED, STAFF, Use(Aspect.QUERY, frozenset(given)), [held], NOW)
    assert isinstance(found, Allowed) is lets
    assert lets or "部分信息项" in found.zh  # type: ignore[union-attr]


def test_a_grant_starts_and_ends_at_the_instant() -> None:
    for now, lets in (
        (GRANT.starts - timedelta(microseconds=1), False),
        (GRANT.starts, True),
        (GRANT.until - timedelta(microseconds=1), True),
        (GRANT.until, False),
    ):
        found = decide_access(RESTRICTED, STAFF, Use(Aspect.QUERY), [GRANT], now)
        assert isinstance(found, Allowed) is lets


@pytest.mark.parametrize(
    ("given", "now", "holds"),
    [
        ("1", "1", True), ("2", "1", True), ("2", "2", True),
        ("1", "2", False), ("1", "3", False), ("2", "3", False), ("2", None, False),
    ],
)  # fmt: skip
def test_a_grant_rests_when_its_information_got_a_stricter_class(
    given: str, now: str | None, holds: bool
) -> None:
    facts = EntryFacts(ShareClass(now) if now else None, is_open=False, state=State.LISTED)
    grant = replace(GRANT, share_class=given)
    assert is_in_force(grant, facts, NOW) is holds
    if now == "2":
        found = decide_access(facts, STAFF, Use(Aspect.QUERY), [grant], NOW)
        assert isinstance(found, Allowed) is holds
        assert holds or (isinstance(found, Denied) and "复核" in found.zh)


def test_nothing_is_in_force_of_what_is_no_longer_listed() -> None:
    facts = replace(RESTRICTED, state=State.WITHDRAWN)
    assert not is_in_force(GRANT, facts, NOW)
    assert is_in_force(GRANT, RESTRICTED, NOW)
