"""Record -> RDF of the officials -> the same canonical record, in every syntax."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

import pyoxigraph
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import BlankNode, NamedNode, Quad, RdfFormat, Triple
from pyshacl import validate
from rdflib import BNode, Graph, Literal

from ckanext.fjgov.core.catalog.canonical import (
    DIRECTORY_KINDS,
    ENTRY,
    KINDS,
    UNIT,
    canonical_bytes,
    without_empty,
)
from ckanext.fjgov.core.catalog.rules import normalise_record
from ckanext.fjgov.core.export.document import add_all, new_graph, serialise
from ckanext.fjgov.core.export.documents import record_document
from ckanext.fjgov.core.export.facts import SiteFacts, Triples
from ckanext.fjgov.core.export.registered import registered_record, schema_of
from ckanext.fjgov.core.export.shapes import shapes_graph
from ckanext.fjgov.core.export.vocabulary_labels import VocabularyLabels
from ckanext.fjgov.core.importing.problems import ImportRefused
from ckanext.fjgov.core.importing.rdf_reading import read_rdf
from deploy.samples import NODE_KEYS, load_samples
from tests.bench.corpus import entries, units
from tests.factories import UNIT_CODE, make_directory_record, make_unit

from .conftest import FULL

TODAY = date(2026, 11, 22)
FACTS = SiteFacts(
    "https://city.example", "350100", unit={"title": "示例局", "name": "u1", "uscc": UNIT_CODE}
)
LABELS = VocabularyLabels()
BY_OXIGRAPH = {
    "nt": (RdfFormat.N_TRIPLES, "application/n-triples"),
    "ttl": (RdfFormat.TURTLE, "text/turtle"),
    "rdf": (RdfFormat.RDF_XML, "application/rdf+xml"),
    "jsonld": (RdfFormat.JSON_LD, "application/ld+json"),
}
ENDINGS = tuple(BY_OXIGRAPH)
# For thousands of documents: JSON-LD takes several times as long as the others together.
ROUND = ("nt", "ttl", "rdf") * 3 + ("jsonld",)

Record = dict[str, Any]


def triples_of(shown: Record, kind: str) -> Triples:
    return record_document(shown, kind, FACTS, LABELS, audience="officials")


def expected(shown: Record, kind: str) -> bytes:
    unit = "" if kind == UNIT else FACTS.unit["uscc"]
    return canonical_bytes(registered_record(shown, kind, unit))


def shown_of(record: Record) -> Record:
    """Give a canonical record as an action shows it."""
    tags = [{"name": tag} for tag in record.get("tags", [])]
    beside = {"id": record["id"], "name": record["name"], "tags": tags}
    return {**record["fields"], **beside, "resources": record.get("resources", [])}


def written(triples: Triples, ending: str) -> bytes:
    """Serialise by pyoxigraph, which is fast enough for thousands of documents."""
    found = {(_node(s), _node(p), _object(o)) for s, p, o in triples}
    given_ = BY_OXIGRAPH[ending][0]
    parts: Iterable[Any] = (Triple(*one) for one in found)
    if given_ == RdfFormat.JSON_LD:
        parts = (Quad(*one) for one in found)
    return bytes(pyoxigraph.serialize(parts, format=given_) or b"")


def _node(node: Any) -> Any:
    return BlankNode(str(node)) if isinstance(node, BNode) else NamedNode(str(node))


def _object(node: Any) -> Any:
    if not isinstance(node, Literal):
        return _node(node)
    if node.language:
        return pyoxigraph.Literal(str(node), language=node.language)
    datatype = NamedNode(str(node.datatype)) if node.datatype else None
    return pyoxigraph.Literal(str(node), datatype=datatype)


def by_rdflib(triples: Triples, ending: str) -> bytes:
    graph = new_graph()
    add_all(graph, triples)
    return serialise(graph, ending).encode()


def again(data: bytes, ending: str) -> bytes:
    (record,) = read_rdf(data, BY_OXIGRAPH[ending][1])
    return canonical_bytes(record)


def samples() -> Iterator[tuple[str, Record]]:
    for key in NODE_KEYS:
        loaded = load_samples(key, TODAY)
        yield from (
            (ENTRY, {"id": f"e{n}", "name": f"n{n}", **one}) for n, one in enumerate(loaded.entries)
        )
        yield from (
            (UNIT, {"id": f"u{n}", "name": f"u{n}", **one}) for n, one in enumerate(loaded.units)
        )


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
    def test_two_thousand_entries_come_back_each_in_one_of_four_syntaxes(self):
        for number, record in enumerate(entries(2000, TODAY)):
            ending = ROUND[number % len(ROUND)]
            shown = shown_of(record)
            facts = SiteFacts("https://city.example", "350100")
            stated = record_document(shown, ENTRY, facts, LABELS, audience="officials")
            assert again(written(stated, ending), ending) == canonical_bytes(without_empty(record))

    def test_units_come_back(self):
        for number, record in enumerate(units(TODAY)):
            ending = ROUND[number % len(ROUND)]
            data = written(triples_of(shown_of(record), UNIT), ending)
            assert again(data, ending) == canonical_bytes(without_empty(record))


def one_of_each() -> dict[str, Record]:
    rest = {
        "id": "0b7f7b1e",
        "name": "35100-000009",
        "identifier": "35100/000009",
        "md_date_updated": "2026-11-01",
    }
    found = {kind: {**make_directory_record(kind), **rest} for kind in DIRECTORY_KINDS}
    found[ENTRY] = FULL
    found[UNIT] = {**make_unit(), "id": "u1", "name": "u1"}
    return found


def filled(kind: str) -> Record:
    """Give a record with a value in every catalogued field, some of them odd."""
    record: Record = dict(one_of_each()[kind])
    for field in schema_of(kind).fields:
        if not field.catalogued or field.stored_as:
            continue
        if field.kind == "rows":
            columns = [column.name for column in field.subfields]
            record[field.name] = [
                {name: f"{name} 乙{number}" for name in columns} for number in range(12, 0, -1)
            ]
        elif field.is_list:
            record[field.name] = ["乙", "甲 2", "a/b", "35100/000001"]
        else:
            record.setdefault(field.name, "2026-11-02" if field.kind == "date" else "3.50")
    return record


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


class TestShapes:
    @pytest.mark.parametrize("kind", KINDS)
    def test_officials_documents_conform(self, kind: str):
        graph = Graph()
        add_all(graph, triples_of(one_of_each()[kind], kind))
        conforms, _, report = validate(graph, shacl_graph=shapes_graph("officials"))
        assert conforms, report


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
