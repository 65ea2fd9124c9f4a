"""The statements of a document as plain texts, whichever library wrote or parsed them.

Must not know a vocabulary: which predicates say what is in `reading_terms.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from rdflib import BNode, Literal

from ckanext.fjgov.core.export.facts import Triple
from ckanext.fjgov.core.export.namespaces import RDF

_FIRST, _REST, _NIL = str(RDF.first), str(RDF.rest), str(RDF.nil)
# A longer list is none of ours; it also ends a list that runs in a circle.
_LONGEST: Final = 100_000
_NOTHING: Final[Mapping[Any, Any]] = MappingProxyType({})


class Term(NamedTuple):
    """One object: the text of a literal, or the name of a node.

    Attributes:
        text: lexical form, IRI, or `_:label` of a blank node.
        is_node: an IRI or a blank node.
        datatype: IRI of the datatype of a literal, "" for plain texts and texts of a language.
    """

    text: str
    is_node: bool = False
    datatype: str = ""


class Statements:
    """An index of statements by subject and predicate; repeats count once."""

    def __init__(self) -> None:
        """Start empty."""
        self._found: dict[str, dict[str, dict[Term, None]]] = {}

    def add(self, subject: str, predicate: str, term: Term) -> None:
        """Add one statement."""
        self._found.setdefault(subject, {}).setdefault(predicate, {})[term] = None

    def subjects(self, predicate: str) -> list[str]:
        """Give the subjects that have a predicate, sorted."""
        return sorted(name for name, said in self._found.items() if predicate in said)

    def predicates(self, subject: str) -> list[str]:
        """Give the predicates of a subject, sorted."""
        return sorted(self._found.get(subject, ()))

    def objects(self, subject: str, predicate: str) -> list[Term]:
        """Give the objects of one predicate, sorted."""
        found = self._found.get(subject, _NOTHING).get(predicate, _NOTHING)
        return sorted(found) if len(found) > 1 else list(found)

    def nodes(self, subject: str, predicate: str) -> list[str]:
        """Give the objects that are nodes, by name."""
        return [term.text for term in self.objects(subject, predicate) if term.is_node]

    def texts(self, subject: str, predicate: str) -> list[str]:
        """Give the objects that are literals, by text."""
        return [term.text for term in self.objects(subject, predicate) if not term.is_node]

    def text(self, subject: str, predicate: str) -> str:
        """Give the first literal, "" when there is none."""
        return next(iter(self.texts(subject, predicate)), "")

    def listed(self, head: str) -> list[str]:
        """Give the nodes of an RDF list in their order."""
        found: list[str] = []
        while head and head != _NIL and len(found) < _LONGEST:
            found += self.nodes(head, _FIRST)[:1]
            head = next(iter(self.nodes(head, _REST)), "")
        return found


def statements_of(triples: Iterable[Triple]) -> Statements:
    """Index triples of rdflib. Cost: one pass."""
    found = Statements()
    for subject, predicate, value in triples:
        found.add(_name(subject), str(predicate), _term(value))
    return found


def _name(node: object) -> str:
    return f"_:{node}" if type(node) is BNode else str(node)


def _term(node: object) -> Term:
    if type(node) is not Literal:
        return Term(_name(node), is_node=True)
    datatype = node.datatype
    return Term(str(node), datatype=str(datatype) if datatype else "")
