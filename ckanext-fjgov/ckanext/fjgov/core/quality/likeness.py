"""By what entries are found to be alike: a folded title and the set of their items.

Two entries that share a mark look alike; who has the same mark is counted by the database.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from ckanext.fjgov.core.catalog.rules.check import Check
from ckanext.fjgov.core.catalog.title import normalise_title

# Fewer items than this are shared by entries that have nothing else in common.
LEAST_ITEMS = 3
TITLE, ITEMS = "title", "items"
# Mark -> rule when an entry of the same unit has it, rule when one of another unit has it.
LIKENESS_RULES: Mapping[str, tuple[str, str]] = {TITLE: ("Q50", "Q51"), ITEMS: ("Q52", "Q53")}

_DIGITS = re.compile(r"[0-9]+$")
_YEAR = re.compile(r"(?:^|[^0-9])(?:19|20)[0-9]{2}$")


@dataclass(frozen=True, slots=True)
class Marks:
    """What an entry is compared by.

    Attributes:
        title: folded title without a running number at its end, "" for none.
        items: digest of the set of its item names (64 hex digits), "" when they are too few.
        place: digest of the divisions it covers; entries of different places are not alike across
            units (two cities keep the same kind of information, each its own).
    """

    title: str
    items: str
    place: str

    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Give (kind, value) of each mark there is."""
        return tuple(
            (kind, value) for kind, value in ((TITLE, self.title), (ITEMS, self.items)) if value
        )


def marks_of(check: Check) -> Marks:
    """Give the marks of an entry. Cost: O(size of the entry)."""
    names = {normalise_title(row.get("name", "")) for row in check.rows("items")} - {""}
    items = _digest(sorted(names)) if len(names) >= LEAST_ITEMS else ""
    return Marks(
        title=without_number(normalise_title(check.text("title"))),
        items=items,
        place=_digest(sorted(check.texts("division"))),
    )


def running_number(folded: str) -> str:
    """Give the digits at the end of a folded title that are no year; "" for none."""
    found = _DIGITS.search(folded)
    return found.group() if found and found.start() and not _YEAR.search(folded) else ""


def without_number(folded: str) -> str:
    """Take a running number off the end of a folded title; a title of digits alone is kept."""
    number = running_number(folded)
    return folded[: -len(number)] if number else folded


def _digest(texts: list[str]) -> str:
    return hashlib.sha256("\x00".join(texts).encode("utf-8")).hexdigest()
