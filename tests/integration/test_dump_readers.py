"""Whole-catalog documents of anonymous readers, staff and partner nodes: the visibility table.

A partner node signs its request as it does at the feed, and gets this node's own records.
"""

from __future__ import annotations

import json
import uuid
from typing import Any

import pyoxigraph as ox
import pytest
import requests

from ckanext.fjgov.core.access.visibility import (
    AnonymousScope,
    Aspect,
    Reader,
    entry_facts,
    visible_aspects,
)
from tests.integration.api import client, create_entry, create_listed, eventually, open_entry
from tests.integration.directory_records import register
from tests.integration.stack_env import StackInfo
from tests.integration.test_access_feed import REQUEST_HEADER, key_of, kind, token

CODES = {"province": "350000", "fuzhou": "350100", "xiamen": "350200"}
DUMP = "/fjgov/dump.nt"
IDENTIFIER = "http://purl.org/dc/terms/identifier"
DATASET = "http://www.w3.org/ns/dcat#dataset"
RESOURCE = "http://www.w3.org/ns/dcat#resource"
LEGAL_BASIS = "urn:cn:fjgov:ns:legalBasis"
ADDRESS = f"https://inner.example/{uuid.uuid4().hex}.csv"
READERS = {"anonymous": Reader.ANONYMOUS, "staff": Reader.STAFF, "node": Reader.PARTNER_NODE}
# What anonymous readers see by the setting of the test sites.
SCOPE = AnonymousScope.METADATA


def asked(
    stack: StackInfo, node: str, who: str, path: str = DUMP, **change: Any
) -> requests.Response:
    """Ask a node for a document; another node signs for `node`."""
    headers = {}
    if who == "staff":
        headers["Authorization"] = stack.credentials[node]["staff"]["token"]
    if who == "node":
        sender = "xiamen"
        values = {"sender": CODES[sender], "audience": CODES[node], "path_query": path}
        signed = {"key": key_of(stack, sender), **values, **change}
        headers[REQUEST_HEADER] = token(stack, **signed)
    return requests.get(f"{stack.urls[node]}{path}", headers=headers, timeout=120)


class Document:
    """The entries of a document, those with legal bases, and records of other directories."""

    def __init__(self, content: bytes) -> None:
        graph = ox.Dataset(ox.parse(content, format=ox.RdfFormat.N_TRIPLES))
        names = {
            quad.subject: quad.object.value
            for quad in graph.quads_for_predicate(ox.NamedNode(IDENTIFIER))
        }
        of = {
            predicate: list(graph.quads_for_predicate(ox.NamedNode(predicate)))
            for predicate in (DATASET, RESOURCE, LEGAL_BASIS)
        }
        self.entries = {names[quad.object] for quad in of[DATASET]}
        self.others = {names.get(quad.object, "") for quad in of[RESOURCE]}
        self.with_basis = {names[quad.subject] for quad in of[LEGAL_BASIS]} & self.entries


