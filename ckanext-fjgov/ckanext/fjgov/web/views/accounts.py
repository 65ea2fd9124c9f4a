"""Accounts and the frame around all pages: no remember-me, closed stock pages, safe headers."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, request
from werkzeug.datastructures import ImmutableMultiDict

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.fjgov.core.catalog.directories import directories
from ckanext.fjgov.web import helpers, registers
from ckanext.fjgov.web.searching_pages import messages_of
from ckanext.fjgov.web.views.pages import page, refused

CONTENT_POLICY = (
    "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
)
# Pages of CKAN that this catalog has no use for, or that speak of what it does not have.
CLOSED_BLUEPRINTS = frozenset({"group", "activity", "datastore", "datatablesview"}).union(
    *((record_type, f"{record_type}_resource") for record_type in directories())
)
CLOSED_ENDPOINTS = frozenset(
    {
        "dataset.collaborators_read", "dataset.collaborator_delete", "dataset.new_collaborator",
        "dataset.followers", "dataset.follow", "dataset.unfollow", "dataset.groups",
        "dataset.resources", "dataset.changes", "organization.bulk_process",
        "organization.followers", "organization.follow", "organization.unfollow",
        "organization.admins", "organization.about", "organization.activity", "user.register",
        "user.followers", "user.follow", "user.unfollow", "user.read_organizations",
        "user.read_groups", "user.api_tokens_revoke",
    }
)  # fmt: skip
# Where CKAN has a page of its own and we have one page for the whole entry.
MOVED_TO_ENTRY = frozenset({"read", "views", "view"})

blueprint = Blueprint("fjgov_accounts", __name__)


@blueprint.before_app_request
def before() -> Any:
    """Close or move stock pages; take the length of a session out of the visitor's hands."""
    endpoint = request.endpoint or ""
    area, _dot, name = endpoint.partition(".")
    if endpoint == "user.login" and request.method == "POST":
        _forget_remember()
    if area in CLOSED_BLUEPRINTS or endpoint in CLOSED_ENDPOINTS:
        return tk.abort(404)
    if endpoint == "user.index" and not helpers.person().is_sysadmin:
        return tk.abort(404)
    if endpoint == "api.user_autocomplete" and not helpers.person().is_staff:
        return tk.abort(403)
    if area in ("dataset_resource", "resource"):
        return _resource_page(name)
    return _moved(area, endpoint)


@blueprint.after_app_request
def after(response: Response) -> Response:
    """Let pages load nothing from outside; what has a policy of its own keeps it."""
    if response.mimetype == "text/html":
        response.headers.setdefault("Content-Security-Policy", CONTENT_POLICY)
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Referrer-Policy", "same-origin")
        if getattr(tk.g, "user", ""):
            response.headers["Cache-Control"] = "private, no-store"
    return response


@blueprint.route("/user/<reference>")
def user(reference: str) -> Any:
    """The person's own page: appointments, password, tokens; nobody else's."""
    person = helpers.person()
    found = model.User.get(reference)
    if found is None or found.state != "active":
        return tk.abort(404)
    if person.user_id != found.id and not person.is_sysadmin:
        return tk.abort(404)
    roles = helpers.person_of(found).roles
    units = registers.units_by_id(list(roles)) if roles else []
    return page(
        "fjgov/user.html",
        account=found,
        is_own=person.user_id == found.id,
        mail=_mail() if person.user_id == found.id and person.is_staff else None,
        appointments=[(unit, sorted(roles[unit.id])) for unit in units],
    )


@blueprint.route("/fjgov/mail", methods=["POST"])
def mail() -> Any:
    """邮件通知: whether the person wants notices by e-mail, too."""
    context = {"user": tk.g.user, "auth_user_obj": tk.g.userobj}
    wanted = request.form.get("wanted") == "1"
    try:
        tk.get_action("fjgov_mail_choose")(context, {"wanted": wanted})
    except tk.NotAuthorized:
        return refused()
    tk.h.flash_success(helpers.say("已保存", "Saved"))
    return tk.redirect_to("fjgov_accounts.user", reference=tk.g.user)


@blueprint.route("/user/<reference>/api-tokens", methods=["GET", "POST"])
def tokens(reference: str) -> Any:
    """接口令牌: list, create (shown once) and revoke; CKAN's page needs scripts of its own."""
    created, errors = None, []
    context = {"user": tk.g.user, "auth_user_obj": tk.g.userobj}
    try:
        found = tk.get_action("api_token_list")(context, {"user_id": reference})
        known = {token["id"] for token in found}
        if request.form.get("revoke") in known:
            tk.get_action("api_token_revoke")(context, {"jti": request.form["revoke"]})
        elif request.method == "POST" and "name" in request.form:
            wanted = {"user": reference, "name": request.form["name"].strip()}
            created = tk.get_action("api_token_create")(context, wanted)["token"]
        found = tk.get_action("api_token_list")(context, {"user_id": reference})
    except tk.ValidationError as error:
        errors = messages_of(error.error_dict)
    except tk.NotAuthorized:
        return tk.abort(403)
    except tk.ObjectNotFound:
        return tk.abort(404)
    account = model.User.get(reference)
    return page("fjgov/tokens.html", account=account, tokens=found, created=created, errors=errors)


def _mail() -> Any:
    """Give whether notices are mailed to the person; None where they are not mailed at all."""
    found = tk.get_action("fjgov_mail_show")({"user": tk.g.user, "auth_user_obj": tk.g.userobj}, {})
    return found if found["enabled"] else None


def _forget_remember() -> None:
    """CKAN takes the life of a remember-me cookie from the form; here sessions end alone."""
    kept = [pair for pair in request.form.items(multi=True) if pair[0] != "remember"]
    real = request._get_current_object()  # werkzeug's proxy has it
    real.form = ImmutableMultiDict(kept)


def _moved(area: str, endpoint: str) -> Any:
    """Send pages that CKAN links to by itself to ours of the same purpose; None for the others."""
    reference = (request.view_args or {}).get("id")
    if endpoint == "organization.members":
        return tk.redirect_to("fjgov_pages.unit", reference=reference)
    if endpoint == "dataset.delete":
        return tk.redirect_to("fjgov_entries.withdraw", reference=reference)
    if area == "dashboard":
        # CKAN sends people here after signing in.
        person = helpers.person()
        if person.roles:
            return tk.redirect_to("fjgov_cases.inbox")
        return (
            tk.redirect_to("fjgov_accounts.user", reference=person.name)
            if person.name
            else tk.redirect_to("user.login")
        )
    return None


def _resource_page(name: str) -> Any:
    """Send pages of one resource to the entry, its form, or the gateway."""
    arguments = request.view_args or {}
    entry = arguments.get("id") or arguments.get("package_id") or ""
    if name == "download":
        return tk.redirect_to("fjgov_share.share", resource_id=arguments.get("resource_id"))
    if name in ("new", "edit", "delete"):
        return tk.redirect_to("fjgov_entries.edit", reference=entry)
    if name in MOVED_TO_ENTRY and entry:
        return tk.redirect_to("fjgov_entries.read", reference=entry)
    current_app.logger.debug("closed page %s", request.endpoint)
    return tk.abort(404)
