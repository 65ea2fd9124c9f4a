"""Record -> RDF of the officials -> the same canonical record, in every syntax.

All 2,000 generated entries in all syntaxes: `tests/integration/test_generated_round_trip.py`.
"""

from __future__ import annotations

import copy
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ckanext.fjgov.core.catalog.canonical import (
    DIRECTORY_KINDS,
    ENTRY,
    KINDS,
    UNIT,
    canonical_bytes,
    without_empty,
)
from ckanext.fjgov.core.catalog.rules import normalise_record
from ckanext.fjgov.core.export.documents import record_document
from ckanext.fjgov.core.export.facts import SiteFacts
from ckanext.fjgov.core.export.registered import schema_of
from ckanext.fjgov.core.importing.problems import ImportRefused
from ckanext.fjgov.core.importing.rdf_reading import read_rdf
from tests.bench.corpus import entries, units
from tests.rdf_documents import (
    ENDINGS,
    FACTS,
    LABELS,
    TODAY,
    again,
    by_rdflib,
    expected,
    filled,
    one_of_each,
    samples,
    shown_of,
    triples_of,
    written,
)

from .conftest import FULL


class TestEverySample:
    @pytest.mark.parametrize("ending", ENDINGS)
    def test_comes_back(self, ending: str):
        count = 0
        for kind, raw in samples():
            shown = normalise_record(raw, schema_of(kind))
            data = written(triples_of(shown, kind), ending)
            assert again(data, ending) == expected(shown, kind)
            count += 1
        assert count >= 120


class TestGenerated:
    def test_entries_come_back_each_in_one_of_four_syntaxes(self):
        for number, record in enumerate(entries(200, TODAY)):
            ending = ENDINGS[number % len(ENDINGS)]
            shown = shown_of(record)
            facts = SiteFacts("https://city.example", "350100")
            stated = record_document(shown, ENTRY, facts, LABELS, audience="officials")
            assert again(written(stated, ending), ending) == canonical_bytes(without_empty(record))

    def test_units_come_back(self):
        for number, record in enumerate(units(TODAY)):
            ending = ENDINGS[number % len(ENDINGS)]
            data = written(triples_of(shown_of(record), UNIT), ending)
            assert again(data, ending) == canonical_bytes(without_empty(record))


class TestEveryDirectory:
    @pytest.mark.parametrize("ending", ENDINGS)
    @pytest.mark.parametrize("kind", KINDS)
    def test_a_usual_record_as_our_own_writers_write_it(self, kind: str, ending: str):
        shown = one_of_each()[kind]
        assert again(by_rdflib(triples_of(shown, kind), ending), ending) == expected(shown, kind)

    @pytest.mark.parametrize("ending", ENDINGS)
    @pytest.mark.parametrize("kind", KINDS)
    def test_a_record_with_every_field(self, kind: str, ending: str):
        shown = filled(kind)
        assert again(by_rdflib(triples_of(shown, kind), ending), ending) == expected(shown, kind)
        assert json.loads(expected(shown, kind))["fields"].keys() >= {
            field.name
            for field in schema_of(kind).fields
            if field.catalogued and not field.stored_as
        }


NASTY = st.text(min_size=1, max_size=30)


class TestNastyTexts:
    @settings(max_examples=60, deadline=None)
    @given(st.lists(NASTY, min_size=7, max_size=7), st.sampled_from(ENDINGS))
    def test_every_text_comes_back(self, words: list[str], ending: str):
        shown = copy.deepcopy(FULL)
        shown |= {"title": words[0], "notes": words[1], "thesaurus": words[2]}
        shown["items"][0] |= {"name": words[3], "length": words[4]}
        shown["theme"] = [words[5], words[6]]
        shown["contact"][0]["telephone"] = words[5]
        shown["legal_basis"].append({"title": words[6]})
        for write in (written, by_rdflib):
            assert again(write(triples_of(shown, ENTRY), ending), ending) == expected(shown, ENTRY)


class TestWhatIsSaidTwice:
    def test_only_what_the_standard_terms_do_not_tell(self):
        stated = {
            str(predicate).partition(":field-")[2]
            for subject, predicate, _ in triples_of(FULL, ENTRY)
            if str(subject).endswith("#record") and ":field-" in str(predicate)
        }
        # No term; said of distributions only; the code of another unit; text instead of a number.
        assert stated <= {
            "secrecy",
            "charset",
            "provider_address",
            "service_info",
            "resources",
            "provider_code",
            "generation_way",
        }
        assert {"secrecy", "charset"} <= stated

    def test_a_title_changed_in_its_standard_term_is_read_as_changed(self):
        text = written(triples_of(FULL, ENTRY), "nt").decode()
        (record,) = read_rdf(text.replace("示例法人单位基础信息", "改名后的信息").encode())
        assert record["fields"]["title"] == "改名后的信息"

    def test_an_address_that_only_the_unit_has_does_not_become_one_of_the_entry(self):
        shown = {name: value for name, value in FULL.items() if name != "provider_address"}
        facts = SiteFacts("https://city.example", "350100", unit={**FACTS.unit, "address": "某路"})
        stated = record_document(shown, ENTRY, facts, LABELS, audience="officials")
        (record,) = read_rdf(written(stated, "nt"))
        assert "provider_address" not in record["fields"]


class TestPublicDocuments:
    @pytest.mark.parametrize("kind", sorted({*DIRECTORY_KINDS} - {"permit_type"}))
    def test_nothing_of_a_directory_for_officials(self, kind: str):
        assert list(record_document(filled(kind), kind, FACTS, LABELS)) == []

    @pytest.mark.parametrize("kind", ["permit_type", UNIT])
    def test_no_field_that_the_schema_does_not_call_public(self, kind: str):
        shown = filled(kind)
        closed = [field for field in schema_of(kind).fields if not field.public]
        assert closed
        for field in closed:
            shown[field.name] = [{"title": "内部"}] if field.kind == "rows" else "内部"
        text = written(record_document(shown, kind, FACTS, LABELS), "nt").decode()
        assert "内部" not in text
        assert "%E5%86%85" not in text
        assert shown["title"] in text

    @pytest.mark.parametrize("kind", [ENTRY, "permit_type", UNIT])
    def test_they_are_no_records_to_import(self, kind: str):
        assert read_rdf(written(record_document(filled(kind), kind, FACTS, LABELS), "ttl")) == []


HEAD = b"""<urn:a> <urn:cn:fjgov:ns:recordKind> "entry" ;
    <http://xmlns.com/foaf/0.1/primaryTopic> <urn:b> """


class TestRefused:
    @pytest.mark.parametrize(
        ("data", "code"),
        [
            (b'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY e "x">]><r>&e;</r>', "doctype"),
            (b"<a> <b> .", "rdf"),
            (b'<urn:a> <urn:cn:fjgov:ns:recordKind> "entry" .', "rdf"),
            (HEAD.replace(b"entry", b"harvest") + b".", "rdf"),
            (HEAD + b'; <urn:cn:fjgov:ns:field-title> "{"^^<urn:cn:fjgov:ns:json> .', "rdf"),
        ],
    )
    def test_with_a_reason(self, data: bytes, code: str):
        with pytest.raises(ImportRefused) as refused:
            read_rdf(data)
        assert refused.value.code == code

    @pytest.mark.parametrize("key", [b"@context", rb"\u0040context", rb"@c\u006fntext"])
    def test_a_context_from_the_network(self, key: bytes):
        with pytest.raises(ImportRefused) as refused:
            read_rdf(b'{"%s": "https://example.org/c", "@id": "urn:a"}' % key)
        assert refused.value.code == "context"
