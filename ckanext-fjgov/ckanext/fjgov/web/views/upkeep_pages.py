"""目录质量, 逾期未更新 and 年度目录维护: pages for officials."""

from __future__ import annotations

import math
from typing import Any

from flask import Blueprint, request

import ckan.plugins.toolkit as tk

from ckanext.fjgov.core.quality import QUALITY_RULES
from ckanext.fjgov.core.upkeep.maintenance import DECIDERS, LEAD, CampaignState, EntryState
from ckanext.fjgov.logic.clock import local_today
from ckanext.fjgov.web import helpers, registers
from ckanext.fjgov.web.searching_pages import messages_of, page_number, reader_context
from ckanext.fjgov.web.views.pages import closed_page, page

ROWS = 50
LIST_STATES = (*(state.value for state in CampaignState), "overdue", "none", "no_directory")

blueprint = Blueprint("fjgov_upkeep", __name__)


@blueprint.route("/fjgov/quality")
def quality() -> Any:
    """目录质量: figures and findings of the node, of one node or of one unit."""
    wanted = _wanted("unit", "node", "rule", "severity")
    number = page_number(request.args.get("page", "1"))
    filters = {name: value for name, value in wanted.items() if value}
    scope = {name: filters[name] for name in ("unit", "node") if name in filters}
    try:
        found = _call("fjgov_quality_list", {**filters, **_rows(number)})
        whole = _call("fjgov_quality_summary", {**scope, "by": "node" if not scope else "unit"})
    except tk.NotAuthorized:
        return closed_page(helpers.say("目录质量", "Catalog quality"))
    except (tk.ObjectNotFound, tk.ValidationError):
        return tk.abort(404)
    return page(
        "fjgov/quality.html",
        wanted=wanted,
        found=found,
        whole=whole,
        rules=list(QUALITY_RULES.values()),
        unit=_unit(wanted["unit"]),
        number=number,
        pages=_pages(found["count"]),
    )


@blueprint.route("/fjgov/overdue")
def overdue() -> Any:
    """逾期未更新: entries of the units that the reader looks after."""
    wanted = _wanted("unit")
    number = page_number(request.args.get("page", "1"))
    filters = {"unit": wanted["unit"]} if wanted["unit"] else {}
    try:
        found = _call("fjgov_overdue_list", {**filters, **_rows(number)})
    except tk.NotAuthorized:
        return closed_page(helpers.say("逾期未更新", "Overdue data"))
    except tk.ObjectNotFound:
        return tk.abort(404)
    return page(
        "fjgov/overdue.html",
        wanted=wanted,
        found=found,
        unit=_unit(wanted["unit"]),
        number=number,
        pages=_pages(found["count"]),
    )


@blueprint.route("/fjgov/maintenance")
def maintenance_list() -> Any:
    """年度目录维护: the units in sight, their directories and how far they are."""
    wanted = _wanted("state", "year")
    number = page_number(request.args.get("page", "1"))
    year = _year()
    filters = {"state": wanted["state"]} if wanted["state"] in LIST_STATES else {}
    try:
        found = _call("fjgov_maintenance_list", {"year": year, **filters, **_rows(number)})
    except tk.NotAuthorized:
        return closed_page(helpers.say("年度目录维护", "Yearly maintenance"))
    person = helpers.person()
    own = [unit for unit, roles in person.roles.items() if roles & (DECIDERS | {LEAD})]
    return page(
        "fjgov/maintenance_list.html",
        wanted=wanted,
        found=found,
        own=registers.units_by_id(own) if own else [],
        states=LIST_STATES,
        year=year,
        years=_years(),
        number=number,
        pages=_pages(found["count"]),
    )


@blueprint.route("/fjgov/maintenance/<reference>")
def maintenance(reference: str) -> Any:
    """年度目录维护 of one unit."""
    return _campaign_page(reference, None)


@blueprint.route("/fjgov/maintenance/<reference>/open", methods=["POST"])
def maintenance_open(reference: str) -> Any:
    """发起年度目录维护."""
    said = helpers.say("已发起年度目录维护", "The maintenance is opened")
    return _do("fjgov_maintenance_open", reference, {}, said)


@blueprint.route("/fjgov/maintenance/<reference>/confirm", methods=["POST"])
def maintenance_confirm(reference: str) -> Any:
    """单位负责人确认."""
    if request.form.get("confirm") != "1":
        tk.h.flash_error(helpers.say("请勾选“已核对”后再确认", "Tick the box that it was checked"))
        return tk.redirect_to("fjgov_upkeep.maintenance", reference=reference, year=_year())
    said = helpers.say("已确认，本年度维护完成", "Confirmed; the maintenance is closed")
    wanted = {"note": request.form.get("note", "")}
    return _do("fjgov_maintenance_confirm", reference, wanted, said)


