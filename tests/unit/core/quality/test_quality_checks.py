"""Every quality check: the tables of cases, and what holds for all of them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.fjgov.core.catalog.schema_model import load_schema
from ckanext.fjgov.core.quality import (
    QUALITY_RULES,
    RULES_VERSION,
    UnitFacts,
    check_quality,
    facts_hash,
)
from ckanext.fjgov.core.quality.likeness import LIKENESS_RULES, running_number, without_number
from tests.data.quality_cases import ENTRY_CASES, TITLE_CASES, UNIT_TITLE
from tests.factories import make_entry

# Raise RULES_VERSION together with this digest, so that stored results are made anew.
PINNED = ("1", "c66a55c1106c")


def record(**change):
    """Give the canonical record of an entry as the change log keeps it."""
    values = make_entry(**{"service_info": [{"service_type": "1"}], **change})
    unit = values.pop("owner_org", "")
    tags = values.pop("tag_string", "")
    return {"unit": unit, "fields": values, "tags": tags.split(",") if tags else []}


def rules(found):
    return tuple(finding.rule for finding in found.findings)


@pytest.mark.parametrize("case", TITLE_CASES, ids=lambda case: repr(case.title))
def test_titles(case):
    found = check_quality(record(title=case.title), UnitFacts(UNIT_TITLE, "350100"))
    assert rules(found) == case.rules


@pytest.mark.parametrize("case", ENTRY_CASES, ids=lambda case: case.id)
def test_entries(case):
    found = check_quality(record(**case.change), UnitFacts(UNIT_TITLE, case.division))
    assert rules(found) == case.rules
    assert all(case.words in finding.zh for finding in found.findings)


def test_every_check_has_a_case_that_finds_and_others_that_do_not():
    found = {rule for case in (*TITLE_CASES, *ENTRY_CASES) for rule in case.rules}
    by_others = {"Q18"} | {rule for pair in LIKENESS_RULES.values() for rule in pair}
    assert found == set(QUALITY_RULES) - by_others


def test_a_rule_says_in_both_languages_what_is_wrong_and_what_to_do():
    fields = load_schema("catalog_entry.yaml").by_name
    for rule in QUALITY_RULES.values():
        assert rule.field in fields
        assert all((rule.zh, rule.en, rule.do_zh, rule.do_en))
        assert rule.en.isascii()
        assert rule.do_en.isascii()


def test_facts_and_version_are_part_of_the_key():
    keys = {
        facts_hash(UnitFacts(*facts), tolerance)
        for facts in (("", ""), ("甲", ""), ("", "甲"))
        for tolerance in (None, 0, 5)
    }
    assert len(keys) == 9


class TestMarks:
    def marks(self, **change):
        return check_quality(record(**change), UnitFacts()).marks

    @pytest.mark.parametrize(
        "title",
        [
            "企业登记信息",
            "企业登记信息1",
            "企业登记信息12",
            "企业登记信息（2）",
            "企业登记信息１",
            "企业 登记 信息",
            "企业登记信息。",
            "企业，登记信息 3",
        ],
    )
    def test_variants_of_a_title_have_one_mark(self, title):
        assert self.marks(title=title).title == "企业登记信息"

    @pytest.mark.parametrize(
        "title", ["企业登记信息2019", "企业注册信息", "1", "2020", "统计公报2021"]
    )
    def test_other_titles_have_another(self, title):
        assert self.marks(title=title).title != "企业登记信息"

    def test_years_tell_titles_apart(self):
        assert self.marks(title="公报2019").title != self.marks(title="公报2020").title

    def test_the_set_of_items_counts_and_not_their_order_or_spelling(self):
        names = ("姓名", "住址", "电话")
        one = self.marks(items=[{"name": name, "data_type": "C"} for name in names])
        two = self.marks(items=[{"name": f" {name}：", "data_type": "M"} for name in names[::-1]])
        assert one.items == two.items != ""

    def test_few_items_give_no_mark(self):
        assert self.marks(items=[{"name": "姓名"}, {"name": "姓 名"}, {"name": "住址"}]).items == ""

    def test_place_is_the_set_of_divisions(self):
        one, two = ["350100", "350200"], ["350200", "350100"]
        assert self.marks(division=one).place == self.marks(division=two).place
        assert self.marks(division=one).place != self.marks(division=one[:1]).place

    def test_marks_that_are_empty_are_not_compared(self):
        assert self.marks(title="（）", items=None).pairs() == ()

    @given(st.text(st.characters(codec="utf-8"), max_size=12))
    def test_a_number_taken_off_is_what_stood_at_the_end(self, folded):
        assert without_number(folded) + running_number(folded) == folded
        assert without_number(folded) or not folded


@given(st.text(max_size=60), st.text(max_size=30))
def test_no_title_breaks_a_check(title, unit):
    check_quality(record(title=title), UnitFacts(unit, "350100"))


@given(
    st.dictionaries(
        st.sampled_from(sorted(make_entry())),
        st.one_of(st.text(max_size=8), st.lists(st.text(max_size=5)), st.none(), st.integers(),
                  st.lists(st.dictionaries(st.sampled_from(["name", "length", "data_type"]),
                                           st.text(max_size=5)))),
        max_size=8,
    )
)  # fmt: skip
def test_values_of_any_shape_are_judged_without_an_error(change):
    check_quality({"unit": "u", "fields": {**make_entry(), **change}, "tags": []}, UnitFacts())


def test_version_moves_with_the_table():
    text = json.dumps([asdict(rule) for rule in QUALITY_RULES.values()], ensure_ascii=False)
    assert (RULES_VERSION, hashlib.sha256(text.encode()).hexdigest()[:12]) == PINNED
