"""Where the SHACL shapes are and how they are combined; validating is left to the caller."""

from __future__ import annotations

from importlib.resources import files
from typing import Final, Literal

from rdflib import Graph

Document = Literal["public", "officials", "agreement", "code_list", "withdrawn"]

_RECORDS: Final = ("shapes.ttl", "shapes_directories.ttl")
FILES: Final[dict[Document, tuple[str, ...]]] = {
    "public": _RECORDS,
    "officials": (*_RECORDS, "shapes_officials.ttl"),
    "agreement": ("shapes_agreement.ttl",),
    "code_list": ("shapes_codes.ttl",),
    "withdrawn": ("shapes_withdrawn.ttl",),
}


def shapes_graph(document: Document) -> Graph:
    """Return the shapes of one kind of document.

    Args:
        document: `public` or `officials` for records of the six directories and for the catalog;
            the officials' file switches off the public ban on legal bases and contacts and asks
            for the bases instead. `agreement` for a grant, `code_list` for SKOS, `withdrawn` for
            a tombstone.

    Cost: parses up to three Turtle files of package data (tens of milliseconds); keep the result.
    """
    graph = Graph()
    for name in FILES[document]:
        source = files("ckanext.fjgov.vocabularies").joinpath(name)
        graph.parse(data=source.read_text(encoding="utf-8"), format="turtle")
    return graph
