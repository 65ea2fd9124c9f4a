"""Items read out of records of the 采集目录 and out of entries."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.fjgov.core.collection.item import CollectionItem, CollectionState, LegalBasis
from ckanext.fjgov.core.collection.reading import (
    item_id,
    items_of_entry,
    items_of_record,
    record_of,
    with_bases,
)
from ckanext.fjgov.core.collection.territory import territory_of
from ckanext.fjgov.core.collection.words import load_word_book
from ckanext.fjgov.core.federation.feed_parser import _is_key
from tests.factories import UNIT_CODE, make_directory_record, make_entry

NODE = "350100"
IDENTIFIER = "35100/000001"
WORDS = load_word_book()


def record(**changes: Any) -> dict[str, Any]:
    return make_directory_record("collection_item", identifier=IDENTIFIER, **changes)


def test_each_row_of_a_record_is_an_item_of_its_own() -> None:
    first, second = items_of_record(record(), NODE)
    assert first == CollectionItem(
        node=NODE,
        item_id=f"{IDENTIFIER}#item-1",
        unit=UNIT_CODE,
        name="公民身份号码",
        territory=territory_of(["350100"]),
        business_object="natural_person",
        line="社会救助",
        is_object_key=True,
        state=CollectionState.REPORTED,
        is_obtainable=True,
        basis=LegalBasis("社会救助暂行办法", "第十一条"),
    )
    assert (second.item_id, second.name) == (f"{IDENTIFIER}#item-2", "家庭月收入")
    assert record_of(second.item_id) == IDENTIFIER


@pytest.mark.parametrize(
    ("changes", "name", "value"),
    [
        ({"obtainable": "0"}, "is_obtainable", False),
        ({"base_database": ["population"]}, "is_base", True),
        ({"legal_basis": None}, "basis", LegalBasis()),
        ({"legal_basis": [{"title": "示例法"}]}, "basis", LegalBasis()),
        (
            {"items": [{"id": "item-1", "name": "住址", "authoritative_item": "35000/000001#a"}]},
            "is_taken_over",
            True,
        ),
    ],
)
def test_what_a_record_says_beside_its_items_holds_for_each(
    changes: dict[str, Any], name: str, value: object
) -> None:
    assert {getattr(item, name) for item in items_of_record(record(**changes), NODE)} == {value}


@pytest.mark.parametrize(
    "changes",
    [
        {"territory": None},
        {"territory": []},
        {"territory": ["no code"]},
        {"territory": "350100"},
        {"items": None},
        {"items": "none"},
    ],
)
def test_a_draft_without_territory_or_items_has_none(changes: dict[str, Any]) -> None:
    assert items_of_record(record(**changes), NODE) == ()


class TestEntries:
    def entry(self, **changes: Any) -> dict[str, Any]:
        items = [
            {"id": "a", "name": "户籍地址", "business_object": "natural_person"},
            {"id": "b", "name": "车牌号码", "territory": "350102", "line_of_business": "交通"},
        ]
        values = {"acquisition": "own", "division": ["350100"], "items": items, "identifier": "x"}
        return make_entry(**values | changes)

    def test_items_lie_where_they_say_else_where_the_entry_says(self) -> None:
        first, second = items_of_entry(self.entry(), NODE)
        assert (first.name, first.territory) == ("户籍地址", territory_of(["350100"]))
        assert (second.territory, second.line) == (territory_of(["350102"]), "交通")

    @pytest.mark.parametrize(
        "changes", [{"acquisition": "shared"}, {"acquisition": None}, {"items": None}]
    )
    def test_only_what_a_unit_collects_itself(self, changes: dict[str, Any]) -> None:
        assert items_of_entry(self.entry(**changes), NODE) == ()

    def test_the_basis_of_its_share_class_is_none_of_its_collection(self) -> None:
        items = items_of_entry(self.entry(), NODE)
        assert {item.basis for item in items} == {LegalBasis()}

    def test_a_law_cited_in_the_units_own_records_counts(self) -> None:
        items = items_of_entry(self.entry(), NODE)
        rows = [{"id": "x", "name": "户籍所在地"}, {"id": "y", "name": "家庭月收入"}]
        first, second = with_bases(items, items_of_record(record(items=rows), NODE), WORDS)
        assert first.basis == LegalBasis("社会救助暂行办法", "第十一条")
        assert second.basis == LegalBasis()

    def test_an_item_without_any_territory_is_left_out(self) -> None:
        [only] = items_of_entry(self.entry(division=None), NODE)
        assert only.name == "车牌号码"


@given(st.text(max_size=300))
def test_ids_can_travel_as_keys_and_name_their_record(row: str) -> None:
    name = item_id(IDENTIFIER, row)
    assert name == item_id(IDENTIFIER, row)
    assert _is_key(f"{NODE}/{name}", 200)
    assert record_of(name) == IDENTIFIER
