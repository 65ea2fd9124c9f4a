"""Rows of an RDF import: nothing is cleared, renamed or mounted that no statement asks for."""

from __future__ import annotations

from typing import Any

import pytest

from ckanext.fjgov.core.catalog.directories import record_schemas
from ckanext.fjgov.core.catalog.vocabulary import load_vocabulary
from ckanext.fjgov.core.importing.problems import LEFT_OUT, ImportRefused
from ckanext.fjgov.core.importing.rdfrows import rows_of_records
from ckanext.fjgov.core.importing.template import template_mapping

MAPPING = template_mapping(record_schemas()["dataset"], "csv", "strict", load_vocabulary)
RECORD: dict[str, Any] = {
    "type": "entry",
    "id": "e1",
    "name": "35100-000001",
    "unit": "11350100003591037Y",
    "fields": {"title": "示例", "identifier": "35100/000001", "md_date_updated": "2026-11-01"},
    "tags": ["甲", "乙"],
    "resources": [{"id": "r1", "name": "表"}],
}


def test_a_record_of_this_node_states_its_fields_only():
    (row,) = rows_of_records([RECORD], MAPPING, {"35100/000001"})
    assert row.unit_code == RECORD["unit"]
    assert row.entry == {"title": "示例", "identifier": "35100/000001", "tag_string": "甲,乙"}
    assert set(row.targets or ()) == set(row.entry)


def test_resources_are_left_out_with_a_warning():
    (row,) = rows_of_records([RECORD], MAPPING, {"35100/000001"})
    assert [(f.rule, f.field, f.severity) for f in row.findings] == [
        (LEFT_OUT, "resources", "warning")
    ]


def test_an_identifier_of_another_node_is_not_taken_over():
    (row,) = rows_of_records([{**RECORD, "resources": []}], MAPPING, set())
    assert "identifier" not in row.entry
    assert [(f.rule, f.field) for f in row.findings] == [(LEFT_OUT, "identifier")]


@pytest.mark.parametrize(
    ("records", "code"),
    [([], "rdf-without-records"), ([RECORD, {**RECORD, "type": "unit"}], "other-directory")],
)
def test_refused_as_a_whole(records: list[dict[str, Any]], code: str):
    with pytest.raises(ImportRefused) as refused:
        list(rows_of_records(records, MAPPING, set()))
    assert refused.value.code == code
