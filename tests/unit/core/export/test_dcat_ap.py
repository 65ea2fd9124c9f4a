"""Our documents and DCAT-AP 3.0.0: mandatory properties, ranges, and the listed exceptions.

Samples and generated entries: `tests/integration/test_generated_shapes.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from rdflib import SH, Graph, Literal, URIRef

from ckanext.fjgov.core.catalog.canonical import ENTRY
from ckanext.fjgov.core.export.documents import record_document
from ckanext.fjgov.core.export.facts import SiteFacts
from ckanext.fjgov.core.export.namespaces import RDF, SKOS
from ckanext.fjgov.core.export.vocabulary_labels import VocabularyLabels
from tests.dcat_ap import (
    RELEASE,
    dcat_ap_shapes,
    exceptions,
    mandatory,
    short,
    violations,
)
from tests.rdf_kinds import every_document, graph_of
from tests.shape_faults import broken, constraints

DOCUMENTS = {name: made for name, made in every_document().items() if "code list" not in name}
# DCAT-AP 3.0.0, the tables of mandatory properties of each class.
MANDATORY = {
    "adms:Identifier": {"skos:notation"},
    "dcat:Catalog": {"dct:description", "dct:publisher", "dct:title"},
    "dcat:CatalogRecord": {"dct:modified", "foaf:primaryTopic"},
    "dcat:DataService": {"dcat:endpointURL", "dct:title"},
    "dcat:Dataset": {"dct:description", "dct:title"},
    "dcat:DatasetSeries": {"dct:description", "dct:title"},
    "dcat:Distribution": {"dcat:accessURL"},
    "dcat:Relationship": {"dcat:hadRole", "dct:relation"},
    "foaf:Agent": {"foaf:name"},
    "skos:Concept": {"skos:prefLabel"},
    "skos:ConceptScheme": {"dct:title"},
    "spdx:Checksum": {"spdx:algorithm", "spdx:checksumValue"},
}
# Classes that no document of ours has.
NOT_OURS = {"dcat:DatasetSeries", "dcat:Relationship"}


def test_the_shapes_are_those_of_the_release() -> None:
    shapes = dcat_ap_shapes()
    named = [str(one) for one in shapes.subjects(SH.targetClass)]
    assert len(named) > 40
    assert all(name.startswith(RELEASE) for name in named)
    found: dict[str, set[str]] = {}
    for target, path in mandatory():
        found.setdefault(target, set()).add(path)
    assert found == MANDATORY


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_breaks_nothing_but_the_listed_exceptions(name: str) -> None:
    assert {found for found, _ in violations(DOCUMENTS[name].graph())} <= exceptions()


@pytest.fixture(scope="module")
def code_lists() -> Graph:
    return graph_of(
        triple
        for name, made in every_document().items()
        if "code list" in name
        for triple in made.triples
    )


def test_code_lists_break_nothing(code_lists: Graph) -> None:
    assert list(violations(code_lists)) == []


def test_every_listed_exception_occurs(
    make_record: Callable[..., dict[str, Any]], facts: SiteFacts, labels: VocabularyLabels
) -> None:
    record = make_record(division=["350102001"], guide_class=["102", "307021"])
    stated = record_document(record, ENTRY, facts, labels)
    occurring = {found for found, _ in violations(graph_of(stated))}
    assert occurring == exceptions()


def test_no_name_is_missing_but_of_codes_that_no_list_has(
    make_record: Callable[..., dict[str, Any]], facts: SiteFacts, labels: VocabularyLabels
) -> None:
    record = make_record(division=["350102001"], guide_class=["102", "307021"])
    graph = graph_of(record_document(record, ENTRY, facts, labels))
    nodes = {node for found, node in violations(graph) if found.path == "skos:prefLabel"}
    assert {str(graph.value(node, SKOS.notation)) for node in nodes} == {"350102001", "307021"}


def rows() -> list[object]:
    shapes = dcat_ap_shapes()
    found = [one for one in constraints(shapes) if one.kind == SH.minCount]
    return [
        pytest.param(one, id=f"{short(shapes.value(one.shape, SH.targetClass))} {path}")
        for one in found
        if (path := short(shapes.value(one.prop, SH.path)))
        and short(shapes.value(one.shape, SH.targetClass)) not in NOT_OURS
    ]


@pytest.mark.parametrize("one", rows())
def test_a_document_without_a_mandatory_property_is_found(one: Any) -> None:
    shapes = dcat_ap_shapes()
    graphs = (made.graph() for made in DOCUMENTS.values())
    made = next(made for data in graphs if (made := broken(shapes, one, data)))
    target, path = shapes.value(one.shape, SH.targetClass), shapes.value(one.prop, SH.path)
    found = {(node, where.target, where.path, where.kind) for where, node in violations(made[1])}
    assert (made[0], short(target), short(path), "minCount") in found


def test_a_value_of_another_class_is_found() -> None:
    graph = DOCUMENTS["entry, public"].graph()
    [dataset] = graph.subjects(RDF.type, URIRef("http://www.w3.org/ns/dcat#Dataset"))
    graph.add((dataset, URIRef("http://purl.org/dc/terms/publisher"), Literal("示例局")))
    assert {found for found, _ in violations(graph)} - exceptions() != set()


def test_no_document_has_a_class_that_is_not_ours() -> None:
    classes = {
        str(value)
        for made in DOCUMENTS.values()
        for _, predicate, value in made.triples
        if predicate == RDF.type
    }
    assert not [one for one in classes if one.endswith(("#DatasetSeries", "#Relationship"))]
