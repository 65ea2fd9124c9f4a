"""Small readers: what one or more statements about a node say of one field.

Each takes an index of statements and the name of a node and gives a text, a list of texts, rows,
or None; together they are the inverse of what the writers of this folder say. Must not repair or
guess: what cannot be read is not there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote

from rdflib import URIRef

from ckanext.fjgov.core.export.namespaces import DQV, FJGOV, RDF
from ckanext.fjgov.core.export.statements import Statements

Reader = Callable[[Statements, str], Any]
Columns = Mapping[str, Reader]

_ORDER, _TYPE = str(FJGOV.order), str(RDF.type)
_BOOLEANS = {"true": "1", "false": "0", "1": "1", "0": "0"}


def literal(*path: URIRef, datatype: URIRef | None = None) -> Reader:
    """Read one text at the end of a path of predicates.

    Args:
        path: predicates; all but the last lead to nodes.
        datatype: take only literals of it.
    """
    steps, last = tuple(map(str, path[:-1])), str(path[-1])
    wanted = str(datatype) if datatype else ""

    def read(said: Statements, subject: str) -> str | None:
        for node in _walk(said, [subject], steps):
            for term in said.objects(node, last):
                if not term.is_node and (not wanted or term.datatype == wanted):
                    return term.text
        return None

    return read


def literals(*path: URIRef) -> Reader:
    """Read every text at the end of a path, sorted."""
    steps, last = tuple(map(str, path[:-1])), str(path[-1])

    def read(said: Statements, subject: str) -> list[str]:
        nodes = _walk(said, [subject], steps)
        return sorted(text for node in nodes for text in said.texts(node, last))

    return read


def codes(*path: URIRef, scheme: str) -> Reader:
    """Read the codes of one scheme, sorted."""
    steps, last, start = tuple(map(str, path[:-1])), str(path[-1]), str(FJGOV[f"{scheme}-"])

    def read(said: Statements, subject: str) -> list[str]:
        nodes = _walk(said, [subject], steps)
        found = (iri for node in nodes for iri in said.nodes(node, last) if iri.startswith(start))
        return sorted(unquote(iri.removeprefix(start)) for iri in found)

    return read


def code(*path: URIRef, scheme: str) -> Reader:
    """Read one code of a scheme."""
    return _first(codes(*path, scheme=scheme))


def flag(predicate: URIRef) -> Reader:
    """Read a boolean as 1 or 0."""
    plain = literal(predicate)
    return lambda said, subject: _BOOLEANS.get(plain(said, subject) or "")


def number(*path: URIRef) -> Reader:
    """Read a decimal; whole numbers are written with `.0` (see `decimal`)."""
    plain = literal(*path)
    return lambda said, subject: (plain(said, subject) or "").removesuffix(".0")


def measured(metric: URIRef) -> Reader:
    """Read the number of one metric."""
    value = number(DQV.value)

    def read(said: Statements, subject: str) -> Any:
        for node in said.nodes(subject, str(DQV.hasQualityMeasurement)):
            if str(metric) in said.nodes(node, str(DQV.isMeasurementOf)):
                return value(said, node)
        return None

    return read


def named(predicate: URIRef, names: Mapping[str, URIRef]) -> Reader:
    """Read a code that is written as an IRI of another list; of several codes the first."""
    known: dict[str, str] = {}
    for value, iri in names.items():
        known.setdefault(str(iri), value)
    step = str(predicate)

    def read(said: Statements, subject: str) -> str | None:
        return next((known[iri] for iri in said.nodes(subject, step) if iri in known), None)

    return read


def after(*path: URIRef, start: str) -> Reader:
    """Read the part of an IRI behind `start`, e.g. the number of `tel:`."""
    steps, last = tuple(map(str, path[:-1])), str(path[-1])

    def read(said: Statements, subject: str) -> str | None:
        for node in _walk(said, [subject], steps):
            for iri in said.nodes(node, last):
                if iri.startswith(start):
                    return unquote(iri.removeprefix(start))
        return None

    return read


def rows(predicate: URIRef, columns: Columns, *, kind: URIRef | None = None) -> Reader:
    """Read the nodes of a predicate as rows in their `fjgov:order`.

    Args:
        predicate: from the record to its rows.
        columns: column -> its reader at the node of the row.
        kind: class of the nodes, where the predicate has others too.
    """
    step = str(predicate)

    def read(said: Statements, subject: str) -> list[dict[str, Any]]:
        found = said.nodes(subject, step)
        if kind is not None:
            found = [node for node in found if str(kind) in said.nodes(node, _TYPE)]
        return [_row(said, node, columns) for node in ordered(said, found)]

    return read


def listed_rows(*path: URIRef, columns: Columns) -> Reader:
    """Read the members of an RDF list at the end of a path as rows."""
    steps = tuple(map(str, path))

    def read(said: Statements, subject: str) -> list[dict[str, Any]]:
        heads = _walk(said, [subject], steps)
        return [_row(said, node, columns) for head in heads for node in said.listed(head)]

    return read


def column(path: URIRef, values: Reader) -> Reader:
    """Read a field at the first node of a predicate."""
    step = str(path)

    def read(said: Statements, subject: str) -> Any:
        node = next(iter(said.nodes(subject, step)), None)
        return None if node is None else values(said, node)

    return read


def single_list(values: Reader) -> Reader:
    """Read one column of rows as a list of texts, in the order of the rows."""

    def read(said: Statements, subject: str) -> list[Any]:
        return [value for row in values(said, subject) for value in row.values()]

    return read


def ordered(said: Statements, nodes: list[str]) -> list[str]:
    """Sort nodes by `fjgov:order`; those without one come last, by name."""

    def key(node: str) -> tuple[int, int, str]:
        text = said.text(node, _ORDER)
        is_number = text.isascii() and text.isdecimal() and len(text) < 10
        return (0, int(text), node) if is_number else (1, 0, node)

    return sorted(nodes, key=key)


def _row(said: Statements, node: str, columns: Columns) -> dict[str, Any]:
    values = {name: read(said, node) for name, read in columns.items()}
    return {name: value for name, value in values.items() if value not in (None, "", [])}


def _first(values: Reader) -> Reader:
    return lambda said, subject: next(iter(values(said, subject)), None)


def _walk(said: Statements, nodes: list[str], steps: tuple[str, ...]) -> list[str]:
    for step in steps:
        nodes = [one for node in nodes for one in said.nodes(node, step)]
    return nodes
