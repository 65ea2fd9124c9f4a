"""What API, form and import hand in, in one shape."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.fjgov.core.catalog.rules import keywords, normalise_entry, normalise_unit
from tests.factories import make_entry, make_unit

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)
names = st.sampled_from(["title", "theme", "items", "legal_basis", "frequency", "tags", "other"])


@pytest.mark.parametrize(
    ("name", "given_value", "stored"),
    [
        ("title", " 低保信息　", "低保信息"),
        ("title", "\ufeff低保信息\u200b", "低保信息"),
        ("frequency", 4, "4"),
        ("is_sample", True, "1"),
        ("open_to_public", False, "0"),
        ("theme", "ZRB00", ["ZRB00"]),
        ("theme", '["ZRB00", " ZCC00 "]', ["ZRB00", "ZCC00"]),
        ("theme", ["ZRB00", "", "ZRB00", None], ["ZRB00"]),
        ("theme", '["ZRB00"', ['["ZRB00"']),
        ("items", '[{"name": " 证号 ", "length": 20, "description": ""}]',
         [{"name": "证号", "length": "20"}]),
        ("items", [{"name": ""}, {}, {"name": "证号"}], [{"name": "证号"}]),
        ("items", {"name": "证号"}, [{"name": "证号"}]),
        ("items", "[" * 100_000, "[" * 100_000),
        ("extra_key", " x ", "x"),
        ("extra_key", ["x "], ["x "]),
    ],
)  # fmt: skip
def test_a_value_takes_the_shape_of_its_field(name, given_value, stored):
    assert normalise_entry({name: given_value}) == {name: stored}


@pytest.mark.parametrize("value", [None, "", "  ", [], "[]", [""]])
def test_empty_values_are_left_out(value):
    assert normalise_entry({"theme": value}) == {}


def test_the_valid_records_are_already_in_shape():
    assert normalise_entry(make_entry()) == make_entry()
    assert normalise_unit(make_unit()) == make_unit()


@given(st.dictionaries(names, json_values, max_size=5))
def test_shaping_twice_is_shaping_once(raw):
    once = normalise_entry(raw)
    assert normalise_entry(once) == once


@pytest.mark.parametrize(
    ("entry", "found"),
    [
        ({"tag_string": "低保, 救助，低保"}, ("低保", "救助")),
        ({"tags": [{"name": "低保"}, {"name": " "}]}, ("低保",)),
        ({"tags": ["低保"], "tag_string": "救助"}, ("低保", "救助")),
        ({"tags": "低保"}, ()),
        ({}, ()),
    ],
)
def test_keywords_come_from_tags_and_tag_string(entry, found):
    assert keywords(entry) == found
