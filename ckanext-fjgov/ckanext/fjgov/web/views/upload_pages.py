"""批量导入: a registrar hands in a workbook, reads what was found, imports it and submits."""

from __future__ import annotations

import base64
import math
from typing import Any

from flask import Blueprint, Response, jsonify, request

import ckan.plugins.toolkit as tk

from ckanext.fjgov.core.catalog.directories import record_schemas
from ckanext.fjgov.core.catalog.schema_model import ENTRY_TYPE
from ckanext.fjgov.logic import settings
from ckanext.fjgov.logic.uploads import standing
from ckanext.fjgov.web import helpers, registers
from ckanext.fjgov.web.searching_pages import messages_of, page_number, reader_context
from ckanext.fjgov.web.views.pages import closed_page, page, refused

UPLOADS = 20
ROWS = 50
WRITERS = ("registrar", "reviewer")
SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

blueprint = Blueprint("fjgov_uploads", __name__)


@blueprint.route("/fjgov/uploads", methods=["GET", "POST"])
def uploads() -> Any:
    """The units to import for, the templates, the form, and what was handed in before."""
    units = _units()
    if not units:
        return closed_page(helpers.say("批量导入", "Import a workbook")) if tk.g.user else refused()
    errors: list[str] = []
    if request.method == "POST":
        try:
            made = _hand_in()
        except tk.ValidationError as error:
            errors = messages_of(error.error_dict)
        except (tk.NotAuthorized, tk.ObjectNotFound) as error:
            errors = [str(error.message or "")]
        else:
            return tk.redirect_to("fjgov_uploads.upload", upload_id=made["id"])
    number = page_number(request.args.get("page", "1"))
    found = _call("fjgov_upload_list", {"limit": UPLOADS, "offset": (number - 1) * UPLOADS})
    return page(
        "fjgov/uploads.html",
        units=units,
        chosen=request.values.get("unit", units[0].name if len(units) == 1 else ""),
        schemas=record_schemas(),
        directory=request.values.get("directory", ENTRY_TYPE),
        target=request.form.get("target", "draft"),
        errors=errors,
        found=found,
        number=number,
        most_mb=int(tk.config.get("fjgov.upload.max_bytes")) // 1_000_000,
        pages=max(1, math.ceil(found["count"] / UPLOADS)),
    )


@blueprint.route("/fjgov/uploads/export.xlsx")
def export() -> Any:
    """The listed records of one of the person's units in the form of the template."""
    unit, directory = request.args.get("unit", ""), request.args.get("directory", ENTRY_TYPE)
    if unit not in {own.name for own in _units()}:
        return refused()
    wanted = {"format": "xlsx", "unit": unit, "directory": directory}
    try:
        found = _call("fjgov_entry_export", wanted)
    except tk.ValidationError as error:
        tk.h.flash_error("；".join(messages_of(error.error_dict)))
        return tk.redirect_to("fjgov_uploads.uploads", unit=unit)
    return _workbook(base64.b64decode(found["content"]), f"fjgov-{directory}-{unit}.xlsx")


@blueprint.route("/fjgov/uploads/<upload_id>")
def upload(upload_id: str) -> Any:
    """One upload: progress, problems by cell, entries with where they stand."""
    return _upload_page(upload_id, None)


