"""Refusals of the exchange as answers: for programs as JSON, for people as a page."""

from __future__ import annotations

from flask import Response, jsonify, request

import ckan.plugins.toolkit as tk

from ckanext.fjgov.logic.gateway import Refused


def refusal(refused: Refused, *, as_json: bool | None = None) -> Response:
    """Answer with a refusal.

    Args:
        as_json: whether a program asks; None to go by what it accepts.
    """
    if as_json is None:
        as_json = request.accept_mimetypes.best == "application/json"
    if as_json:
        response = jsonify(
            error=refused.status, article=refused.article, zh=refused.zh, en=refused.en
        )
    else:
        response = Response(
            tk.render("fjgov/share_refused.html", extra_vars={"refused": refused}),
            content_type="text/html; charset=utf-8",
        )
    response.status_code = refused.status
    response.headers["Cache-Control"] = "private, no-store"
    if refused.retry_after:
        response.headers["Retry-After"] = str(refused.retry_after)
    return response


def refused_search(error: tk.ValidationError) -> Response:
    """Answer 400 to a search, a list or a file that may not be asked for like this."""
    flat = [
        str(one)
        for value in error.error_dict.values()
        for one in (value if isinstance(value, list) else [value])
    ]
    halves = [one.partition(" / ") for one in flat]
    zh = "；".join(half[0] for half in halves)
    en = "; ".join(half[2] or half[0] for half in halves)
    return refusal(Refused(400, "", zh, en), as_json=not wants_page())


def wants_page() -> bool:
    """Tell whether a browser asks for a page, rather than a program for data."""
    best = request.accept_mimetypes.best_match(["application/json", "text/html"])
    return best == "text/html" and "text/html" in request.accept_mimetypes.values()
