"""Three readers of our documents, each giving a graph of rdflib to compare.

The one for RDF/XML by lxml knows what our writers write: nodes below the root, each with its
properties, named by `rdf:about` or `rdf:nodeID`, nothing nested.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyoxigraph as ox
from lxml import etree
from rdflib import BNode, Graph, Literal, URIRef
from rdflib.compare import isomorphic, to_isomorphic

from ckanext.fjgov.core.export.facts import Triple
from ckanext.fjgov.core.export.namespaces import RDF

_RDF = f"{{{RDF}}}"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_DESCRIPTION = f"{_RDF}Description"
BY_RDFLIB = {"nt": "nt", "ttl": "turtle", "jsonld": "json-ld", "rdf": "xml"}
BY_OXIGRAPH = {
    "nt": ox.RdfFormat.N_TRIPLES,
    "ttl": ox.RdfFormat.TURTLE,
    "jsonld": ox.RdfFormat.JSON_LD,
    "rdf": ox.RdfFormat.RDF_XML,
}


def read_by_all(document: bytes, ending: str) -> Iterator[tuple[str, Graph]]:
    """Give the graph that each reader finds in a document."""
    yield "rdflib", by_rdflib(document, ending)
    yield "pyoxigraph", by_oxigraph(document, ending)
    if ending == "rdf":
        yield "lxml", by_lxml(document)


def differing(document: bytes, ending: str, wanted: Graph) -> list[str]:
    """Name the readers that find another graph."""
    return [name for name, graph in read_by_all(document, ending) if not same(graph, wanted)]


def by_rdflib(document: bytes, ending: str) -> Graph:
    return Graph().parse(data=document, format=BY_RDFLIB[ending])


def by_oxigraph(document: bytes, ending: str) -> Graph:
    graph = Graph()
    for quad in ox.parse(document, format=BY_OXIGRAPH[ending]):
        graph.add(tuple(map(_term, (quad.subject, quad.predicate, quad.object))))
    return graph


def _term(node: Any) -> Any:
    if isinstance(node, ox.BlankNode):
        return BNode(node.value)
    if isinstance(node, ox.NamedNode):
        return URIRef(node.value)
    if node.language:
        return Literal(node.value, lang=node.language)
    return _literal(node.value, node.datatype.value)


def _literal(text: str, datatype: str) -> Literal:
    is_plain = datatype in ("", "http://www.w3.org/2001/XMLSchema#string")
    # As it is written: rdflib would write numbers and times anew.
    return Literal(text, datatype=None if is_plain else URIRef(datatype), normalize=False)


def by_lxml(document: bytes) -> Graph:
    """Read RDF/XML without a reader of RDF.

    Raises:
        ValueError: an attribute or element that our writers do not write.
    """
    root = etree.fromstring(document, etree.XMLParser(resolve_entities=False, no_network=True))
    if root.tag != f"{_RDF}RDF":
        raise ValueError(root.tag)
    graph = Graph()
    for node in root:
        for triple in _node(node):
            graph.add(triple)
    return graph


def _node(node: Any) -> Iterator[Triple]:
    subject = _named(node, f"{_RDF}about")
    if node.tag != _DESCRIPTION:
        yield subject, RDF.type, _name(node.tag)
    for one in node:
        if len(one):
            raise ValueError(f"nested: {one.tag}")
        yield subject, _name(one.tag), _object(one)


def _object(element: Any) -> Any:
    if f"{_RDF}resource" in element.attrib or f"{_RDF}nodeID" in element.attrib:
        return _named(element, f"{_RDF}resource")
    language, datatype = element.get(_LANG), element.get(f"{_RDF}datatype", "")
    if set(element.attrib) - {_LANG, f"{_RDF}datatype"}:
        raise ValueError(f"attributes: {sorted(element.attrib)}")
    text = element.text or ""
    return Literal(text, lang=language) if language else _literal(text, datatype)


def _named(element: Any, attribute: str) -> URIRef | BNode:
    if set(element.attrib) == {attribute}:
        return URIRef(element.get(attribute))
    if set(element.attrib) == {f"{_RDF}nodeID"}:
        return BNode(element.get(f"{_RDF}nodeID"))
    raise ValueError(f"no name: {sorted(element.attrib)}")


def _name(tag: str) -> URIRef:
    namespace, _, name = tag.removeprefix("{").partition("}")
    return URIRef(namespace + name)


def same(one: Graph, other: Graph) -> bool:
    """Tell whether two graphs say the same; blank nodes may be called otherwise."""
    if not _has_blank(one) and not _has_blank(other):
        return set(one) == set(other)
    return isomorphic(to_isomorphic(one), to_isomorphic(other))


def _has_blank(graph: Graph) -> bool:
    return any(isinstance(node, BNode) for triple in graph for node in triple)
