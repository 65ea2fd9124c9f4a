"""Revisions of a collection catalog (M7): the diff, its words, and what waits for 确认."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.fjgov.core.collection.item import CollectionItem, CollectionState, LegalBasis
from ckanext.fjgov.core.collection.revision import (
    ChangeKind,
    Effect,
    InvalidRevision,
    diff_catalogs,
    plan_revision,
    revision_hash,
)
from ckanext.fjgov.core.collection.territory import Territory, territory_of
from ckanext.fjgov.core.collection.words import load_word_book
from tests.factories import UNIT_CODE, make_collection_item

WORDS = load_word_book()
TODAY = date(2026, 11, 26)
HELD = make_collection_item(territory=territory_of(["350100"]))
OVERALL = {HELD.key: HELD}
# Every reported field with another value: one change each.
OTHERS = {
    "unit": UNIT_CODE,
    "name": "户口所在地",
    "business_object": "legal_entity",
    "element": "DE00137",
    "line": "社会救助",
    "territory": territory_of(["350000"]),
    "is_object_key": True,
    "authoritative_item": "elsewhere",
    "is_base": False,
    "is_obtainable": False,
    "basis": LegalBasis("示例条例", "第一条"),
}


def plan(
    after: list[CollectionItem], before: list[CollectionItem] | None = None, basis: str = "示例文号"
) -> list[tuple[ChangeKind, Effect]]:
    planned = plan_revision(
        [HELD] if before is None else before,
        after,
        OVERALL,
        basis=basis,
        words=WORDS,
        since=TODAY,
    )
    assert all(one.zh and one.en for one in planned)
    return [(one.change.kind, one.effect) for one in planned]


def test_the_diff_names_field_old_and_new_in_words() -> None:
    (change,) = diff_catalogs([HELD], [replace(HELD, territory=territory_of(["350102"]))])
    (field,) = change.fields
    assert (change.kind, change.key) == (ChangeKind.CHANGED, HELD.key)
    assert (field.zh, field.en, field.before, field.after) == (
        "采集地域", "collection territory", "3501", "350102",
    )  # fmt: skip


def test_added_and_ended_items_are_sorted_by_key() -> None:
    first, second = replace(HELD, item_id="a"), replace(HELD, item_id="z")
    kinds = [(c.key[1], c.kind) for c in diff_catalogs([HELD, second], [first, HELD])]
    assert kinds == [("a", ChangeKind.ADDED), ("z", ChangeKind.ENDED)]


def test_an_item_marked_as_ended_is_the_same_as_one_left_out() -> None:
    ended = replace(HELD, state=CollectionState.ENDED)
    assert diff_catalogs([HELD], [ended]) == diff_catalogs([HELD], [])
    assert diff_catalogs([ended], []) == ()


def test_the_state_is_no_change() -> None:
    assert diff_catalogs([HELD], [replace(HELD, state=CollectionState.REPORTED)]) == ()


def test_an_item_that_stands_twice_is_refused() -> None:
    with pytest.raises(InvalidRevision, match="重复"):
        diff_catalogs([HELD, HELD], [])


@pytest.mark.parametrize("basis", ["", " 　"])
def test_a_revision_without_basis_is_refused(basis: str) -> None:
    with pytest.raises(InvalidRevision, match="职能调整"):
        plan([], basis=basis)
    assert plan([HELD], basis=basis) == []


def test_every_field_is_compared_and_in_the_hash() -> None:
    left_out = {"node", "item_id", "state"}
    assert set(CollectionItem.__slots__) - left_out == OTHERS.keys()
    for name, value in OTHERS.items():
        other = replace(HELD, **{name: value})
        (change,) = diff_catalogs([HELD], [other])
        assert [field.field for field in change.fields] == [name]
        assert revision_hash(other) != revision_hash(HELD)


@pytest.mark.parametrize(
    ("changes", "effect"),
    [
        ({"name": "户口所在地"}, Effect.ON_FILING),
        ({"name": "户 籍 地址"}, Effect.ON_FILING),
        ({"territory": territory_of(["350102"])}, Effect.ON_FILING),
        ({"is_obtainable": False}, Effect.ON_FILING),
        ({"line": "户籍管理业务"}, Effect.ON_FILING),
        ({"basis": LegalBasis("示例条例", "第一条")}, Effect.ON_FILING),
        ({"unit": UNIT_CODE}, Effect.ON_CONFIRMATION),
        ({"territory": territory_of(["350000"])}, Effect.ON_CONFIRMATION),
        ({"name": "血型"}, Effect.ON_CONFIRMATION),
        ({"business_object": "legal_entity"}, Effect.ON_CONFIRMATION),
        ({"line": "社会救助"}, Effect.ON_CONFIRMATION),
        ({"item_id": "another"}, Effect.ON_CONFIRMATION),
    ],
    ids=str,
)
def test_what_is_new_or_changes_hands_waits(changes: dict[str, object], effect: Effect) -> None:
    after = replace(HELD, **changes)
    before = [] if "item_id" in changes else [HELD]
    assert [found for _, found in plan([after], before)] == [effect]


def test_an_item_becomes_one_of_a_base_database_by_confirmation_only() -> None:
    plain = replace(HELD, is_base=False)
    planned = plan_revision(
        [plain], [HELD], {HELD.key: plain}, basis="示例文号", words=WORDS, since=TODAY
    )
    assert [one.effect for one in planned] == [Effect.ON_CONFIRMATION]


def test_ending_is_in_force_on_filing() -> None:
    assert plan([]) == [(ChangeKind.ENDED, Effect.ON_FILING)]


def test_a_reported_item_that_was_never_confirmed_waits_again() -> None:
    reported = replace(HELD, item_id="reported")
    changed = replace(reported, is_obtainable=False)
    assert plan([changed], [reported]) == [(ChangeKind.CHANGED, Effect.ON_CONFIRMATION)]


def test_title_and_clause_cannot_be_cut_elsewhere() -> None:
    one = replace(HELD, basis=LegalBasis("甲 乙", "丙"))
    assert revision_hash(one) != revision_hash(replace(HELD, basis=LegalBasis("甲", "乙 丙")))


@given(st.permutations(["350100", "350200", "350302"]))
def test_the_order_of_divisions_is_no_change(codes: list[str]) -> None:
    one = replace(HELD, territory=territory_of(codes))
    other = replace(HELD, territory=territory_of(sorted(codes)))
    assert (diff_catalogs([one], [other]), revision_hash(one)) == ((), revision_hash(other))


@given(st.sets(st.sampled_from("abcdef")), st.sets(st.sampled_from("abcdef")))
def test_a_diff_turned_around_ends_what_was_added(before: set[str], after: set[str]) -> None:
    old = [replace(HELD, item_id=name, is_obtainable=True) for name in before]
    new = [replace(HELD, item_id=name, is_obtainable=name < "c") for name in after]
    forth = {change.key: change for change in diff_catalogs(old, new)}
    back = {change.key: change for change in diff_catalogs(new, old)}
    turned = {ChangeKind.ADDED: ChangeKind.ENDED, ChangeKind.ENDED: ChangeKind.ADDED}
    assert {key: turned.get(change.kind, change.kind) for key, change in forth.items()} == {
        key: change.kind for key, change in back.items()
    }
    assert all(
        (forth[key].before, forth[key].after) == (change.after, change.before)
        for key, change in back.items()
    )


def test_a_territory_with_dates_is_told_with_them() -> None:
    dated = Territory(tuple(replace(part, valid_from=TODAY) for part in HELD.territory.parts))
    (change,) = diff_catalogs([HELD], [replace(HELD, territory=dated)])
    assert change.fields[0].after == "3501(2026-11-26..)"
