"""Records and their RDF documents for tests: samples, generated ones, and one of each kind."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

import pyoxigraph
from pyoxigraph import BlankNode, NamedNode, Quad, RdfFormat, Triple
from rdflib import BNode, Literal

from ckanext.fjgov.core.catalog.canonical import DIRECTORY_KINDS, ENTRY, UNIT, canonical_bytes
from ckanext.fjgov.core.export.document import add_all, new_graph, serialise
from ckanext.fjgov.core.export.documents import record_document
from ckanext.fjgov.core.export.facts import SiteFacts, Triples
from ckanext.fjgov.core.export.registered import registered_record, schema_of
from ckanext.fjgov.core.export.vocabulary_labels import VocabularyLabels
from ckanext.fjgov.core.importing.rdf_reading import read_rdf
from deploy.samples import NODE_KEYS, load_samples
from tests.factories import UNIT_CODE, make_directory_record, make_unit
from tests.unit.core.export.conftest import FULL

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
