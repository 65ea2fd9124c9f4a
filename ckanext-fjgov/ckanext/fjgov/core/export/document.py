"""Graphs and serialised documents of one entry or of a page of the catalog."""

from __future__ import annotations

from typing import Final

from rdflib import Graph

from ckanext.fjgov.core.export.dcat import entry_triples
from ckanext.fjgov.core.export.facts import (
    Audience,
    CodeLabels,
    Entry,
    SiteFacts,
    Triples,
)
from ckanext.fjgov.core.export.namespaces import bind_prefixes

# Ending of an address -> (rdflib format, media type).  Plain `xml`, not `pretty-xml`: the pretty
# writer is several times slower and warns once for every list of columns.
FORMATS: Final[dict[str, tuple[str, str]]] = {
    "ttl": ("turtle", "text/turtle"),
    "rdf": ("xml", "application/rdf+xml"),
    "xml": ("xml", "application/rdf+xml"),
    "jsonld": ("json-ld", "application/ld+json"),
    "nt": ("nt", "application/n-triples"),
}


def new_graph() -> Graph:
    """Return an empty graph with our prefixes only, in the store that adds fastest."""
    graph = Graph(store="SimpleMemory", bind_namespaces="none")
    bind_prefixes(graph)
    return graph


def entry_graph(
    entry: Entry,
    facts: SiteFacts,
    labels: CodeLabels | None = None,
    *,
    audience: Audience = "public",
) -> Graph:
    """Return the graph of one entry; arguments as in `entry_triples`."""
    graph = new_graph()
    add_all(graph, entry_triples(entry, facts, labels, audience=audience))
    return graph


def add_all(graph: Graph, triples: Triples) -> None:
    """Add triples to a graph."""
    for triple in triples:
        graph.add(triple)


def serialise(graph: Graph, ending: str) -> str:
    """Write a graph in the format of an address ending.

    Raises:
        KeyError: `ending` is none of FORMATS.
    """
    return graph.serialize(format=FORMATS[ending][0])
