"""Actions of workbooks handed in on the portal: check, import, progress, result by entry."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.fjgov.logic.action.importing import content_of, directory_of
from ckanext.fjgov.logic.action.operations import whole
from ckanext.fjgov.logic.action.texts import plain, text_of
from ckanext.fjgov.logic.readers import person_of
from ckanext.fjgov.logic.uploads import keeping, rights
from ckanext.fjgov.model import uploads
from ckanext.fjgov.model.database import own_transaction

MAX_LIMIT = 500


def fjgov_upload_create(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Hand in a workbook for one unit and have it checked (预检); nothing is saved.

    :param unit: web name or id of the unit; rows of other units are refused
    :param directory: type of the records in it (default `dataset`)
    :param upload: the file, in a multipart request
    :param content: the file as base64 text, when there is no `upload`
    :param filename: what the file is called (optional)
    :param target: state of new records, `draft` (default) or `active` where no review is required

    Returns what `fjgov_upload_show` gives; the check goes on in a job.
    """
    tk.check_access("fjgov_upload_create", context, data_dict)
    unit = model.Group.get(plain(tk.get_or_bust(data_dict, "unit"), "unit"))
    if unit is None or not unit.is_organization or unit.state != "active":
        raise tk.ObjectNotFound("没有该单位 / there is no such unit")
    name = text_of(data_dict, "filename") or getattr(data_dict.get("upload"), "filename", "") or ""
    handed_in = keeping.HandedIn(
        filename=plain(name, "filename"),
        data=content_of(data_dict),
        directory=directory_of(data_dict),
        target=text_of(data_dict, "target") or "draft",
    )
    upload_id = keeping.take_in(unit, _user(context), handed_in)
    return keeping.found(upload_id)


def fjgov_upload_import(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Import a workbook that was checked; importing it again changes nothing.

    New entries become drafts, or are listed where that was chosen and no review is required. A row
    of a listed entry becomes its revision where a review is required (更新目录).

    :param id: of the upload
    """
    tk.check_access("fjgov_upload_import", context, data_dict)
    upload = keeping.found(_id(data_dict))
    keeping.start_import(upload, _user(context))
    return keeping.found(upload["id"])


@tk.side_effect_free
def fjgov_upload_show(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Show an upload: how far its job is, and what the last check or import said.

    :param id: of the upload
    :param report: give the report of `fjgov_import_run`, too (default false)
    :param marked: give the copy with the findings marked as base64 text, too (default false)
    """
    tk.check_access("fjgov_upload_show", context, data_dict)
    upload = keeping.found(_id(data_dict))
    rights.refuse_others(_user(context), upload["unit_id"])
    with own_transaction() as connection:
        if tk.asbool(data_dict.get("report", False)):
            upload["report"] = uploads.report(connection, upload["id"])
        if tk.asbool(data_dict.get("marked", False)):
            copy = uploads.marked(connection, upload["id"])
            upload["marked"] = None if copy is None else base64.b64encode(copy).decode("ascii")
    return upload


@tk.side_effect_free
def fjgov_upload_list(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """List the uploads of the units for which the caller registers entries, the newest first.

    :param limit: most rows wanted (default 20, at most 500)
    :param offset: rows to skip
    """
    tk.check_access("fjgov_upload_list", context, data_dict)
    units = rights.units_of(person_of(_user(context)))
    limit = min(whole(data_dict, "limit", 20), MAX_LIMIT)
    with own_transaction() as connection:
        count, rows = uploads.of_units(connection, units, limit, whole(data_dict, "offset", 0))
    return {"count": count, "results": [keeping.shown(row) for row in rows]}


def _user(context: Any) -> Any:
    return context.get("auth_user_obj") or model.User.get(context.get("user") or "")


def _id(data: Mapping[str, Any]) -> str:
    return plain(tk.get_or_bust(dict(data), "id"), "id")


UPLOAD_ACTIONS = {
    "fjgov_upload_create": fjgov_upload_create,
    "fjgov_upload_import": fjgov_upload_import,
    "fjgov_upload_show": fjgov_upload_show,
    "fjgov_upload_list": fjgov_upload_list,
}
