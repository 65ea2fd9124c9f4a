"""GB/T 21063.3 XML of many entries: valid, complete, and the same core after an import.

All 2,000 generated entries: `tests/integration/test_generated_round_trip.py`.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from ckanext.fjgov.core.export.gbelements import CORE, core_of, missing_elements
from ckanext.fjgov.core.export.gbmetadata import entry_from_gb, gb_from_entry
from ckanext.fjgov.core.export.gbschema import MANDATORY, new_schema, schema_bytes, violations
from ckanext.fjgov.core.export.gbset import write_set
from ckanext.fjgov.core.export.gbxml import parse_gbxml, write_gbxml
from ckanext.fjgov.core.importing.gbrows import read_records
from tests.gb_documents import (
    cores_kept,
    generated_entries,
    imported,
    sample_entries,
    written_set,
)


@pytest.mark.parametrize("kind", ["samples", "generated"])
def test_an_export_read_back_has_the_same_core(kind, facts, labels):
    entries = list(generated_entries(200) if kind == "generated" else sample_entries())
    assert len(entries) >= 120
    data = written_set(entries, facts, labels)
    assert list(violations(data)) == []
    new_schema().assertValid(etree.fromstring(data))
    cores = [core_of(entry) for entry in entries]
    assert list(imported(data, cores, facts, labels)) == cores_kept(cores)


def test_the_node_s_own_elements_come_back_from_a_document_too(facts, labels):
    codes = labels.codes_by_name("service-type")
    schema = new_schema()
    facts = replace(facts, unit={})
    for entry in [*sample_entries(), *generated_entries(100)]:
        document = write_gbxml(gb_from_entry(entry, facts, labels))
        schema.assertValid(etree.fromstring(document))
        read = entry_from_gb(parse_gbxml(document), codes)
        again = {**read.fields, "organization": {"title": read.provider_name}}
        assert core_of(again) == core_of(entry)


def test_the_table_of_the_core_names_every_element_of_the_schema():
    tree = etree.fromstring(schema_bytes())
    record = tree.find("{*}element[@name='metadata']/{*}complexType/{*}sequence")
    named = {one.get("name"): one.get("minOccurs", "1") for one in record}
    assert {one.element.partition("/")[0].partition("[")[0] for one in CORE} == set(named)
    mandatory = {name for name, least in named.items() if least == "1"}
    assert mandatory == set(MANDATORY)
    assert mandatory == {
        one.element.partition("/")[0].partition("[")[0] for one in CORE if one.mandatory
    }


@pytest.mark.parametrize("field", ["title", "notes", "organization", "theme", "identifier"])
def test_a_record_without_a_mandatory_element_is_named_and_left_out(
    make_record, facts, labels, field
):
    lacking = make_record(**{field: None, "industry": None, "service_class": None,
                             "form_class": None, "owner_org": None})  # fmt: skip
    metadata = gb_from_entry(lacking, facts, labels)
    whole = gb_from_entry(make_record(), facts, labels)
    [missing] = missing_elements(metadata)
    data = b"".join(write_set([whole, metadata, whole]))
    new_schema().assertValid(etree.fromstring(data))
    assert len(read_records(data, "x")) == 2
    [told] = [one.text for one in etree.fromstring(data) if one.tag is etree.Comment]
    assert missing in told


def test_no_record_at_all_is_a_valid_document():
    data = b"".join(write_set([]))
    new_schema().assertValid(etree.fromstring(data))


NASTY = st.text(st.characters(), max_size=30) | st.sampled_from(
    ["]]>", "<![CDATA[x]]>", "\x00", "\ud800", "--", "-->", "&amp;", "\ufffe", "\x0b", "a\rb", " "]
)


@given(st.data())
def test_texts_of_any_kind_make_a_valid_document_or_none(data):
    from ckanext.fjgov.core.export.facts import SiteFacts
    from ckanext.fjgov.core.export.vocabulary_labels import VocabularyLabels

    texts = ("title", "notes", "identifier", "md_id", "issued", "md_date_updated", "thesaurus",
             "provider_address")  # fmt: skip
    entry = {name: data.draw(NASTY) for name in texts} | {
        "id": "x",
        "organization": {"title": data.draw(NASTY)},
        "tags": [{"name": data.draw(NASTY)} for _ in range(2)],
        "theme": [data.draw(NASTY)],
        "service_info": [{"service_type": data.draw(NASTY)}],
    }
    metadata = gb_from_entry(entry, SiteFacts("https://a.example", "350000"), VocabularyLabels())
    written = b"".join(write_set([metadata]))
    new_schema().assertValid(etree.fromstring(written))
    if not missing_elements(metadata):
        [read] = read_records(written, "x")
        again = entry_from_gb(parse_gbxml(write_gbxml(metadata)))
        assert read.cells["resTitle"] == (metadata.title,)
        assert core_of({**again.fields, "organization": {"title": again.provider_name}}) == core_of(
            entry
        )
