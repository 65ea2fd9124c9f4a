"""Each constraint of our shapes finds the document that breaks it; needs no running site."""

from __future__ import annotations

from functools import cache

import pytest
from rdflib import SH, Graph

from ckanext.fjgov.core.export.namespaces import FJGOV
from ckanext.fjgov.core.export.shapes import FILES, Document
from tests.rdf_kinds import every_document
from tests.shape_faults import (
    LOGICAL,
    Constraint,
    broken,
    constraints,
    found_faults,
    path_of,
    shapes_of,
)

# Directories and parts of them that no public document holds.
FOR_OFFICIALS = {FJGOV.CollectionItem, FJGOV.GovernmentDatabase, FJGOV.ApplicationSystem,
                 FJGOV.CollectedItem}  # fmt: skip
BANS = {FJGOV.PublicDirectoriesShape}


@cache
def documents(kind: Document) -> list[Graph]:
    return [made.graph() for made in every_document().values() if made.shapes == kind]


def is_for_officials(shapes: Graph, one: Constraint) -> bool:
    classes = set(shapes.objects(one.shape, SH.targetClass))
    return one.shape not in BANS and bool(classes) and classes <= FOR_OFFICIALS


def table() -> list[object]:
    return [
        pytest.param(kind, one, id=f"{kind} {one} of {path_of(shapes_of(kind), one)}")
        for kind in FILES
        for one in constraints(shapes_of(kind))
        if one.kind not in LOGICAL
        and not (kind == "public" and is_for_officials(shapes_of(kind), one))
    ]


@pytest.mark.parametrize(("kind", "one"), table())
def test_a_document_that_breaks_one_constraint_is_found(kind: Document, one: Constraint) -> None:
    shapes = shapes_of(kind)
    found = (broken(shapes, one, data) for data in documents(kind))
    made = next((made for made in found if made is not None), None)
    assert made is not None, "no document has what the shape is about"
    node, data = made
    assert (node, one.prop or one.shape) in found_faults(shapes, data)


def test_what_whole_nodes_must_hold_is_broken_elsewhere() -> None:
    left = {(one.shape, one.kind) for kind in FILES for one in constraints(shapes_of(kind))
            if one.kind in LOGICAL}  # fmt: skip
    assert left == {(FJGOV.DatasetShape, SH.xone), (FJGOV.OfficialsDatasetShape, SH["or"])}
