"""Our own officials' RDF documents read back as canonical records.

Source: issue of exports, "import of our own RDF gives back the same record"; Measures Art. 15.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from pyoxigraph import Literal, NamedNode, Quad

from ckanext.fjgov.core.catalog.canonical import KINDS
from ckanext.fjgov.core.export.entry_terms import TOPIC
from ckanext.fjgov.core.export.registered import KIND, read_record
from ckanext.fjgov.core.export.statements import Statements, Term
from ckanext.fjgov.core.foreign.rdf import parsed_quads
from ckanext.fjgov.core.foreign.record import SourceRefused

from .problems import ImportRefused

_STRING: Final = frozenset(
    {
        "http://www.w3.org/2001/XMLSchema#string",
        "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString",
    }
)


def read_rdf(
    data: bytes, media_type: str = "", address: str = "urn:cn:fjgov:document"
) -> list[dict[str, Any]]:
    """Read the records of a document.

    Args:
        data: Turtle, N-Triples, RDF/XML or JSON-LD in UTF-8, written for `officials`.
        media_type: of the document, "" to tell it by its first characters.
        address: against which relative names are read.

    Returns:
        Canonical records (`core.catalog.canonical`) in order of their names in the document.
        Datasets of other sites, and those of public documents, name no kind and are left out.

    Raises:
        ImportRefused: the document is not well formed, holds a DOCTYPE or a context that is not
            bundled, or says of a record something that none of ours would say.

    Cost: memory of the statements, twice; about 2 ms an entry.
    """
    try:
        quads = parsed_quads(data, media_type, address)
    except SourceRefused as refused:
        raise ImportRefused(refused.rule, refused.zh, refused.en) from refused
    return list(_records(indexed(quads)))


def indexed(quads: Iterable[Quad]) -> Statements:
    """Index parsed statements; which graph they stand in does not matter."""
    said = Statements()
    for quad in quads:
        said.add(_name(quad.subject), quad.predicate.value, _term(quad.object))
    return said


def _records(said: Statements) -> Iterator[dict[str, Any]]:
    for node in said.subjects(str(KIND)):
        kind, topics = said.text(node, str(KIND)), said.nodes(node, TOPIC)
        if kind not in KINDS or len(topics) != 1:
            raise ImportRefused(
                "rdf",
                f"{node} 的记录类型（{kind}）或所指记录无效，请用本平台导出的文件",
                f"the kind ({kind}) or the topic of {node} is invalid; use a file of this platform",
            )
        try:
            yield read_record(said, node, topics[0])
        except ValueError as error:
            raise ImportRefused(
                "rdf",
                f"{node} 中 fjgov:json 的值不是 JSON：{error}",
                f"a value of fjgov:json at {node} is no JSON: {error}",
            ) from error


def _name(node: object) -> str:
    return node.value if type(node) is NamedNode else str(node)


def _term(node: object) -> Term:
    if type(node) is not Literal:
        return Term(_name(node), is_node=True)
    datatype = node.datatype.value
    return Term(node.value, datatype="" if datatype in _STRING else datatype)
