"""Pages of application systems: the tokens with which they use what they were granted."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request

import ckan.plugins.toolkit as tk

from ckanext.fjgov.web import helpers
from ckanext.fjgov.web.searching_pages import messages_of, reader_context
from ckanext.fjgov.web.views.pages import page, refused

blueprint = Blueprint("fjgov_systems", __name__)


@blueprint.route("/fjgov/systems/<reference>/tokens", methods=["GET", "POST"])
def tokens(reference: str) -> Any:
    """系统令牌: list them, and make one that is shown this once."""
    created: dict[str, Any] | None = None
    errors: list[str] = []
    try:
        if request.method == "POST":
            names = ("name", "days")
            wanted = {name: request.form.get(name, "").strip() for name in names}
            created, errors = _call("fjgov_system_token_create", {"system": reference, **wanted})
        found = tk.get_action("fjgov_system_token_list")(reader_context(), {"system": reference})
    except tk.NotAuthorized:
        return refused()
    except tk.ObjectNotFound:
        return tk.abort(404)
    return page(
        "fjgov/system_tokens.html", found=found, created=created, errors=errors, form=request.form
    )


@blueprint.route("/fjgov/systems/<reference>/tokens/<int:number>/revoke", methods=["GET", "POST"])
def revoke(reference: str, number: int) -> Any:
    """作废: asks first and wants a reason."""
    errors: list[str] = []
    try:
        found = tk.get_action("fjgov_system_token_list")(reader_context(), {"system": reference})
        token = next((one for one in found["results"] if one["id"] == number), None)
        if token is None:
            return tk.abort(404)
        if request.method == "POST":
            wanted = {"id": number, "reason": request.form.get("reason", "")}
            done, errors = _call("fjgov_system_token_revoke", wanted)
            if done:
                tk.h.flash_success(helpers.say("系统令牌已作废", "The token is revoked"))
                return tk.redirect_to("fjgov_systems.tokens", reference=reference)
    except tk.NotAuthorized:
        return refused()
    except tk.ObjectNotFound:
        return tk.abort(404)
    return page("fjgov/system_token_revoke.html", found=found, token=token, errors=errors)


def _call(action: str, wanted: dict[str, Any]) -> tuple[dict[str, Any] | None, list[str]]:
    context = reader_context()
    context.pop("for_view")
    try:
        return tk.get_action(action)(context, wanted), []
    except tk.ValidationError as error:
        return None, messages_of(error.error_dict)
