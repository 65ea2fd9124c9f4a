"""`/fjgov/dump.<nt|ttl|jsonld|rdf>[.gz]`: the whole catalog as one RDF document (M29, M45d)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, request, stream_with_context

import ckan.plugins.toolkit as tk

from ckanext.fjgov.core.access.visibility import Reader
from ckanext.fjgov.core.export.facts import Audience
from ckanext.fjgov.core.export.fragments import SYNTAXES
from ckanext.fjgov.core.federation.errors import SignatureRefused
from ckanext.fjgov.core.federation.signature import REQUEST_HEADER
from ckanext.fjgov.logic import dumping, settings
from ckanext.fjgov.web import helpers
from ckanext.fjgov.web.catching_up import brought_up
from ckanext.fjgov.web.packing import gzipped
from ckanext.fjgov.web.signed import asking_node, refused_signature

blueprint = Blueprint("fjgov_dumps", __name__)


@blueprint.route("/fjgov/dump.json")
def manifest() -> Any:
    """What the documents hold for the reader: entries, size, and where in the log they stand."""
    audience, home = _wanted()
    if (refused := brought_up(audience)) is not None:
        return refused
    told = dumping.about(audience, home)
    answer = jsonify(told | {"home": home, "files": _addresses()})
    answer.headers.update(_headers(audience, told))
    return answer


@blueprint.route("/fjgov/dump.<ending>")
def plain(ending: str) -> Any:
    """The catalog in one syntax."""
    return _dump(ending, is_packed=False)


@blueprint.route("/fjgov/dump.<ending>.gz")
def packed(ending: str) -> Any:
    """The same, compressed as a file."""
    return _dump(ending, is_packed=True)


def _dump(ending: str, *, is_packed: bool) -> Any:
    syntax = SYNTAXES.get(ending)
    if syntax is None:
        return tk.abort(404)
    audience, home = _wanted()
    if (refused := brought_up(audience)) is not None:
        return refused
    told = dumping.about(audience, home)
    headers = _headers(audience, told)
    whose = f"{audience}-{home or 'all'}"
    tag = f"{ending}-{whose}-{told['epoch'][:12]}-{told['seq']}-{told['version'][:12]}"
    headers["ETag"] = f'"{tag}"'
    if request.if_none_match.contains_weak(tag):
        return Response(status=304, headers=headers)
    if not is_packed:
        pieces = dumping.document(audience, syntax, home)
        return Response(stream_with_context(pieces), headers=headers, content_type=syntax.media)
    # Pieces are kept as members of a gzip file: N-Triples need no work at all.
    pieces = (
        dumping.packed(audience, home)
        if syntax.write is None
        else gzipped(dumping.document(audience, syntax, home))
    )
    headers["Content-Disposition"] = f'attachment; filename="catalog.{ending}.gz"'
    return Response(stream_with_context(pieces), headers=headers, content_type="application/gzip")


@blueprint.errorhandler(SignatureRefused)
def refuse_signature(error: SignatureRefused) -> Response:
    """Refuse whoever signs as a node and is none."""
    return refused_signature(error)


def _wanted() -> tuple[Audience, str]:
    """Give whose document it is, and the code of the node whose records alone are in it.

    A node that signs gets what the visibility table gives a partner node of the records of this
    node, as in the feed; copies are for it at their home. Whoever may have more may ask for the
    public document (`audience=public`); nobody for more.
    """
    if asking_node() is not None:
        widest, home = dumping.audience_of(Reader.PARTNER_NODE), settings.node().code
    else:
        widest, home = dumping.audience_for(helpers.person()), ""
    return ("public", "") if request.args.get("audience") == "public" else (widest, home)


def _headers(audience: Audience, told: dict[str, Any]) -> dict[str, str]:
    is_public = audience == "public"
    return {
        "Cache-Control": "private, no-cache" if is_public else "private, no-store",
        "Vary": f"Authorization, Cookie, {REQUEST_HEADER}",
        "X-Fjgov-Head": f"{told['epoch']}:{told['seq']}",
    }


def _addresses() -> list[dict[str, str]]:
    site = settings.node().site_url
    return [
        {"address": f"{site}/fjgov/dump.{ending}{tail}", "media": media}
        for ending, syntax in SYNTAXES.items()
        for tail, media in (("", syntax.media), (".gz", "application/gzip"))
    ]
