"""Every rule of the catalog: the shared table, and cases that need more than one record."""

from __future__ import annotations

import time
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.fjgov.core.catalog.rules import (
    RULES,
    Finding,
    check_entry,
    draft_findings,
    errors_of,
    normalise_entry,
    texts,
    title_taken,
)
from ckanext.fjgov.core.catalog.schema_model import load_schema
from tests.data.rule_cases import RULE_CASES, RuleCase
from tests.factories import make_entry, make_facts


def _findings(case: RuleCase, profile: str) -> tuple[Finding, ...]:
    entry = normalise_entry(make_entry(**case.change))
    return check_entry(entry, make_facts(**case.facts), profile)


def _severity(findings: tuple[Finding, ...], case: RuleCase) -> str | None:
    found = {f.severity for f in findings if (f.rule, f.field) == (case.rule, case.field)}
    assert len(found) <= 1
    return found.pop() if found else None


class TestRuleCases:
    @pytest.mark.parametrize("case", RULE_CASES, ids=lambda case: f"{case.rule} {case.id}")
    def test_strict_profile_answers_with_the_stated_severity(self, case):
        assert _severity(_findings(case, "strict"), case) == case.strict

    @pytest.mark.parametrize("case", RULE_CASES, ids=lambda case: f"{case.rule} {case.id}")
    def test_inventory_profile_answers_with_the_stated_severity(self, case):
        assert _severity(_findings(case, "inventory"), case) == case.inventory

    @pytest.mark.parametrize("profile", ["strict", "inventory"])
    def test_the_unchanged_entry_has_no_finding(self, profile):
        assert check_entry(normalise_entry(make_entry()), make_facts(), profile) == ()

    def test_every_entry_rule_has_a_case(self):
        # R2 is the database's; units and directories have tests of their own.
        without_case = {"R2"} | {rule for rule in RULES if rule[0] in "BEUX"}
        assert {case.rule for case in RULE_CASES} == set(RULES) - without_case

    def test_case_names_are_unique(self):
        assert len({case.id for case in RULE_CASES}) == len(RULE_CASES)

    @pytest.mark.parametrize("case", RULE_CASES, ids=lambda case: f"{case.rule} {case.id}")
    def test_a_broken_record_names_nothing_but_its_rule(self, case):
        """A fault raises its own finding; a few raise a second one that follows from it."""
        follows = {
            "guide class of 4 digits": set(),
            "title of 201 characters": set(),
            "abstract of 20001 characters": {"R1"},
            "bidi control in code": {"R12"},
            "zero-width character in code": {"C1"},
            "share way not listed": {"C3"},
            "unit without code": set(),
            "provider missing": {"R3"},
            "identifier of no grammar": set(),
            "items are no rows": {"R9"},
            "item of length 0": set(),
            "format type of another category": set(),
        }
        rules = {finding.rule for finding in _findings(case, "strict")}
        assert rules - {case.rule} == follows.get(case.id, set())


class TestMessages:
    def test_names_field_rule_and_what_to_do_in_both_languages(self):
        entry = normalise_entry(make_entry(share_scope=None))
        (finding,) = check_entry(entry, make_facts())
        assert finding == Finding(
            rule="R6",
            field="share_scope",
            severity="error",
            zh="共享范围：受限共享必填，请填写",
            en="Share scope: is needed for restricted sharing: fill it in",
        )
        assert finding.message == (
            "[R6] 共享范围：受限共享必填，请填写 / "
            "Share scope: is needed for restricted sharing: fill it in"
        )

    def test_names_row_and_column_of_a_repeating_field(self):
        entry = normalise_entry(make_entry(items=[{"name": "证号", "data_type": "C"}]))
        (finding,) = check_entry(entry, make_facts())
        assert finding.zh == "信息项·数据长度：第1项（字符型）的长度应为大于0的整数"

    def test_secrecy_finding_repeats_no_text_of_the_record(self):
        entry = normalise_entry(make_entry(title="机密★ 某某行动方案"))
        (finding,) = check_entry(entry, make_facts())
        assert "行动" not in finding.message

    @pytest.mark.parametrize("case", RULE_CASES, ids=lambda case: case.id)
    def test_no_message_is_longer_than_a_form_can_show(self, case):
        assert all(len(finding.message) < 700 for finding in _findings(case, "strict"))

    def test_taken_title_names_its_holder(self):
        finding = title_taken("低保信息", "35100/000001")
        assert (finding.rule, finding.field, finding.severity) == ("R2", "title", "error")
        assert "35100/000001" in finding.zh
        assert "35100/000001" in finding.en