@blueprint.route("/fjgov/uploads/<upload_id>/progress.json")
def progress(upload_id: str) -> Any:
    """The numbers of a job, for the page that shows them."""
    try:
        found = _call("fjgov_upload_show", {"id": upload_id})
    except tk.NotAuthorized:
        return jsonify({"error": "请先登录 / sign in"}), 403
    except tk.ObjectNotFound:
        return jsonify({"error": "没有该次导入 / no such upload"}), 404
    answer = jsonify(
        {
            "is_running": found["is_running"],
            "step_label": helpers.word("upload_state", found["state"]),
            "records": found["done"],
            "counts": found["counts"],
            "percent": percent(found),
        }
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.route("/fjgov/uploads/<upload_id>/import", methods=["POST"])
def carry_out(upload_id: str) -> Any:
    """导入 what was checked."""
    try:
        _call("fjgov_upload_import", {"id": upload_id})
    except tk.ValidationError as error:
        tk.h.flash_error("；".join(messages_of(error.error_dict)))
    except tk.NotAuthorized:
        return tk.abort(403)
    except tk.ObjectNotFound:
        return tk.abort(404)
    return tk.redirect_to("fjgov_uploads.upload", upload_id=upload_id)


@blueprint.route("/fjgov/uploads/<upload_id>/submit", methods=["GET", "POST"])
def submit(upload_id: str) -> Any:
    """提交审核 of the entries that are ticked; shows what came of each.

    A GET comes from the link to the other language, or a reload: it leads back to the upload.
    """
    if request.method == "GET":
        return tk.redirect_to("fjgov_uploads.upload", upload_id=upload_id)
    ids = request.form.getlist("entry")
    if not ids:
        tk.h.flash_error(helpers.say("请先勾选目录", "Tick some entries first"))
        return tk.redirect_to("fjgov_uploads.upload", upload_id=upload_id)
    try:
        told = _call("fjgov_entry_submit", {"ids": ids})
    except tk.ValidationError as error:
        tk.h.flash_error("；".join(messages_of(error.error_dict)))
        return tk.redirect_to("fjgov_uploads.upload", upload_id=upload_id)
    except tk.NotAuthorized:
        return tk.abort(403)
    return _upload_page(upload_id, told)


@blueprint.route("/fjgov/uploads/<upload_id>/marked.xlsx")
def marked(upload_id: str) -> Any:
    """The same workbook with the findings marked in it."""
    try:
        found = _call("fjgov_upload_show", {"id": upload_id, "marked": True})
    except tk.NotAuthorized:
        return tk.abort(403)
    except tk.ObjectNotFound:
        return tk.abort(404)
    if found["marked"] is None:
        return tk.abort(404)
    return _workbook(base64.b64decode(found["marked"]), f"marked-{upload_id[:8]}.xlsx")


def percent(found: dict[str, Any]) -> int | None:
    """Give how far a job is, None while nobody knows how many rows there are."""
    return found["done"] * 100 // found["total"] if found["total"] else None


def _workbook(data: bytes, name: str) -> Response:
    return Response(
        data,
        content_type=SHEET_TYPE,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _upload_page(upload_id: str, told: dict[str, Any] | None) -> Any:
    """Render the page of one upload.

    Args:
        told: what came of submissions just made, None when the page is only read.
    """
    try:
        found = _call("fjgov_upload_show", {"id": upload_id, "report": True})
    except tk.NotAuthorized:
        return refused()
    except tk.ObjectNotFound:
        return tk.abort(404)
    report = found["report"] or {"rows": [], "findings": [], "totals": {}}
    number = page_number(request.args.get("page", "1"))
    part = slice((number - 1) * ROWS, number * ROWS)
    # The check is about problems, the import about entries.
    wanted = "entries" if found["state"] == "imported" else "problems"
    shown = request.args.get("show", wanted)
    problems = [_problem(row, one) for row in report["rows"] for one in row["findings"]]
    rows = report["rows"][part] if shown == "entries" else []
    whole = report["rows"] if shown == "entries" else problems
    return page(
        "fjgov/upload.html",
        upload=found,
        schema=record_schemas()[found["directory"]],
        report=report,
        shown=shown,
        problems=problems[part],
        problem_count=len(problems),
        rows=rows,
        standing=standing.of_entries([row["identifier"] for row in rows]),
        told=told,
        titles=_titles(told),
        percent=percent(found),
        number=number,
        pages=max(1, math.ceil(len(whole) / ROWS)),
    )


def _problem(row: dict[str, Any], finding: dict[str, Any]) -> dict[str, Any]:
    return {**finding, "row": row["row"], "title": row["title"]}


def _titles(told: dict[str, Any] | None) -> dict[str, str]:
    return registers.titles_of([row["id"] for row in told["results"]]) if told else {}


def _hand_in() -> dict[str, Any]:
    """Take the form in; the file is read up to one byte more than is allowed."""
    form, file = request.form, request.files.get("upload")
    most = int(tk.config.get("fjgov.upload.max_bytes"))
    data = file.stream.read(most + 1) if file else b""
    made: dict[str, Any] = _call(
        "fjgov_upload_create",
        {
            "unit": form.get("unit", ""),
            "directory": form.get("directory", ""),
            "target": form.get("target", "draft"),
            "filename": (file.filename if file else "") or "",
            "content": base64.b64encode(data).decode("ascii"),
        },
    )
    return made


def _units() -> list[registers.Unit]:
    """Give the units of this node whose entries the person registers today."""
    own = [unit for unit, roles in helpers.person().roles.items() if roles.intersection(WRITERS)]
    here = settings.node().code
    found = registers.units_by_id(own) if own else []
    return [unit for unit in found if unit.extras.get("home_node", here) == here]


def _call(action: str, wanted: dict[str, Any]) -> Any:
    context = reader_context()
    context.pop("for_view")
    return tk.get_action(action)(context, wanted)
