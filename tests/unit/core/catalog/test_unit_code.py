"""Keys and web names of units, with and without a credit code."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.fjgov.core.catalog.rules import Facts, check_unit
from ckanext.fjgov.core.catalog.unit_code import (
    is_unit_slug,
    local_code_of_slug,
    local_unit_code,
    unit_key,
    unit_slug,
)
from tests.factories import UNIT_CODE, make_unit

LOCAL = "45000-A4C3574D27EB"


@given(st.text(min_size=1))
def test_a_local_code_is_read_back_from_the_web_name(name):
    code = local_unit_code("45000", name)
    assert local_code_of_slug(unit_slug(code)) == code
    assert unit_key(unit_slug(code), "") == code


def test_the_same_name_gives_the_same_code_however_it_is_typed():
    assert (
        len({local_unit_code("45000", n) for n in ("钦州市 A局", "钦州市Ａ局", "钦州市a局")}) == 1
    )
    assert local_unit_code("45000", "钦州市A局") != local_unit_code("35000", "钦州市A局")


@pytest.mark.parametrize(
    ("slug", "uscc", "key"),
    [
        (unit_slug(UNIT_CODE), UNIT_CODE, UNIT_CODE),
        (unit_slug(LOCAL), "", LOCAL),
        (unit_slug(LOCAL), UNIT_CODE, UNIT_CODE),
        ("some-name", "", ""),
        ("u-45000-xyz", "", ""),
    ],
)
def test_key(slug, uscc, key):
    assert unit_key(slug, uscc) == key


@pytest.mark.parametrize(
    ("slug", "uscc", "right"),
    [
        (unit_slug(UNIT_CODE), UNIT_CODE, True),
        (unit_slug(LOCAL), "", True),
        (unit_slug(LOCAL), UNIT_CODE, True),
        (unit_slug(UNIT_CODE), "", False),
        ("u-35100-a4c3574d27eb", "", False),
        ("anything", UNIT_CODE, False),
        ("", "", False),
    ],
)
def test_web_names_of_a_node(slug, uscc, right):
    assert is_unit_slug(slug, uscc, ("45000",)) is right


def test_inventory_keeps_a_unit_of_which_only_name_and_division_are_known():
    unit = make_unit(uscc=None, unit_type=None, level=None)
    facts = Facts(today=dt.date(2026, 11, 20))
    found = {
        profile: {(f.rule, f.field, f.severity) for f in check_unit(unit, facts, profile)}
        for profile in ("strict", "inventory")
    }
    faults = {("U1", "uscc"), ("C0", "unit_type"), ("C0", "level")}
    assert found == {
        "strict": {(*fault, "error") for fault in faults},
        "inventory": {(*fault, "warning") for fault in faults},
    }
