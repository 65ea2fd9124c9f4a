"""Pieces of whole-catalog documents: the triples of one record, and how pieces make a document.

A piece is N-Triples, one line a triple, sorted. The few blank nodes (of lists) are named after
their record, so that pieces of several records may stand one after the other in any syntax and mean
the union of their graphs.

Source: RDF 1.1 N-Triples, Turtle, RDF/XML; JSON-LD 1.1 (expanded form).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import pyoxigraph as ox
from rdflib import BNode, Literal
from rdflib.term import Node

from ckanext.fjgov.core.export.facts import Triples
from ckanext.fjgov.core.export.namespaces import PREFIXES

_ESCAPES: Final = {ord(one): f"\\{sign}" for one, sign in ('""', "\\\\", "\nn", "\rr")}
_PREFIXES: Final = {name: str(value) for name, value in PREFIXES.items() if name != "xml"}


def fragment(triples: Triples) -> bytes:
    """Write triples as a piece; repeats are dropped.

    Raises:
        ValueError: a term cannot be written as N-Triples, e.g. a name with a space in it.

    Cost: about 1 microsecond a triple.
    """
    lines = {f"{_name(s)} {_name(p)} {_object(o)} .\n" for s, p, o in triples}
    return "".join(sorted(lines)).encode("utf-8")


def _object(node: Node) -> str:
    if type(node) is not Literal:
        return _name(node)
    written = f'"{node.translate(_ESCAPES)}"'
    if node.language:
        return f"{written}@{node.language}"
    return f"{written}^^{_iri(str(node.datatype))}" if node.datatype else written


def _name(node: Node) -> str:
    return f"_:{node}" if type(node) is BNode else _iri(str(node))


@lru_cache(maxsize=4096)
def _iri(name: str) -> str:
    """Write a name. Raises: ValueError: it is no IRI."""
    return str(ox.NamedNode(name))


@dataclass(frozen=True, slots=True)
class Syntax:
    """How pieces become a document.

    Attributes:
        ending: of its address.
        media: type of the document.
        start, between, end: what stands around the pieces.
        write: turns a piece into this syntax; None when it is written as it is.
    """

    ending: str
    media: str
    start: bytes = b""
    between: bytes = b""
    end: bytes = b""
    write: Callable[[bytes], bytes] | None = None

    def document(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """Write a document piece by piece. Cost: memory of one piece."""
        yield self.start
        begun = False
        for piece in pieces:
            written = self.write(piece) if self.write else piece
            if written:
                yield self.between + written if begun else written
                begun = True
        yield self.end


def _serialised(piece: bytes, syntax: ox.RdfFormat) -> bytes:
    quads = ox.parse(piece, format=ox.RdfFormat.N_TRIPLES)
    return ox.serialize((quad.triple for quad in quads), format=syntax, prefixes=_PREFIXES) or b""


def _json_ld(piece: bytes) -> bytes:
    return _serialised(piece, ox.RdfFormat.JSON_LD).strip()[1:-1]


def _turtle(piece: bytes) -> bytes:
    lines = _serialised(piece, ox.RdfFormat.TURTLE).splitlines(keepends=True)
    return b"".join(line for line in lines if not line.startswith(b"@prefix "))


def _rdf_xml(piece: bytes) -> bytes:
    document = _serialised(piece, ox.RdfFormat.RDF_XML)
    # The first element may be named by its type; it follows the end of the root's start tag.
    start = document.index(b">", document.index(b"<rdf:RDF")) + 1
    return document[start : document.rindex(b"</rdf:RDF>")].strip() + b"\n"


def _turtle_start() -> bytes:
    return "".join(
        f"@prefix {name}: <{address}> .\n" for name, address in sorted(_PREFIXES.items())
    ).encode()


def _rdf_xml_start() -> bytes:
    names = "".join(f' xmlns:{name}="{address}"' for name, address in sorted(_PREFIXES.items()))
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<rdf:RDF{names}>\n\t'.encode()


SYNTAXES: Final = {
    one.ending: one
    for one in (
        Syntax("nt", "application/n-triples"),
        Syntax("ttl", "text/turtle", _turtle_start(), write=_turtle),
        Syntax("jsonld", "application/ld+json", b"[", b",\n", b"]\n", _json_ld),
        Syntax("rdf", "application/rdf+xml", _rdf_xml_start(), b"\t", b"</rdf:RDF>\n", _rdf_xml),
    )
}
