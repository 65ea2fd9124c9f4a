"""Which form of a thing a reader asks for: its page, or a document for machines."""

from __future__ import annotations

from typing import Any, Final

from flask import Response, request

from ckanext.fjgov.logic import settings

# Media type a reader asks for -> ending of the document's address; a page where none fits.
ENDINGS: Final[dict[str, str]] = {
    "text/html": "",
    "text/turtle": ".ttl",
    "application/rdf+xml": ".rdf",
    "application/ld+json": ".jsonld",
}


def wanted_ending() -> str:
    """Give the ending of the document that the reader would rather have; "" for the page."""
    return ENDINGS[request.accept_mimetypes.best_match(list(ENDINGS), default="text/html")]


def to_document(path: str) -> Response | None:
    """Lead a reader who asks for RDF from a page to its document; None for who wants the page."""
    ending = wanted_ending()
    if not ending:
        return None
    address = f"{settings.node().site_url}{path}{ending}"
    return Response(status=303, headers={"Location": address, "Vary": "Accept"})


def vary(answer: Any) -> Any:
    """Say that a page has other forms."""
    made = Response(answer) if isinstance(answer, str) else answer
    made.vary.add("Accept")
    return made
