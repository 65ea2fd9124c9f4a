"""GB/T 21063.3 XML of many entries: the schema, a list by search, the whole catalog."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, request, stream_with_context

import ckan.plugins.toolkit as tk

from ckanext.fjgov.core.export.gbmetadata import GbMetadata, gb_from_entry
from ckanext.fjgov.core.export.gbschema import schema_bytes
from ckanext.fjgov.core.export.gbset import write_set
from ckanext.fjgov.logic import settings
from ckanext.fjgov.logic.walking import PAGE, Walk
from ckanext.fjgov.web.asking import kept_pairs, search_of
from ckanext.fjgov.web.packing import gzipped
from ckanext.fjgov.web.rdf.context import code_labels, readable, site_facts
from ckanext.fjgov.web.refusals import refused_search
from ckanext.fjgov.web.searching_pages import reader_context
from ckanext.fjgov.web.sending import PRIVATE

LIMIT = 100
XML = "application/xml; charset=utf-8"

blueprint = Blueprint("fjgov_gb", __name__)


@blueprint.route("/fjgov/gbt21063_3.xsd")
def schema() -> Response:
    """The XML schema of our binding of the standard."""
    return Response(schema_bytes(), content_type=XML)


@blueprint.route("/fjgov/gbxml")
def listed() -> Response:
    """Entries of a search, a page at a time in the order of their ids; `Link` names the next."""
    query, filters = search_of(request.args)
    try:
        walk = Walk(
            reader_context(), query, filters, after=request.args.get("after", ""), most=_limit()
        )
    except tk.ValidationError as error:
        return refused_search(error)
    headers = {"X-Total-Count": str(walk.count)} if "after" not in request.args else {}
    if walk.following:
        kept = [*kept_pairs(request.args, "after"), ("after", walk.following)]
        address = f"{settings.node().site_url}/fjgov/gbxml?{urlencode(kept)}"
        headers["Link"] = f'<{address}>; rel="next"'
    return _streamed(write_set(_records(walk)), headers)


@blueprint.route("/fjgov/catalog.xml-gb")
def catalog() -> Response:
    """Every entry that the reader may see, streamed in constant memory."""
    return _catalog(is_packed=False)


@blueprint.route("/fjgov/catalog.xml-gb.gz")
def packed_catalog() -> Response:
    """The same, compressed as a file."""
    return _catalog(is_packed=True)


def _catalog(*, is_packed: bool) -> Response:
    query, filters = search_of(request.args)
    try:
        walk = Walk(reader_context(), query, filters)
    except tk.ValidationError as error:
        return refused_search(error)
    pieces = write_set(_records(walk))
    name = "catalog-gb.xml.gz" if is_packed else "catalog-gb.xml"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    if is_packed:
        return _streamed(gzipped(pieces), headers, "application/gzip")
    return _streamed(pieces, headers)


def _records(walk: Walk) -> Iterator[GbMetadata]:
    facts, labels = site_facts(), code_labels()
    return (gb_from_entry(readable(entry), facts, labels) for entry in walk)


def _streamed(
    pieces: Iterator[bytes], headers: Mapping[str, str], content_type: str = XML
) -> Response:
    return Response(
        stream_with_context(pieces), headers={**PRIVATE, **headers}, content_type=content_type
    )


def _limit() -> int:
    text: Any = request.args.get("limit", str(LIMIT))
    wanted = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0
    if not 1 <= wanted <= PAGE:
        message = f"limit 须为 1 至 {PAGE} 的整数 / limit is a whole number from 1 to {PAGE}"
        raise tk.ValidationError({"limit": [message]})
    return wanted
