"""The overall collection catalog (M6): decisions beside records, folded in any order."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.fjgov.core.collection.item import CollectionItem, CollectionState
from ckanext.fjgov.core.collection.overall import (
    Adjustment,
    Decision,
    DuplicateItem,
    InvalidDecision,
    Overall,
    carry_decision,
    overall_catalog,
)
from ckanext.fjgov.core.collection.revision import revision_hash
from ckanext.fjgov.core.collection.territory import territory_of
from tests.factories import UNIT_CODE, make_collection_item

ITEM = make_collection_item(state=CollectionState.REPORTED)
REVISED = replace(ITEM, is_obtainable=False)


def decide(number: int, item: CollectionItem = ITEM, **changes: object) -> Decision:
    decision = Decision(number, item.node, item.item_id, revision_hash(item))
    return replace(decision, **changes)


def adjust(number: int, adjustment: Adjustment, item: CollectionItem = ITEM) -> Decision:
    return decide(number, item, adjustment=adjustment, reason="职责已调整")


def test_a_confirmed_record_is_in_the_catalog_and_stays_as_it_was() -> None:
    found = overall_catalog([ITEM], [decide(1)])
    assert dict(found.items) == {ITEM.key: replace(ITEM, state=CollectionState.CONFIRMED)}
    assert (found.waiting, found.applied, found.stale) == ((), (decide(1),), ())
    assert ITEM.state is CollectionState.REPORTED


@pytest.mark.parametrize("claimed", [CollectionState.CONFIRMED, CollectionState.ADJUSTED])
def test_a_record_that_calls_itself_confirmed_waits_all_the_same(claimed: CollectionState) -> None:
    record = replace(ITEM, state=claimed)
    found = overall_catalog([record], [])
    assert (dict(found.items), found.waiting) == ({}, (record,))


@pytest.mark.parametrize(
    ("adjustment", "changes"),
    [
        (Adjustment(unit=UNIT_CODE), {"unit": UNIT_CODE}),
        (Adjustment(territory=territory_of(["350100"])), {"territory": territory_of(["350100"])}),
        (Adjustment(line="人口管理"), {"line": "人口管理"}),
        (Adjustment(is_obtainable=False), {"is_obtainable": False}),
    ],
    ids=["reassigned", "territory", "line", "obtainable"],
)
def test_an_adjustment_changes_the_catalog_alone(
    adjustment: Adjustment, changes: dict[str, object]
) -> None:
    found = overall_catalog([ITEM], [adjust(1, adjustment)])
    assert dict(found.items) == {ITEM.key: replace(ITEM, state=CollectionState.ADJUSTED, **changes)}


def test_an_item_that_is_adjusted_away_is_decided_and_not_in_the_catalog() -> None:
    found = overall_catalog([ITEM], [adjust(1, Adjustment(is_ended=True))])
    assert (dict(found.items), found.waiting, len(found.applied)) == ({}, (), 1)


def test_a_decision_about_another_revision_is_stale_and_the_record_waits() -> None:
    found = overall_catalog([REVISED], [decide(1)])
    assert (dict(found.items), found.waiting, found.stale) == ({}, (REVISED,), (decide(1),))


def test_a_decision_about_a_record_that_is_gone_is_stale() -> None:
    assert overall_catalog([], [decide(1)]).stale == (decide(1),)
    ended = replace(ITEM, state=CollectionState.ENDED)
    assert overall_catalog([ended], [decide(1)]) == Overall({}, (), (), (), (decide(1),))


def test_of_two_decisions_about_one_revision_the_later_holds() -> None:
    later = adjust(2, Adjustment(unit=UNIT_CODE))
    found = overall_catalog([ITEM], [later, decide(1)])
    assert found.items[ITEM.key].unit == UNIT_CODE
    assert (found.applied, found.superseded) == ((later,), (decide(1),))


def test_a_revision_in_force_on_filing_keeps_what_was_adjusted() -> None:
    first = adjust(1, Adjustment(unit=UNIT_CODE))
    carried = carry_decision(first, REVISED, 2)
    found = overall_catalog([REVISED], [first, carried])
    assert found.items[ITEM.key] == replace(REVISED, unit=UNIT_CODE, state=CollectionState.ADJUSTED)
    assert (carried.is_carried, found.superseded) == (True, (first,))


@pytest.mark.parametrize(
    ("item", "number"), [(replace(ITEM, item_id="other"), 2), (REVISED, 1)], ids=["item", "number"]
)
def test_a_decision_is_carried_to_its_own_item_with_a_higher_number(
    item: CollectionItem, number: int
) -> None:
    with pytest.raises(InvalidDecision, match="不能把决定"):
        carry_decision(decide(1), item, number)


@pytest.mark.parametrize(
    ("adjustment", "reason", "message"),
    [(Adjustment(unit=UNIT_CODE), " ", "须写明理由"), (Adjustment(), "理由", "没有内容")],
)
def test_an_adjustment_has_content_and_reason(
    adjustment: Adjustment, reason: str, message: str
) -> None:
    with pytest.raises(InvalidDecision, match=message):
        decide(1, adjustment=adjustment, reason=reason)


def test_two_decisions_with_one_number_are_refused() -> None:
    with pytest.raises(InvalidDecision, match="编号 1 重复"):
        overall_catalog([ITEM], [decide(1), decide(1, REVISED)])


def test_two_records_with_one_key_are_refused() -> None:
    with pytest.raises(DuplicateItem):
        overall_catalog([ITEM, REVISED], [])


RECORDS = st.lists(
    st.builds(
        replace,
        st.just(ITEM),
        node=st.sampled_from(["350100", "350200"]),
        item_id=st.sampled_from("abc"),
        is_obtainable=st.booleans(),
        state=st.sampled_from(CollectionState),
    ),
    unique_by=lambda item: item.key,
    max_size=6,
)
ADJUSTMENTS = st.sampled_from(
    [None, Adjustment(unit=UNIT_CODE), Adjustment(is_ended=True), Adjustment(line="人口管理")]
)


@st.composite
def catalogs(draw: st.DrawFn) -> tuple[list[CollectionItem], list[Decision]]:
    records = draw(RECORDS)
    about = draw(st.lists(st.sampled_from([*records, ITEM]), max_size=8))
    decisions = []
    for number, item in enumerate(about):
        seen = draw(st.sampled_from([item, replace(item, is_base=False)]))
        adjustment = draw(ADJUSTMENTS)
        decisions.append(decide(number, seen, adjustment=adjustment, reason="理由"))
    return records, decisions


@given(catalogs(), st.randoms())
def test_the_order_of_records_and_decisions_says_nothing(catalog, random) -> None:
    records, decisions = catalog
    mixed_records, mixed = list(records), [*decisions, *decisions[:1]]
    random.shuffle(mixed_records)
    random.shuffle(mixed)
    assert overall_catalog(mixed_records, mixed) == overall_catalog(records, decisions)


@given(catalogs())
def test_every_decision_and_every_record_is_accounted_for(catalog) -> None:
    records, decisions = catalog
    found = overall_catalog(records, decisions)
    told = [*found.applied, *found.superseded, *found.stale]
    assert sorted(decision.number for decision in told) == list(range(len(decisions)))
    hashes = {item.key: revision_hash(item) for item in records}
    assert all(hashes[decision.key] == decision.revision for decision in found.applied)
    assert all(decision.key not in found.items for decision in found.stale)
    live = {item.key for item in records if item.state is not CollectionState.ENDED}
    decided = {decision.key for decision in found.applied}
    assert {item.key for item in found.waiting} == live - decided
    assert found.items.keys() <= decided


@given(catalogs(), st.sampled_from(["350100", "350200"]))
def test_the_catalog_is_that_of_its_nodes_put_together(catalog, node: str) -> None:
    records, decisions = catalog
    whole = overall_catalog(records, decisions).items
    alone = overall_catalog([item for item in records if item.node == node], decisions).items
    assert {key: item for key, item in whole.items() if key[0] == node} == dict(alone)
