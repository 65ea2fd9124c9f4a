"""RDF beside pages: code lists, units, and the agreements of grants (M45d)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response

import ckan.plugins.toolkit as tk

from ckanext.fjgov.core.catalog.canonical import UNIT
from ckanext.fjgov.core.catalog.vocabulary import load_vocabulary
from ckanext.fjgov.core.errors import UnknownVocabulary
from ckanext.fjgov.core.export.agreement import agreement_triples
from ckanext.fjgov.core.export.documents import record_document
from ckanext.fjgov.core.export.facts import Triples, dataset_uri
from ckanext.fjgov.core.export.fragments import SYNTAXES, fragment
from ckanext.fjgov.core.export.skos import vocabulary_triples
from ckanext.fjgov.logic import settings
from ckanext.fjgov.logic.dumping import audience_for
from ckanext.fjgov.web import helpers, sharing
from ckanext.fjgov.web.rdf.context import code_labels, readable, site_facts
from ckanext.fjgov.web.searching_pages import reader_context
from ckanext.fjgov.web.sending import PRIVATE
from ckanext.fjgov.web.tagging import tagged

blueprint = Blueprint("fjgov_rdf", __name__)


@blueprint.route("/fjgov/standards/<name>.<ending>")
def code_list(name: str, ending: str) -> Any:
    """One code list as SKOS."""
    try:
        found = load_vocabulary(name, settings.data_folder())
    except UnknownVocabulary:
        return tk.abort(404)
    page = f"{settings.node().site_url}/fjgov/standards/{name}"
    return _document(vocabulary_triples(found, page), ending, is_public=True)


@blueprint.route("/organization/<reference>.<ending>")
def unit(reference: str, ending: str) -> Any:
    """One unit, with what the reader may see of it."""
    try:
        found = tk.get_action("organization_show")(
            reader_context(),
            {"id": reference, "include_users": False, "include_dataset_count": False},
        )
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return tk.abort(404)
    audience = audience_for(helpers.person())
    record = readable({**found, "type": "unit"})
    triples = record_document(record, UNIT, site_facts(), code_labels(), audience=audience)
    return _document(triples, ending, is_public=audience == "public")


@blueprint.route("/fjgov/grants/<number>.<ending>")
def agreement(number: str, ending: str) -> Any:
    """The agreement of a grant, for its parties and their offices; for others there is none."""
    try:
        grant = tk.get_action("fjgov_agreement_show")(reader_context(), {"number": number})
    except (tk.ObjectNotFound, tk.NotAuthorized, tk.ValidationError):
        return tk.abort(404)
    facts = site_facts()
    # Where the entry is gone, or is not for the reader any more, its id still names it.
    found = next(iter(sharing.entries_of([grant["entry"]])), {"id": grant["entry"]})
    address = f"{facts.site_url.rstrip('/')}/fjgov/cases/{number}"
    triples = agreement_triples(grant, address, dataset_uri(readable(found), facts))
    return _document(triples, ending, is_public=False)


def _document(triples: Triples, ending: str, *, is_public: bool) -> Any:
    syntax = SYNTAXES.get(ending)
    if syntax is None:
        return tk.abort(404)
    body = b"".join(syntax.document([fragment(triples)]))
    if is_public:
        return tagged(body, syntax.media)
    return Response(body, headers=PRIVATE, content_type=syntax.media)
