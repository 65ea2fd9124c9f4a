"""What the addresses of ckanext-dcat (`/dataset/<id>.<ending>`, `/catalog.<ending>`) answer beside
their documents: 404 for an ending that is none, a tag, and 304.
"""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Response, request

import ckan.plugins.toolkit as tk

from ckanext.dcat.utils import CONTENT_TYPES

from ckanext.fjgov.web.tagging import by_what_it_is_made_of

DOCUMENTS: Final = ("dcat.read_dataset", "dcat.read_dataset_series", "dcat.read_catalog")

# ckanext-dcat hands any ending to rdflib, but has no media type for this one.
CONTENT_TYPES.setdefault("nt", "application/n-triples")

blueprint = Blueprint("fjgov_dcat", __name__)


@blueprint.before_app_request
def know_the_ending() -> None:
    """Answer 404 to an ending that no document has; ckanext-dcat would break."""
    if request.endpoint in DOCUMENTS and _ending() not in CONTENT_TYPES:
        tk.abort(404)


@blueprint.after_app_request
def tell_apart(response: Response) -> Response:
    """Give documents a tag, by which who has one need not take it again."""
    return by_what_it_is_made_of(response) if request.endpoint in DOCUMENTS else response


def _ending() -> str:
    return str((request.view_args or {}).get("_format"))
