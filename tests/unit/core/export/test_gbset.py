"""GB/T 21063.3 XML of many entries: valid, complete, and the same core after an import."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from ckanext.fjgov.core.catalog.rules import normalise_entry
from ckanext.fjgov.core.export.gbelements import CORE, core_of, missing_elements
from ckanext.fjgov.core.export.gbmetadata import entry_from_gb, gb_from_entry
from ckanext.fjgov.core.export.gbschema import MANDATORY, new_schema, schema_bytes, violations
from ckanext.fjgov.core.export.gbset import write_set
from ckanext.fjgov.core.export.gbxml import parse_gbxml, write_gbxml
from ckanext.fjgov.core.importing.gbrows import GbContext, GbDefaults, gb_rows, read_records
from deploy.samples import NODE_KEYS, load_samples
from tests.bench import corpus

TODAY = date(2026, 11, 22)
GENERATED = 2000
OF_NODE = {one.field for one in CORE if one.of_node}


def sample_entries():
    for node in NODE_KEYS:
        samples = load_samples(node, TODAY)
        titles = {unit["name"]: unit["title"] for unit in samples.units}
        for number, entry in enumerate(samples.entries):
            yield normalise_entry(
                {
                    **entry,
                    "id": f"{node}-{number}",
                    "name": f"35100-{node}-{number}",
                    "identifier": f"35100/{node}{number:06d}",
                    "md_id": f"35100/md-{number:06d}",
                    "md_date_updated": "2026-11-22",
                    "organization": {"title": titles[entry["owner_org"]]},
                }
            )


def generated_entries(count=GENERATED):
    titles = {unit["fields"]["uscc"]: unit["fields"]["title"] for unit in corpus.units(TODAY)}
    for record in corpus.entries(count, TODAY):
        yield normalise_entry(
            {
                **record["fields"],
                "id": record["id"],
                "name": record["name"],
                "tags": [{"name": tag} for tag in record["tags"]],
                "resources": record["resources"],
                "organization": {"title": titles[record["unit"]]},
            }
        )


def imported(data, cores, facts, labels):
    """Read a document as an import does; the core of each row as if it were saved."""
    context = GbContext(
        site_url=facts.site_url,
        service_codes=labels.codes_by_name("service-type"),
        own=frozenset(core["identifier"] for core in cores),
        # A document states the address of the unit where an entry has none of its own.
        unit_addresses={core["owner_org"]: facts.unit["address"] for core in cores},
    )
    for row in gb_rows(read_records(data, "x"), GbDefaults(), context):
        assert row.findings == ()
        yield core_of(normalise_entry({**row.entry, "organization": {"title": row.unit_name}}))


@pytest.mark.parametrize("make", [sample_entries, generated_entries], ids=["samples", "generated"])
def test_an_export_read_back_has_the_same_core(make, facts, labels):
    entries = list(make())
    assert len(entries) >= (GENERATED if make is generated_entries else 120)
    data = b"".join(write_set(gb_from_entry(entry, facts, labels) for entry in entries))
    assert list(violations(data)) == []
    new_schema().assertValid(etree.fromstring(data))
    cores = [core_of(entry) for entry in entries]
    kept = [{name: core[name] for name in core if name not in OF_NODE} for core in cores]
    assert list(imported(data, cores, facts, labels)) == kept


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
