"""The JSON-LD contexts that documents may name by address; none is ever fetched.

Each holds the terms of the W3C recommendation it stands for that catalogs use, written here anew.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from ckanext.fjgov.core.federation.errors import JsonRefused
from ckanext.fjgov.core.federation.strict_json import loads

from .record import SourceRefused

_PREFIXES: Final[dict[str, Any]] = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "dcterms": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "hydra": "http://www.w3.org/ns/hydra/core#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}


def _link(term: str) -> dict[str, str]:
    return {"@id": term, "@type": "@id"}


_HYDRA: Final[dict[str, Any]] = {
    **_PREFIXES,
    "Collection": "hydra:Collection",
    "PagedCollection": "hydra:PagedCollection",
    "PartialCollectionView": "hydra:PartialCollectionView",
    "member": _link("hydra:member"),
    "view": _link("hydra:view"),
    "first": _link("hydra:first"),
    "last": _link("hydra:last"),
    "next": _link("hydra:next"),
    "nextPage": _link("hydra:nextPage"),
    "previous": _link("hydra:previous"),
    "totalItems": "hydra:totalItems",
}
_DCAT: Final[dict[str, Any]] = {
    **_PREFIXES,
    "Catalog": "dcat:Catalog",
    "Dataset": "dcat:Dataset",
    "Distribution": "dcat:Distribution",
    "dataset": _link("dcat:dataset"),
    "distribution": _link("dcat:distribution"),
    "keyword": "dcat:keyword",
    "theme": _link("dcat:theme"),
    "landingPage": _link("dcat:landingPage"),
    "contactPoint": _link("dcat:contactPoint"),
    "accessURL": _link("dcat:accessURL"),
    "downloadURL": _link("dcat:downloadURL"),
    "mediaType": "dcat:mediaType",
    "byteSize": "dcat:byteSize",
    "title": "dct:title",
    "description": "dct:description",
    "identifier": "dct:identifier",
    "issued": "dct:issued",
    "modified": "dct:modified",
    "publisher": _link("dct:publisher"),
    "accrualPeriodicity": _link("dct:accrualPeriodicity"),
    "format": "dct:format",
    "license": _link("dct:license"),
    "name": "foaf:name",
}
BUNDLED: Final[Mapping[str, Mapping[str, Any]]] = {
    "http://www.w3.org/ns/hydra/context.jsonld": _HYDRA,
    "https://www.w3.org/ns/hydra/context.jsonld": _HYDRA,
    "http://www.w3.org/ns/hydra/core": _HYDRA,
    "http://www.w3.org/ns/dcat": _DCAT,
    "https://www.w3.org/ns/dcat.jsonld": _DCAT,
    "http://www.w3.org/ns/dcat.jsonld": _DCAT,
}

# One for each dataset of a large page, and not enough to fill the memory.
MOST_CONTEXTS: Final = 20_000


def with_bundled_contexts(data: bytes) -> bytes:
    """Put the bundled contexts into a JSON-LD document where it names them.

    Raises:
        SourceRefused: not interoperable JSON, or a context that is not bundled.

    Cost: one parse of the document; one writing where it has contexts.
    """
    data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        document = loads(data)
    except JsonRefused as error:
        raise SourceRefused("json", error.zh, error.en) from error
    # No key can be `@context` or `@import`; ours, in expanded form, have none.
    if not any(sign in data for sign in (b"@context", b"@import", b"\\u00")):
        return data
    resolver = _Resolver()
    return json.dumps(resolver.document(document), ensure_ascii=False).encode()


class _Resolver:
    """Puts contexts in place and counts them: each is many times longer than its name."""

    def __init__(self) -> None:
        self._used = 0

    def document(self, value: Any) -> Any:
        """Give a value with the contexts of all its objects."""
        if isinstance(value, list):
            return [self.document(item) for item in value]
        if isinstance(value, dict):
            return {
                name: self._context(item) if name == "@context" else self.document(item)
                for name, item in value.items()
            }
        return value

    def _context(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._bundled(value)
        if isinstance(value, list):
            return [self._context(item) for item in value]
        if isinstance(value, dict):
            # Contexts may hold others: of a term, or by import.
            return {
                name: self._context(item) if name in ("@context", "@import") else self._term(item)
                for name, item in value.items()
            }
        return value

    def _term(self, value: Any) -> Any:
        if isinstance(value, dict) and "@context" in value:
            return {**value, "@context": self._context(value["@context"])}
        return value

    def _bundled(self, name: str) -> Mapping[str, Any]:
        if name not in BUNDLED:
            raise SourceRefused(
                "context",
                f"JSON-LD 引用的上下文 {name[:120]} 不在内置清单中，不会远程读取",
                f"the JSON-LD context {name[:120]} is not bundled and never fetched",
            )
        self._used += 1
        if self._used > MOST_CONTEXTS:
            raise SourceRefused(
                "context",
                f"JSON-LD 引用上下文超过 {MOST_CONTEXTS} 次",
                f"the document names contexts more than {MOST_CONTEXTS} times",
            )
        return BUNDLED[name]
