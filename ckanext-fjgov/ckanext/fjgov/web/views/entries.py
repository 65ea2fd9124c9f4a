"""Pages of one entry: reading, registering, changing, listing, withdrawing."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request
from werkzeug.wrappers import Response

import ckan.plugins.toolkit as tk

from ckanext.fjgov.logic import settings
from ckanext.fjgov.logic.cases import showing
from ckanext.fjgov.model.database import session_connection
from ckanext.fjgov.web import (
    collecting,
    describing,
    forms,
    helpers,
    links,
    presenting,
    registers,
    sharing,
)
from ckanext.fjgov.web import table_services as services
from ckanext.fjgov.web.negotiating import to_document_of
from ckanext.fjgov.web.searching_pages import messages_of, reader_context
from ckanext.fjgov.web.views.pages import page
from ckanext.fjgov.web.writing import LISTED, units_of_writer, wanted_state, write_context

blueprint = Blueprint("fjgov_entries", __name__)


@blueprint.route("/dataset/<reference>")
def read(reference: str) -> Any:
    """One entry with everything the reader may see of it."""
    entry = _entry(reference)
    if entry.get("type") != "dataset" or entry.get("state") == "deleted":
        return tk.abort(404)
    if reference != entry["name"]:
        return tk.redirect_to("fjgov_entries.read", reference=entry["name"])
    if (document := to_document_of(entry)) is not None:
        return document
    person = helpers.person()
    return page(
        "fjgov/entry.html",
        entry=entry,
        groups=presenting.entry_groups(entry),
        is_copy=is_copy(entry),
        links=links.around(entry),
        person=person,
        claims=_claims(entry),
        review=_review(entry),
        collected=collecting.check_of(entry) if not is_copy(entry) else None,
        why_not=sharing.why_not(entry, person, is_copy=is_copy(entry)),
        grants=_grants(entry) if person.roles else [],
        mounted=_mounted(entry) if person.roles and not is_copy(entry) else [],
        services=services.of_entry(entry["id"]),
        schema_org=describing.entry_script(entry),
    )


@blueprint.route("/dataset/new", methods=["GET", "POST"])
def new() -> Any:
    """登记目录."""
    units = units_of_writer()
    if not units:
        return tk.abort(403)
    if request.method == "GET":
        first = {"owner_org": units[0].id if len(units) == 1 else "", "secrecy": "0"}
        here = settings.node().code
        return _form({**first, "language": "zh", "division": [here]}, {}, None, units)
    data = {**forms.entry_of_form(request.form, None), "state": wanted_state()}
    return _save("package_create", data, None, units)


@blueprint.route("/dataset/edit/<reference>", methods=["GET", "POST"])
def edit(reference: str) -> Any:
    """更新目录."""
    stored = own_entry(reference)
    units = units_of_writer()
    review = _review(stored)
    if review is not None and review["is_looked_at"]:
        zh = "该目录正在审核，请先撤回，或由目录审核人员退回后再修改"
        tk.h.flash_error(helpers.say(zh, "It is being reviewed: recall it first"))
        return tk.redirect_to("fjgov_cases.case", number=review["number"])
    if settings.review_required() and stored["state"] == LISTED:
        return _revise(stored, units)
    if request.method == "GET":
        return _form(forms.values_of_entry(stored), {}, stored, units)
    data = forms.entry_of_form(request.form, stored)
    # A listed entry stays listed: taking it back is a withdrawal, which has its own page.
    state = LISTED if stored["state"] == LISTED else wanted_state()
    return _save("package_update", {**data, "id": stored["id"], "state": state}, stored, units)


@blueprint.route("/dataset/list/<reference>", methods=["POST"])
def list_entry(reference: str) -> Any:
    """发布目录: list a stored draft; what is missing opens the form."""
    stored = own_entry(reference)
    try:
        tk.get_action("package_patch")(write_context(), {"id": stored["id"], "state": LISTED})
    except tk.ValidationError as error:
        values = forms.values_of_entry(own_entry(reference))
        return _form(values, forms.errors_of(error.error_dict), stored, units_of_writer())
    return _done(stored["name"], "目录已发布", "The entry is listed")


@blueprint.route("/dataset/withdraw/<reference>", methods=["GET", "POST"])
def withdraw(reference: str) -> Any:
    """撤销目录, after a page that asks."""
    stored = own_entry(reference)
    if request.method == "GET":
        return page("fjgov/withdraw.html", entry=stored)
    wanted = {"id": stored["id"], "reason": request.form.get("reason", "")}
    action = "fjgov_entry_withdraw" if settings.review_required() else "package_delete"
    try:
        tk.get_action(action)(write_context(), wanted)
    except tk.NotAuthorized as error:
        tk.h.flash_error(str(error.message or ""))
        return tk.redirect_to("fjgov_entries.read", reference=stored["name"])
    except tk.ValidationError as error:
        tk.h.flash_error("；".join(messages_of(error.error_dict)))
        return tk.redirect_to("fjgov_entries.read", reference=stored["name"])
    tk.h.flash_success(helpers.say(f"已撤销：{stored['title']}", f"Withdrawn: {stored['title']}"))
    return tk.redirect_to("fjgov_pages.unit", reference=stored["organization"]["name"])


def is_copy(entry: dict[str, Any]) -> bool:
    """Say whether another node keeps this entry."""
    return entry.get("home_node") not in (None, "", settings.node().code)


def _mounted(entry: dict[str, Any]) -> list[dict[str, Any]]:
    """Give how the resources of an entry are mounted, for those who have a part in it."""
    try:
        found = tk.get_action("fjgov_mount_list")(reader_context(), {"id": entry["id"]})
    except tk.NotAuthorized:
        return []
    return list(found["results"])


def _grants(entry: dict[str, Any]) -> list[dict[str, Any]]:
    """Give the grants of an entry to which the reader's units are party, the newest first."""
    if is_copy(entry):
        return []
    wanted = {"entry": entry["id"], "limit": 5}
    found: dict[str, Any] = tk.get_action("fjgov_grant_list")(reader_context(), wanted)
    return list(found["results"])


