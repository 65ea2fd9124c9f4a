"""Compare two collection items: object, item, territory and line of business (Art. 8).

The result is the same for both orders and says nothing about who holds what: see `checking`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from ckanext.fjgov.core.collection.item import CollectionItem
from ckanext.fjgov.core.collection.words import ItemWord, WordBook

ObjectHow = Literal["stated", "one_inferred", "both_inferred", "other", "unknown"]
NameHow = Literal["code", "same", "synonym", "near", "other", "common"]
ElementHow = Literal["same", "other", "unknown"]
TerritoryHow = Literal["same", "inside", "apart"]
LineHow = Literal["same", "other", "unknown", "unbound"]

# A score is the product of its parts, each the certainty of one step; tuned on the tuning half of
# tests/data/collection_pairs.yaml.
THRESHOLD = 0.6
OBJECT_SCORE: dict[ObjectHow, float] = {
    "stated": 1.0,
    "one_inferred": 0.9,
    "both_inferred": 0.85,
    "other": 0.0,
    "unknown": 0.0,
}
NAME_SCORE: dict[NameHow, float] = {
    "code": 0.98,
    "same": 1.0,
    "synonym": 0.95,
    "near": 0.75,
    "other": 0.0,
    "common": 0.0,
}
# Two data element codes that differ say that two things are meant, whatever the names.
ELEMENT_SCORE: dict[ElementHow, float] = {"same": 1.0, "other": 0.55, "unknown": 1.0}
TERRITORY_SCORE: dict[TerritoryHow, float] = {"same": 1.0, "inside": 0.97, "apart": 0.0}
LINE_SCORE: dict[LineHow, float] = {"same": 1.0, "other": 0.95, "unknown": 0.95, "unbound": 0.0}
ROLE_SCORE = 0.95
DIGITS_SCORE = 0.9


@dataclass(frozen=True, slots=True)
class ReadItem:
    """An item with what its words say, prepared once for many comparisons.

    Attributes:
        item: the item.
        word: what its name says.
        business_object: the stated object, or the one its word means, or "".
        line: folded line of business, or "".
        is_line_bound: it is the same only within one line of business.
    """

    item: CollectionItem
    word: ItemWord
    business_object: str
    line: str
    is_line_bound: bool


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike two items are, part by part.

    Attributes:
        object_how, name_how, element_how, territory_how, line_how: what each part found.
        has_other_role: one says whose the item is (户主) and the other something else.
        has_digits: the names differ in digits at their end, as copied columns do.
    """

    object_how: ObjectHow
    name_how: NameHow
    element_how: ElementHow
    territory_how: TerritoryHow
    line_how: LineHow
    has_other_role: bool = False
    has_digits: bool = False

    @property
    def score(self) -> float:
        """Give the product of the parts, 0 to 1, rounded to three places."""
        score = (
            OBJECT_SCORE[self.object_how]
            * NAME_SCORE[self.name_how]
            * ELEMENT_SCORE[self.element_how]
            * TERRITORY_SCORE[self.territory_how]
            * LINE_SCORE[self.line_how]
        )
        score *= ROLE_SCORE if self.has_other_role else 1.0
        score *= DIGITS_SCORE if self.has_digits else 1.0
        return round(score, 3)

    @property
    def is_conflict(self) -> bool:
        """Tell whether the two are one item that two units would collect."""
        return self.score >= THRESHOLD


def read_item(item: CollectionItem, words: WordBook) -> ReadItem:
    """Prepare an item; cost as `WordBook.read`."""
    word = words.read(item.name, item.business_object)
    meant = item.business_object or word.business_object
    return ReadItem(
        item=item,
        word=word,
        business_object=meant,
        line=words.fold_line(item.line),
        is_line_bound=word.use == "by_line" or meant in words.by_line_objects,
    )


def compare(first: ReadItem, second: ReadItem, since: date) -> Likeness:
    """Compare two prepared items.

    Args:
        first, second: in any order; both prepared with the same words.
        since: territories must meet on this day or later.

    Returns:
        Equal results for both orders. A conflict needs the same object, the same or a near word,
        territories that meet, and for line-bound words the same line (bound in both names where
        only the data element code is the same). Common words (姓名, 地址,
        联系电话) never are one.

    Cost: O(parts of the territories).
    Source: Art. 8; duty M8a.
    """
    element = _element(first.item.element, second.item.element)
    name = _name(first.word, second.word, element)
    return Likeness(
        object_how=_object(first, second),
        name_how=name,
        element_how=element,
        territory_how=_territory(first.item, second.item, since),
        line_how=_line(first, second, name),
        has_other_role=name != "code" and first.word.role != second.word.role,
        has_digits=name in ("same", "synonym") and first.word.digits != second.word.digits,
    )


def _object(first: ReadItem, second: ReadItem) -> ObjectHow:
    if not first.business_object or not second.business_object:
        return "unknown"
    if first.business_object != second.business_object:
        return "other"
    stated = bool(first.item.business_object) + bool(second.item.business_object)
    if stated == 2:
        return "stated"
    return "one_inferred" if stated else "both_inferred"


def _element(first: str, second: str) -> ElementHow:
    if not first or not second:
        return "unknown"
    return "same" if first == second else "other"


def _name(first: ItemWord, second: ItemWord, element: ElementHow) -> NameHow:
    if "common" in (first.use, second.use):
        return "common"
    if not first.word or not second.word:
        return "other"
    if first.word == second.word:
        return "same" if first.name == second.name else "synonym"
    if element == "same":
        return "code"
    return "near" if second.word in first.near else "other"


def _territory(first: CollectionItem, second: CollectionItem, since: date) -> TerritoryHow:
    if not first.territory.meets(second.territory, since):
        return "apart"
    return "same" if first.territory.is_same(second.territory) else "inside"


def _line(first: ReadItem, second: ReadItem, name: NameHow) -> LineHow:
    if first.line and first.line == second.line:
        return "same"
    # A data element code says more than a last word like 号: both names must be bound then.
    bound = (first.is_line_bound, second.is_line_bound)
    if all(bound) if name == "code" else any(bound):
        return "unbound"
    return "other" if first.line and second.line else "unknown"
