"""Rules of a unit (机关单位): each with a failing record; the passing one is the unchanged unit."""

from __future__ import annotations

import pytest

from ckanext.fjgov.core.catalog.divisions import division_level, is_division_code
from ckanext.fjgov.core.catalog.rules import check_unit, normalise_unit
from tests.factories import UNIT_CODE, make_facts, make_unit

OFFICE = {"uscc": UNIT_CODE, "name": "示例数字办"}
CASES = [
    ("name missing", {"title": None}, "C0", "title", "error", "error"),
    ("type missing", {"unit_type": None}, "C0", "unit_type", "error", "warning"),
    ("type not listed", {"unit_type": "company"}, "C1", "unit_type", "error", "error"),
    ("division not listed", {"division": "350101"}, "C1", "division", "error", "error"),
    ("division retired", {"division": "350182", "level": "county"}, "C2", "division", "warning",
     "warning"),
    ("level missing", {"level": None}, "C0", "level", "error", "warning"),
    ("date invalid", {"valid_from": "2010-02-30"}, "D1", "valid_from", "error", "error"),
    ("date in a row invalid", {"competent_office": [{**OFFICE, "valid_from": "2010"}]}, "D1",
     "competent_office", "error", "error"),
    ("rows of another shape", {"former_names": "旧名"}, "F1", "former_names", "error", "error"),
    ("unknown column", {"former_names": [{"x": "y"}]}, "F1", "former_names", "error", "error"),
    ("51 former names", {"former_names": [{"name": f"旧名{n}"} for n in range(51)]}, "L1",
     "former_names", "error", "error"),
    ("control character", {"title": "民政\x00局"}, "L2", "title", "error", "error"),
    ("mark", {"description": "绝密★"}, "R15", "description", "error", "error"),
    ("code missing", {"uscc": None}, "U1", "uscc", "error", "warning"),
    ("code invalid", {"uscc": "11350000003591037X"}, "U1", "uscc", "error", "warning"),
    ("code unusual for the type", {"unit_type": "mass_body", "uscc": "12350000003591037N"}, "U2",
     "uscc", "warning", "warning"),
    ("code of another province", {"uscc": "91110000600037341L", "unit_type": "authorised"}, "U2",
     "uscc", "warning", "warning"),
    ("city division at county level", {"level": "county"}, "U3", "division", "error", "error"),
    ("town division at city level", {"division": "350121103"}, "U3", "division", "error", "error"),
    ("ends before it starts", {"valid_until": "2010-01-01"}, "U4", "valid_until", "error", "error"),
    ("office ends before it starts",
     {"competent_office": [{**OFFICE, "valid_from": "2020-01-01", "valid_until": "2019-01-01"}]},
     "U4", "competent_office", "error", "error"),
    ("parent invalid", {"parent_uscc": "123"}, "U5", "parent_uscc", "error", "error"),
    ("own successor", {"successor_uscc": UNIT_CODE}, "U5", "successor_uscc", "error", "error"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "rule", "field", "strict", "inventory"),
    [case[1:] for case in CASES],
    ids=[f"{case[2]} {case[0]}" for case in CASES],
)
def test_a_broken_unit_is_found_in_both_profiles(change, rule, field, strict, inventory):
    unit = normalise_unit(make_unit(**change))
    for profile, severity in (("strict", strict), ("inventory", inventory)):
        findings = check_unit(unit, make_facts(), profile)
        assert {f.severity for f in findings if (f.rule, f.field) == (rule, field)} == {severity}


@pytest.mark.parametrize("profile", ["strict", "inventory"])
def test_the_unchanged_unit_has_no_finding(profile):
    assert check_unit(normalise_unit(make_unit()), make_facts(), profile) == ()


def test_a_town_stands_below_its_county():
    unit = make_unit(division="350121103", level="town")
    assert check_unit(normalise_unit(unit), make_facts()) == ()


@pytest.mark.parametrize(
    ("code", "level"),
    [("350000", "province"), ("350100", "city"), ("350128", "county"), ("350121103", "town"),
     ("350121103201", "town")],
)  # fmt: skip
def test_zeros_tell_the_level(code, level):
    assert division_level(code) == level


@pytest.mark.parametrize("code", ["", "35", "3501000", "35010a", "３５０１００", "350100 "])
def test_other_lengths_and_digits_are_no_codes(code):
    assert not is_division_code(code)
