"""Code lists, units, agreements and tombstones of a running node, by what the reader asks for."""

from __future__ import annotations

from typing import Any

import httpx
import pyoxigraph as ox
import pyshacl
import pytest
from rdflib import Graph

from ckanext.fjgov.core.export.shapes import Document, shapes_graph
from tests.integration.api import client, create_listed, open_entry, unit_of
from tests.integration.sharing_cases import NODE, granted, people_of, published, restricted
from tests.integration.stack_env import StackInfo

PATIENCE_S = 60
TURTLE = ox.RdfFormat.TURTLE
ODRL = "http://www.w3.org/ns/odrl/2/"


def fetched(stack: StackInfo, path: str, token: str = "", **headers: str) -> httpx.Response:
    if token:
        headers["Authorization"] = token
    url = path if path.startswith("http") else f"{stack.urls[NODE]}{path}"
    return httpx.get(url, headers=headers, timeout=PATIENCE_S)


def objects(content: bytes, predicate: str) -> list[Any]:
    graph = ox.Dataset(ox.parse(content, format=TURTLE))
    return [quad.object for quad in graph.quads_for_predicate(ox.NamedNode(predicate))]


def assert_conforms(content: bytes, document: Document) -> None:
    graph = Graph().parse(data=content, format="turtle")
    conforms, _, report = pyshacl.validate(graph, shacl_graph=shapes_graph(document))
    assert conforms, report


def test_a_page_leads_to_the_form_that_is_asked_for(stack: StackInfo) -> None:
    entry = create_listed(stack, **open_entry())
    unit = unit_of(stack, NODE)
    for path in (f"/dataset/{entry['name']}", f"/organization/{unit}", "/fjgov/standards/topics"):
        for accept, ending in (
            ("text/turtle", ".ttl"),
            ("application/rdf+xml", ".rdf"),
            ("application/ld+json, text/html;q=0.5", ".jsonld"),
        ):
            answer = fetched(stack, path, Accept=accept)
            assert answer.status_code == 303, path
            assert "Accept" in answer.headers["vary"].split(", ")
            assert answer.headers["location"] == f"{stack.urls[NODE]}{path}{ending}"
            document = fetched(stack, answer.headers["location"])
            assert document.status_code == 200, answer.headers["location"]
        for accept in ("text/html,application/xhtml+xml,*/*;q=0.8", "*/*"):
            assert "text/html" in fetched(stack, path, Accept=accept).headers["content-type"]


def test_a_code_list_is_kept_by_who_has_it(stack: StackInfo) -> None:
    first = fetched(stack, "/fjgov/standards/share_types.ttl")
    notations = objects(first.content, "http://www.w3.org/2004/02/skos/core#notation")
    assert {one.value for one in notations} == {"1", "2", "3"}
    assert_conforms(first.content, "code_list")
    again = fetched(
        stack, "/fjgov/standards/share_types.ttl", **{"If-None-Match": first.headers["etag"]}
    )
    assert (again.status_code, again.content) == (304, b"")
    for path in ("/fjgov/standards/none.ttl", "/fjgov/standards/topics.doc"):
        assert fetched(stack, path).status_code == 404


def test_a_withdrawn_entry_leaves_a_tombstone(stack: StackInfo) -> None:
    entry = create_listed(stack, **open_entry())
    # The log has it once somebody followed it; what was never told is not missed.
    assert fetched(stack, "/fjgov/dump.json").status_code == 200
    client(stack, NODE, "registrar").action.package_delete(id=entry["id"])
    path = f"/id/{entry['identifier']}"
    people = fetched(stack, path, Accept="text/html")
    machine = fetched(stack, path, Accept="text/turtle")
    assert (people.status_code, machine.status_code) == (410, 410)
    [at] = objects(machine.content, "http://www.w3.org/ns/prov#invalidatedAtTime")
    assert at.value.startswith("20")
    assert_conforms(machine.content, "withdrawn")
    assert entry["title"] not in machine.text
    assert fetched(stack, "/id/35100/999999", Accept="text/turtle").status_code == 404


def test_of_an_entry_that_was_not_to_be_known_nothing_is_told_by_its_end(
    stack: StackInfo,
) -> None:
    entry = create_listed(stack, share_type="3", restriction_kind=None)
    registrar = client(stack, NODE, "registrar")
    registrar.action.package_delete(id=entry["id"])
    path = f"/id/{entry['identifier']}"
    assert fetched(stack, path).status_code == 404
    assert fetched(stack, path, str(registrar.apikey)).status_code == 410


def test_an_agreement_is_for_its_parties(stack: StackInfo) -> None:
    people = people_of(stack)
    entry = restricted(stack, **published("direct"))
    [grant] = granted(people, entry)
    path = f"/fjgov/grants/{grant['number']}.ttl"
    shown = fetched(stack, f"/fjgov/cases/{grant['number']}", str(people.asking.apikey))
    for ending in ("ttl", "rdf", "jsonld", "nt"):
        assert f'href="/fjgov/grants/{grant["number"]}.{ending}"' in shown.text
    case = f"/fjgov/cases/{grant['number']}"
    led = fetched(stack, case, str(people.asking.apikey), Accept="text/turtle")
    assert (led.status_code, led.headers["location"]) == (303, f"{stack.urls[NODE]}{path}")
    for who in ("asking", "providing", "operator", "office"):
        answer = fetched(stack, path, str(getattr(people, who).apikey))
        assert answer.status_code == 200, who
        assert "no-store" in answer.headers["cache-control"]
        assert_conforms(answer.content, "agreement")
        [purpose] = [
            one.value for one in objects(answer.content, f"{ODRL}rightOperand")
            if "救助情况" in one.value
        ]  # fmt: skip
        assert purpose
    for token in ("", str(people.other.apikey)):
        assert fetched(stack, path, token).status_code == 404
    assert fetched(stack, "/fjgov/grants/GX-2026-999999.ttl").status_code == 404


@pytest.mark.parametrize("role", ["", "staff"])
def test_a_unit_has_what_its_reader_sees(stack: StackInfo, role: str) -> None:
    token = stack.credentials[NODE][role]["token"] if role else ""
    answer = fetched(stack, f"/organization/{unit_of(stack, NODE)}.ttl", token)
    shown = client(stack, NODE, "staff").action.organization_show(id=unit_of(stack, NODE))
    assert shown["title"] in answer.text
    assert_conforms(answer.content, "officials" if role else "public")
    assert ("no-store" in answer.headers["cache-control"]) is bool(role)
