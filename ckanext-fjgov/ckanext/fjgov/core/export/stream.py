"""The stream of changes as linked data (LDES): what its pages say, and what is told of a record.

A member says that a record changed for the readers of the stream: which one, when and how. It holds
nothing of the record, so that a page may be kept for ever although what its reader may see of the
record changes; the content is had at the address of the record, as it is allowed then.

Source: Linked Data Event Streams (SEMIC), TREE hypermedia, Activity Streams 2.0; Measures Art. 45.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Final, Literal

from rdflib import Literal as RdfLiteral
from rdflib import URIRef

from ckanext.fjgov.core.export.facts import EN, ZH, Audience, Triples
from ckanext.fjgov.core.export.fragments import SYNTAXES, Syntax, fragment
from ckanext.fjgov.core.export.namespaces import AS, DCT, FJGOV, LDES, RDF, SH, TREE, XSD

Change = Literal["create", "update", "delete"]

CLASSES: Final[dict[Change, URIRef]] = {
    "create": AS.Create,
    "update": AS.Update,
    "delete": AS.Delete,
}
# How often a reader may ask for what is new.
POLLING_SECONDS: Final = 60

_TITLE: Final = {
    "public": ("目录变更流", "Changes of the catalog"),
    "officials": ("目录变更流（公务人员）", "Changes of the catalog, for officials"),
}
_ABOUT: Final = {
    "zh": "每个成员说明一条记录何时新增、变更或不再公布；内容以记录地址当时给出的为准。变更流开始时"
    "已有的记录列为新增；两次查看变更记录之间的多次变更计为一次。",
    "en": "Each member says when a record came, changed or was no longer to be seen; what it holds "
    "is had at its address. Records that were there when the stream began are told as new at that "
    "time; changes between two looks at the log of changes are told as one.",
}


@dataclass(frozen=True, slots=True)
class Told:
    """What readers of a stream know of a record that they may see.

    Attributes:
        subject: stable address of the record.
        hash: SHA-256 of its piece of the whole-catalog document, hex.
    """

    subject: str
    hash: str


@dataclass(frozen=True, slots=True)
class Member:
    """One change.

    Attributes:
        number: its place in the stream, from 1, without gaps.
        kind: one of `canonical.KINDS`.
        hash: of the piece since then, "" of a record that is not to be seen any more.
        at: when the node noted it; never before that of the member before.
    """

    number: int
    kind: str
    subject: str
    change: Change
    hash: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream: pages of `size` members for one kind of readers.

    Attributes:
        site_url: address of the node without a trailing slash.
        id: letters and digits; another one when the stream had to begin anew.
        size: members of a full page.
    """

    site_url: str
    id: str
    size: int
    audience: Audience
    begun: datetime

    @property
    def name(self) -> URIRef:
        """Name the stream; its address leads to the root."""
        return URIRef(f"{self.site_url}/fjgov/stream/{self.id}")

    def root(self, ending: str) -> URIRef:
        """Give the address of the root of the pages in a syntax."""
        asked = "" if self.audience == "public" else f"?audience={self.audience}"
        return URIRef(f"{self.site_url}/fjgov/stream.{ending}{asked}")

    def page(self, page: int, ending: str) -> URIRef:
        """Give the address of a page, from 1, in a syntax."""
        return URIRef(f"{self.name}/{page}.{ending}")

    def page_of(self, number: int) -> int:
        """Give the page on which a member stands."""
        return (number - 1) // self.size + 1

    def last_page(self, members: int) -> int:
        """Give the page that the next member will be on; it may be empty."""
        return self.page_of(members + 1)

    def numbers(self, page: int) -> tuple[int, int]:
        """Give the first and the last number of a page."""
        return (page - 1) * self.size + 1, page * self.size

    def member(self, number: int) -> URIRef:
        """Name a member by its place on its page, in any syntax."""
        return URIRef(f"{self.name}/{self.page_of(number)}#{number}")


def steps(before: Told | None, now: Told | None) -> Iterator[tuple[Change, Told]]:
    """Yield what has to be told, in order; nothing when readers know it already.

    Args:
        before: what was told last; None when it was never told, or told to be gone.
        now: what readers may see; None when there is nothing for them.
    """
    if before is not None and (now is None or now.subject != before.subject):
        yield "delete", Told(before.subject, "")
        before = None
    if now is None or now == before:
        return
    yield ("create" if before is None else "update"), now


def root_document(stream: Stream, syntax: Syntax) -> bytes:
    """Write the root: how the stream is to be read, and where its first page is."""
    return _written(syntax, [_root(stream, syntax.ending)])


def page_document(stream: Stream, page: int, members: Sequence[Member], syntax: Syntax) -> bytes:
    """Write a page.

    Args:
        page: its number, from 1.
        members: all that there are on it, in order.

    Cost: about 0.1 ms a member; depends on nothing but the page.
    """
    return _written(
        syntax,
        [_page(stream, page, members, syntax.ending), *(_member(stream, one) for one in members)],
    )


