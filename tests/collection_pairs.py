"""Read the labelled pairs of tests/data/collection_pairs.yaml and measure the matching on them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Literal

import yaml

from ckanext.fjgov.core.catalog.vocabulary import load_vocabulary
from ckanext.fjgov.core.collection.index import CollectionIndex
from ckanext.fjgov.core.collection.item import CollectionItem, CollectionState
from ckanext.fjgov.core.collection.likeness import read_item
from ckanext.fjgov.core.collection.territory import territory_of
from ckanext.fjgov.core.collection.words import load_word_book

FILE = Path(__file__).parent / "data" / "collection_pairs.yaml"
WORDS = load_word_book()
OBJECTS = {c.zh: c.code for c in load_vocabulary("business_objects").concepts.values()} | {"-": ""}
TODAY = date(2026, 11, 26)
Half = Literal["tuning", "held_out"]


@dataclass(frozen=True)
class Pair:
    """Two items and what a judge says of them."""

    label: Literal["conflict", "none"]
    kind: str
    held: CollectionItem
    new: CollectionItem
    text: str

    @property
    def half(self) -> Half:
        """The half a pair belongs to hangs on its text alone, not on label, kind or place."""
        return "tuning" if sha256(self.text.encode()).digest()[0] % 2 else "held_out"

    def is_found(self) -> bool:
        """Tell whether the index, holding the one item, reports the other."""
        index = CollectionIndex(WORDS, [self.held])
        return any(index.alike(read_item(self.new, WORDS), TODAY))


@dataclass(frozen=True)
class Measure:
    """Counts over a set of pairs."""

    right: int
    missed: int
    wrong: int
    none: int

    @property
    def precision(self) -> float:
        return self.right / (self.right + self.wrong)

    @property
    def recall(self) -> float:
        return self.right / (self.right + self.missed)


def read_pairs() -> list[Pair]:
    rows = yaml.safe_load(FILE.read_text("utf-8"))
    return [
        Pair(
            row["label"],
            row["kind"],
            _item(row["held"], "held", CollectionState.CONFIRMED),
            _item(row["new"], "new", CollectionState.REPORTED),
            f"{row['held']}\n{row['new']}",
        )
        for row in rows
    ]


def measure(pairs: Iterable[Pair]) -> Measure:
    counts = {(label, found): 0 for label in ("conflict", "none") for found in (True, False)}
    for pair in pairs:
        counts[pair.label, pair.is_found()] += 1
    return Measure(
        right=counts["conflict", True],
        missed=counts["conflict", False],
        wrong=counts["none", True],
        none=counts["none", False],
    )


def _item(text: str, item_id: str, state: CollectionState) -> CollectionItem:
    unit, business_object, name, territory, line, *rest = text.split(" | ")
    marks = " ".join(rest).split()
    included, *left_out = territory.split("-")
    return CollectionItem(
        node="350000",
        item_id=item_id,
        unit=unit,
        name=name,
        territory=territory_of(included.split("+"), left_out),
        business_object=OBJECTS[business_object],
        line=line,
        element=next((mark for mark in marks if mark.startswith("DE")), ""),
        is_base="基础库" in marks,
        state=state,
    )
