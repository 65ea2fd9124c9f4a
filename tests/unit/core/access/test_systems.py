"""Application systems: who holds a grant, whose token stands, over the product of both states."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ckanext.fjgov.core.access.decision import Allowed, Asker, Denied, Grant, Use, decide_access
from ckanext.fjgov.core.access.systems import (
    SystemFacts,
    TokenFacts,
    expiry,
    why_no_holder,
    why_no_token,
    why_not_made,
    why_refused,
)
from ckanext.fjgov.core.access.visibility import Aspect, EntryFacts, Reader, ShareClass, State

NOW = datetime(2026, 3, 2, 2, tzinfo=UTC)
SECOND = timedelta(seconds=1)
SYSTEM = SystemFacts(number="SYS-1", status="running", unit="UNIT-P", is_listed=True)
TOKEN = TokenFacts(number="SYS-1", unit="UNIT-P", expires=NOW + SECOND)
GRANT = Grant(
    number="GX-2026-000001", entry="entry-1", items=frozenset({"item-1"}), mode="direct",
    state="active", starts=NOW - SECOND, until=NOW + SECOND, unit="UNIT-P", system="SYS-1",
)  # fmt: skip
RESTRICTED = EntryFacts(ShareClass.RESTRICTED, is_open=False, state=State.LISTED)
# What became of a token or its system -> the word of the refusal, "" when it stands.
TOKENS: dict[str, tuple[TokenFacts, SystemFacts | None, str]] = {
    "good": (TOKEN, SYSTEM, ""),
    "on trial": (TOKEN, replace(SYSTEM, status="trial"), ""),
    "revoked": (replace(TOKEN, is_revoked=True), SYSTEM, "已作废"),
    "expired": (replace(TOKEN, expires=NOW), SYSTEM, "已过期"),
    "withdrawn": (TOKEN, None, "已撤销"),
    "unlisted": (TOKEN, replace(SYSTEM, is_listed=False), "发布"),
    "stopped": (TOKEN, replace(SYSTEM, status="stopped"), "已停用"),
    "being built": (TOKEN, replace(SYSTEM, status="building"), "尚未投入使用"),
    "renumbered": (TOKEN, replace(SYSTEM, number="SYS-2"), "已变更"),
    "without number": (TOKEN, replace(SYSTEM, number=""), "已变更"),
    "moved": (TOKEN, replace(SYSTEM, unit="UNIT-Q"), "已变更"),
    "doubled": (TOKEN, replace(SYSTEM, is_alone=False), "更正"),
}
# What became of a grant -> whether it gives the system anything.
GRANTS: dict[str, tuple[dict[str, Any], bool]] = {
    "in force": ({}, True),
    "suspended": ({"state": "suspended"}, False),
    "revoked": ({"state": "revoked"}, False),
    "ended": ({"state": "ended"}, False),
    "expired": ({"until": NOW}, False),
    "not begun": ({"starts": NOW + SECOND}, False),
    "of another system": ({"system": "SYS-2"}, False),
    "of another unit's system": ({"unit": "UNIT-Q"}, False),
    "of the unit's people": ({"system": ""}, False),
    "of another mode": ({"mode": "query"}, False),
}


def asker_of(token: TokenFacts) -> Asker:
    return Asker((Reader.SYSTEM,), units=frozenset({token.unit}), system=token.number)


@pytest.mark.parametrize("grant", GRANTS)
@pytest.mark.parametrize("token", TOKENS)
def test_data_are_given_for_a_good_token_and_a_grant_in_force(token: str, grant: str) -> None:
    shown, system, told = TOKENS[token]
    change, gives = GRANTS[grant]
    refused = why_refused(shown, system, NOW)
    assert (told in refused[0]) if told else refused is None  # type: ignore[index]
    held = [replace(GRANT, **change)]
    found = decide_access(RESTRICTED, asker_of(shown), Use(Aspect.DOWNLOAD), held, NOW)
    assert isinstance(found, Allowed) is gives
    # Whoever has no good token is nobody, and nobody is given this.
    nobody = decide_access(RESTRICTED, Asker((Reader.ANONYMOUS,)), Use(Aspect.DOWNLOAD), held, NOW)
    assert isinstance(nobody, Denied)


def test_nobody_of_the_unit_uses_the_grant_of_its_system() -> None:
    person = Asker((Reader.STAFF,), "asking", frozenset({"UNIT-P"}))
    found = decide_access(RESTRICTED, person, Use(Aspect.DOWNLOAD), [GRANT], NOW)
    assert isinstance(found, Denied)
    assert not found.is_hidden


@pytest.mark.parametrize(
    ("share_class", "is_open", "lets"),
    [("1", True, True), ("1", False, False), ("2", True, False), ("3", False, False)],
)
def test_a_system_without_a_grant_has_what_the_public_has(
    share_class: str, is_open: bool, lets: bool
) -> None:
    facts = EntryFacts(ShareClass(share_class), is_open, State.LISTED)
    for aspect in (Aspect.QUERY, Aspect.DOWNLOAD):
        found = decide_access(facts, asker_of(TOKEN), Use(aspect), [], NOW)
        assert isinstance(found, Allowed) is lets


@pytest.mark.parametrize(
    ("change", "holder", "token"),
    [
        ({}, "", ""),
        ({"status": "trial"}, "", ""),
        ({"status": "building"}, "", "尚未投入使用"),
        ({"status": "planned"}, "", "尚未投入使用"),
        ({"status": "stopped"}, "已停用", "已停用"),
        ({"status": ""}, "", "尚未投入使用"),
        ({"number": ""}, "登记编号", "登记编号"),
        ({"is_listed": False}, "发布", "发布"),
        ({"is_alone": False}, "更正", "更正"),
    ],
)
def test_a_system_holds_grants_and_tokens_when_it_is_registered(
    change: dict[str, Any], holder: str, token: str
) -> None:
    system = replace(SYSTEM, **change)
    for found, told in ((why_no_holder(system), holder), (why_no_token(system), token)):
        assert (told in found[0]) if told else found is None  # type: ignore[index]


@pytest.mark.parametrize(
    ("name", "days", "told"),
    [
        ("对接", 1, ""),
        ("对接", 365, ""),
        ("对接", 0, "365"),
        ("对接", 366, "365"),
        ("", 1, "用途"),
        ("长" * 101, 1, "用途"),
    ],
)
def test_a_token_is_named_and_expires(name: str, days: int, told: str) -> None:
    found = why_not_made(name, days, 365)
    assert (told in found[0]) if told else found is None  # type: ignore[index]


def test_a_token_expires_after_its_days() -> None:
    assert expiry(NOW, 2) == NOW + timedelta(days=2)
