"""Where the SHACL shapes are and how they are combined; validating is left to the caller."""

from __future__ import annotations

from importlib.resources import files
from typing import Final

from rdflib import Graph

from ckanext.fjgov.core.export.facts import Audience

_FILES: Final[dict[Audience, tuple[str, ...]]] = {
    "public": ("shapes.ttl",),
    "officials": ("shapes.ttl", "shapes_officials.ttl"),
}


def shapes_graph(audience: Audience) -> Graph:
    """Return the shapes of one kind of document.

    Args:
        audience: `public` or `officials`; the officials' file switches off the public ban on
            legal bases and contacts and asks for the bases instead.

    Cost: parses one or two Turtle files of package data (tens of milliseconds); keep the result.
    """
    graph = Graph()
    for name in _FILES[audience]:
        source = files("ckanext.fjgov.vocabularies").joinpath(name)
        graph.parse(data=source.read_text(encoding="utf-8"), format="turtle")
    return graph
