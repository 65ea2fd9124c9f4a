"""What readers see of the entries, by kind of user: written down, and held to the rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ckanext.fjgov.core.access.visibility import (
    AnonymousScope,
    Aspect,
    Reader,
    entry_facts,
    visible_aspects,
)

PUBLIC = frozenset({"open", "class1", "class2"})
LISTED = PUBLIC | {"class3"}
OFFICIAL = LISTED | {"inner", "creator"}
OWN = OFFICIAL | {"draft", "withdrawn"}
# Words of the matrix that stand for several.
LEVELS: Mapping[str, frozenset[str]] = {
    "nothing": frozenset(),
    "public": PUBLIC,
    "listed": LISTED,
    "official": OFFICIAL,
    "own": OWN,
}
# Kinds of reader that each user is; a technician sees what the unit sees (Art. 3).
READERS: Mapping[str, tuple[Reader, ...]] = {
    "anonymous": (Reader.ANONYMOUS,),
    "stranger": (Reader.ANONYMOUS,),
    "other_editor": (Reader.STAFF,),
    "grantee": (Reader.STAFF, Reader.GRANTEE),
    "expired_grantee": (Reader.STAFF,),
    "revoked_grantee": (Reader.STAFF,),
    "member": (Reader.STAFF, Reader.OWN_UNIT),
    "sysadmin": (Reader.STAFF, Reader.OWN_UNIT),
}
KINDS = frozenset({"open", "class1", "class2", "class3", "draft", "withdrawn"})


def by_the_rules(user: str, entries: Mapping[str, Mapping[str, Any]]) -> frozenset[str]:
    """Give the words that the visibility table gives to a user, over all entries."""
    words: set[str] = set()
    for kind, entry in entries.items():
        facts = entry_facts({**entry, "state": STATES.get(kind, "active"), "private": False})
        aspects = frozenset().union(
            *(visible_aspects(facts, one, AnonymousScope.METADATA) for one in READERS[user])
        )
        words |= {kind} if Aspect.LISTED in aspects else set()
        words |= {"inner", "creator"} if Aspect.INTERNAL in aspects else set()
    return frozenset(words)


STATES = {"draft": "draft", "withdrawn": "deleted"}


def words_of(cell: str) -> frozenset[str]:
    """Read a cell: words and levels, joined by `+`."""
    return frozenset().union(*(LEVELS.get(word, frozenset({word})) for word in cell.split("+")))
