"""The visibility table against a second one written by hand, over every combination there is."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from ckanext.fjgov.core.access.labels import labels_of_entry, labels_of_reader, work_label
from ckanext.fjgov.core.access.strictness import takes_away
from ckanext.fjgov.core.access.visibility import (
    AnonymousScope,
    Aspect,
    EntryFacts,
    Reader,
    ShareClass,
    State,
    directory_facts,
    entry_facts,
    visible_aspects,
)

LETTERS = {
    "L": Aspect.LISTED,
    "M": Aspect.METADATA,
    "N": Aspect.ITEM_NAMES,
    "I": Aspect.INTERNAL,
    "A": Aspect.ADDRESS,
    "Q": Aspect.QUERY,
    "D": Aspect.DOWNLOAD,
}
READERS = (
    Reader.ANONYMOUS,
    Reader.STAFF,
    Reader.OWN_UNIT,
    Reader.GRANTEE,
    Reader.PARTNER_NODE,
    Reader.OFFICE,
    Reader.OPERATOR,
    Reader.SYSTEM,
)
# A listed entry: (share class, open to society, anonymous scope) -> aspects by reader, in the
# order of READERS. L listed, M metadata, N item names, I internal, A address, Q query, D download.
LISTED = {
    ("1", True, "open"): "LMNQD LMNIQD LMNIAQD LMNIQD LMNI LMNIQD LMNIQD LMNQD",
    ("1", True, "metadata"): "LMNQD LMNIQD LMNIAQD LMNIQD LMNI LMNIQD LMNIQD LMNQD",
    ("1", False, "open"): "- LMNIQ LMNIAQD LMNIQD LMNI LMNIQ LMNIQ LMN",
    ("1", False, "metadata"): "LMN LMNIQ LMNIAQD LMNIQD LMNI LMNIQ LMNIQ LMN",
    ("2", True, "open"): "LMN LMNI LMNIAQD LMNIQD LMNI LMNI LMNI LMN",
    ("2", True, "metadata"): "LMN LMNI LMNIAQD LMNIQD LMNI LMNI LMNI LMN",
    ("2", False, "open"): "- LMNI LMNIAQD LMNIQD LMNI LMNI LMNI LMN",
    ("2", False, "metadata"): "LMN LMNI LMNIAQD LMNIQD LMNI LMNI LMNI LMN",
    ("3", True, "open"): "- LMNI LMNIAQD LMNI LMNI LMNI LMNI LMN",
    ("3", True, "metadata"): "- LMNI LMNIAQD LMNI LMNI LMNI LMNI LMN",
    ("3", False, "open"): "- LMNI LMNIAQD LMNI LMNI LMNI LMNI LMN",
    ("3", False, "metadata"): "- LMNI LMNIAQD LMNI LMNI LMNI LMNI LMN",
    (None, True, "open"): "- LMNI LMNIAQD LMNI LMNI LMNI LMNI LMN",
    (None, True, "metadata"): "- LMNI LMNIAQD LMNI LMNI LMNI LMNI LMN",
    (None, False, "open"): "- LMNI LMNIAQD LMNI LMNI LMNI LMNI LMN",
    (None, False, "metadata"): "- LMNI LMNIAQD LMNI LMNI LMNI LMNI LMN",
}
UNLISTED = "- - LMNIA - - - - -"
UNKNOWN_STATE = "- - - - - - - -"

CLASSES = (*ShareClass, None)
STATES = (*State, None)
FACTS = [EntryFacts(*row) for row in product(CLASSES, (True, False), STATES)]
LISTED_OPEN = EntryFacts(ShareClass.UNRESTRICTED, is_open=True, state=State.LISTED)


def expected(facts: EntryFacts, reader: Reader, scope: AnonymousScope) -> frozenset[Aspect]:
    """Look a combination up in the table above."""
    if facts.state is None:
        row = UNKNOWN_STATE
    elif facts.state is State.LISTED:
        code = facts.share_class.value if facts.share_class else None
        row = LISTED[code, facts.is_open, scope.value]
    else:
        row = UNLISTED
    letters = row.split()[READERS.index(reader)]
    return frozenset(LETTERS[letter] for letter in letters if letter != "-")


@pytest.mark.parametrize("scope", AnonymousScope, ids=lambda scope: scope.value)
@pytest.mark.parametrize("reader", Reader, ids=lambda reader: reader.value)
def test_every_combination_is_what_the_table_says(reader: Reader, scope: AnonymousScope) -> None:
    wrong = {
        facts: (visible_aspects(facts, reader, scope), expected(facts, reader, scope))
        for facts in FACTS
        if visible_aspects(facts, reader, scope) != expected(facts, reader, scope)
    }
    assert wrong == {}


def test_tables_name_every_reader_and_aspect() -> None:
    assert set(READERS) == set(Reader)
    assert set(LETTERS.values()) == set(Aspect)
    assert len(FACTS) == 4 * 2 * 4


@pytest.mark.parametrize("facts", FACTS, ids=str)
@pytest.mark.parametrize("scope", AnonymousScope, ids=lambda scope: scope.value)
def test_labels_let_exactly_the_readers_of_the_table_find_an_entry(
    facts: EntryFacts, scope: AnonymousScope
) -> None:
    labels = set(labels_of_entry(facts, "unit-a"))
    held = {
        Reader.ANONYMOUS: labels_of_reader(is_staff=False, appointed_units=[], scope=scope),
        Reader.STAFF: labels_of_reader(is_staff=True, appointed_units=["unit-b"], scope=scope),
        Reader.OWN_UNIT: labels_of_reader(is_staff=True, appointed_units=["unit-a"], scope=scope),
    }
    for reader, own in held.items():
        finds = bool(labels.intersection(own))
        assert finds is (Aspect.LISTED in expected(facts, reader, scope)), reader


def test_an_entry_without_a_unit_has_no_work_label() -> None:
    draft = EntryFacts(ShareClass.UNRESTRICTED, is_open=True, state=State.DRAFT)
    assert labels_of_entry(draft, None) == []
    assert labels_of_entry(draft, "unit-a") == [work_label("unit-a")]


@pytest.mark.parametrize(
    ("entry", "facts"),
    [
        (
            {"share_type": "1", "open_to_public": "1", "state": "active", "private": False},
            LISTED_OPEN,
        ),
        (
            {"share_type": "2", "open_to_public": "0", "state": "draft", "private": False},
            EntryFacts(ShareClass.RESTRICTED, is_open=False, state=State.DRAFT),
        ),
        (
            {"share_type": "3", "open_to_public": "1", "state": "deleted"},
            EntryFacts(ShareClass.NOT_SHARED, is_open=True, state=State.WITHDRAWN),
        ),
        (
            {"share_type": "1", "open_to_public": "1", "state": "active", "private": True},
            EntryFacts(ShareClass.UNRESTRICTED, is_open=True, state=State.DRAFT),
        ),
        (
            {"share_type": "1", "open_to_public": "1", "state": "active", "private": "True"},
            EntryFacts(ShareClass.UNRESTRICTED, is_open=True, state=State.DRAFT),
        ),
        ({}, EntryFacts(None, is_open=False, state=None)),
        (
            {"share_type": 1, "open_to_public": 1, "state": "Active"},
            EntryFacts(None, is_open=False, state=None),
        ),
        (
            {"share_type": ["1"], "open_to_public": "true", "state": "pending"},
            EntryFacts(None, is_open=False, state=None),
        ),
        (
            {"share_type": "非受限", "open_to_public": "是", "state": None},
            EntryFacts(None, is_open=False, state=None),
        ),
    ],
)
def test_values_that_cannot_be_read_count_as_unknown(
    entry: dict[str, Any], facts: EntryFacts
) -> None:
    assert entry_facts(entry) == facts


def test_takes_away_is_what_the_table_takes_away_from_anybody() -> None:
    for before, after in product(FACTS, FACTS):
        loses = any(
            expected(before, reader, scope) - expected(after, reader, scope)
            for reader in Reader
            for scope in AnonymousScope
        )
        assert takes_away(before, after) is loses, (before, after)


@pytest.mark.parametrize(
    ("change", "taken"),
    [
        ({}, False),
        ({"share_class": ShareClass.RESTRICTED}, True),
        ({"share_class": ShareClass.NOT_SHARED}, True),
        ({"share_class": None}, True),
        ({"is_open": False}, True),
        ({"state": State.WITHDRAWN}, True),
        ({"state": State.DRAFT}, True),
        ({"state": None}, True),
    ],
)
def test_a_stricter_entry_takes_something_away(change: dict[str, Any], taken: bool) -> None:
    values = {"share_class": ShareClass.UNRESTRICTED, "is_open": True, "state": State.LISTED}
    assert takes_away(LISTED_OPEN, EntryFacts(**(values | change))) is taken


def test_a_freer_entry_takes_nothing_away() -> None:
    closed = EntryFacts(ShareClass.UNRESTRICTED, is_open=False, state=State.LISTED)
    assert not takes_away(closed, LISTED_OPEN)


# A listed record of a directory without share class: (audience, open_to_public, anonymous scope)
# -> aspects of an anonymous reader; officials see all of it but addresses, which it has none of.
DIRECTORIES = {
    ("officials", "0", "open"): "-",
    ("officials", "0", "metadata"): "-",
    ("officials", "1", "open"): "-",
    ("officials", "1", "metadata"): "-",
    ("open", "0", "open"): "-",
    ("open", "0", "metadata"): "-",
    ("open", "1", "open"): "LMN",
    ("open", "1", "metadata"): "LMN",
    ("unknown", "1", "metadata"): "-",
}


@pytest.mark.parametrize("state", ["active", "draft", "deleted", None])
@pytest.mark.parametrize(("audience", "is_open", "scope"), DIRECTORIES)
def test_a_record_of_a_directory_is_for_officials_unless_it_is_open(
    audience: str, is_open: str, scope: str, state: str | None
) -> None:
    record = {"state": state, "private": False, "open_to_public": is_open, "share_type": "1"}
    facts = directory_facts(record, audience)
    seen = {
        reader: visible_aspects(facts, reader, AnonymousScope(scope))
        & {Aspect.LISTED, Aspect.METADATA, Aspect.ITEM_NAMES, Aspect.INTERNAL}
        for reader in READERS
    }
    public = {LETTERS[letter] for letter in DIRECTORIES[audience, is_open, scope] if letter != "-"}
    official = {LETTERS[letter] for letter in "LMNI"}
    for reader in READERS:
        if state == "active":
            expected = public if reader is Reader.ANONYMOUS else official
            expected = expected - {Aspect.INTERNAL} if reader is Reader.SYSTEM else expected
        else:
            is_own = reader is Reader.OWN_UNIT and state is not None
            expected = official if is_own else set()
        assert seen[reader] == expected, reader
