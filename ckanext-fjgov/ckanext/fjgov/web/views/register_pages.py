"""Directory indexes as trees, the register of appointed people, and the filed legal bases."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Response, request, stream_with_context

import ckan.plugins.toolkit as tk

from ckanext.fjgov.core.cases.roles import ROLES
from ckanext.fjgov.core.catalog.legal_bases import CLASSES_WITH_BASIS
from ckanext.fjgov.core.importing.neutral import neutralise
from ckanext.fjgov.logic import settings
from ckanext.fjgov.web import helpers, registers, trees
from ckanext.fjgov.web.searching_pages import messages_of, page_number, reader_context
from ckanext.fjgov.web.views.pages import closed_page, page
from ckanext.fjgov.web.writing import write_context

ROWS = 50
CSV_ROWS = 200
LEAD = "unit_lead"
BASIS_COLUMNS = (
    ("目录节点", "home_node"), ("单位", "unit_title"), ("信息资源名称", "title"),
    ("标识符", "identifier"), ("信息项", "item"), ("共享类型", "share_type"),
    ("依据名称", "basis"), ("文号", "number"), ("条款", "clause"), ("说明", "statement"),
    ("备案时间", "filed_at"),
)  # fmt: skip

blueprint = Blueprint("fjgov_registers", __name__)


@blueprint.route("/directory/tree/<name>")
def tree(name: str) -> Any:
    """政务信息目录 as a tree: by topic, guide class, division or unit."""
    axis = trees.AXES.get(name)
    if axis is None:
        return tk.abort(404)
    return page("fjgov/tree.html", axis=axis, name=name, axes=trees.AXES, found=trees.tree(axis))


@blueprint.route("/directory/appointments/")
def appointments() -> Any:
    """任命登记: appointed people of all units, for officials only."""
    heading = helpers.say("任命人员", "Appointed people")
    wanted = {name: request.args.get(name, "").strip() for name in ("q", "unit", "role", "all")}
    number = page_number(request.args.get("page", "1"))
    filters = {name: value for name, value in wanted.items() if value}
    try:
        found = tk.get_action("fjgov_appointment_search")(
            reader_context(), {**filters, "limit": ROWS, "offset": (number - 1) * ROWS}
        )
    except tk.NotAuthorized:
        return closed_page(heading)
    except (tk.ObjectNotFound, tk.ValidationError):
        return tk.abort(404)
    return page(
        "fjgov/appointments.html",
        wanted=wanted,
        filters={name: value for name, value in filters.items() if name != "page"},
        found=found,
        roles=list(ROLES),
        led=_led_units(),
        number=number,
        pages=max(1, math.ceil(found["count"] / ROWS)),
    )


@blueprint.route("/directory/appointments/add", methods=["POST"])
def appoint() -> Any:
    """任命: record an appointment of the unit that the person leads."""
    names = ("unit", "user", "role", "document", "valid_from", "valid_until")
    data = {name: request.form.get(name, "").strip() for name in names}
    return _do(
        "fjgov_appointment_create", data, helpers.say("任命已登记", "The appointment is recorded")
    )


@blueprint.route("/directory/appointments/<int:number>/end", methods=["POST"])
def end(number: int) -> Any:
    """终止任命, today unless a day is given."""
    data = {"id": number, "last_day": request.form.get("last_day", "").strip()}
    return _do("fjgov_appointment_end", data, helpers.say("任命已终止", "The appointment is ended"))


@blueprint.route("/directory/bases/")
def bases() -> Any:
    """依据备案: legal bases of restricted and non-shared information, over all nodes here."""
    wanted = _wanted_bases()
    number = page_number(request.args.get("page", "1"))
    try:
        found = _bases(wanted, ROWS, (number - 1) * ROWS)
    except tk.NotAuthorized:
        return closed_page(helpers.say("依据备案", "Filed legal bases"))
    except (tk.ObjectNotFound, tk.ValidationError):
        return tk.abort(404)
    nodes = tk.get_action("fjgov_node_list")(reader_context(), {})
    return page(
        "fjgov/bases.html",
        wanted=wanted,
        filters={name: value for name, value in wanted.items() if value},
        found=found,
        classes=CLASSES_WITH_BASIS,
        nodes=sorted({settings.node().code, *(node["code"] for node in nodes)}),
        number=number,
        pages=max(1, math.ceil(found["count"] / ROWS)),
    )


@blueprint.route("/directory/bases.csv")
def bases_csv() -> Any:
    """The same as a table, one line a basis; no cell is a formula."""
    wanted = _wanted_bases()
    try:
        first = _bases(wanted, CSV_ROWS, 0)
    except tk.NotAuthorized:
        return closed_page(helpers.say("依据备案", "Filed legal bases"))
    except (tk.ObjectNotFound, tk.ValidationError):
        return tk.abort(404)
    return Response(
        stream_with_context(_lines(wanted, first)),
        mimetype="text/csv",
        headers={"Content-Disposition": 'attachment; filename="legal-bases.csv"'},
    )


def _wanted_bases() -> dict[str, str]:
    names = ("node", "unit", "share_type", "missing")
    return {name: request.args.get(name, "").strip() for name in names}


def _bases(wanted: dict[str, str], limit: int, offset: int) -> dict[str, Any]:
    filters = {name: value for name, value in wanted.items() if value}
    found: dict[str, Any] = tk.get_action("fjgov_basis_list")(
        reader_context(), {**filters, "limit": limit, "offset": offset}
    )
    return found


def _lines(wanted: dict[str, str], first: dict[str, Any]) -> Iterator[str]:
    """Write the list in pieces, so that memory holds one page of it."""
    # Spreadsheet programs read Chinese as UTF-8 only behind a byte order mark.
    yield "\ufeff" + _csv([[title for title, _name in BASIS_COLUMNS]])
    offset, found = 0, first
    while found["entries"]:
        yield _csv([line for entry in found["entries"] for line in _basis_lines(entry)])
        offset += len(found["entries"])
        found = _bases(wanted, CSV_ROWS, offset)


def _basis_lines(entry: dict[str, Any]) -> list[list[str]]:
    empty = {"item": "", "share_type": entry["share_type"], "title": ""}
    lines = []
    for basis in entry["bases"] or [empty]:
        told = {**entry, **basis, "title": entry["title"], "basis": basis["title"]}
        told["share_type"] = helpers.code_label("share_types", told["share_type"])
        told["home_node"] = helpers.node_name(told["home_node"])
        told["filed_at"] = helpers.moment(told["filed_at"])
        lines.append([str(told.get(name) or "") for _title, name in BASIS_COLUMNS])
    return lines


def _csv(lines: list[list[str]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows([[neutralise(cell) for cell in line] for line in lines])
    return text.getvalue()


def _led_units() -> list[registers.Unit]:
    """Give the units whose people the reader may appoint."""
    person = helpers.person()
    if person.is_sysadmin:
        return registers.own_units(settings.node().code)
    led = [unit for unit, roles in person.roles.items() if LEAD in roles]
    return registers.units_by_id(led) if led else []


def _do(action: str, data: dict[str, Any], said: str) -> Any:
    try:
        tk.get_action(action)(write_context(), data)
    except tk.NotAuthorized:
        return tk.abort(403)
    except tk.ObjectNotFound:
        return tk.abort(404)
    except tk.ValidationError as error:
        tk.h.flash_error("；".join(messages_of(error.error_dict)))
    else:
        tk.h.flash_success(said)
    unit = request.form.get("unit", "").strip()
    return tk.redirect_to("fjgov_registers.appointments", **({"unit": unit} if unit else {}))
