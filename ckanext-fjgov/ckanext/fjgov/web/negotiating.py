"""Which form of a thing a reader asks for: its page, or a document for machines.

The language of a page goes by its address (`/en/…`), so that `Accept-Language` chooses nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

from flask import Response, after_this_request, request

from ckanext.fjgov.core.catalog.schema_model import ENTRY_TYPE
from ckanext.fjgov.logic import settings
from ckanext.fjgov.web import helpers

# Media type a reader asks for -> ending of the document's address; a page where none fits.
ENDINGS: Final[dict[str, str]] = {
    "text/html": "",
    "text/turtle": ".ttl",
    "application/rdf+xml": ".rdf",
    "application/ld+json": ".jsonld",
    "application/n-triples": ".nt",
}
_OFFICIALS: Final = "?profiles=fjgov_dcat_officials"


def wanted_ending() -> str:
    """Give the ending of the document that the reader would rather have; "" for the page.

    Whatever is answered, an error too, says that it went by `Accept`.
    """
    after_this_request(_by_accept)
    return ENDINGS[request.accept_mimetypes.best_match(list(ENDINGS), default="text/html")]


def to_document(path: str, query: str = "") -> Response | None:
    """Lead a reader who asks for RDF from a page to its document; None for who wants the page."""
    ending = wanted_ending()
    return see_other(f"{path}{ending}{query}") if ending else None


def to_record(record: Mapping[str, Any]) -> Response:
    """Lead to the page or the document of a record of any directory, as the reader asks."""
    return to_document_of(record) or see_other(_page_of(record))


def to_document_of(record: Mapping[str, Any]) -> Response | None:
    """Lead a reader who asks for RDF to the document of a record; None for who wants the page.

    The public document of a directory without public titles is empty, so that officials are led
    to theirs.
    """
    is_wider = record["type"] != ENTRY_TYPE and helpers.person().is_staff
    return to_document(f"/dataset/{quote(record['name'])}", _OFFICIALS if is_wider else "")


def see_other(path: str) -> Response:
    """Lead to another address of this site (303)."""
    return Response(status=303, headers={"Location": f"{settings.node().site_url}{path}"})


def _page_of(record: Mapping[str, Any]) -> str:
    folder = "" if record["type"] == ENTRY_TYPE else f"directory/{record['type']}/"
    return f"/{folder or 'dataset/'}{quote(record['name'])}"


def _by_accept(answer: Response) -> Response:
    answer.vary.add("Accept")
    return answer
