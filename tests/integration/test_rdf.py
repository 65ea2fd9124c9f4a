"""RDF and GB XML of a running node: complete, valid, and without what the reader may not have."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pyoxigraph
import pytest
from ckanapi import RemoteCKAN
from pyshacl import validate
from rdflib import DCAT, DCTERMS, FOAF, RDF, RDFS, Graph, URIRef

from ckanext.fjgov.core.catalog.canonical import canonical_bytes, record_hash
from ckanext.fjgov.core.export.facts import Audience
from ckanext.fjgov.core.export.gbxml import parse_gbxml
from ckanext.fjgov.core.export.shapes import shapes_graph
from ckanext.fjgov.core.importing.rdf_reading import read_rdf
from tests.dcat_ap import exceptions, violations
from tests.factories import DIRECTORY_RECORDS
from tests.integration.api import logged
from tests.integration.directory_records import register
from tests.integration.stack_env import StackInfo

FORMATS = {"ttl": "turtle", "rdf": "xml", "jsonld": "json-ld", "nt": "nt"}
# A page of a hundred entries takes seconds on a machine that does other things beside.
PATIENCE_S = 60
HYDRA_NEXT = "http://www.w3.org/ns/hydra/core#next"


def public_entries(stack: StackInfo, node: str) -> dict[str, dict[str, object]]:
    found = RemoteCKAN(stack.urls[node]).action.package_search(rows=1000)["results"]
    return {entry["identifier"]: entry for entry in found}


def pages(url: str) -> Iterator[Graph]:
    """Follow the catalog from page to page as a harvester does."""
    while url:
        answer = httpx.get(url, timeout=PATIENCE_S).raise_for_status()
        graph = Graph().parse(data=answer.text, format="turtle")
        yield graph
        following = [str(o) for _, p, o in graph if str(p) == HYDRA_NEXT]
        url = following[0] if following else ""


@pytest.mark.parametrize("node", ["province", "fuzhou"])
def test_paged_catalog_holds_exactly_the_public_entries(stack: StackInfo, node: str) -> None:
    identifiers = set()
    for graph in pages(f"{stack.urls[node]}/catalog.ttl"):
        for dataset in graph.subjects(RDF.type, DCAT.Dataset):
            identifiers |= {str(value) for value in graph.objects(dataset, DCTERMS.identifier)}
    assert identifiers == set(public_entries(stack, node))


def test_the_document_of_the_catalog_names_its_directories_nodes_and_units(
    stack: StackInfo,
) -> None:
    site = stack.urls["province"]
    following = pages(f"{site}/catalog.ttl")
    first, second = next(following), next(following)
    dump = Graph().parse(data=httpx.get(f"{site}/fjgov/dump.nt", timeout=PATIENCE_S).content)
    units = set(RemoteCKAN(site).action.organization_list())
    directories = {
        f"{site}#directory-{kind}" for kind in ("unit", "entry", *sorted(DIRECTORY_RECORDS))
    }
    nodes = {stack.urls[node] for node in ("fuzhou", "xiamen")}
    for graph in (first, dump):
        catalogs = set(graph.objects(URIRef(site), DCAT.catalog))
        assert {str(one) for one in catalogs} == directories | nodes
        assert all(graph.value(one, DCTERMS.title) for one in catalogs)
        listed = set(graph.objects(URIRef(f"{site}#directory-unit"), RDFS.member))
        assert {str(one).rpartition("/")[2] for one in listed} == units
        for unit in sorted(listed)[::20]:
            document = httpx.get(str(graph.value(unit, RDFS.seeAlso))).raise_for_status()
            assert str(graph.value(unit, FOAF.name)) in document.text
    assert not set(second.objects(URIRef(f"{site}#directory-unit"), RDFS.member))
    conforms, _, report = validate(first, shacl_graph=shapes_graph("public"))
    assert conforms, report


@pytest.mark.parametrize("ending", FORMATS)
def test_entry_document_conforms_to_the_public_shapes(stack: StackInfo, ending: str) -> None:
    shapes = shapes_graph("public")
    url = stack.urls["province"]
    entries = sorted(public_entries(stack, "province").values(), key=lambda e: str(e["id"]))
    for entry in entries[::40]:
        answer = httpx.get(f"{url}/dataset/{entry['id']}.{ending}").raise_for_status()
        graph = Graph().parse(data=answer.text, format=FORMATS[ending])
        conforms, _, report = validate(graph, shacl_graph=shapes)
        assert conforms, f"{entry['identifier']}: {report}"
        assert {found for found, _ in violations(graph)} <= exceptions()


@pytest.mark.parametrize("path", ["/catalog.ttl", "/fjgov/dump.ttl"])
@pytest.mark.parametrize("role", ["", "staff"])
def test_a_document_of_the_catalog_conforms(stack: StackInfo, path: str, role: str) -> None:
    token = stack.credentials["xiamen"][role]["token"] if role else ""
    headers = {"Authorization": token} if role else {}
    # The pages of the catalog are public ones, whoever reads them.
    audience: Audience = "officials" if role and "dump" in path else "public"
    url = f"{stack.urls['xiamen']}{path}"
    answer = httpx.get(url, headers=headers, timeout=PATIENCE_S).raise_for_status()
    graph = Graph().parse(data=answer.text, format="turtle")
    assert next(graph.subjects(RDF.type, DCAT.Catalog), None) is not None
    conforms, _, report = validate(graph, shacl_graph=shapes_graph(audience))
    assert conforms, report
    assert {found for found, _ in violations(graph)} <= exceptions()


def test_one_entry_is_the_same_graph_in_every_format_and_with_another_parser(
    stack: StackInfo,
) -> None:
    entry = next(iter(public_entries(stack, "fuzhou").values()))
    url = f"{stack.urls['fuzhou']}/dataset/{entry['id']}"
    graphs = [
        Graph().parse(data=httpx.get(f"{url}.{ending}").text, format=name)
        for ending, name in FORMATS.items()
    ]
    assert graphs[0].isomorphic(graphs[1])
    assert graphs[0].isomorphic(graphs[2])
    assert graphs[0].isomorphic(graphs[3])
    again = pyoxigraph.parse(httpx.get(f"{url}.ttl").content, format=pyoxigraph.RdfFormat.TURTLE)
    assert len(list(again)) == len(graphs[0])


def test_a_copy_keeps_the_uri_of_its_home_node(stack: StackInfo) -> None:
    copies = [
        entry
        for entry in public_entries(stack, "province").values()
        if entry["home_node"] == "350100"
    ]
    answer = httpx.get(f"{stack.urls['province']}/dataset/{copies[0]['id']}.ttl")
    graph = Graph().parse(data=answer.text, format="turtle")
    uris = [str(subject) for subject in graph.subjects(RDF.type, DCAT.Dataset)]
    assert uris == [f"{stack.urls['fuzhou']}/id/{copies[0]['identifier']}"]


def test_identifier_leads_to_the_page_or_to_rdf(stack: StackInfo) -> None:
    url = stack.urls["fuzhou"]
    identifier, entry = next(iter(public_entries(stack, "fuzhou").items()))
    page = httpx.get(f"{url}/id/{identifier}")
    assert (page.status_code, page.headers["location"]) == (
        303,
        f"{url}/dataset/{entry['name']}",
    )
    data = httpx.get(f"{url}/id/{identifier}", headers={"Accept": "text/turtle"})
    assert data.status_code == 303
    assert re.search(r"\.ttl$", data.headers["location"])
    assert httpx.get(f"{url}/id/99999/000001").status_code == 404


def test_gb_xml_reads_back_as_the_entry(stack: StackInfo) -> None:
    for identifier, entry in list(public_entries(stack, "xiamen").items())[::15]:
        answer = httpx.get(f"{stack.urls['xiamen']}/dataset/{entry['id']}.xml-gb")
        metadata = parse_gbxml(answer.raise_for_status().content)
        assert (metadata.identifier, metadata.title) == (identifier, entry["title"])


@pytest.mark.parametrize("ending", [*FORMATS, "xml-gb"])
def test_what_the_public_may_not_find_has_no_document(stack: StackInfo, ending: str) -> None:
    staff = RemoteCKAN(stack.urls["fuzhou"], apikey=stack.credentials["fuzhou"]["staff"]["token"])
    hidden = staff.action.package_search(fq="share_type:3", rows=1)["results"][0]
    answer = httpx.get(f"{stack.urls['fuzhou']}/dataset/{hidden['id']}.{ending}")
    assert answer.status_code in {401, 403, 404}
    assert hidden["title"] not in answer.text


@pytest.mark.parametrize("kind", sorted(DIRECTORY_RECORDS))
def test_a_record_of_another_directory_leaves_for_officials_and_comes_back(
    stack: StackInfo, kind: str
) -> None:
    record = register(stack, kind, "fuzhou")
    site = stack.urls["fuzhou"]
    token = {"Authorization": stack.credentials["fuzhou"]["registrar"]["token"]}
    officials = {"profiles": "fjgov_dcat_officials"}
    for ending in FORMATS:
        address = f"{site}/dataset/{record['id']}.{ending}"
        answer = httpx.get(address, params=officials, headers=token).raise_for_status()
        (again,) = read_rdf(answer.content)
        _, logged_hash = logged(stack, "fuzhou", record["identifier"])
        assert record_hash(canonical_bytes(again)) == logged_hash
        assert httpx.get(address, params=officials).status_code in {401, 403, 404}
    assert f"{site}/id/{record['identifier']}#record" in answer.text


def test_entries_in_the_officials_documents_are_those_of_the_change_log(stack: StackInfo) -> None:
    site = stack.urls["fuzhou"]
    token = stack.credentials["fuzhou"]["platform_operator"]["token"]
    found = RemoteCKAN(site, apikey=token).action.package_search(
        fq="home_node:350100 AND dataset_type:dataset", rows=30, sort="name asc"
    )["results"]
    assert len(found) == 30
    for entry in found[::3]:
        answer = httpx.get(
            f"{site}/dataset/{entry['id']}.jsonld",
            params={"profiles": "fjgov_dcat_officials"},
            headers={"Authorization": token},
        )
        (again,) = read_rdf(answer.raise_for_status().content)
        _, logged_hash = logged(stack, "fuzhou", entry["identifier"])
        assert record_hash(canonical_bytes(again)) == logged_hash