class TestDrafts:
    def test_an_empty_draft_has_no_finding(self):
        assert draft_findings(check_entry({}, make_facts())) == ()

    def test_a_draft_is_still_refused_for_secrecy_limits_and_unknown_codes(self):
        draft = normalise_entry(
            {"title": "绝密★", "share_usage": "用" * 5000, "frequency": "0", "issued": "昨天"}
        )
        findings = draft_findings(check_entry(draft, make_facts()))
        assert {f.rule for f in findings} == {"R15", "L1", "C1", "D1"}


class TestFormatsAndWays:
    @pytest.mark.parametrize(
        ("formats", "ways", "holds"),
        [
            (["1/pdf"], ["1/file"], True),
            (["1/pdf"], ["1/service"], False),
            (["3/mysql"], ["1/database"], True),
            (["3/mysql"], ["1/service"], True),
            (["3/mysql"], ["1/file"], False),
            (["2/xlsx"], ["1/file"], True),
            (["2/xlsx"], ["1/database"], True),
            (["1/pdf", "3/mysql"], ["1/file", "1/database"], True),
            (["1/pdf", "3/mysql"], ["1/file"], False),
            (["7/rest"], ["1/service"], True),
            (["6/行业交换格式"], ["1/file"], True),
            (["3/mysql"], [], True),
            (["3/mysql"], ["2/mail"], True),
        ],
    )
    def test_way_of_sharing_fits_the_format(self, formats, ways, holds):
        entry = normalise_entry(make_entry(data_format=formats, share_way=ways))
        rules = [f.rule for f in check_entry(entry, make_facts())]
        assert ("R10" not in rules) is holds

    def test_a_type_of_another_category_is_told_where_it_belongs(self):
        entry = normalise_entry(make_entry(data_format=["3/pdf"]))
        (finding,) = check_entry(entry, make_facts())
        assert finding.zh.endswith("格式类型“pdf”不属于数据库，应为 1/pdf")


class TestFreshness:
    @pytest.mark.parametrize(
        ("cycle", "updated", "is_overdue"),
        [
            ("2", "2026-11-17", False),
            ("2", "2026-11-16", True),
            ("4", "2026-10-13", False),
            ("4", "2026-10-12", True),
            ("8", "2001-01-01", False),
        ],
    )
    def test_overdue_after_cycle_and_tolerance(self, cycle, updated, is_overdue):
        entry = normalise_entry(make_entry(frequency=cycle, data_updated_at=updated))
        findings = check_entry(entry, make_facts(today=date(2026, 11, 20)))
        assert ([f.rule for f in findings] == ["R14"]) is is_overdue

    def test_a_later_exchange_counts_for_the_declared_date(self):
        exchange = [
            {"mode": "direct", "status": "done", "last_sync_at": "2026-11-19T23:15:00+08:00"}
        ]
        entry = normalise_entry(make_entry(data_updated_at="2020-01-01", exchange=exchange))
        assert check_entry(entry, make_facts()) == ()


