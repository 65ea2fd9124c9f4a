"""Code lists as SKOS, agreements and tombstones: what is said, and that names are kept."""

from __future__ import annotations

import pyoxigraph as ox
import pytest
from rdflib import Graph, Literal, URIRef

from ckanext.fjgov.core.catalog.vocabulary import (
    load_vocabulary,
    parse_vocabulary,
    vocabulary_names,
)
from ckanext.fjgov.core.export.agreement import ACTIONS, agreement_triples
from ckanext.fjgov.core.export.document import add_all, new_graph
from ckanext.fjgov.core.export.fragments import SYNTAXES, fragment
from ckanext.fjgov.core.export.namespaces import DCT, ODRL, OWL, RDF, SKOS, term
from ckanext.fjgov.core.export.record import tombstone_triples
from ckanext.fjgov.core.export.skos import scheme_of, vocabulary_triples
from ckanext.fjgov.core.export.vocabulary_labels import VOCABULARIES
from tests.rdf_kinds import GRANT, PAGE
from tests.rdf_parsers import BY_OXIGRAPH


def graph_of(triples) -> Graph:
    graph = new_graph()
    add_all(graph, triples)
    return graph


@pytest.mark.parametrize("name", vocabulary_names())
def test_every_list_is_a_scheme_with_all_its_codes(name: str) -> None:
    found = load_vocabulary(name)
    graph = graph_of(vocabulary_triples(found, PAGE))
    concepts = set(graph.subjects(RDF.type, SKOS.Concept))
    assert concepts == {term(scheme_of(name), code) for code in found.concepts}
    for concept in found.concepts.values():
        node = term(scheme_of(name), concept.code)
        assert (node, SKOS.prefLabel, Literal(concept.zh.strip(), lang="zh")) in graph
        broader = {term(scheme_of(name), concept.parent)} if concept.parent else set()
        assert set(graph.objects(node, SKOS.broader)) == broader


@pytest.mark.parametrize("name", vocabulary_names())
def test_every_list_can_be_written_and_names_its_equals(name: str) -> None:
    found = load_vocabulary(name)
    piece = fragment(vocabulary_triples(found, PAGE))
    same = {(str(q.subject.value), str(q.object.value)) for q in exact_matches(piece)}
    stated = {code: one.extra.get("exact_match") for code, one in found.concepts.items()}
    scheme = scheme_of(name)
    assert same == {
        (str(term(scheme, code)), str(term(scheme, match)) if match in found else match)
        for code, match in stated.items()
        if match
    }


def exact_matches(piece: bytes) -> list[ox.Quad]:
    quads = ox.parse(piece, format=ox.RdfFormat.N_TRIPLES)
    return [quad for quad in quads if quad.predicate.value == str(SKOS.exactMatch)]


def test_names_of_schemes_are_their_own() -> None:
    names = [scheme_of(name) for name in vocabulary_names()]
    assert len(names) == len(set(names))
    assert set(VOCABULARIES) <= set(names)


def test_a_retired_code_is_marked_and_leads_to_the_one_that_took_over() -> None:
    text = """
name: sample
title: {zh_Hans_CN: 示例, en: Sample}
source: 示例
version: '1'
concepts:
- {code: '1', zh: 旧, status: retired, replaced_by: '2'}
- {code: '2', zh: 新}
"""
    graph = graph_of(vocabulary_triples(parse_vocabulary(text, "sample", "sample", None), PAGE))
    old, new = term("sample", "1"), term("sample", "2")
    assert set(graph.objects(old, DCT.isReplacedBy)) == {new}
    assert (old, OWL.deprecated, None) in graph
    assert (new, OWL.deprecated, None) not in graph


@pytest.mark.parametrize("mode", ["query", "direct", "custom"])
def test_an_agreement_says_who_may_do_what_until_when(mode: str) -> None:
    graph = graph_of(
        agreement_triples({**GRANT, "mode": mode}, "http://n/g", URIRef("http://n/id/1/2"))
    )
    [agreement] = graph.subjects(RDF.type, ODRL.Agreement)
    [permission] = graph.objects(agreement, ODRL.permission)
    assert set(graph.objects(permission, ODRL.action)) == set(ACTIONS[mode])
    [prohibition] = graph.objects(agreement, ODRL.prohibition)
    assert ODRL.distribute in set(graph.objects(prohibition, ODRL.action))
    [target] = graph.objects(permission, ODRL.target)
    assert set(graph.objects(target, ODRL.partOf)) == {URIRef("http://n/id/1/2")}
    sides = (ODRL.assigner, ODRL.assignee)
    codes = [str(graph.value(graph.value(permission, side), DCT.identifier)) for side in sides]
    assert codes == [GRANT["provider"], GRANT["unit"]]
    assert len(set(graph.objects(permission, ODRL.constraint))) == 5


@pytest.mark.parametrize("ending", BY_OXIGRAPH)
def test_every_syntax_says_the_same_of_several_pieces(ending: str) -> None:
    pieces = [
        fragment(agreement_triples(GRANT, "http://n/g", URIRef("http://n/id/1/2"))),
        fragment(tombstone_triples(URIRef("http://n/id/1/3"), "2026-01-01T00:00:00Z", None)),
        fragment(vocabulary_triples(load_vocabulary("share_types"), PAGE)),
    ]
    wanted = set(ox.parse(b"".join(pieces), format=BY_OXIGRAPH["nt"]))
    document = b"".join(SYNTAXES[ending].document(iter(pieces)))
    assert set(ox.parse(document, format=BY_OXIGRAPH[ending])) == wanted


@pytest.mark.parametrize("ending", BY_OXIGRAPH)
def test_a_document_of_nothing_is_one(ending: str) -> None:
    document = b"".join(SYNTAXES[ending].document(iter(())))
    assert list(ox.parse(document, format=BY_OXIGRAPH[ending])) == []


def test_a_name_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="IRI"):
        fragment([(URIRef("http://n/a b"), RDF.type, SKOS.Concept)])
