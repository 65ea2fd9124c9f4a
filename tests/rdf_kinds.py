"""A document of every kind that the catalog exports, by name, with the shapes that it must hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from rdflib import Graph, URIRef

from ckanext.fjgov.core.catalog.canonical import DIRECTORY_KINDS, ENTRY, UNIT
from ckanext.fjgov.core.catalog.vocabulary import (
    load_vocabulary,
    parse_vocabulary,
    vocabulary_names,
)
from ckanext.fjgov.core.export.agreement import ACTIONS, agreement_triples
from ckanext.fjgov.core.export.catalogs import catalog_triples, membership
from ckanext.fjgov.core.export.documents import record_document
from ckanext.fjgov.core.export.facts import Audience, Triple
from ckanext.fjgov.core.export.record import tombstone_triples
from ckanext.fjgov.core.export.shapes import Document
from ckanext.fjgov.core.export.skos import vocabulary_triples
from tests.rdf_documents import FACTS, LABELS, one_of_each

PAGE = "http://node.example/fjgov/standards/x"
NAME = URIRef("http://node.example/id/35100/000003")
FOLLOWER = URIRef("http://node.example/id/35100/000004")
GRANT: dict[str, Any] = {
    "number": "GX-2026-000001",
    "state": "active",
    "application": "SQ-2026-000001",
    "unit": "11350200EXMP20065C",
    "unit_name": "示例局",
    "provider": "11350200EXMP20066A",
    "provider_name": "",
    "mode": "custom",
    "purpose": '示例目的 "引号"\n第二行',
    "business": "示例业务",
    "items": ["item-1", "item-2"],
    "starts": "2026-01-01T08:00:00+08:00",
    "until": "2027-01-01T00:00:00+08:00",
}
# A list with everything that a list may say: narrower, retired, replaced and equal codes.
ODD_LIST = """
name: sample
title: {zh_Hans_CN: 示例, en: Sample}
source: 示例
version: '1'
concepts:
- {code: '1', zh: 旧, status: retired, replaced_by: '2'}
- {code: '2', zh: 新, en: New, exact_match: '1'}
- {code: '2/1', zh: 下级, parent: '2', exact_match: 'http://example.org/same'}
"""


@dataclass(frozen=True, slots=True)
class Made:
    """One document: which shapes it must hold, and its statements."""

    shapes: Document
    triples: tuple[Triple, ...]

    def graph(self) -> Graph:
        """Give its statements in a store that pySHACL takes."""
        return graph_of(self.triples)


def graph_of(triples: Iterable[Triple]) -> Graph:
    graph = Graph()
    for one in triples:
        graph.add(one)
    return graph


def every_document() -> dict[str, Made]:
    """Give the documents by name. Cost: about 100 ms."""
    return {
        **{name: Made(shapes, tuple(stated)) for name, shapes, stated in _records()},
        **{
            f"agreement {mode}": Made(
                "agreement", tuple(agreement_triples({**GRANT, "mode": mode}, f"{NAME}/g", NAME))
            )
            for mode in ACTIONS
        },
        "withdrawn": Made(
            "withdrawn", tuple(tombstone_triples(NAME, "2026-01-01T00:00:00+00:00", FOLLOWER))
        ),
        "withdrawn, when is not known": Made("withdrawn", tuple(tombstone_triples(NAME, "", None))),
        **code_lists(),
    }


def code_lists() -> dict[str, Made]:
    lists = {name: load_vocabulary(name) for name in vocabulary_names()}
    lists["with everything"] = parse_vocabulary(ODD_LIST, "sample", "sample", None)
    return {
        f"code list {name}": Made("code_list", tuple(vocabulary_triples(found, PAGE)))
        for name, found in lists.items()
    }


def _records() -> Iterator[tuple[str, Document, Iterable[Triple]]]:
    audiences: tuple[Audience, ...] = ("public", "officials")
    for audience in audiences:
        for kind, record in records().items():
            stated = record_document(record, kind, FACTS, LABELS, audience=audience)
            yield f"{kind}, {audience}", audience, stated
        yield f"catalog, {audience}", audience, _catalog(audience)


def records() -> dict[str, dict[str, Any]]:
    """Give one listed record of each kind, all of one unit."""
    found = {kind: {"workflow_state": "published", **one} for kind, one in one_of_each().items()}
    for number, kind in enumerate(DIRECTORY_KINDS, start=1):
        found[kind]["identifier"] = f"35100/9{number:05d}"
    found[UNIT] |= {"title": FACTS.unit["title"], "parent_uscc": GRANT["provider"]}
    found["gov_database"]["lead_unit_code"] = GRANT["provider"]
    return found


def _catalog(audience: Audience) -> Iterator[Triple]:
    """The catalog itself and its records, as in the document of the whole."""
    about = {"title": "示例目录", "description": "示例目录全部条目", "modified": "2026-11-02"}
    yield from catalog_triples(FACTS, **about)
    for kind, record in records().items():
        if kind == ENTRY:
            yield from membership(record, FACTS)
        yield from record_document(record, kind, FACTS, LABELS, audience=audience)
