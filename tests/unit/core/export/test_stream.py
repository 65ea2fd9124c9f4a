"""The stream of changes: what is told, and pages that are followed to each change exactly once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import pyoxigraph as ox
import pyshacl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdflib import RDF, XSD, Graph, Literal, URIRef
from rdflib.compare import isomorphic

from ckanext.fjgov.core.export.facts import Audience
from ckanext.fjgov.core.export.fragments import SYNTAXES
from ckanext.fjgov.core.export.namespaces import AS, DCT, FJGOV, LDES, TREE
from ckanext.fjgov.core.export.stream import (
    CLASSES,
    Change,
    Member,
    Stream,
    Told,
    form,
    page_document,
    root_document,
    steps,
)
from tests.rdf_parsers import BY_OXIGRAPH, BY_RDFLIB

SITE = "https://city.example"
BEGUN = datetime(2026, 1, 2, 3, 4, 5, 678_901, tzinfo=UTC)
SUBJECTS = [f"{SITE}/id/35100/{number:06d}" for number in range(3)]
seen = st.none() | st.builds(Told, st.sampled_from(SUBJECTS), st.sampled_from(["a" * 64, "b" * 64]))


def stream(size: int = 3, audience: Audience = "public") -> Stream:
    return Stream(SITE, "0a1b2c", size, audience, BEGUN)


def log_of(count: int) -> list[Member]:
    """Give so many changes of three records, two of them at a time."""
    changes: list[Change] = ["create", "update", "delete"]
    return [
        Member(
            number=number,
            kind="entry",
            subject=SUBJECTS[number % 3],
            change=changes[number // 3 % 3],
            hash="" if number // 3 % 3 == 2 else f"{number:064x}",
            at=BEGUN + timedelta(seconds=number // 2),
        )
        for number in range(1, count + 1)
    ]


def documents(one: Stream, log: Sequence[Member], ending: str) -> dict[str, bytes]:
    """Give every document of a stream by its address."""
    syntax = SYNTAXES[ending]
    found = {str(one.root(ending)): root_document(one, syntax)}
    for page in range(1, one.last_page(len(log)) + 1):
        first, last = one.numbers(page)
        members = log[first - 1 : last]
        found[str(one.page(page, ending))] = page_document(one, page, members, syntax)
    return found


def parsed(content: bytes, ending: str) -> Graph:
    return Graph().parse(data=content, format=BY_RDFLIB[ending])


def followed(pages: dict[str, bytes], root: str, ending: str) -> Iterator[tuple[str, Graph]]:
    """Read the root, and every page that a relation leads to, once."""
    waiting, met = [root], {root}
    while waiting:
        address = waiting.pop(0)
        graph = parsed(pages[address], ending)
        yield address, graph
        for link in graph.objects(URIRef(address), TREE.relation):
            for node in graph.objects(link, TREE.node):
                if str(node) not in met:
                    met.add(str(node))
                    waiting.append(str(node))


def read(graph: Graph, name: URIRef) -> list[Member]:
    """Read the members of a page back, in the order of their numbers."""
    kinds = {kind: change for change, kind in CLASSES.items()}
    found = [
        Member(
            number=int(graph.value(member, FJGOV.streamNumber)),
            kind=str(graph.value(member, FJGOV.recordKind)),
            subject=str(graph.value(member, DCT.isVersionOf)),
            change=kinds[graph.value(member, RDF.type)],
            hash=str(graph.value(member, FJGOV.documentHash) or ""),
            at=graph.value(member, DCT.created).toPython(),
        )
        for member in graph.objects(name, TREE.member)
    ]
    return sorted(found, key=lambda one: one.number)


def to_the_millisecond(log: Sequence[Member]) -> list[tuple[object, ...]]:
    return [
        (one.number, one.kind, one.subject, one.change, one.hash,
         one.at.replace(microsecond=one.at.microsecond // 1000 * 1000))
        for one in log
    ]  # fmt: skip


@pytest.mark.parametrize("ending", BY_RDFLIB)
@settings(max_examples=25)
@given(size=st.integers(1, 5), count=st.integers(0, 17))
def test_pages_part_the_log_and_relations_lead_to_each_change_once(
    ending: str, size: int, count: int
) -> None:
    one, log = stream(size), log_of(count)
    pages = documents(one, log, ending)
    met = list(followed(pages, str(one.root(ending)), ending))
    assert [address for address, _graph in met] == list(pages)
    told = [member for _address, graph in met for member in read(graph, one.name)]
    assert to_the_millisecond(told) == to_the_millisecond(log)


@given(size=st.integers(1, 5), count=st.integers(0, 17), more=st.integers(1, 9))
def test_a_full_page_stays_as_it_is_when_the_log_grows(size: int, count: int, more: int) -> None:
    one = stream(size)
    before = documents(one, log_of(count), "ttl")
    after = documents(one, log_of(count + more), "ttl")
    full = [str(one.page(page, "ttl")) for page in range(1, count // size + 1)]
    assert {page: after[page] for page in full} == {page: before[page] for page in full}
    growing = str(one.page(one.last_page(count), "ttl"))
    assert after[growing] != before[growing]


@settings(max_examples=25)
@given(size=st.integers(1, 5), count=st.integers(0, 17))
def test_relations_are_true_of_what_they_lead_to(size: int, count: int) -> None:
    """A reader that leaves out pages by their relations misses nothing."""
    one, log = stream(size), log_of(count)
    pages = documents(one, log, "ttl")
    for address, graph in followed(pages, str(one.root("ttl")), "ttl"):
        for link in graph.objects(URIRef(address), TREE.relation):
            target = graph.value(link, TREE.node)
            path, value = graph.value(link, TREE.path), graph.value(link, TREE.value).toPython()
            behind = parsed(pages[str(target)], "ttl")
            found = [node.toPython() for node in behind.objects(None, path)]
            is_strict = graph.value(link, RDF.type) == TREE.GreaterThanRelation
            assert all(node > value if is_strict else node >= value for node in found)


def test_every_syntax_says_the_same_to_every_parser() -> None:
    one, log = stream(4), log_of(6)
    graphs = []
    for ending in BY_RDFLIB:
        graph = Graph()
        for content in documents(one, log, ending).values():
            quads = ox.Dataset(ox.parse(content, format=BY_OXIGRAPH[ending]))
            mine = parsed(content, ending)
            assert isomorphic(mine, by_rdflib(quads))
            graph += mine
        graphs.append(without_addresses(graph))
    assert len(graphs[0]) > 60
    assert all(found == graphs[0] for found in graphs)


def by_rdflib(quads: ox.Dataset) -> Graph:
    text = ox.serialize((quad.triple for quad in quads), format=ox.RdfFormat.N_TRIPLES)
    return Graph().parse(data=text, format="nt")


def without_addresses(graph: Graph) -> set[tuple[str, ...]]:
    """Give the triples with the ending of pages taken away, which is all that may differ."""
    found = set()
    for triple in graph:
        texts = tuple(part.n3() for part in triple)
        for ending in BY_RDFLIB:
            texts = tuple(text.replace(f".{ending}", ".*") for text in texts)
        found.add(texts)
    return found


@pytest.mark.parametrize("audience", ["public", "officials"])
def test_the_root_says_how_to_read(audience: Audience) -> None:
    one = stream(audience=audience)
    graph = parsed(root_document(one, SYNTAXES["ttl"]), "ttl")
    [name] = graph.subjects(RDF.type, LDES.EventStream)
    root = one.root("ttl")
    assert list(graph.subject_objects(TREE.view)) == [(name, root)]
    assert str(root).endswith("stream.ttl" if audience == "public" else "?audience=officials")
    assert graph.value(name, LDES.timestampPath) == DCT.created
    assert graph.value(name, LDES.sequencePath) == FJGOV.streamNumber
    assert graph.value(name, LDES.versionOfPath) == DCT.isVersionOf
    assert graph.value(name, LDES.versionDeleteObject) == AS.Delete
    assert graph.value(name, LDES.versionDeletePath) == RDF.type
    assert {title.language for title in graph.objects(name, DCT.title)} == {"zh", "en"}
    [link] = graph.objects(root, TREE.relation)
    assert graph.value(link, TREE.node) == one.page(1, "ttl")


def test_members_keep_the_shape_that_the_root_promises() -> None:
    one, log = stream(9), log_of(9)
    graph = parsed(root_document(one, SYNTAXES["ttl"]), "ttl")
    [shape] = graph.objects(one.name, TREE.shape)
    page = parsed(page_document(one, 1, log, SYNTAXES["ttl"]), "ttl")
    for member in page.objects(one.name, TREE.member):
        graph.add((shape, URIRef("http://www.w3.org/ns/shacl#targetNode"), member))
    assert pyshacl.validate(page, shacl_graph=graph)[0]
    page.remove((one.member(2), DCT.isVersionOf, None))
    assert not pyshacl.validate(page, shacl_graph=graph)[0]


def test_only_a_full_page_promises_to_stay() -> None:
    one = stream(2)
    full = parsed(page_document(one, 1, log_of(2), SYNTAXES["ttl"]), "ttl")
    last = parsed(page_document(one, 1, log_of(1), SYNTAXES["ttl"]), "ttl")
    assert full.value(one.page(1, "ttl"), LDES.immutable) == Literal("true", datatype=XSD.boolean)
    assert (None, LDES.immutable, None) not in last
    assert (None, TREE.relation, None) not in last


def test_a_tombstone_says_nothing_but_that_there_was_something() -> None:
    [gone] = [one for one in log_of(6) if one.number == 6]
    one = stream()
    page = parsed(page_document(one, 2, log_of(6)[3:], SYNTAXES["ttl"]), "ttl")
    assert gone.change == "delete"
    assert set(page.predicates(one.member(6))) == {
        RDF.type, DCT.isVersionOf, DCT.created, FJGOV.streamNumber, FJGOV.recordKind,
    }  # fmt: skip


@given(before=seen, now=seen)
def test_what_is_told_leads_from_what_was_seen_to_what_is(
    before: Told | None, now: Told | None
) -> None:
    known = {before.subject: before.hash} if before else {}
    told = list(steps(before, now))
    for change, one in told:
        assert (one.subject in known) == (change != "create")
        if change == "delete":
            del known[one.subject]
        else:
            assert known.get(one.subject) != one.hash
            known[one.subject] = one.hash
    assert known == ({now.subject: now.hash} if now else {})
    assert (not told) == (before == now)


def test_the_form_is_named_by_bytes() -> None:
    """The same in every process; another one when a page is written otherwise."""
    assert form() == form.__wrapped__()
    assert len(form()) == 16
    keep = CLASSES["delete"]
    try:
        CLASSES["delete"] = AS.Remove
        assert form.__wrapped__() != form()
    finally:
        CLASSES["delete"] = keep
