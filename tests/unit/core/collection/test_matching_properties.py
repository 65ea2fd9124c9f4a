"""What holds for any two items and any catalog: symmetry, disjoint territories, the index."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from ckanext.fjgov.core.collection.checking import (
    OutcomeKind,
    check_entry,
    check_range,
    holders_of,
    wins,
)
from ckanext.fjgov.core.collection.index import CollectionIndex
from ckanext.fjgov.core.collection.item import CollectionItem, CollectionState, LegalBasis
from ckanext.fjgov.core.collection.likeness import compare, read_item
from ckanext.fjgov.core.collection.territory import Territory, prefix_of, territory_of
from ckanext.fjgov.core.collection.words import load_word_book
from ckanext.fjgov.core.federation.scope import ScopeRule

WORDS = load_word_book()
TODAY = date(2026, 11, 26)
COMMON = ["姓名", "地址", "联系电话", "手机号码", "备注", "企业名称"]
NAMES = ["户籍地址", "户口所在地", "户口所在地1", "出生日期", "签发日期", "证件号码", "身份证号",
         "社会保障号码", "户主身份证号", "血型", "登记状态", "VIN", "……", *COMMON]  # fmt: skip
CODES = ["350000", "350100", "350102", "350102001", "350103", "350200", "350203"]
DAYS = st.sampled_from([None, date(2026, 1, 1), date(2027, 1, 1), date(2028, 1, 1)])


@st.composite
def territories(draw: st.DrawFn) -> Territory:
    def rule() -> ScopeRule:
        first, last = draw(DAYS), draw(DAYS)
        if first and last and first >= last:
            last = None
        return ScopeRule(prefix_of(draw(st.sampled_from(CODES))), first, last)

    parts = tuple(rule() for _ in range(draw(st.integers(1, 2))))
    return Territory(parts, tuple(rule() for _ in range(draw(st.integers(0, 1)))))


ITEMS = st.builds(
    CollectionItem,
    node=st.sampled_from(["350000", "350100", "350200"]),
    item_id=st.sampled_from([f"i{n}" for n in range(40)]),
    unit=st.sampled_from(["U1", "U2", "U3", "U3-old"]),
    name=st.sampled_from(NAMES),
    territory=territories(),
    business_object=st.sampled_from(["", "natural_person", "legal_entity", "licence"]),
    line=st.sampled_from(["", "户籍", "社会救助", "社会救助业务"]),
    element=st.sampled_from(["", "", "DE01", "DE02"]),
    authoritative_item=st.sampled_from(["", "", "", "i1"]),
    is_base=st.booleans(),
    state=st.sampled_from(CollectionState),
    is_obtainable=st.booleans(),
    basis=st.sampled_from([LegalBasis(), LegalBasis("示例条例", "第一条")]),
)
CATALOGS = st.lists(ITEMS, max_size=40, unique_by=lambda item: item.key)
SUCCESSORS = {"U3-old": "U3"}


def index_of(catalog: list[CollectionItem]) -> CollectionIndex:
    return CollectionIndex(WORDS, catalog, SUCCESSORS)


def unit_now(item: CollectionItem) -> str:
    return SUCCESSORS.get(item.unit, item.unit)


@given(ITEMS, ITEMS)
def test_two_items_are_as_alike_in_both_orders(
    first: CollectionItem, second: CollectionItem
) -> None:
    one, other = read_item(first, WORDS), read_item(second, WORDS)
    likeness = compare(one, other, TODAY)
    assert likeness == compare(other, one, TODAY)
    assert 0 <= likeness.score <= 1


@given(ITEMS, ITEMS)
def test_of_two_that_may_both_stay_at_most_a_base_item_wins_alone(
    first: CollectionItem, second: CollectionItem
) -> None:
    if first.blocks_others and second.blocks_others:
        assert wins(first, second) or wins(second, first)
        if first.is_base is not second.is_base:
            assert wins(first, second) is first.is_base
            assert wins(second, first) is second.is_base


@given(ITEMS, ITEMS)
def test_disjoint_territories_are_never_a_conflict(
    first: CollectionItem, second: CollectionItem
) -> None:
    if not first.territory.meets(second.territory, TODAY):
        assert not compare(read_item(first, WORDS), read_item(second, WORDS), TODAY).is_conflict


@given(ITEMS, ITEMS, st.sampled_from(COMMON), st.sampled_from(COMMON))
def test_common_names_are_never_a_conflict(
    first: CollectionItem, second: CollectionItem, name: str, other: str
) -> None:
    alike = compare(renamed(first, name), renamed(second, other), TODAY)
    mixed = compare(renamed(first, name), read_item(second, WORDS), TODAY)
    assert (alike.is_conflict, mixed.is_conflict) == (False, False)


def renamed(item: CollectionItem, name: str):
    return read_item(changed(item, name=name), WORDS)


def changed(item: CollectionItem, **changes: object) -> CollectionItem:
    values = {field: getattr(item, field) for field in CollectionItem.__slots__}
    return CollectionItem(**values | changes)


@settings(max_examples=300)
@given(CATALOGS, ITEMS)
def test_the_index_finds_what_comparing_with_all_finds(
    catalog: list[CollectionItem], item: CollectionItem
) -> None:
    read = read_item(item, WORDS)
    naive = {
        held.key: likeness
        for held in catalog
        if held.state.is_decided
        and held.blocks_others
        and held.key != item.key
        and unit_now(held) != unit_now(item)
        and (likeness := compare(read, read_item(held, WORDS), TODAY)).is_conflict
    }
    found = list(index_of(catalog).alike(read, TODAY))
    assert {other.item.key: likeness for other, likeness in found} == naive
    assert len(found) == len(naive)


@settings(max_examples=100)
@given(CATALOGS, CATALOGS, ITEMS)
def test_an_index_that_was_changed_equals_one_that_is_new(
    before: list[CollectionItem], after: list[CollectionItem], item: CollectionItem
) -> None:
    index = index_of(before)
    for old in before:
        index.drop(old.key)
    assert (len(index), index._buckets, index._by_unit) == (0, {}, {})
    for held in before + after:
        index.put(held)
    final = {held.key: held for held in before} | {held.key: held for held in after}
    fresh = index_of(list(final.values()))
    read = read_item(item, WORDS)
    assert holders_of(read, index, TODAY) == holders_of(read, fresh, TODAY)
    assert index.has_unit(item.unit) is fresh.has_unit(item.unit)


@settings(max_examples=100)
@given(CATALOGS, st.lists(ITEMS, min_size=1, max_size=4))
def test_an_unrelated_item_changes_no_verdict(
    catalog: list[CollectionItem], items: list[CollectionItem]
) -> None:
    unrelated = CollectionItem(
        "350900", "apart", "U9", "海域使用金征收金额", territory_of(["350900"]), "place",
        line="海域", state=CollectionState.CONFIRMED,
    )  # fmt: skip
    told = {"since": TODAY, "copy_age": timedelta(0), "max_age": timedelta(days=7)}
    alone = check_entry(items, index_of(catalog), **told)
    assert check_entry(items, index_of([*catalog, unrelated]), **told) == alone
    more = check_entry([*items, unrelated], index_of([*catalog, unrelated]), **told)
    assert [outcome for outcome in more if outcome.item != unrelated] == list(alone)


def test_full_buckets_are_searched_by_prefix_without_loss() -> None:
    random = Random(5)
    codes = [*CODES, "350102001003", "350102002", "350203001", "350300"]

    def item(number: int) -> CollectionItem:
        unit, name = f"U{random.randrange(9)}", random.choice(["户籍地址", "社保号"])
        territory = territory_of(random.sample(codes, random.randint(1, 2)))
        return CollectionItem(
            "350000", f"i{number}", unit, name, territory, "natural_person",
            state=CollectionState.CONFIRMED,
        )  # fmt: skip

    catalog = [item(number) for number in range(600)]
    index = index_of(catalog)
    prepared = [read_item(held, WORDS) for held in catalog]
    for number in range(600, 660):
        read = read_item(item(number), WORDS)
        naive = {
            other.item.key
            for other in prepared
            if other.item.unit != read.item.unit and compare(read, other, TODAY).is_conflict
        }
        assert naive
        assert {other.item.key for other, _ in index.alike(read, TODAY)} == naive


def test_an_item_is_compared_with_those_whose_territory_meets_alone() -> None:
    towns = [f"350{county}{town:03}" for county in (102, 203) for town in range(1, 500)]
    catalog = [
        CollectionItem(
            "350000", town, f"U{town}", "户籍地址", territory_of([town]), "natural_person",
            state=CollectionState.CONFIRMED,
        )
        for town in towns
    ]  # fmt: skip
    index = index_of(catalog)
    probe = changed(catalog[0], item_id="new", unit="other", territory=territory_of([towns[7]]))
    assert index._candidates(read_item(probe, WORDS)) == {("350000", towns[7])}
    county = changed(probe, territory=territory_of(["350203"]))
    assert len(index._candidates(read_item(county, WORDS))) == 499


@settings(max_examples=300)
@given(CATALOGS, st.lists(ITEMS, max_size=8), st.booleans())
def test_the_range_alone_says_what_the_whole_check_says_of_it(
    catalog: list[CollectionItem], items: list[CollectionItem], is_too_old: bool
) -> None:
    known = index_of(catalog)
    whole = check_entry(
        items,
        known,
        since=TODAY,
        copy_age=timedelta(days=2 if is_too_old else 0),
        max_age=timedelta(days=1),
    )
    of_range = [
        (one.kind, one.item, one.awaits)
        for one in whole
        if OutcomeKind.OUT_OF_RANGE in (one.kind, one.awaits)
    ]
    alone = check_range(items, known, since=TODAY, is_too_old=is_too_old)
    assert [(one.kind, one.item, one.awaits) for one in alone] == of_range
