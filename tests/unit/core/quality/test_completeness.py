"""Completeness: which elements count, their weights, and what is missing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.fjgov.core.catalog.rules import normalise_entry
from ckanext.fjgov.core.catalog.schema_model import load_schema
from ckanext.fjgov.core.quality import completeness
from ckanext.fjgov.core.quality.completeness import elements
from tests.factories import make_entry


def missing(**change):
    return [e.name for e in completeness(normalise_entry(make_entry(**change))).missing]


FULL = {
    "service_info": [{"service_type": "1"}],
    "use_limitation": "仅限本部门使用",
    "census_total_records": "1",
    "census_shared_records": "1",
    "census_open_gb": "0.5",
    "census_open_records": "1",
    "source_system": "示例救助系统",
    "generation_way": "1",
    "management_way": "1",
    "ownership": "1",
}


def test_an_entry_with_every_element_is_whole():
    found = completeness(normalise_entry(make_entry(**FULL)))
    assert (found.share, found.missing) == (1.0, ())


def test_an_empty_entry_has_nothing():
    found = completeness({})
    assert found.share == 0
    assert len(found.missing) > 15


def test_share_is_the_weight_that_is_there():
    whole = sum(e.weight for e in elements() if e.name not in NOT_ASKED)
    found = completeness(normalise_entry(make_entry(**FULL, notes=None, contact=None)))
    assert found.share == pytest.approx(1 - (3 + 2) / whole)
    assert [(e.name, e.weight) for e in found.missing] == [("notes", 3), ("contact", 2)]


# What a restricted database entry that is not open is not asked for.
NOT_ASKED = {"share_way_reason", "open_condition", "related"}


@pytest.mark.parametrize(
    ("change", "name", "is_missing"),
    [
        ({"items": None}, "items", True),
        ({"items": None, "data_format": ["4/jpg"]}, "items", False),
        ({"items": None, "data_format": ["2/csv"]}, "items", True),
        ({"share_condition": None}, "share_condition", True),
        ({"share_condition": None, "share_type": "1"}, "share_condition", False),
        ({"share_usage": None, "share_type": "1"}, "share_usage", True),
        ({"share_usage": None, "share_type": "3"}, "share_usage", False),
        ({"share_way": None}, "share_way", True),
        ({"share_way": None, "share_type": "3"}, "share_way", False),
        ({"share_way": ["2/mail"]}, "share_way_reason", True),
        ({}, "share_way_reason", False),
        ({"open_to_public": "1"}, "open_condition", True),
        ({"share_way": ["1/database"], "service_info": None}, "service_info", False),
        ({"service_info": None}, "service_info", True),
        ({"tag_string": None}, "tag_string", True),
        ({"tag_string": None, "thesaurus": None}, "thesaurus", False),
        ({"thesaurus": None}, "thesaurus", True),
        ({"industry": None, "service_class": None, "form_class": None}, "other_classes", True),
        ({"industry": None, "service_class": None}, "other_classes", False),
        ({"owner_org": None}, "owner_org", True),
        ({"related": None}, "related", False),
    ],
)
def test_an_element_counts_only_where_it_applies(change, name, is_missing):
    assert (name in missing(**change)) is is_missing


def test_tags_of_a_canonical_record_are_keywords():
    entry = normalise_entry(make_entry(tag_string=None)) | {"tags": ["低保"]}
    assert "tag_string" not in [e.name for e in completeness(entry).missing]


def test_elements_are_those_of_the_standards_that_a_person_fills_in():
    schema = load_schema("catalog_entry.yaml")
    named = {name for element in elements() for name in element.fields}
    assert named == {
        field.name
        for field in schema.fields
        if field.obligation != "S" and (field.gb or field.guide)
    }
    assert {e.name: e.weight for e in elements() if e.name in ("title", "contact", "source_system")
            } == {"title": 3, "contact": 2, "source_system": 1}  # fmt: skip


@given(st.sets(st.sampled_from(sorted(make_entry()))))
def test_filling_in_never_lowers_the_share(names):
    whole = normalise_entry(make_entry())
    # Conditions may begin to ask for more; only what asks for nothing is taken away here.
    names -= {"share_type", "open_to_public", "data_format", "share_way", "tag_string"}
    less = {name: value for name, value in whole.items() if name not in names}
    assert 0 <= completeness(less).share <= completeness(whole).share <= 1
