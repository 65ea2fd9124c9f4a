"""What people read about a duplicate, a copy too old, and an item out of range."""

from __future__ import annotations

from datetime import date, timedelta
from math import prod
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.fjgov.core.collection import likeness as scores
from ckanext.fjgov.core.collection.checking import Match, Outcome, OutcomeKind
from ckanext.fjgov.core.collection.likeness import Likeness, compare, read_item
from ckanext.fjgov.core.collection.territory import territory_of
from ckanext.fjgov.core.collection.wording import tell_match, tell_outcome, tell_parts
from ckanext.fjgov.core.collection.words import load_word_book
from tests.factories import UNIT_CODE, make_collection_item

WORDS = load_word_book()
HOURS = timedelta(hours=50)
HELD = make_collection_item()
NEW = make_collection_item(
    unit=UNIT_CODE, name="户口所在地2", territory=territory_of(["350102"]), line="养老服务"
)
LIKENESS = st.builds(
    Likeness,
    *(
        st.sampled_from(get_args(how))
        for how in (
            scores.ObjectHow,
            scores.NameHow,
            scores.ElementHow,
            scores.TerritoryHow,
            scores.LineHow,
        )
    ),
    has_other_role=st.booleans(),
    has_digits=st.booleans(),
)


@given(LIKENESS)
def test_the_score_is_the_product_of_the_parts_shown(likeness: Likeness) -> None:
    parts = tell_parts(likeness)
    assert round(prod(part.score for part in parts), 3) == likeness.score
    assert all(part.zh and part.en for part in parts)


def test_a_reviewer_sees_each_part() -> None:
    alike = compare(read_item(HELD, WORDS), read_item(NEW, WORDS), date(2026, 11, 26))
    assert [(part.part, part.score, part.zh) for part in tell_parts(alike)] == [
        ("object", 1.0, "业务对象相同"),
        ("item", 0.95, "名称同义"),
        ("element", 1.0, "数据元代码未填全"),
        ("territory", 0.97, "采集地域重叠"),
        ("line", 0.95, "业务条线不同"),
        ("digits", 0.9, "名称尾部数字不同，疑为复制列"),
    ]


def test_a_match_says_who_holds_it_and_where_to_apply() -> None:
    alike = compare(read_item(HELD, WORDS), read_item(NEW, WORDS), date(2026, 11, 26))
    told = tell_match(Match(HELD, alike), {HELD.unit: "福建省公安厅"}.__getitem__)
    assert told.message == (
        "“户籍地址”由福建省公安厅采集（基础数据库），匹配度 0.79；"
        "请向节点 350000 的采集项 hukou-address 申请共享"
        " / “户籍地址” is collected by 福建省公安厅 (base database), score 0.79; "
        "apply for item hukou-address of node 350000"
    )


@pytest.mark.parametrize(
    ("outcome", "begins"),
    [
        (Outcome(OutcomeKind.DUPLICATE, NEW, total=2), "重复采集提示：“户口所在地2”已由其他单位"),
        (Outcome(OutcomeKind.OUT_OF_RANGE, NEW), "超范围采集提示：“户口所在地2”不在"),
        (Outcome(OutcomeKind.OUT_OF_RANGE, None), "超范围采集提示：本单位没有已确认的采集项"),
        (Outcome(OutcomeKind.PENDING, None), "本节点尚未取得"),
        (Outcome(OutcomeKind.PENDING, None, copy_age=HOURS), "本节点的已确认采集项副本已有 50"),
        (Outcome(OutcomeKind.PENDING, NEW, awaits=OutcomeKind.DUPLICATE), "待核：重复采集"),
        (Outcome(OutcomeKind.PENDING, NEW, awaits=OutcomeKind.OUT_OF_RANGE), "待核：超范围采集"),
    ],
)  # fmt: skip
def test_an_outcome_says_what_was_found_and_what_to_do(outcome: Outcome, begins: str) -> None:
    told = tell_outcome(outcome)
    assert told.zh.startswith(begins)
    assert told.en
