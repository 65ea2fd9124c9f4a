"""Pages that register, change, list and withdraw records of the directories beside the entries."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, request

import ckan.plugins.toolkit as tk

from ckanext.fjgov.core.catalog.directories import directories, record_schemas
from ckanext.fjgov.core.catalog.schema_model import SchemaModel
from ckanext.fjgov.logic import settings
from ckanext.fjgov.web import forms, helpers, picking, registers
from ckanext.fjgov.web.searching_pages import messages_of, reader_context
from ckanext.fjgov.web.views.pages import page
from ckanext.fjgov.web.writing import LISTED, units_of_writer, wanted_state, write_context

blueprint = Blueprint("fjgov_directory_forms", __name__)


@blueprint.route("/directory/<kind>/suggest")
def suggest(kind: str) -> Any:
    """At most ten records for a picker: `{records: [{identifier, title, unit}]}`."""
    if kind not in record_schemas():
        return tk.abort(404)
    return jsonify({"records": picking.matching(kind, request.args.get("q", ""))})


@blueprint.route("/directory/<kind>/new", methods=["GET", "POST"])
def new(kind: str) -> Any:
    """登记一条目录记录."""
    schema, units = _schema(kind), units_of_writer()
    if not units:
        return tk.abort(403)
    if request.method == "GET":
        return _form({"owner_org": units[0].id if len(units) == 1 else ""}, {}, None, schema, units)
    data = {**forms.record_of_form(request.form, schema), "type": kind, "state": wanted_state()}
    return _save("package_create", data, None, schema, units)


@blueprint.route("/directory/<kind>/edit/<reference>", methods=["GET", "POST"])
def edit(kind: str, reference: str) -> Any:
    """更新一条目录记录."""
    schema, stored = _schema(kind), _own_record(kind, reference)
    units = units_of_writer()
    if request.method == "GET":
        return _form(stored, {}, stored, schema, units)
    data = forms.record_of_form(request.form, schema)
    # A listed record stays listed: taking it back is a withdrawal, which has its own page.
    state = LISTED if stored["state"] == LISTED else wanted_state()
    return _save(
        "package_update", {**data, "id": stored["id"], "state": state}, stored, schema, units
    )


@blueprint.route("/directory/<kind>/list/<reference>", methods=["POST"])
def list_record(kind: str, reference: str) -> Any:
    """发布: list a stored draft; what is missing opens the form."""
    schema, stored = _schema(kind), _own_record(kind, reference)
    try:
        tk.get_action("package_patch")(write_context(), {"id": stored["id"], "state": LISTED})
    except tk.ValidationError as error:
        errors = forms.errors_of(error.error_dict)
        return _form(_own_record(kind, reference), errors, stored, schema, units_of_writer())
    return _done(stored, "目录已发布", "The record is listed")


@blueprint.route("/directory/<kind>/withdraw/<reference>", methods=["GET", "POST"])
def withdraw(kind: str, reference: str) -> Any:
    """撤销, after a page that asks; refused with the list while other records name it."""
    schema, stored = _schema(kind), _own_record(kind, reference)
    if request.method == "GET":
        return page("fjgov/directory_withdraw.html", record=stored, schema=schema)
    action = "fjgov_entry_withdraw" if settings.review_required() else "package_delete"
    wanted = {"id": stored["id"], "reason": request.form.get("reason", "")}
    try:
        tk.get_action(action)(write_context(), wanted)
    except tk.NotAuthorized:
        return tk.abort(403)
    except tk.ValidationError as error:
        tk.h.flash_error("；".join(messages_of(error.error_dict)))
        return tk.redirect_to("fjgov_directories.read", kind=kind, reference=stored["name"])
    tk.h.flash_success(helpers.say(f"已撤销：{stored['title']}", f"Withdrawn: {stored['title']}"))
    return tk.redirect_to("fjgov_directories.index", kind=kind)


@blueprint.route("/directory/gov_database/<reference>/sign", methods=["POST"])
def sign(reference: str) -> Any:
    """签署基础指标, for the lead unit or its digital office."""
    data = {name: request.form.get(name, "") for name in ("indicator", "side", "document")}
    try:
        tk.get_action("fjgov_indicator_sign")(write_context(), {"id": reference, **data})
    except tk.NotAuthorized as error:
        return tk.abort(403, str(error.message or ""))
    except tk.ObjectNotFound:
        return tk.abort(404)
    except tk.ValidationError as error:
        tk.h.flash_error("；".join(messages_of(error.error_dict)))
    else:
        tk.h.flash_success(helpers.say("已签署", "Signed"))
    return tk.redirect_to("fjgov_directories.read", kind="gov_database", reference=reference)


def _save(
    action: str, data: dict[str, Any], stored: Any, schema: SchemaModel, units: list[registers.Unit]
) -> Any:
    try:
        saved = tk.get_action(action)(write_context(), data)
    except tk.ValidationError as error:
        return _form(data, forms.errors_of(error.error_dict), stored, schema, units)
    except tk.NotAuthorized:
        return tk.abort(403)
    if saved.get("fjgov_revision"):
        for one in saved.get("fjgov_findings", []):
            tk.h.flash_notice(f"[{one['rule']}] {helpers.say(one['zh'], one['en'])}")
        return _done(
            saved,
            "更新内容已保存，审核发布前原目录有效",
            "Saved as a revision; the listed record stays until it is reviewed",
        )
    if saved["state"] == LISTED:
        return _done(saved, "已保存，目录已发布", "Saved; the record is listed")
    return _done(saved, "草稿已保存", "The draft is saved")


def _done(record: dict[str, Any], zh: str, en: str) -> Response:
    tk.h.flash_success(helpers.say(zh, en))
    answer: Response = tk.redirect_to(
        "fjgov_directories.read", kind=record["type"], reference=record["name"]
    )
    return answer


def _form(
    values: dict[str, Any],
    errors: dict[str, list[str]],
    stored: Any,
    schema: SchemaModel,
    units: list[registers.Unit],
) -> str:
    return page(
        "fjgov/directory_form.html",
        values=values,
        errors=errors,
        error_list=forms.error_list(errors, schema),
        stored=stored,
        schema=schema,
        units=units,
        groups=picking.with_chosen(forms.groups(schema), values),
    )


def _schema(kind: str) -> SchemaModel:
    schema = directories().get(kind)
    if schema is None:
        tk.abort(404)
    return schema


def _own_record(kind: str, reference: str) -> dict[str, Any]:
    """Give a record that the person may change, else end with 404 or 403."""
    # CKAN's cached copy in the index is up to a second old: a withdrawn one still looks listed.
    context = {**reader_context(), "use_cache": False}
    try:
        record: dict[str, Any] = tk.get_action("package_show")(context, {"id": reference})
    except (tk.ObjectNotFound, tk.NotAuthorized):
        tk.abort(404)
    if record.get("type") != kind or record.get("state") == "deleted":
        tk.abort(404)
    if not helpers.may("package_update", {"id": record["id"]}):
        tk.abort(403)
    return record
