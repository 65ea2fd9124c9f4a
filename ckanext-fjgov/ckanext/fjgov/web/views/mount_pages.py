"""信息发布（挂接）: how a resource is mounted, its form, and entries that have none."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, jsonify, request

import ckan.plugins.toolkit as tk

from ckanext.fjgov.core.exchange.publishing import TABLE
from ckanext.fjgov.logic import settings
from ckanext.fjgov.web import helpers
from ckanext.fjgov.web.searching_pages import messages_of, page_number, reader_context
from ckanext.fjgov.web.views.pages import closed_page, page, refused

ROWS = 50
# What the form says of an item that the table does not have.
LEFT_OUT = "-"

blueprint = Blueprint("fjgov_mounts", __name__)


@blueprint.route("/fjgov/mounts/<resource_id>")
def mount(resource_id: str) -> Any:
    """One resource: how it is mounted, the form, what was found wrong, and what was done before."""
    return _mount_page(resource_id, [])


@blueprint.route("/fjgov/mounts/<resource_id>/create", methods=["GET", "POST"])
def create(resource_id: str) -> Any:
    """挂接 or 刷新 as the form says.

    A GET comes from the link to the other language, or a reload: it leads back to the resource.
    """
    if request.method == "GET":
        return tk.redirect_to("fjgov_mounts.mount", resource_id=resource_id)
    wanted: dict[str, Any] = {"id": resource_id, "kind": request.form.get("kind") or TABLE}
    file = request.files.get("upload")
    if request.form.get("way") == "upload":
        if not file or not file.filename:
            return _mount_page(resource_id, [helpers.say("请选择文件", "Choose a file")])
        wanted |= {"upload": file, "filename": file.filename}
    if request.form.get("options"):
        wanted |= _options()
    wanted["dry_run"] = bool(request.form.get("dry_run"))
    return _done("fjgov_mount_create", resource_id, wanted)


@blueprint.route("/fjgov/mounts/<resource_id>/remove", methods=["GET", "POST"])
def remove(resource_id: str) -> Any:
    """取消挂接, when it was confirmed."""
    if request.method == "GET":
        return tk.redirect_to("fjgov_mounts.mount", resource_id=resource_id)
    if not request.form.get("sure"):
        sure = helpers.say("请勾选确认后再取消挂接", "Confirm it before it is taken out")
        return _mount_page(resource_id, [sure])
    wanted = {"id": resource_id, "reason": request.form.get("reason", "")}
    return _done("fjgov_mount_remove", resource_id, wanted)


@blueprint.route("/fjgov/mounts/<resource_id>/progress.json")
def progress(resource_id: str) -> Any:
    """How far the job is, for the page that shows it."""
    try:
        found = _call("fjgov_mount_show", {"id": resource_id, "limit": 1})
    except tk.NotAuthorized:
        return jsonify({"error": "请先登录 / sign in"}), 403
    except tk.ObjectNotFound:
        return jsonify({"error": "没有该资源 / no such resource"}), 404
    run = found["runs"][0] if found["runs"] else {"is_running": False, "state": "", "done": 0}
    answer = jsonify(
        {
            "is_running": run["is_running"],
            "step_label": helpers.word("mount_state", run["state"]),
            "records": run["done"],
            "counts": {},
            "percent": None,
        }
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.route("/fjgov/unmounted")
def unmounted() -> Any:
    """Listed entries without 信息发布, by unit and node."""
    unit = request.args.get("unit", "")
    number = page_number(request.args.get("page", "1"))
    wanted = {"unit": unit, "limit": ROWS, "offset": (number - 1) * ROWS}
    try:
        found = _call("fjgov_unmounted_list", wanted)
    except tk.NotAuthorized:
        return closed_page(helpers.say("未挂接的目录", "Entries without data"))
    except tk.ObjectNotFound:
        return tk.abort(404)
    return page(
        "fjgov/unmounted.html",
        found=found,
        unit=unit,
        number=number,
        pages=max(1, math.ceil(found["count"] / ROWS)),
    )


def _mount_page(resource_id: str, errors: list[str]) -> Any:
    try:
        found = _call("fjgov_mount_show", {"id": resource_id})
    except tk.NotAuthorized:
        title = helpers.say("信息发布（挂接）", "Publication of data")
        return closed_page(title) if tk.g.user else refused()
    except tk.ObjectNotFound:
        return tk.abort(404)
    runs = found["runs"]
    read = next((run for run in runs if run["report"].get("header")), None)
    return page(
        "fjgov/mount.html",
        found=found,
        last=runs[0] if runs else None,
        header=read["report"]["header"] if read else [],
        chosen=_chosen(read["options"] if read else {}),
        unique=(read["options"].get("unique") or []) if read else [],
        left_out=LEFT_OUT,
        errors=errors,
        most_mb=settings.mount_max_bytes() // 1_000_000,
    )


def _chosen(options: Mapping[str, Any]) -> dict[str, str]:
    """Give what the form had last: item -> column of the file, or LEFT_OUT."""
    columns = {item: column for column, item in (options.get("mapping") or {}).items() if item}
    return columns | dict.fromkeys(options.get("left_out") or (), LEFT_OUT)


def _options() -> dict[str, Any]:
    form = request.form
    columns = {
        name.removeprefix("column-"): value
        for name, value in form.items()
        if name.startswith("column-") and value
    }
    found: dict[str, Any] = {
        "mapping": {value: item for item, value in columns.items() if value != LEFT_OUT},
        "left_out": [item for item, value in columns.items() if value == LEFT_OUT],
        "unique": form.getlist("unique"),
    }
    if form.get("encoding"):
        found["encoding"] = form["encoding"]
    return found


def _done(action: str, resource_id: str, wanted: Mapping[str, Any]) -> Any:
    try:
        _call(action, wanted)
    except tk.ValidationError as error:
        return _mount_page(resource_id, messages_of(error.error_dict))
    except tk.NotAuthorized as error:
        return _mount_page(resource_id, [str(error.message or "")])
    except tk.ObjectNotFound:
        return tk.abort(404)
    return tk.redirect_to("fjgov_mounts.mount", resource_id=resource_id)


def _call(action: str, wanted: Mapping[str, Any]) -> Any:
    context = reader_context()
    context.pop("for_view")
    return tk.get_action(action)(context, dict(wanted))
