"""What an export knows besides the entry itself, and the stable names built from it.

Holds no rules about sharing and reads nothing: addresses, unit and code labels are arguments.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Final, Literal, Protocol
from urllib.parse import quote

from rdflib import Literal as RdfLiteral
from rdflib import URIRef
from rdflib.term import Node

from ckanext.fjgov.core.export.namespaces import FJGOV, RDF, SKOS, XSD, term

Entry = Mapping[str, Any]
Triple = tuple[Node, Node, Node]
Triples = Iterator[Triple]
Audience = Literal["public", "officials"]

_NOT_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_PLAIN_NUMBER: Final = re.compile(r"\d+(\.\d+)?", re.ASCII)

ZH: Final = "zh"
EN: Final = "en"


class CodeLabels(Protocol):
    """Names of codes; `vocabulary_labels.py` reads them from the shipped code lists."""

    def label(self, scheme: str, code: str) -> tuple[str, str] | None:
        """Return (Chinese, English) of `code` in `scheme`, None when the list does not hold it."""


class NoLabels:
    """Labels of nothing: codes are exported by notation alone."""

    def label(self, scheme: str, code: str) -> tuple[str, str] | None:  # noqa: ARG002 (protocol)
        """Return None for every code."""
        return None


@dataclass(frozen=True, slots=True)
class SiteFacts:
    """The node that publishes the document, and the unit of the entry at hand.

    Attributes:
        site_url: address of this node without a trailing slash.
        node_code: division code of this node, e.g. `350000`.
        publisher: who publishes the catalog: {name, url}.
        unit: 信息发布单位 of the entry (Art. 14): {title, name, uscc, address, telephone,
            parent_uscc, home_node}; missing keys are filled from the entry where it holds them.
        node_sites: node code -> site address of the registered nodes, so that an entry that came
            from a city keeps the city's URI.
        nodes_below: node code -> name of the registered nodes below this one.
    """

    site_url: str
    node_code: str
    publisher: Mapping[str, Any] = field(default_factory=dict)
    unit: Mapping[str, Any] = field(default_factory=dict)
    node_sites: Mapping[str, str] = field(default_factory=dict)
    nodes_below: Mapping[str, str] = field(default_factory=dict)

    def home_site(self, entry: Entry) -> str:
        """Return the address of the node where `entry` is registered.

        An entry of a node whose address is unknown is named under this site: a URI that answers
        is better than none, and `/id/` answers for every entry the site holds.
        """
        home = text(entry, "home_node")
        if not home or home == self.node_code:
            return self.site_url.rstrip("/")
        return (self.node_sites.get(home) or self.site_url).rstrip("/")


def dataset_uri(entry: Entry, facts: SiteFacts) -> URIRef:
    """Name an entry for ever: `<home site>/id/<prefix>/<suffix>`.

    A draft without an identifier is named by its CKAN id, because nothing else is stable yet.
    Source: GB/T 21063.5 (信息资源标识符); decision in the design, section 9.
    """
    home = facts.home_site(entry)
    identifier = text(entry, "identifier")
    prefix, slash, suffix = identifier.partition("/")
    if slash and prefix and suffix:
        return URIRef(f"{home}/id/{quote(prefix, safe='')}/{quote(suffix, safe='')}")
    return URIRef(f"{home}/dataset/{quote(text(entry, 'id') or text(entry, 'name'), safe='')}")


def part_uri(dataset: URIRef, part: str) -> URIRef:
    """Name a part of an entry by a fragment, so that it resolves with the entry itself."""
    return URIRef(f"{dataset}#{quote(part, safe='-._~')}")


def landing_page(entry: Entry, facts: SiteFacts) -> URIRef:
    """Return the page of this site where the entry is shown and can be applied for."""
    slug = text(entry, "name") or text(entry, "id")
    return URIRef(f"{facts.site_url.rstrip('/')}/dataset/{quote(slug, safe='')}")


def catalog_uri(facts: SiteFacts) -> URIRef:
    """Return the URI of this node's catalog: the address of the site, as ckanext-dcat has it."""
    return URIRef(facts.site_url.rstrip("/"))


