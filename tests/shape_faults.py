"""Faults for SHACL shapes: for each constraint of each shape, a document that breaks just it.

The faults come from the shapes themselves, so that no constraint can be left out: one for which
there is no fault, or which no document has, fails the test.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import pyshacl
from rdflib import RDF, SH, BNode, Graph, Literal, URIRef
from rdflib.collection import Collection
from rdflib.term import Node

from ckanext.fjgov.core.export.facts import Triple
from ckanext.fjgov.core.export.shapes import shapes_graph

NOTHING = URIRef("urn:example:nothing")
_NO_CONSTRAINTS = {SH.path, SH.qualifiedValueShape, RDF.type}
_ABOUT_SHAPES = {RDF.type, SH.targetClass, SH.targetSubjectsOf, SH.property, SH.deactivated,
                 SH.ignoredProperties}  # fmt: skip
# Said of whole nodes by several shapes together; broken one by one in test_export_shapes.py.
LOGICAL = {SH.xone, SH["or"]}

shapes_of = cache(shapes_graph)


@dataclass(frozen=True, slots=True)
class Constraint:
    """One constraint of one shape.

    Attributes:
        shape: of the node.
        prop: of the property, None when the constraint is one of the node.
        kind: e.g. `sh:minCount`.
        value: e.g. `1`.
    """

    shape: Node
    prop: Node | None
    kind: URIRef
    value: Node

    def __str__(self) -> str:
        return f"{_short(self.shape)} {_short(self.kind)} {_short(self.value)}"


def _short(node: Node | None) -> str:
    """Name a node without what differs from run to run."""
    if isinstance(node, BNode):
        return "…"
    return str(node).rpartition(":")[2].rpartition("#")[2].rpartition("/")[2]


def targeted(shapes: Graph) -> list[Node]:
    """Give the shapes that look for their nodes and are not switched off."""
    named = {*shapes.subjects(SH.targetClass), *shapes.subjects(SH.targetSubjectsOf)}
    off = set(shapes.subjects(SH.deactivated, Literal(True)))
    return sorted(named - off, key=str)


def constraints(shapes: Graph) -> Iterator[Constraint]:
    """Give every constraint of the shapes that look for their nodes."""
    for shape in targeted(shapes):
        for kind, value in sorted(shapes.predicate_objects(shape)):
            if kind not in _ABOUT_SHAPES:
                yield Constraint(shape, None, URIRef(kind), value)
        for prop in shapes.objects(shape, SH.property):
            for kind, value in sorted(shapes.predicate_objects(prop)):
                if kind not in _NO_CONSTRAINTS:
                    yield Constraint(shape, prop, URIRef(kind), value)


def path_of(shapes: Graph, constraint: Constraint) -> str:
    """Say the path of a constraint for the name of a test."""
    if constraint.prop is None:
        return "."
    path = shapes.value(constraint.prop, SH.path)
    inverse = shapes.value(path, SH.inversePath)
    return f"^{_short(inverse)}" if inverse else _short(path) if isinstance(path, URIRef) else "…"


def focus_nodes(shapes: Graph, shape: Node, data: Graph) -> list[Node]:
    """Give the nodes of a document that a shape looks for."""
    found: set[Node] = set()
    for one in shapes.objects(shape, SH.targetClass):
        found |= set(data.subjects(RDF.type, one))
    for one in shapes.objects(shape, SH.targetSubjectsOf):
        found |= set(data.subjects(one))
    return sorted(found, key=str)


def broken(shapes: Graph, constraint: Constraint, data: Graph) -> tuple[Node, Graph] | None:
    """Give a node and a document in which it breaks a constraint; None when this one has no node.

    Raises:
        KeyError: nobody wrote yet how to break a constraint of this kind.
    """
    if constraint.kind == SH.maxCount and int(str(constraint.value)) == 0:
        return _with_what_is_banned(shapes, constraint, data)
    for focus in focus_nodes(shapes, constraint.shape, data):
        copy = graph_copy(data)
        if _break(shapes, constraint, focus, copy):
            return focus, copy
    return None


def _with_what_is_banned(
    shapes: Graph, constraint: Constraint, data: Graph
) -> tuple[Node, Graph] | None:
    path = shapes.value(constraint.prop, SH.path)
    nodes = focus_nodes(shapes, constraint.shape, data)
    if path == RDF.type or (None, SH.targetSubjectsOf, path) in shapes:
        nodes = sorted(data.subjects(), key=str)
    if not nodes:
        return None
    banned = shapes.value(constraint.shape, SH.targetClass, any=True) or NOTHING
    copy = graph_copy(data)
    copy.add((nodes[0], path, banned))
    return nodes[0], copy


def graph_copy(data: Graph) -> Graph:
    copy = Graph()
    copy += data
    return copy


def _break(shapes: Graph, constraint: Constraint, focus: Node, data: Graph) -> bool:
    if constraint.prop is None:
        return _break_node(constraint, focus, data)
    steps = list(_statements(shapes, shapes.value(constraint.prop, SH.path), focus, data))
    kind = constraint.kind
    if kind in (SH.minCount, SH.qualifiedMinCount, SH.hasValue, SH.equals):
        for one in steps:
            data.remove(one)
        return bool(steps)
    if kind in (SH.maxCount, SH.qualifiedMaxCount):
        return _add_more(shapes, constraint, focus, steps, data)
    if not steps:
        return False
    subject, predicate, value = steps[0]
    if kind == SH.uniqueLang:
        if not (isinstance(value, Literal) and value.language):
            return False
        data.add((subject, predicate, Literal("另一种说法", lang=value.language)))
        return True
    wrong = _wrong(kind, value)
    if (subject, predicate, value) in data and predicate != RDF.type and wrong is not None:
        data.remove((subject, predicate, value))
    is_inverse = value == focus and subject != focus
    data.add((wrong, predicate, value) if is_inverse else (subject, predicate, wrong))
    return True


def _wrong(kind: URIRef, value: Node) -> Node:
    """Give a value in place of another that a constraint of this kind must not take."""
    is_text = isinstance(value, Literal)
    language = value.language if isinstance(value, Literal) else None
    return {
        SH["class"]: NOTHING,
        SH["in"]: NOTHING,
        SH.nodeKind: Literal("不是名称"),
        SH.datatype: Literal("不是这一类"),
        SH.pattern: Literal("！") if is_text else URIRef("http://10.1.2.3/data.csv"),
        SH.minLength: Literal("", lang=language),
    }[kind]


def _add_more(
    shapes: Graph, constraint: Constraint, focus: Node, steps: list[Triple], data: Graph
) -> bool:
    """Add values until there are too many."""
    path = shapes.value(constraint.prop, SH.path)
    inverse = shapes.value(path, SH.inversePath)
    options = shapes.value(path, SH.alternativePath)
    if options:
        path = next(iter(Collection(shapes, options)))
    if not steps and int(str(constraint.value)) > 0 and constraint.kind == SH.qualifiedMaxCount:
        return False
    for number in range(int(str(constraint.value)) + 1):
        new = URIRef(f"urn:example:{number}")
        if constraint.kind == SH.qualifiedMaxCount:
            _add_qualified(shapes, constraint, focus, new, data)
        elif inverse:
            data.add((new, inverse, focus))
        else:
            data.add((focus, path, new))
    return True


def _add_qualified(
    shapes: Graph, constraint: Constraint, focus: Node, new: URIRef, data: Graph
) -> None:
    """Add a value like one that holds the shape: of each it has the same statements."""
    data.add((focus, shapes.value(constraint.prop, SH.path), new))
    wanted = shapes.value(constraint.prop, SH.qualifiedValueShape)
    for prop in shapes.objects(wanted, SH.property):
        path, value = shapes.value(prop, SH.path), shapes.value(prop, SH.hasValue)
        if value is not None:
            data.add((new, path, value))
            continue
        others = (one for one in data.objects(None, path) if _fits(shapes, prop, one))
        data.add((new, path, next(others)))


def _fits(shapes: Graph, prop: Node, value: Node) -> bool:
    datatype = shapes.value(prop, SH.datatype)
    if datatype is not None:
        return isinstance(value, Literal) and value.datatype == datatype
    return isinstance(value, URIRef)


def _break_node(constraint: Constraint, focus: Node, data: Graph) -> bool:
    if constraint.kind == SH["class"]:
        data.remove((focus, RDF.type, constraint.value))
        return True
    if constraint.kind == SH.closed:
        data.add((focus, URIRef("urn:example:more"), Literal("内部")))
        return True
    raise KeyError(constraint.kind)


def _statements(shapes: Graph, path: Node | None, focus: Node, data: Graph) -> Iterator[Triple]:
    """Give the statements at the end of a path."""
    if isinstance(path, URIRef):
        yield from data.triples((focus, path, None))
        return
    inverse = shapes.value(path, SH.inversePath)
    options = shapes.value(path, SH.alternativePath)
    if inverse:
        yield from data.triples((None, inverse, focus))
    elif options:
        for one in Collection(shapes, options):
            yield from data.triples((focus, one, None))
    else:
        *before, last = Collection(shapes, path)
        nodes = {focus}
        for step in before:
            nodes = {
                found
                for node in nodes
                for s, _, o in _statements(shapes, step, node, data)
                for found in (s if o == node else o,)
            }
        for node in nodes:
            yield from _statements(shapes, last, node, data)


def found_faults(shapes: Graph, data: Graph) -> set[tuple[Node, Node]]:
    """Validate; give (node, shape or property) of each violation."""
    _, report, _ = pyshacl.validate(data, shacl_graph=shapes)
    return {
        (report.value(one, SH.focusNode), report.value(one, SH.sourceShape))
        for one in report.subjects(RDF.type, SH.ValidationResult)
    }
