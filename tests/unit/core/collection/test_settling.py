"""What holds of items while records change, and the decisions that steps make."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.fjgov.core.collection.content import (
    InvalidContent,
    adjustment_content,
    adjustment_from,
    content_of,
    item_of,
)
from ckanext.fjgov.core.collection.item import CollectionItem, CollectionState, LegalBasis
from ckanext.fjgov.core.collection.overall import (
    Adjustment,
    Decision,
    InvalidDecision,
    overall_catalog,
)
from ckanext.fjgov.core.collection.revision import revision_hash
from ckanext.fjgov.core.collection.settling import (
    Decided,
    adjustments_of,
    carried,
    decisions_for,
    standing,
    subjects,
    waiting,
)
from ckanext.fjgov.core.collection.territory import territory_of
from ckanext.fjgov.core.collection.travelling import (
    arrived,
    decided_item,
    travelling_bytes,
    travelling_hash,
)
from tests.factories import OFFICE_CODE, UNIT_CODE, make_collection_item

A = make_collection_item(item_id="r#a", is_base=False, state=CollectionState.REPORTED)
B = replace(A, item_id="r#b", name="车牌号码")
NARROW = Adjustment(territory=territory_of(["350100"]))


def decided(item: CollectionItem, number: int, adjustment: Adjustment | None = None) -> Decided:
    reason = "示例理由" if adjustment else ""
    decision = Decision(number, item.node, item.item_id, revision_hash(item), adjustment, reason)
    return Decided(decision, item)


class TestStanding:
    def test_what_was_confirmed_holds_while_its_revision_waits(self) -> None:
        changed = replace(A, name="居住地址")
        known = [decided(A, 1), decided(B, 2)]
        assert standing([changed, B], known) == (known[0], known[1])
        assert waiting([changed, B], known) == (changed,)
        assert subjects([changed, B], known, as_reported=True) == (changed, B)
        assert subjects([changed, B], known, as_reported=False) == (A, B)

    def test_the_decision_about_the_present_version_holds_before_a_later_one(self) -> None:
        changed = replace(A, name="居住地址")
        known = [decided(A, 1), decided(changed, 2)]
        assert standing([A], known) == (known[0],)
        assert standing([changed], known) == (known[1],)

    def test_an_item_that_is_gone_or_was_never_decided_on_is_left_out(self) -> None:
        assert standing([B], [decided(A, 1)]) == ()

    def test_an_item_decided_to_end_stays_so_while_a_revision_waits(self) -> None:
        known = [decided(A, 1, Adjustment(is_ended=True))]
        [one] = standing([replace(A, line="其他")], known)
        assert one.effective().state is CollectionState.ENDED


NAMES = st.sampled_from(["户籍地址", "居住地址", "车牌号码"])
ITEMS = st.builds(
    lambda place, name: replace(A, item_id=f"r#{place}", name=name), st.integers(0, 3), NAMES
)


@given(st.lists(ITEMS, unique_by=lambda item: item.key), st.lists(ITEMS, max_size=12))
def test_without_revisions_that_wait_it_is_the_fold_over_all_nodes(
    records: list[CollectionItem], about: list[CollectionItem]
) -> None:
    known = [decided(item, number) for number, item in enumerate(about, 1)]
    overall = overall_catalog(records, [one.decision for one in known])
    holds = {one.decision.key: one.effective() for one in standing(records, known)}
    wait = {item.key for item in waiting(records, known)}
    assert {item.key for item in overall.waiting} == wait
    assert {key: item for key, item in holds.items() if key not in wait} == overall.items
    # What waits holds as it was decided last, and only when it ever was.
    assert holds.keys() & wait == wait & {one.decision.key for one in known}


class TestDecisions:
    def test_what_is_not_adjusted_is_confirmed_and_numbers_count_up(self) -> None:
        made = decisions_for([A, B], [], {A.item_id: NARROW}, "示例理由", 7)
        assert [(d.decision.number, d.decision.adjustment) for d in made] == [
            (7, NARROW),
            (8, None),
        ]
        assert [d.decision.reason for d in made] == ["示例理由", ""]
        assert [d.effective().state.value for d in made] == ["adjusted", "confirmed"]

    def test_what_is_decided_is_left_alone_unless_it_is_adjusted(self) -> None:
        known = [decided(A, 1), decided(B, 2)]
        assert decisions_for([A, B], known, {}, "", 3) == ()
        [made] = decisions_for([A, B], known, {B.item_id: NARROW}, "示例理由", 3)
        assert made.decision.key == B.key

    def test_an_adjustment_needs_its_reason(self) -> None:
        with pytest.raises(InvalidDecision, match="理由"):
            decisions_for([A], [], {A.item_id: NARROW}, " ", 1)

    def test_filing_carries_the_last_decision_over(self) -> None:
        changed, new = replace(A, basis=LegalBasis("示例法", "第一条")), replace(A, item_id="r#n")
        known = [decided(A, 1), decided(A, 2, NARROW), decided(B, 3)]
        [made] = carried([changed, B, new], known, 9)
        assert (made.decision.number, made.decision.adjustment) == (9, NARROW)
        assert made.decision.is_carried
        assert made.effective().territory == NARROW.territory


class TestAdjustments:
    def test_they_are_read_item_by_item(self) -> None:
        rows = [
            {"item": "r#a", "unit": UNIT_CODE, "territory": ["350100"], "line": "交通"},
            {"item": "r#b", "obtainable": "0", "end": ""},
        ]
        assert adjustments_of(rows, [A, B]) == {
            "r#a": Adjustment(unit=UNIT_CODE, territory=territory_of(["350100"]), line="交通"),
            "r#b": Adjustment(is_obtainable=False),
        }
        assert adjustments_of([{"item": "r#a", "end": "1"}], [A])["r#a"].is_ended

    @pytest.mark.parametrize(
        ("rows", "words"),
        [
            (None, "逐项写明"),
            ([], "逐项写明"),
            (["r#a"], "调整内容须为"),
            ([{"item": "r#a", "name": "x"}], "调整内容须为"),
            ([{"item": "r#z"}], "没有采集项 r#z"),
            ([{"item": ["r#a"]}], "没有采集项"),
            ([{"item": "r#a"}, {"item": "r#a"}], "重复"),
            ([{"item": "r#a", "unit": "X"}], "无效"),
            ([{"item": "r#a", "unit": 7}], "须为文本"),
            ([{"item": "r#a", "territory": ["x"]}], "不是行政区划代码"),
            ([{"item": "r#a", "territory": 35}], "代码列表"),
            ([{"item": "r#a", "obtainable": "yes"}], "1 或 0"),
            ([{"item": "r#a", "end": True}], "1 或 0"),
        ],
    )
    def test_anything_else_is_refused(self, rows: Any, words: str) -> None:
        with pytest.raises(InvalidDecision, match=words):
            adjustments_of(rows, [A, B])


TEXTS = st.text(max_size=20)
ANY_ITEM = st.builds(
    CollectionItem,
    node=st.just("350100"),
    item_id=TEXTS,
    unit=TEXTS,
    name=TEXTS,
    territory=st.builds(
        territory_of,
        st.lists(st.sampled_from(["350000", "350100", "350102"]), min_size=1),
        st.lists(st.just("350128")),
    ),
    business_object=TEXTS,
    line=TEXTS,
    element=TEXTS,
    is_object_key=st.booleans(),
    authoritative_item=TEXTS,
    is_base=st.booleans(),
    state=st.sampled_from(CollectionState),
    is_obtainable=st.booleans(),
    basis=st.builds(LegalBasis, TEXTS, TEXTS),
)


class TestTravelling:
    @given(ANY_ITEM)
    def test_an_item_comes_back_from_json_as_it_was(self, item: CollectionItem) -> None:
        assert item_of(json.loads(json.dumps(content_of(item)))) == item

    @pytest.mark.parametrize("adjustment", [NARROW, Adjustment("U", None, "线", False, True)])
    def test_so_does_an_adjustment(self, adjustment: Adjustment) -> None:
        content = json.loads(json.dumps(adjustment_content(adjustment)))
        assert adjustment_from(content) == adjustment

    def test_a_decided_item_arrives_as_it_left(self) -> None:
        one = decided(A, 3, NARROW)
        about = {"identifier": "r", "name": "r", "title": "示例", "unit_name": "示例单位"}
        sent = decided_item(one.effective(), one.decision, about, "2026-03-02")
        data = travelling_bytes(sent)
        assert arrived(json.loads(data)) == sent
        assert (len(travelling_hash(data)), sent.key) == (64, f"{A.node}/r#a")

    @pytest.mark.parametrize(
        "change",
        [
            {"item": None},
            {"item": {**content_of(A), "state": "unheard of"}},
            {"item": {**content_of(A), "territory": {"parts": [], "without": []}}},
            {"item": {**content_of(A), "territory": {"parts": [["x", "", ""]], "without": []}}},
            {"item": {**content_of(A), "is_base": "1"}},
            {"item": {name: value for name, value in content_of(A).items() if name != "unit"}},
            {"record": {}},
            {"decision": {"number": True}},
        ],
    )
    def test_what_is_damaged_is_refused(self, change: dict[str, Any]) -> None:
        one = decided(A, 3)
        about = {"identifier": "r", "name": "r", "title": "示例", "unit_name": OFFICE_CODE}
        fields = json.loads(
            travelling_bytes(decided_item(one.effective(), one.decision, about, "2026-03-02"))
        )
        with pytest.raises(InvalidContent):
            arrived({**fields, **change})