def text(entry: Entry, name: str) -> str:
    """Return one scalar field as trimmed text, "" when absent or not a scalar.

    A character that XML cannot hold would make a whole page of the catalog unreadable as RDF/XML;
    see `xml_text`.
    """
    value = entry.get(name)
    if value is None or isinstance(value, bool | list | dict | tuple):
        return ""
    return xml_text(str(value))


def xml_text(value: str) -> str:
    """Return a text as XML gives it back: trimmed, line ends as LF, forbidden characters out."""
    return _NOT_XML.sub("", value).replace("\r\n", "\n").replace("\r", "\n").strip()


def texts(entry: Entry, name: str) -> list[str]:
    """Return a multi-valued field as trimmed texts, empty ones and repeats dropped."""
    value = entry.get(name)
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, list | tuple):
        return []
    cleaned = (xml_text(str(one)) for one in value)
    return list(dict.fromkeys(one for one in cleaned if one))


def rows(entry: Entry, name: str) -> list[Mapping[str, Any]]:
    """Return a repeating field as its rows; anything that is no list of mappings gives none."""
    value = entry.get(name)
    if not isinstance(value, list | tuple):
        return []
    return [one for one in value if isinstance(one, Mapping)]


def chinese(value: str) -> RdfLiteral:
    """Return text as a Chinese literal."""
    # A text has no other form that it could be brought into.
    return RdfLiteral(value, lang=ZH, normalize=False)


def iso_date(value: str) -> RdfLiteral | None:
    """Return `YYYY-MM-DD` as xsd:date and a full ISO time as xsd:dateTime, None for the rest."""
    try:
        if len(value) == len("2010-11-12"):
            return RdfLiteral(date.fromisoformat(value).isoformat(), datatype=XSD.date)
        return RdfLiteral(datetime.fromisoformat(value).isoformat(), datatype=XSD.dateTime)
    except ValueError:
        return None


def decimal(value: str) -> RdfLiteral | None:
    """Return a plain non-negative number as xsd:decimal, None for the rest.

    With a point in it the text is the same in every format (Turtle adds one).
    """
    if not _PLAIN_NUMBER.fullmatch(value):
        return None
    return RdfLiteral(value if "." in value else f"{value}.0", datatype=XSD.decimal)


def order(node: URIRef, number: int) -> Triples:
    """Yield the place of a row among the rows of its field, from 1."""
    yield node, FJGOV.order, RdfLiteral(number, datatype=XSD.integer)


def concept(scheme: str, code: str, labels: CodeLabels, *, kind: Node | None = None) -> Triples:
    """Describe one code as skos:Concept in its scheme.

    Args:
        scheme: short name of the code list; the scheme itself is `fjgov:<scheme>`.
        code: the code as stored; it becomes the notation.
        labels: names of codes; a code without a name gets no prefLabel, never an invented one.
        kind: a second class, e.g. dct:Location for a division.
    """
    names = labels.label(scheme, code) or ("", "")
    yield from _concept_triples(scheme, code, names, kind)


@lru_cache(maxsize=8192)
def _concept_triples(
    scheme: str, code: str, names: tuple[str, str], kind: Node | None
) -> tuple[Triple, ...]:
    """Build the triples of one concept; the same few codes come back in every entry."""
    node = term(scheme, code)
    triples: list[Triple] = [
        (node, RDF.type, SKOS.Concept),
        (node, SKOS.notation, RdfLiteral(code)),
        (node, SKOS.inScheme, term_scheme(scheme)),
    ]
    if kind is not None:
        triples.append((node, RDF.type, kind))
    for value, language in zip(names, (ZH, EN), strict=True):
        if value:
            triples.append((node, SKOS.prefLabel, RdfLiteral(value, lang=language)))
    return tuple(triples)


def term_scheme(scheme: str) -> URIRef:
    """Return the IRI of a code list, e.g. `fjgov:topic` for 主题分类."""
    return FJGOV[scheme]