def _review(entry: dict[str, Any]) -> dict[str, Any] | None:
    """Give the open review of an entry, to those who may change it."""
    if is_copy(entry) or not helpers.may("package_update", {"id": entry["id"]}):
        return None
    return showing.open_review(session_connection(), entry["id"])


def _revise(stored: dict[str, Any], units: list[registers.Unit]) -> Any:
    """更新目录 where a review is required: keep a revision, the listed entry stays."""
    try:
        revision = tk.get_action("fjgov_revision_show")(write_context(), {"id": stored["id"]})
    except (tk.ObjectNotFound, tk.NotAuthorized):
        revision = {"candidate": stored}
    base = revision["candidate"]
    if request.method == "GET":
        return _form(forms.values_of_entry(base), {}, stored, units)
    # What the form left empty is taken away.
    changes: dict[str, Any] = dict.fromkeys(forms.typed_fields())
    changes |= forms.entry_of_form(request.form, base)
    for name in ("id", "state", "owner_org"):
        changes.pop(name, None)
    try:
        saved = tk.get_action("fjgov_revision_save")(
            write_context(), {"id": stored["id"], "changes": changes}
        )
    except tk.ValidationError as error:
        return _form({**base, **changes}, forms.errors_of(error.error_dict), stored, units)
    except tk.NotAuthorized:
        return tk.abort(403)
    tk.h.flash_success(
        helpers.say(
            "修订已保存，请提交审核；审核发布前原目录有效",
            "The revision is saved: submit it for review; the listed entry stays for now",
        )
    )
    return tk.redirect_to("fjgov_cases.case", number=saved["number"])


def _save(action: str, data: dict[str, Any], stored: Any, units: list[registers.Unit]) -> Any:
    try:
        saved = tk.get_action(action)(write_context(), data)
    except tk.ValidationError as error:
        return _form(data, forms.errors_of(error.error_dict), stored, units)
    except tk.NotAuthorized:
        return tk.abort(403)
    if saved["state"] == LISTED:
        return _done(saved["name"], "已保存，目录已发布", "Saved; the entry is listed")
    return _done(saved["name"], "草稿已保存", "The draft is saved")


def _done(name: str, zh: str, en: str) -> Response:
    tk.h.flash_success(helpers.say(zh, en))
    answer: Response = tk.redirect_to("fjgov_entries.read", reference=name)
    return answer


def _claims(entry: dict[str, Any]) -> list[dict[str, Any]]:
    """Give the cases of 不能发布审定 about an entry, to people of its unit and office."""
    if not helpers.person().roles or is_copy(entry):
        return []
    wanted = {"inbox": False, "kind": "non_publication", "subject": entry["id"], "limit": 5}
    found: list[dict[str, Any]] = tk.get_action("fjgov_case_list")(write_context(), wanted)[
        "results"
    ]
    return found


def _form(
    values: dict[str, Any], errors: dict[str, list[str]], stored: Any, units: list[registers.Unit]
) -> str:
    return page(
        "fjgov/form.html",
        values=values,
        errors=errors,
        error_list=forms.error_list(errors),
        stored=stored,
        units=units,
        groups=forms.groups(),
        resource_columns=forms.resource_columns(),
        addresses=_addresses(stored),
    )


def _addresses(stored: Any) -> dict[str, str]:
    """Give the registered address by resource id, to the unit that registered it."""
    if stored is None:
        return {}
    try:
        found = tk.get_action("fjgov_address_show")(write_context(), {"id": stored["id"]})
    except tk.NotAuthorized:
        return {}
    return {
        row["record"]: row["address"]
        for row in found["addresses"]
        if row["field"] == "url" and row["address"]
    }


def _entry(reference: str) -> dict[str, Any]:
    """Give an entry as masked for the reader; what they may not see does not exist for them."""
    # CKAN's cached copy in the index is up to a second old: a withdrawn entry still looks listed.
    context = {**reader_context(), "use_cache": False}
    try:
        entry: dict[str, Any] = tk.get_action("package_show")(context, {"id": reference})
    except (tk.ObjectNotFound, tk.NotAuthorized):
        tk.abort(404)
    return entry


def own_entry(reference: str) -> dict[str, Any]:
    """Give an entry that the person may change, else end with 404 or 403."""
    entry = _entry(reference)
    if not helpers.may("package_update", {"id": entry["id"]}):
        tk.abort(403)
    return entry