class TestDivisions:
    @pytest.mark.parametrize(
        ("code", "holds"),
        [
            ("350000", True),
            ("350128", True),
            ("350121103", True),
            ("350121103201", True),
            ("350100103", False),
            ("3501211", False),
            ("fjgov:pingtan", False),
            ("110000", False),
        ],
    )
    def test_towns_and_villages_stand_below_a_listed_county(self, code, holds):
        entry = normalise_entry(make_entry(division=[code]))
        assert (errors_of(check_entry(entry, make_facts())) == ()) is holds


class TestUnknownShapes:
    @pytest.mark.parametrize(
        "change",
        [
            {"items": [1, None, ["x"]]},
            {"items": {"name": {"deep": []}}},
            {"theme": {"a": 1}},
            {"theme": [["ZRB00"], {"x": 1}]},
            {"title": ["a", "b"]},
            {"frequency": {"a": "b"}},
            {"legal_basis": 5},
            {"tags": "x"},
            {"resources": ["x", None, {"mode": []}]},
            {"unknown": {"a": [{"b": ["绝密★"]}]}},
        ],
    )
    def test_any_shape_is_refused_and_none_breaks_the_check(self, change):
        entry = normalise_entry(make_entry(**change))
        findings = check_entry(entry, make_facts())
        assert errors_of(findings) or change in (
            {"tags": "x"},
            {"resources": ["x", None, {"mode": []}]},
        )

    def test_a_huge_text_is_refused_without_being_searched(self):
        entry = normalise_entry(make_entry(notes="秘密 " * 2_000_000))
        started = time.perf_counter()
        findings = check_entry(entry, make_facts())
        assert {f.rule for f in findings} == {"L1", "R1"}
        assert time.perf_counter() - started < 1


FIELDS = [field for field in load_schema("catalog_entry.yaml").fields if not field.stored_as]
LETTERS = "甲密机★(【)】-_ 年15a\x00\x07\u200b\u202e\ud800\n"
LONG_OR_MARKED = ["x" * 41, "x" * 201, "x" * 4001, "机密★"]
PIECES = st.text(LETTERS, max_size=30) | st.sampled_from(LONG_OR_MARKED)
KEYS = st.sampled_from([*(field.name for field in FIELDS), "tags", "resources", "other"])
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)


@st.composite
def entries_with_one_odd_text(draw):
    field = draw(st.sampled_from(FIELDS))
    text = draw(PIECES)
    if field.kind == "rows":
        column = draw(st.sampled_from([column.name for column in field.subfields]))
        value = [{column: text}]
    else:
        value = [text] if field.is_list else text
    if draw(st.booleans()):
        return {"resources": [{"name": text}], field.name: value}
    return {field.name: value}


class TestAnyInput:
    @given(st.dictionaries(KEYS, ANYTHING, max_size=6))
    def test_is_answered_with_findings_never_with_an_exception(self, raw):
        for entry in (raw, normalise_entry(raw)):
            assert {f.rule for f in check_entry(entry, make_facts())} <= set(RULES)


class TestFastScan:
    @given(entries_with_one_odd_text())
    def test_skips_only_records_without_such_findings(self, entry):
        quick = check_entry(entry, make_facts())
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(texts, "_is_surely_clean", lambda check: False)
            assert quick == check_entry(entry, make_facts())


class TestOwnCodeLists:
    def test_another_province_replaces_a_list_by_a_data_file(self, tmp_path):
        (tmp_path / "divisions.yaml").write_text(
            "name: divisions\ntitle: {zh_Hans_CN: 行政区划, en: Divisions}\n"
            "source: GB/T 2260\nversion: '2023'\n"
            "concepts:\n- {code: '450000', zh: 广西壮族自治区, en: Guangxi}\n",
            encoding="utf-8",
        )
        entry = normalise_entry(make_entry(division=["450000"], items=[
            {"name": "证号", "data_type": "C", "length": "20"},
        ]))  # fmt: skip
        assert check_entry(entry, make_facts(), "strict", tmp_path) == ()
        assert [f.rule for f in check_entry(entry, make_facts())] == ["C1"]
