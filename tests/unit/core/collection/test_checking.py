"""The check of an entry: duplicates (M8a), copies too old, and what is out of range (M8b)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from ckanext.fjgov.core.catalog.uscc import make_uscc
from ckanext.fjgov.core.collection.checking import Outcome, OutcomeKind, check_entry
from ckanext.fjgov.core.collection.index import CollectionIndex
from ckanext.fjgov.core.collection.item import CollectionItem, CollectionState, LegalBasis
from ckanext.fjgov.core.collection.territory import territory_of
from ckanext.fjgov.core.collection.words import load_word_book
from tests.factories import UNIT_CODE, make_collection_item

WORDS = load_word_book()
TODAY = date(2026, 11, 26)
GULOU, XIAMEN = make_uscc("11", "350102", "MB900002"), make_uscc("11", "350200", "MB900003")
DAY = timedelta(days=1)


def reported(**changes: object) -> CollectionItem:
    values: dict[str, object] = {
        "node": "350100",
        "item_id": "new",
        "unit": GULOU,
        "name": "户籍地址",
        "territory": territory_of(["350102"]),
        "line": "养老服务",
        "is_base": False,
        "state": CollectionState.REPORTED,
    }
    return make_collection_item(**values | changes)


OWN = reported(item_id="own", name="津贴档次", state=CollectionState.CONFIRMED)


def check(
    *items: CollectionItem,
    known: tuple[CollectionItem, ...] = (),
    age: timedelta | None = timedelta(0),
) -> list[tuple[OutcomeKind, str | None, list[str]]]:
    index = CollectionIndex(WORDS, (OWN, *known))
    outcomes = check_entry(items, index, since=TODAY, copy_age=age, max_age=7 * DAY)
    return [short(outcome) for outcome in outcomes]


def short(outcome: Outcome) -> tuple[OutcomeKind, str | None, list[str]]:
    item = outcome.item and outcome.item.item_id
    return outcome.kind, item, [match.holder.item_id for match in outcome.matches]


def duplicates(item: CollectionItem, *known: CollectionItem) -> list[str]:
    return [held for kind, _, held in check(item, known=known) for held in held
            if kind is OutcomeKind.DUPLICATE]  # fmt: skip


HELD = make_collection_item()


def test_what_another_unit_holds_is_a_duplicate() -> None:
    assert duplicates(reported(), HELD) == ["hukou-address"]


@pytest.mark.parametrize(
    "held",
    [
        make_collection_item(state=CollectionState.REPORTED),
        make_collection_item(state=CollectionState.ENDED),
        make_collection_item(is_obtainable=False),
        make_collection_item(unit=GULOU),
        make_collection_item(authoritative_item="elsewhere"),
        make_collection_item(business_object="legal_entity"),
        make_collection_item(territory=territory_of(["350200"])),
        make_collection_item(name="出生日期"),
    ],
    ids=["only reported", "ended", "not obtainable", "own unit", "taken over itself",
         "other object", "disjoint territory", "other item"],
)  # fmt: skip
def test_no_duplicate(held: CollectionItem) -> None:
    assert duplicates(reported(), held) == []


def test_an_adjusted_item_counts_as_a_confirmed_one() -> None:
    held = make_collection_item(state=CollectionState.ADJUSTED)
    assert duplicates(reported(), held) == ["hukou-address"]


def test_social_relief_of_two_cities_is_no_duplicate_and_of_two_levels_is() -> None:
    def relief(division: str, **changes: object) -> CollectionItem:
        return reported(
            name="月保障金额", line="社会救助", territory=territory_of([division]), **changes
        )

    fuzhou = relief("350100", item_id="fz", unit=UNIT_CODE, state=CollectionState.CONFIRMED)
    assert duplicates(relief("350200", unit=XIAMEN), fuzhou) == []
    assert duplicates(relief("350102"), fuzhou) == ["fz"]


def test_a_line_bound_word_counts_in_its_line_only() -> None:
    held = make_collection_item(name="发证日期", line="残疾人福利")
    assert duplicates(reported(name="签发日期", line="残疾人福利业务"), held) == ["hukou-address"]
    assert duplicates(reported(name="签发日期", line="养老服务"), held) == []


def test_objects_of_one_line_are_others_in_another() -> None:
    held = make_collection_item(name="许可范围", business_object="licence", line="食品经营")
    new = reported(name="许可范围", business_object="licence", line="排污许可")
    assert duplicates(new, held) == []


@pytest.mark.parametrize("name", ["姓名", "地址", "联系电话"])
def test_common_names_are_none(name: str) -> None:
    assert duplicates(reported(name=name), make_collection_item(name=name)) == []


def test_a_base_database_wins() -> None:
    city = make_collection_item(item_id="city", unit=UNIT_CODE, is_base=False)
    assert duplicates(reported(), city, HELD) == ["hukou-address", "city"]
    assert duplicates(reported(is_base=True), city, HELD) == ["hukou-address"]


def test_an_item_taken_over_from_the_base_database_is_not_collected() -> None:
    assert check(reported(authoritative_item="hukou-address"), known=(HELD,)) == []


def test_the_unit_that_succeeded_the_holder_is_no_stranger() -> None:
    index = CollectionIndex(WORDS, (HELD,), current_units={HELD.unit: UNIT_CODE, UNIT_CODE: GULOU})
    outcomes = check_entry([reported()], index, since=TODAY, copy_age=timedelta(0), max_age=DAY)
    assert outcomes == ()


def test_at_most_so_many_holders_are_listed_and_all_are_counted() -> None:
    index = CollectionIndex(
        WORDS, [make_collection_item(item_id=f"held-{n:03}") for n in range(30)]
    )
    first, *_ = (
        outcome
        for outcome in check_entry(
            [reported()], index, since=TODAY, copy_age=timedelta(0), max_age=DAY, most_matches=3
        )
        if outcome.kind is OutcomeKind.DUPLICATE
    )
    assert [match.apply_to for match in first.matches] == [
        ("350000", "held-000"), ("350000", "held-001"), ("350000", "held-002"),
    ]  # fmt: skip
    assert first.total == 30


class TestOutOfRange:
    def test_an_item_the_unit_has_not_confirmed(self) -> None:
        assert check(reported(name="血型")) == [(OutcomeKind.OUT_OF_RANGE, "new", [])]

    def test_a_common_name_is_out_of_range_too(self) -> None:
        assert check(reported(name="姓名")) == [(OutcomeKind.OUT_OF_RANGE, "new", [])]

    @pytest.mark.parametrize(
        "changes",
        [
            {"name": "津贴 档次"},
            {"name": "津贴档次", "territory": territory_of(["350102001"])},
            {"name": "津贴档次", "business_object": ""},
            {"name": "血型", "basis": LegalBasis("示例条例", "第一条")},
        ],
        ids=["same", "inside the territory", "object not stated", "cited law"],
    )
    def test_in_range(self, changes: dict[str, object]) -> None:
        assert check(reported(**changes)) == []

    @pytest.mark.parametrize(
        "changes",
        [
            {"territory": territory_of(["350100"])},
            {"business_object": "vehicle"},
            {"basis": LegalBasis("示例条例", " ")},
            {"unit": XIAMEN, "name": "津贴档次"},
        ],
        ids=["beyond the territory", "other object", "law without clause", "another unit's"],
    )
    def test_not_in_range(self, changes: dict[str, object]) -> None:
        values = {"name": "津贴档次"} | changes
        if "basis" in changes:
            values["name"] = "血型"
        kinds = [kind for kind, _, _ in check(reported(**values))]
        assert OutcomeKind.OUT_OF_RANGE in kinds

    def test_a_unit_without_any_confirmed_item_is_told_once(self) -> None:
        items = [reported(unit=XIAMEN, item_id=str(n), name=f"项目{n}") for n in range(3)]
        assert check(*items) == [(OutcomeKind.OUT_OF_RANGE, None, [])]


class TestCopyTooOld:
    @pytest.mark.parametrize("age", [None, 7 * DAY + timedelta(seconds=1)])
    def test_everything_is_pending(self, age: timedelta | None) -> None:
        assert check(reported(), known=(HELD,), age=age) == [
            (OutcomeKind.PENDING, None, []),
            (OutcomeKind.PENDING, "new", ["hukou-address"]),
            (OutcomeKind.PENDING, "new", []),
        ]

    def test_an_age_at_the_limit_is_recent(self) -> None:
        found = check(reported(), known=(HELD,), age=7 * DAY)
        assert found[0] == (OutcomeKind.DUPLICATE, "new", ["hukou-address"])