def catalogued(stack: StackInfo, node: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    site = client(stack, node, "sysadmin").action
    while True:
        page = site.package_search(
            fq="dataset_type:dataset", include_drafts=True, rows=500, start=len(found)
        )
        found += page["results"]
        if len(found) >= page["count"]:
            return found


@pytest.fixture(scope="module")
def hidden(stack: StackInfo) -> dict[str, dict[str, Any]]:
    """Entries of every class, a draft, and a record that only officials see."""
    return {
        "open": create_listed(stack, **open_entry()),
        "restricted": create_listed(stack),
        "not_shared": create_listed(
            stack,
            share_type="3",
            restriction_kind=None,
            resources=[{"name": "数据文件", "format": "CSV", "url": ADDRESS}],
        ),
        "draft": create_entry(stack, **open_entry()),
        "system": register(stack, "app_system", "fuzhou"),
    }


@pytest.mark.parametrize("node", ["fuzhou", "province"])
@pytest.mark.parametrize("who", READERS)
def test_a_document_holds_what_the_table_gives_its_reader(
    stack: StackInfo, hidden: dict[str, dict[str, Any]], who: str, node: str
) -> None:
    def differing() -> set[str]:
        stored = {entry["identifier"]: entry for entry in catalogued(stack, node)}
        aspects = {
            name: visible_aspects(entry_facts(entry), READERS[who], SCOPE)
            for name, entry in stored.items()
            if who != "node" or entry["home_node"] == CODES[node]
        }
        given = Document(asked(stack, node, who).content)
        listed = {name for name, seen in aspects.items() if Aspect.LISTED in seen}
        internal = {
            name
            for name in listed
            if Aspect.INTERNAL in aspects[name] and stored[name].get("legal_basis")
        }
        return (given.entries ^ listed) | (given.with_basis ^ internal)

    assert eventually(lambda: differing() == set())
    if node == "fuzhou":
        given = Document(asked(stack, node, who).content)
        shown = {name for name, entry in hidden.items() if entry["identifier"] in given.entries}
        everything = {"open", "restricted", "not_shared"}
        assert shown == (everything - {"not_shared"} if who == "anonymous" else everything)
        assert (hidden["system"]["identifier"] in given.others) is (who != "anonymous")
        assert bool(given.with_basis) is (who != "anonymous")


def test_three_readers_have_three_documents(
    stack: StackInfo, hidden: dict[str, dict[str, Any]]
) -> None:
    answers = {who: asked(stack, "province", who) for who in READERS}
    assert len({answer.content for answer in answers.values()}) == 3
    assert len({answer.headers["ETag"] for answer in answers.values()}) == 3
    for who, answer in answers.items():
        assert REQUEST_HEADER in answer.headers["Vary"]
        assert ("no-store" in answer.headers["Cache-Control"]) is (who != "anonymous")
    own = Document(answers["node"].content).entries
    assert own < Document(answers["staff"].content).entries
    told = asked(stack, "province", "node", "/fjgov/dump.json").json()
    assert (told["home"], told["entries"]) == (CODES["province"], len(own))
    # A node that wants what everybody gets says so, and signs that, too.
    public = asked(stack, "province", "node", f"{DUMP}?audience=public")
    assert public.content == answers["anonymous"].content


def test_no_real_address_leaves_for_a_node(
    stack: StackInfo, hidden: dict[str, dict[str, Any]]
) -> None:
    text = asked(stack, "fuzhou", "node").text
    assert hidden["not_shared"]["title"] in text
    resource = hidden["not_shared"]["resources"][0]
    assert resource["id"] in text
    assert ADDRESS not in text
    shown = client(stack, "fuzhou", "registrar").action.fjgov_address_show(
        id=hidden["not_shared"]["id"]
    )
    assert ADDRESS in json.dumps(shown)


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"sender": "359900"}, (403, "unknown_sender")),
        ({"audience": "350000"}, (403, "wrong_audience")),
        ({"path_query": "/fjgov/dump.ttl"}, (403, "altered_query")),
        ({"body": b"x"}, (403, "altered_body")),
    ],
)
def test_who_signs_wrongly_is_refused_and_taken_for_nobody_else(
    stack: StackInfo, change: dict[str, Any], refusal: tuple[int, str]
) -> None:
    assert kind(asked(stack, "fuzhou", "node", **change)) == refusal


def test_a_signature_is_good_once(stack: StackInfo) -> None:
    signed = token(stack, path_query=DUMP)
    headers = {REQUEST_HEADER: signed}
    answers = [
        requests.get(f"{stack.urls['fuzhou']}{DUMP}", headers=headers, timeout=120)
        for _one in range(2)
    ]
    assert answers[0].status_code == 200
    assert kind(answers[1]) == (403, "replayed")


def test_elsewhere_a_node_is_anonymous(stack: StackInfo, hidden: dict[str, dict[str, Any]]) -> None:
    entry = hidden["not_shared"]
    for ending in ("ttl", "nt", "xml-gb"):
        path = f"/dataset/{entry['name']}.{ending}"
        answer = asked(stack, "fuzhou", "node", path)
        assert answer.status_code == asked(stack, "fuzhou", "anonymous", path).status_code
        assert answer.status_code in {401, 403, 404}
        assert entry["title"] not in answer.text
