"""What a catalog is made up of: directories, catalogs of nodes below, units."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from rdflib import DCAT, DCTERMS, FOAF, RDF, RDFS, Graph, Literal, URIRef

from ckanext.fjgov.core.catalog.canonical import KINDS
from ckanext.fjgov.core.export.catalogs import (
    ListedUnit,
    catalog_triples,
    directory_titles,
    directory_uri,
    membership,
    units_triples,
)
from ckanext.fjgov.core.export.document import add_all, new_graph

SITE = "https://province.example"
CATALOG = URIRef(SITE)
CITY = URIRef("https://fuzhou.example")


def graph_of(triples) -> Graph:
    graph = new_graph()
    add_all(graph, triples)
    return graph


def test_six_directories_and_the_nodes_below_are_catalogs_of_the_catalog(facts):
    graph = graph_of(catalog_triples(facts, title="示例目录", description=""))
    parts = set(graph.objects(CATALOG, DCAT.catalog))
    assert parts == {directory_uri(kind, facts) for kind in KINDS} | {CITY}
    assert len(parts) == 7
    for part in parts:
        assert (part, RDF.type, DCAT.Catalog) in graph
        assert graph.value(part, DCTERMS.description)
        assert (graph.value(part, DCTERMS.publisher), RDF.type, FOAF.Organization) in graph
    assert graph.value(CITY, DCTERMS.title) == Literal("示例市", lang="zh")
    titles = {str(one) for one in graph.objects(directory_uri("permit_type", facts), DCTERMS.title)}
    assert titles == {"证照目录", "Licences and certificates"}
    paths = {
        urlsplit(str(one)).path for part in parts for one in graph.objects(part, FOAF.homepage)
    }
    assert {"/dataset/", "/organization/", "/directory/app_system/", "/"} < paths


def test_a_node_without_an_address_has_no_catalog_to_name(facts):
    alone = replace(facts, node_sites={}, nodes_below={"350100": "示例市"})
    graph = graph_of(catalog_triples(alone, title="示例目录", description=""))
    assert set(graph.objects(CATALOG, DCAT.catalog)) == {directory_uri(k, facts) for k in KINDS}


def test_units_are_named_at_home_and_documented_here(facts):
    units = [ListedUnit("u-1", "示例局", "350100"), ListedUnit("u-2", "示例厅", "")]
    graph = graph_of(units_triples(units, facts))
    named = set(graph.objects(directory_uri("unit", facts), RDFS.member))
    assert named == {URIRef(f"{CITY}/organization/u-1"), URIRef(f"{SITE}/organization/u-2")}
    for unit in named:
        document = graph.value(unit, RDFS.seeAlso)
        assert str(document) == f"{SITE}{urlsplit(str(unit)).path}.ttl"
        assert graph.value(unit, FOAF.name)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in {"unit", "entry"}])
def test_a_record_is_a_resource_of_its_directory(make_record, facts, kind):
    graph = graph_of(membership(make_record(type=kind), facts, kind=kind))
    [(catalog, predicate, _record)] = graph
    assert (catalog, predicate) == (directory_uri(kind, facts), DCAT.resource)


def test_an_entry_is_a_dataset_of_the_catalog_and_of_its_directory(make_record, facts):
    graph = graph_of(membership(make_record(), facts))
    holders = {CATALOG, directory_uri("entry", facts)}
    assert set(graph.subjects(DCAT.dataset)) == set(graph.subjects(DCAT.record)) == holders


def test_every_kind_has_its_title():
    assert list(directory_titles()) == list(KINDS)
    assert all(zh and en for zh, en in directory_titles().values())