@cache
def form() -> str:
    """Name the form of pages by the bytes of an example: whoever changes them need not think.

    Pages are kept by readers for ever, so that a stream of another form is another stream.
    """
    at = datetime(2010, 11, 12, tzinfo=UTC)
    stream = Stream("https://city.example", "0", 3, "public", at)
    changes: tuple[Change, ...] = ("create", "update", "delete")
    members = [
        Member(number, "entry", "https://city.example/id/35100/000001", change, "0" * 64, at)
        for number, change in enumerate(changes, 1)
    ]
    found = hashlib.sha256()
    for syntax in SYNTAXES.values():
        found.update(page_document(stream, 1, members, syntax))
    return found.hexdigest()[:16]


def _written(syntax: Syntax, pieces: Sequence[Triples]) -> bytes:
    return b"".join(syntax.document(fragment(piece) for piece in pieces))


def _root(stream: Stream, ending: str) -> Triples:
    root, name = stream.root(ending), stream.name
    yield name, RDF.type, LDES.EventStream
    for language, title in zip((ZH, EN), _TITLE[stream.audience], strict=True):
        yield name, DCT.title, RdfLiteral(title, lang=language)
        yield name, DCT.description, RdfLiteral(_ABOUT[language], lang=language)
    yield name, DCT.issued, _time(stream.begun)
    yield name, LDES.timestampPath, DCT.created
    yield name, LDES.sequencePath, FJGOV.streamNumber
    yield name, LDES.versionOfPath, DCT.isVersionOf
    for change, kind in CLASSES.items():
        yield name, LDES[f"version{change.title()}Path"], RDF.type
        yield name, LDES[f"version{change.title()}Object"], kind
    yield name, LDES.pollingInterval, RdfLiteral(POLLING_SECONDS, datatype=XSD.integer)
    yield name, TREE.view, root
    yield root, RDF.type, TREE.Node
    link = URIRef(f"{root}#first")
    yield root, TREE.relation, link
    yield link, RDF.type, TREE.GreaterThanOrEqualToRelation
    yield link, TREE.node, stream.page(1, ending)
    yield link, TREE.path, FJGOV.streamNumber
    yield link, TREE.value, RdfLiteral(1, datatype=XSD.integer)
    yield from _shape(name)


def _shape(name: URIRef) -> Triples:
    """Yield what every member has; an evolving shape may ask for less, never for more."""
    shape = URIRef(f"{name}#member")
    yield name, TREE.shape, shape
    yield shape, RDF.type, SH.NodeShape
    for path, kind, value in (
        (DCT.isVersionOf, SH.nodeKind, SH.IRI),
        (DCT.created, SH.datatype, XSD.dateTime),
        (FJGOV.streamNumber, SH.datatype, XSD.integer),
        (FJGOV.recordKind, SH.datatype, XSD.string),
    ):
        rule = URIRef(f"{shape}-{str(path).rpartition('/')[2].rpartition(':')[2]}")
        yield shape, SH.property, rule
        yield rule, SH.path, path
        yield rule, kind, value
        for bound in (SH.minCount, SH.maxCount):
            yield rule, bound, RdfLiteral(1, datatype=XSD.integer)


def _page(stream: Stream, page: int, members: Sequence[Member], ending: str) -> Triples:
    node = stream.page(page, ending)
    yield node, RDF.type, TREE.Node
    yield node, DCT.isPartOf, stream.name
    if len(members) < stream.size:
        return
    yield node, LDES.immutable, RdfLiteral(lexical_or_value=True)
    # Both hold of what follows; readers that go by time alone look for the second.
    for part, kind, path, value in (
        ("next", TREE.GreaterThanRelation, FJGOV.streamNumber, _number(members[-1].number)),
        ("later", TREE.GreaterThanOrEqualToRelation, DCT.created, _time(members[-1].at)),
    ):
        link = URIRef(f"{node}#{part}")
        yield node, TREE.relation, link
        yield link, RDF.type, kind
        yield link, TREE.node, stream.page(page + 1, ending)
        yield link, TREE.path, path
        yield link, TREE.value, value


def _member(stream: Stream, one: Member) -> Triples:
    name = stream.member(one.number)
    yield stream.name, TREE.member, name
    yield name, RDF.type, CLASSES[one.change]
    yield name, DCT.isVersionOf, URIRef(one.subject)
    yield name, DCT.created, _time(one.at)
    yield name, FJGOV.streamNumber, _number(one.number)
    yield name, FJGOV.recordKind, RdfLiteral(one.kind)
    if one.hash:
        yield name, FJGOV.documentHash, RdfLiteral(one.hash)


def _number(value: int) -> RdfLiteral:
    return RdfLiteral(value, datatype=XSD.integer)


def _time(at: datetime) -> RdfLiteral:
    told = at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return RdfLiteral(told, datatype=XSD.dateTime, normalize=False)
