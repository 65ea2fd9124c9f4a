"""A DCAT document as records: Turtle, N-Triples, RDF/XML or JSON-LD, whole or a page of Hydra.

Nothing is fetched while parsing: RDF/XML with a DOCTYPE is refused, and JSON-LD may name only the
contexts that `contexts` brings along.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, RdfFormat, Store, parse

from .contexts import with_bundled_contexts
from .record import Cells, RemoteRecord, SourceRefused

Node = NamedNode | BlankNode
PREFIXES: Mapping[str, str] = {
    "http://purl.org/dc/terms/": "dct",
    "http://www.w3.org/ns/dcat#": "dcat",
    "http://xmlns.com/foaf/0.1/": "foaf",
    "http://www.w3.org/2006/vcard/ns#": "vcard",
    "http://www.w3.org/2004/02/skos/core#": "skos",
    "http://www.w3.org/ns/adms#": "adms",
    "http://schema.org/": "schema",
    "http://www.w3.org/2002/07/owl#": "owl",
    "http://www.w3.org/ns/prov#": "prov",
    "http://www.w3.org/ns/locn#": "locn",
    "http://spdx.org/rdf/terms#": "spdx",
    "http://data.europa.eu/r5r/": "dcatap",
    "http://www.w3.org/ns/odrl/2/": "odrl",
    "http://www.w3.org/ns/hydra/core#": "hydra",
    "http://www.w3.org/2000/01/rdf-schema#": "rdfs",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#": "rdf",
}
FORMATS: Mapping[str, RdfFormat] = {
    "text/turtle": RdfFormat.TURTLE,
    "application/n-triples": RdfFormat.N_TRIPLES,
    "application/rdf+xml": RdfFormat.RDF_XML,
    "application/xml": RdfFormat.RDF_XML,
    "text/xml": RdfFormat.RDF_XML,
    "application/ld+json": RdfFormat.JSON_LD,
    "application/json": RdfFormat.JSON_LD,
}
_DCAT, _HYDRA = "http://www.w3.org/ns/dcat#", "http://www.w3.org/ns/hydra/core#"
_TYPE = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
_DATASET = NamedNode(_DCAT + "Dataset")
_DISTRIBUTION = NamedNode(_DCAT + "distribution")
_IDENTIFIER = NamedNode("http://purl.org/dc/terms/identifier")
_NEXT = tuple(NamedNode(_HYDRA + name) for name in ("next", "nextPage"))
_TOTAL = NamedNode(_HYDRA + "totalItems")
# Objects of their own, which are not part of the description of the dataset that names them.
_APART = frozenset(NamedNode(_DCAT + name) for name in ("Dataset", "Catalog", "CatalogRecord"))
_DEPTH = 2


@dataclass(frozen=True, slots=True)
class RdfPage:
    """One parsed document.

    Attributes:
        store: its statements.
        next_page: address of the next page of a Hydra collection, "" when there is none.
        total: datasets of the whole collection as the document states it, None when it does not.
    """

    store: Store
    next_page: str
    total: int | None

    def records(self, languages: tuple[str, ...]) -> Iterator[RemoteRecord]:
        """Give the datasets of the document in order of their names.

        Args:
            languages: which language of a text is taken, best first; "" stands for none.

        Returns:
            Records whose id is the IRI of the dataset, or dct:identifier of a nameless one. Cells
            are `dct:title`, nested ones `dct:publisher/foaf:name`.
        """
        typed = self.store.quads_for_pattern(None, _TYPE, _DATASET)
        found = {quad.subject for quad in typed if isinstance(quad.subject, Node)}
        for node in sorted(found, key=str):
            yield _dataset(self.store, node, languages)


def parse_rdf(data: bytes, media_type: str, address: str) -> RdfPage:
    """Parse one document.

    Args:
        data: its bytes.
        media_type: of the answer, without parameters.
        address: its own address, against which relative names are read.

    Raises:
        SourceRefused: DOCTYPE, a context that is not bundled, or not well formed.

    Cost: one pass; memory of the statements.
    """
    store = Store()
    store.extend(parsed_quads(data, media_type, address))
    return RdfPage(store, _next_page(store), _total(store))


def parsed_quads(data: bytes, media_type: str, address: str) -> list[Quad]:
    """Parse one document into its statements, with literals exactly as they are written.

    A store would write numbers anew (`3.50` as `3.5`).

    Args:
        data, media_type, address: as in `parse_rdf`.

    Raises:
        SourceRefused: as in `parse_rdf`.
    """
    format_ = FORMATS.get(media_type) or _guess(data)
    if format_ == RdfFormat.RDF_XML:
        _refuse_doctype(data)
    if format_ == RdfFormat.JSON_LD:
        data = with_bundled_contexts(data)
    try:
        return list(parse(data, format_, base_iri=address))
    except (SyntaxError, ValueError) as error:
        raise SourceRefused(
            "rdf",
            f"不是规范的 RDF 文件，或文件不完整：{error}",
            f"not a well-formed RDF document, or cut off: {error}",
        ) from error


def _guess(data: bytes) -> RdfFormat:
    """Tell the syntax by the first character, for servers that only say `text/plain`."""
    start = data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if start == b"<" and data.lstrip(b"\xef\xbb\xbf \t\r\n")[1:2] in b"?!r":
        return RdfFormat.RDF_XML
    return RdfFormat.JSON_LD if start in (b"{", b"[") else RdfFormat.TURTLE


def _refuse_doctype(data: bytes) -> None:
    """Refuse DOCTYPE (and every entity with it), and encodings in which it could hide."""
    head = data[:200].lower()
    declared = b"encoding" in head.partition(b"?>")[0]
    if b"\0" in data[:4] or (declared and b"utf-8" not in head.partition(b"?>")[0]):
        raise SourceRefused("encoding", "RDF/XML 须为 UTF-8 编码", "RDF/XML must be in UTF-8")
    if b"<!doctype" in data.lower():
        raise SourceRefused(
            "doctype", "RDF/XML 含有 DOCTYPE，不予读取", "RDF/XML holds a DOCTYPE, which is refused"
        )


def _value(term: object) -> str:
    """Give the text of a literal or the IRI of a node."""
    return str(term.value) if isinstance(term, NamedNode | Literal) else ""


def _next_page(store: Store) -> str:
    for predicate in _NEXT:
        for quad in store.quads_for_pattern(None, predicate, None):
            return _value(quad.object)
    return ""


def _total(store: Store) -> int | None:
    for quad in store.quads_for_pattern(None, _TOTAL, None):
        text = _value(quad.object)
        if text.isdecimal():
            return int(text)
    return None


def _dataset(store: Store, node: Node, languages: tuple[str, ...]) -> RemoteRecord:
    cells = _cells(store, node, languages, _DEPTH, without=_DISTRIBUTION)
    resources = tuple(
        _cells(store, quad.object, languages, _DEPTH)
        for quad in sorted(
            store.quads_for_pattern(node, _DISTRIBUTION, None), key=lambda quad: str(quad.object)
        )
        if isinstance(quad.object, Node)
    )
    if isinstance(node, NamedNode):
        remote_id = node.value
    else:
        names = [_value(q.object) for q in store.quads_for_pattern(node, _IDENTIFIER, None)]
        remote_id = min(names, default="")
    return RemoteRecord(remote_id, cells, resources, remote_id or "（无标识数据集）")


def _cells(
    store: Store,
    node: Node,
    languages: tuple[str, ...],
    depth: int,
    without: NamedNode | None = None,
) -> Cells:
    literals: dict[str, list[Literal]] = {}
    cells: dict[str, list[str]] = {}
    for quad in store.quads_for_pattern(node, None, None):
        if quad.predicate in (_TYPE, without):
            continue
        name = shortened(quad.predicate.value)
        if isinstance(quad.object, Literal):
            literals.setdefault(name, []).append(quad.object)
        elif isinstance(quad.object, NamedNode):
            cells.setdefault(name, []).append(quad.object.value)
        if depth > 1 and isinstance(quad.object, Node) and not _is_apart(store, quad.object):
            for inner, texts in _cells(store, quad.object, languages, depth - 1).items():
                cells.setdefault(f"{name}/{inner}", []).extend(texts)
    for name, spoken in literals.items():
        cells.setdefault(name, []).extend(_in_language(spoken, languages))
    return {
        name: tuple(sorted({text.strip() for text in texts if text.strip()}))
        for name, texts in cells.items()
        if any(text.strip() for text in texts)
    }


def _is_apart(store: Store, node: Node) -> bool:
    return any(quad.object in _APART for quad in store.quads_for_pattern(node, _TYPE, None))


def _in_language(texts: list[Literal], languages: tuple[str, ...]) -> list[str]:
    """Keep the texts of the best language; the others say the same in other words."""
    spoken: dict[str, list[str]] = {}
    for text in texts:
        language = (text.language or "").partition("-")[0].lower()
        spoken.setdefault(language, []).append(text.value)
    for language in languages:
        if language in spoken:
            return spoken[language]
    return spoken[min(spoken)]


def shortened(iri: str) -> str:
    """Give `dct:title` for an IRI of a known vocabulary, else the IRI in angle brackets."""
    cut = max(iri.rfind("#"), iri.rfind("/")) + 1
    prefix = PREFIXES.get(iri[:cut])
    return f"{prefix}:{iri[cut:]}" if prefix else f"<{iri}>"
