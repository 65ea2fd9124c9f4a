"""Requests that another node signed (`X-Fjgov-Request`), and refusals of what is no signature."""

from __future__ import annotations

from flask import Response, jsonify, request

from ckanext.fjgov.core.federation.errors import SignatureRefused
from ckanext.fjgov.core.federation.signature import REQUEST_HEADER, RequestClaims
from ckanext.fjgov.logic import node_feed


def path_query() -> str:
    """Give path and query exactly as sent, since that is what the sender signed."""
    raw = request.environ.get("RAW_URI") or request.environ.get("REQUEST_URI")
    if raw:
        return str(raw)
    query = request.query_string.decode("ascii")
    return f"{request.path}?{query}" if query else request.path


def asking_node() -> RequestClaims | None:
    """Give what the node says that signed a request without a body; None for other readers.

    Raises:
        SignatureRefused: it is signed, but not as it has to be; nobody is then taken for somebody
            else.
    """
    token = request.headers.get(REQUEST_HEADER)
    if token is None:
        return None
    return node_feed.authenticate(token, request.method, path_query(), b"")


def refused_signature(error: SignatureRefused) -> Response:
    """Answer to a signature that is refused."""
    status = 401 if error.kind == "missing" else 403
    return refusal_of_node(status, error.kind, error.zh, error.en)


def refusal_of_node(status: int, kind: str, zh: str, en: str) -> Response:
    """Answer to a request of a node that is not carried out."""
    response = jsonify({"error": kind, "zh": zh, "en": en})
    response.status_code = status
    response.headers["Cache-Control"] = "no-store"
    return response
