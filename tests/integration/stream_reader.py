"""A reader of the stream of changes: follows its relations and keeps what it is told."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import httpx
import pyoxigraph as ox

from tests.integration.stack_env import StackInfo
from tests.integration.test_dump import NODE, fetched
from tests.rdf_parsers import BY_OXIGRAPH

OFFICIALS = "?audience=officials"
AS = "https://www.w3.org/ns/activitystreams#"
TREE = "https://w3id.org/tree#"
LDES = "https://w3id.org/ldes#"
DCT = "http://purl.org/dc/terms/"
OURS = "urn:cn:fjgov:ns:"
A = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
NUMBER = re.compile(r"/fjgov/stream/\w+/(\d+)\.")


@dataclass(frozen=True)
class Told:
    """A member as a reader finds it."""

    number: int
    change: str
    subject: str
    kind: str
    hash: str
    at: str


def graph_at(stack: StackInfo, address: str, role: str) -> tuple[ox.Dataset, httpx.Response]:
    answer = fetched(stack, address, role)
    assert answer.status_code == 200, (address, answer.text)
    ending = httpx.URL(address).path.rpartition(".")[2]
    return ox.Dataset(ox.parse(answer.content, format=BY_OXIGRAPH[ending])), answer


def values(graph: ox.Dataset, subject: str, predicate: str) -> list[str]:
    found = graph.quads_for_subject(ox.NamedNode(subject))
    return sorted(quad.object.value for quad in found if quad.predicate.value == predicate)


Pages = dict[str, tuple[ox.Dataset, httpx.Response]]
# What a reader may keep, by address.
_KEPT: Pages = {}


def read(
    stack: StackInfo,
    role: str = "",
    ending: str = "ttl",
    asked: str = "",
    kept: Pages | None = None,
    node: str = NODE,
) -> list[tuple[str, list[Told], httpx.Response]]:
    """Follow the relations from the root to the end: address, members, answer of each page.

    Args:
        kept: full pages that are not asked for again, and those that are met.
    """
    kept = {} if kept is None else kept
    site = stack.urls[node]
    graph, _answer = graph_at(stack, f"{site}/fjgov/stream.{ending}{asked}", role)
    [view] = list(graph.quads_for_predicate(ox.NamedNode(f"{TREE}view")))
    stream, address = view.subject.value, view.object.value
    assert address == f"{site}/fjgov/stream.{ending}{asked}"
    found, waiting, met = [], [address], {address}
    while waiting:
        address = waiting.pop(0)
        graph, answer = kept.get(address) or graph_at(stack, address, role)
        if values(graph, address, f"{LDES}immutable") == ["true"]:
            kept[address] = graph, answer
        members = values(graph, stream, f"{TREE}member")
        told = sorted((member(graph, one) for one in members), key=lambda one: one.number)
        found.append((address, told, answer))
        for link in values(graph, address, f"{TREE}relation"):
            for node in values(graph, link, f"{TREE}node"):
                if node not in met:
                    met.add(node)
                    waiting.append(node)
    return found


def member(graph: ox.Dataset, name: str) -> Told:
    def one(predicate: str) -> str:
        [value] = values(graph, name, predicate) or [""]
        return value

    return Told(
        int(one(f"{OURS}streamNumber")),
        one(A).removeprefix(AS),
        one(f"{DCT}isVersionOf"),
        one(f"{OURS}recordKind"),
        one(f"{OURS}documentHash"),
        one(f"{DCT}created"),
    )


def told(stack: StackInfo, role: str = "", asked: str = "") -> list[Told]:
    return [
        one
        for _address, members, _answer in read(stack, role, asked=asked, kept=_KEPT)
        for one in members
    ]


def seen(stream: list[Told]) -> dict[str, str]:
    """Give what a reader knows who followed: address of a record -> hash of its document."""
    known: dict[str, str] = {}
    for one in stream:
        assert (one.subject in known) == (one.change != "Create"), one
        if one.change == "Delete":
            del known[one.subject]
        else:
            known[one.subject] = one.hash
    return known


def entries(stream: list[Told]) -> set[str]:
    named = {one.subject for one in stream if one.kind == "entry"}
    return {subject.partition("/id/")[2] for subject in seen(stream) if subject in named}


def of(entry: dict[str, Any], stream: list[Told]) -> list[str]:
    subject = f"/id/{entry['identifier']}"
    return [one.change for one in stream if one.subject.endswith(subject)]
