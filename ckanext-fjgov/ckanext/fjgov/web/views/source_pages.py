"""外部来源: catalogs that do not run this software, tried before they are enabled."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request

import ckan.plugins.toolkit as tk

from ckanext.fjgov.web import helpers
from ckanext.fjgov.web.searching_pages import messages_of, reader_context
from ckanext.fjgov.web.views.pages import page
from ckanext.fjgov.web.views.sync_pages import closed_nodes

# What a button of the form asks for.
ACTIONS = {
    "preview": "fjgov_source_preview",
    "check": "fjgov_source_check",
    "add": "fjgov_source_add",
}

blueprint = Blueprint("fjgov_sources", __name__)


@blueprint.route("/fjgov/sources", methods=["GET", "POST"])
def sources() -> Any:
    """All sources; a technician tries the file of a new one here and enables it."""
    text = request.form.get("definition", "")
    try:
        result, errors = _tried({"definition": text}) if request.method == "POST" else (None, [])
        known = tk.get_action("fjgov_source_list")(reader_context(), {})
    except tk.NotAuthorized:
        return closed_nodes()
    if result and request.form.get("do") == "add":
        return tk.redirect_to("fjgov_sources.source", code=result["code"])
    return page(
        "fjgov/sources.html",
        sources=known,
        may_change=helpers.may("fjgov_source_add"),
        definition=text,
        result=result,
        errors=errors,
    )


@blueprint.route("/fjgov/sources/<code>", methods=["GET", "POST"])
def source(code: str) -> Any:
    """One source with its consent and last reading; a technician tries it again or ends it."""
    result, errors = None, []
    try:
        if request.method == "POST" and request.form.get("do") == "end":
            errors = _ended(code)
        elif request.method == "POST":
            result, errors = _tried({"code": code})
        found = tk.get_action("fjgov_source_show")(reader_context(), {"code": code})
    except tk.NotAuthorized:
        return closed_nodes()
    except tk.ObjectNotFound:
        return tk.abort(404)
    return page(
        "fjgov/source.html",
        source=found,
        may_change=helpers.may("fjgov_source_add"),
        result=result,
        errors=errors,
    )


def _tried(data: dict[str, str]) -> tuple[dict[str, Any] | None, list[str]]:
    action = ACTIONS.get(request.form.get("do", ""), "fjgov_source_preview")
    try:
        return tk.get_action(action)(reader_context(), data), []
    except tk.ValidationError as error:
        return None, messages_of(error.error_dict)


def _ended(code: str) -> list[str]:
    try:
        tk.get_action("fjgov_source_end")(
            reader_context(), {"code": code, "reason": request.form.get("reason", "").strip()}
        )
    except tk.ValidationError as error:
        return messages_of(error.error_dict)
    return []
