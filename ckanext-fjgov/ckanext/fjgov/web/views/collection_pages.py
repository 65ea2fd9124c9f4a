"""省级政务信息采集总体目录, and the page on which 省数字办 finds what waits for it."""

from __future__ import annotations

import math
from typing import Any

from flask import Blueprint, request

import ckan.plugins.toolkit as tk

from ckanext.fjgov.core.catalog.vocabulary import load_vocabulary
from ckanext.fjgov.logic import settings
from ckanext.fjgov.web import collecting, helpers
from ckanext.fjgov.web.searching_pages import messages_of, page_number, reader_context
from ckanext.fjgov.web.views.pages import closed_page, page

ROWS = 50
FILTERS = ("q", "unit", "node", "business_object")

blueprint = Blueprint("fjgov_collection", __name__)


@blueprint.route("/fjgov/collection")
def overall() -> Any:
    """总体目录: confirmed and adjusted items of all nodes, as they are known here."""
    number = page_number(request.args.get("page", "1"))
    wanted = {name: request.args.get(name, "").strip() for name in FILTERS}
    try:
        found = tk.get_action("fjgov_collection_list")(
            reader_context(), {**wanted, "limit": ROWS, "offset": (number - 1) * ROWS}
        )
    except tk.NotAuthorized:
        return closed_page(helpers.say("采集总体目录", "Overall collection catalog"))
    except tk.ValidationError:
        return tk.abort(400)
    objects = load_vocabulary("business_objects", settings.data_folder()).concepts.values()
    return page(
        "fjgov/collection.html",
        found=found,
        wanted=wanted,
        filters={name: value for name, value in wanted.items() if value},
        objects=objects,
        reviews=collecting.may_review(),
        number=number,
        pages=max(1, math.ceil(found["count"] / ROWS)),
    )


@blueprint.route("/fjgov/collection/review")
def review() -> Any:
    """采集目录确认: what waits for 省数字办, with what others hold of it."""
    number = page_number(request.args.get("page", "1"))
    try:
        found = tk.get_action("fjgov_collection_waiting_list")(
            reader_context(), {"limit": ROWS, "offset": (number - 1) * ROWS}
        )
    except tk.NotAuthorized:
        return closed_page(helpers.say("待确认采集目录", "Collection records to be confirmed"))
    return page(
        "fjgov/collection_review.html",
        found=found,
        number=number,
        pages=max(1, math.ceil(found["count"] / ROWS)),
    )


@blueprint.route("/fjgov/collection/range")
def beyond() -> Any:
    """超范围采集: one unit's list, or the units in sight where the reader has several."""
    number = page_number(request.args.get("page", "1"))
    unit = request.args.get("unit", "").strip()
    rows = {"limit": ROWS, "offset": (number - 1) * ROWS}
    try:
        found = _range(rows | {"unit": unit} if unit else rows)
        if not unit and found["count"] == 1 and found["units"]:
            found = _range(rows | {"unit": found["units"][0]["unit"]})
    except tk.NotAuthorized:
        return closed_page(helpers.say("超范围采集提示", "Collected out of range"))
    except tk.ObjectNotFound:
        return tk.abort(404)
    return page(
        "fjgov/collection_range.html",
        found=found,
        reviews=collecting.may_review(),
        number=number,
        pages=max(1, math.ceil(found["count"] / ROWS)),
    )


@blueprint.route("/directory/collection_item/<reference>/report", methods=["POST"])
def report(reference: str) -> Any:
    """报送采集目录, or file its revision."""
    wanted = {"id": reference, "basis": request.form.get("basis", "")}
    try:
        done = tk.get_action("fjgov_collection_report")(_context(), wanted)
    except tk.ValidationError as error:
        tk.h.flash_error("；".join(messages_of(error.error_dict)))
        return _back(reference)
    except tk.NotAuthorized as error:
        tk.h.flash_error(str(error.message or ""))
        return _back(reference)
    except tk.ObjectNotFound:
        return tk.abort(404)
    tk.h.flash_success(helpers.say("已报送", "Reported"))
    return tk.redirect_to("fjgov_cases.case", number=done["number"])


def _range(wanted: dict[str, Any]) -> Any:
    return tk.get_action("fjgov_collection_range_list")(reader_context(), wanted)


def _back(reference: str) -> Any:
    return tk.redirect_to("fjgov_directories.read", kind="collection_item", reference=reference)


def _context() -> dict[str, Any]:
    context = reader_context()
    context.pop("for_view")
    return context