@blueprint.route("/fjgov/maintenance/<reference>/decide", methods=["GET", "POST"])
def maintenance_decide(reference: str) -> Any:
    """Decide on the entries that are ticked; shows what came of each.

    A GET comes from the link to the other language, or a reload: it leads back to the unit.
    """
    if request.method == "GET":
        return tk.redirect_to("fjgov_upkeep.maintenance", reference=reference, year=_year())
    form = request.form
    decisions = [
        {
            "id": entry,
            "decision": form.get("decision", ""),
            "merged_into": form.get("merged_into", "").strip(),
            "note": form.get("note", ""),
        }
        for entry in form.getlist("entry")
    ]
    if not decisions:
        tk.h.flash_error(helpers.say("请先勾选目录", "Tick some entries first"))
        return tk.redirect_to("fjgov_upkeep.maintenance", reference=reference, year=_year())
    wanted = {"unit": reference, "year": _year(), "decisions": decisions}
    try:
        told = _call("fjgov_maintenance_decide", wanted)
    except tk.NotAuthorized as error:
        tk.h.flash_error(str(error.message or ""))
        return tk.redirect_to("fjgov_upkeep.maintenance", reference=reference, year=_year())
    except tk.ObjectNotFound:
        return tk.abort(404)
    except tk.ValidationError as error:
        tk.h.flash_error("；".join(messages_of(error.error_dict)))
        return tk.redirect_to("fjgov_upkeep.maintenance", reference=reference, year=_year())
    return _campaign_page(reference, told)


def _campaign_page(reference: str, told: dict[str, Any] | None) -> Any:
    """Render the page of one unit.

    Args:
        told: what came of decisions just taken, None when the page is only read.
    """
    wanted = _wanted("state")
    number = page_number(request.args.get("page", "1"))
    unit = _unit(reference)
    if unit is None:
        return tk.abort(404)
    filters = {"state": wanted["state"]} if wanted["state"] else {}
    asked = {"unit": reference, "year": _year(), **filters, **_rows(number)}
    try:
        found = _call("fjgov_maintenance_show", asked)
    except tk.NotAuthorized:
        return closed_page(helpers.say("年度目录维护", "Yearly maintenance"))
    except tk.ObjectNotFound:
        found = None
    roles = helpers.person().roles.get(unit["id"], set())
    return page(
        "fjgov/maintenance.html",
        unit=unit,
        found=found,
        told=told,
        wanted=wanted,
        year=_year(),
        years=_years(),
        states=[state.value for state in EntryState],
        may_open=bool(roles & (DECIDERS | {LEAD})),
        may_decide=bool(roles & DECIDERS),
        may_confirm=LEAD in roles,
        number=number,
        pages=_pages(found["count"]) if found else 1,
    )


def _do(action: str, reference: str, wanted: dict[str, Any], said: str) -> Any:
    """Call an action on a campaign and go back to its page with what came of it."""
    try:
        _call(action, {"unit": reference, "year": _year(), **wanted})
    except tk.NotAuthorized as error:
        tk.h.flash_error(str(error.message or ""))
    except tk.ObjectNotFound:
        return tk.abort(404)
    except tk.ValidationError as error:
        tk.h.flash_error("；".join(messages_of(error.error_dict)))
    else:
        tk.h.flash_success(said)
    return tk.redirect_to("fjgov_upkeep.maintenance", reference=reference, year=_year())


def _call(action: str, wanted: dict[str, Any]) -> Any:
    return tk.get_action(action)(reader_context(), wanted)


def _unit(reference: str) -> Any:
    """Give the unit that a page is about; None when none is named or there is no such one."""
    if not reference:
        return None
    try:
        return tk.get_action("organization_show")(
            reader_context(),
            {"id": reference, "include_users": False, "include_dataset_count": False},
        )
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return None


def _wanted(*names: str) -> dict[str, str]:
    return {name: request.args.get(name, "").strip() for name in names}


def _rows(number: int) -> dict[str, int]:
    return {"limit": ROWS, "offset": (number - 1) * ROWS}


def _pages(count: int) -> int:
    return max(1, math.ceil(count / ROWS))


def _year() -> int:
    """Give the year that the address or the form names, else the present one."""
    text = request.values.get("year", "")
    is_year = text.isascii() and text.isdigit() and len(text) == 4
    return int(text) if is_year else local_today().year


def _years() -> list[int]:
    """Give the years to choose from."""
    this = local_today().year
    return list(range(this, this - 5, -1))
