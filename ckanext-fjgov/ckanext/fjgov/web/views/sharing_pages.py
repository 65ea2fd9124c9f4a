"""Pages of applications and grants: 选取清单, 申请书, 授权."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Mapping
from itertools import chain, islice
from typing import Any

from flask import Blueprint, Response, request, stream_with_context

import ckan.plugins.toolkit as tk

from ckanext.fjgov.core.cases.table import Words
from ckanext.fjgov.core.catalog.vocabulary import load_vocabulary
from ckanext.fjgov.logic import settings
from ckanext.fjgov.web import helpers, printing, registers, sharing, use_lines
from ckanext.fjgov.web.searching_pages import messages_of, page_number, reader_context
from ckanext.fjgov.web.views.pages import page, refused
from ckanext.fjgov.web.writing import attempted

log = logging.getLogger(__name__)

ROWS = 20
SHEET = "application_sheet.css"
SIDES = {
    "holder": ("本单位获得的授权", "What my unit was granted"),
    "provider": ("本单位信息的授权", "Grants of my unit's information"),
    "operator": ("平台运行的授权", "Grants that we run"),
}
USED_SIDES = {
    "provider": ("本单位信息的使用记录", "Uses of my unit's information"),
    "holder": ("本单位的使用记录", "Uses by my unit"),
}

FILES = {
    "csv": (use_lines.as_csv, "text/csv"),
    "ndjson": (use_lines.as_ndjson, "application/x-ndjson"),
}

blueprint = Blueprint("fjgov_sharing", __name__)


@blueprint.route("/fjgov/apply", methods=["GET", "POST"])
def apply() -> Any:
    """申请共享: what was picked, and the form of an application for it."""
    person = helpers.person()
    if not person.roles:
        return refused()
    targets = sharing.targets_of_entries(sharing.entries_of(sharing.picked()))
    errors: list[str] = []
    if request.method == "POST":
        wanted = {"terms": sharing.terms_of_form(request.form, targets)}
        wanted["unit"] = request.form.get("unit", "")
        made, errors = attempted("fjgov_application_create", wanted)
        if made:
            return _begun(made["results"])
    return _form(targets, errors, units=_units(person))


@blueprint.route("/fjgov/apply/pick", methods=["POST"])
def pick() -> Any:
    """加入选取清单: an entry that the reader may see."""
    for entry in sharing.entries_of(request.form.getlist("entry")):
        if not sharing.pick(entry["name"]):
            tk.h.flash_error(helpers.say("选取清单已满，请先提交申请", "The list is full"))
    return tk.redirect_to("fjgov_sharing.apply")


@blueprint.route("/fjgov/apply/remove", methods=["POST"])
def remove() -> Any:
    """Take an entry out of 选取清单."""
    sharing.unpick(request.form.getlist("entry"))
    return tk.redirect_to("fjgov_sharing.apply")


@blueprint.route("/fjgov/applications/<number>/edit", methods=["GET", "POST"])
def edit(number: str) -> Any:
    """Change a draft of an application."""
    try:
        shown = tk.get_action("fjgov_application_show")(reader_context(), {"number": number})
    except tk.NotAuthorized:
        return refused()
    except tk.ObjectNotFound:
        return tk.abort(404)
    if shown["state"] != "draft":
        return tk.redirect_to("fjgov_cases.case", number=number)
    targets = sharing.targets_of_draft(shown["terms"])
    errors: list[str] = []
    if request.method == "POST":
        wanted = {"number": number, "terms": sharing.terms_of_form(request.form, targets)}
        made, errors = attempted("fjgov_application_update", wanted)
        if made:
            return _begun([made])
    return _form(targets, errors, terms=shown["terms"], number=number)


@blueprint.route("/fjgov/applications/<number>/form")
def form(number: str) -> Any:
    """政务信息共享实施申请书, to be printed."""
    return _sheet(number, lambda shown: page("fjgov/application_form.html", case=shown))


@blueprint.route("/fjgov/applications/<number>/form.pdf")
def form_pdf(number: str) -> Any:
    """政务信息共享实施申请书 as a PDF (Art. 25), for whoever may see the page."""
    return _sheet(number, _as_pdf)


def _sheet(number: str, show: Callable[[dict[str, Any]], Any]) -> Any:
    """Show an application to whoever may see it."""
    try:
        shown = tk.get_action("fjgov_application_show")(reader_context(), {"number": number})
    except tk.NotAuthorized:
        return refused()
    except tk.ObjectNotFound:
        return tk.abort(404)
    return show(shown)


def _as_pdf(shown: dict[str, Any]) -> Any:
    html = page("fjgov/application_pdf.html", case=shown)
    try:
        made = printing.pdf_of(html, SHEET, settings.node().site_url)
    except printing.PdfUnavailableError as error:
        log.exception("no PDF can be made")
        said = helpers.say(error.zh, error.en)
        return page("fjgov/application_form.html", case=shown, error=said), 503
    named = f'attachment; filename="{shown["number"]}.pdf"'
    headers = {"Content-Disposition": named, "Cache-Control": "private, no-store"}
    return Response(made, mimetype="application/pdf", headers=headers)


@blueprint.route("/fjgov/grants/<number>/renew", methods=["POST"])
def renew(number: str) -> Any:
    """续期申请: a draft with the terms of a grant, to which an end date is still to be given."""
    try:
        grant = tk.get_action("fjgov_grant_show")(reader_context(), {"number": number})["grant"]
    except tk.NotAuthorized:
        return refused()
    except tk.ObjectNotFound:
        return tk.abort(404)
    units = registers.units_by_code([grant["unit"]])
    wanted = {
        "unit": units[grant["unit"]].id if grant["unit"] in units else "",
        "terms": sharing.terms_of_grant(grant),
    }
    made, errors = attempted("fjgov_application_create", wanted)
    if not made:
        tk.h.flash_error("；".join(errors))
        return tk.redirect_to("fjgov_cases.case", number=number)
    return tk.redirect_to("fjgov_sharing.edit", number=made["results"][0]["number"])


@blueprint.route("/fjgov/grants")
def grants() -> Any:
    """授权: those to which the person's units are party, by side."""
    return _list("fjgov_grant_list", "fjgov/grants.html", SIDES)


@blueprint.route("/fjgov/uses")
def uses() -> Any:
    """使用记录: uses of the information of the person's units, or by these units."""
    return _list("fjgov_use_list", "fjgov/uses.html", USED_SIDES)


@blueprint.route("/fjgov/uses.<kind>")
def uses_file(kind: str) -> Any:
    """The same as a file, whole: a table, or JSON line by line."""
    if kind not in FILES:
        return tk.abort(404)
    if not helpers.person().roles:
        return refused()
    names = ("side", "grant", "entry", "since", "until")
    wanted = {name: request.args[name] for name in names if request.args.get(name)}

    def read(asked: Mapping[str, Any]) -> Mapping[str, Any]:
        found: Mapping[str, Any] = tk.get_action("fjgov_use_list")(reader_context(), dict(asked))
        return found

    found = use_lines.rows(read, wanted)
    try:
        # What is wrong with the filters shows before the first line.
        first = list(islice(found, 1))
    except tk.ValidationError as error:
        return tk.abort(400, "；".join(messages_of(error.error_dict)))
    write, mimetype = FILES[kind]
    return Response(
        stream_with_context(write(chain(first, found))),
        mimetype=mimetype,
        headers={
            "Content-Disposition": f'attachment; filename="uses.{kind}"',
            "Cache-Control": "private, no-store",
        },
    )


def _list(action: str, template: str, sides: Mapping[str, Words]) -> Any:
    """Show one page of a list that has sides, the first side when none is asked for."""
    if not helpers.person().roles:
        return refused()
    side = request.args.get("side", "")
    side = side if side in sides else next(iter(sides))
    number = page_number(request.args.get("page", "1"))
    wanted = {"side": side, "limit": ROWS, "offset": (number - 1) * ROWS}
    found = tk.get_action(action)(reader_context(), wanted)
    return page(
        template,
        found=found,
        side=side,
        sides=sides,
        number=number,
        pages=max(1, math.ceil(found["count"] / ROWS)),
    )


def _begun(made: list[dict[str, Any]]) -> Any:
    """Submit what was written when that was asked for, and go to its case."""
    sharing.unpick(sharing.picked())
    for one in made:
        if request.form.get("do") == "submit":
            _done, errors = attempted("fjgov_application_submit", {"number": one["number"]})
            if errors:
                tk.h.flash_error("；".join(errors))
                return tk.redirect_to("fjgov_sharing.edit", number=one["number"])
    if len(made) > 1:
        zh = f"已按信息发布单位分为 {len(made)} 份申请"
        tk.h.flash_success(helpers.say(zh, f"{len(made)} applications, one for each provider"))
        return tk.redirect_to("fjgov_cases.inbox", scope="unit")
    tk.h.flash_success(helpers.say("已保存", "Saved"))
    return tk.redirect_to("fjgov_cases.case", number=made[0]["number"])


def _form(
    targets: list[dict[str, Any]],
    errors: list[str],
    *,
    terms: dict[str, Any] | None = None,
    number: str = "",
    units: list[Any] | None = None,
) -> Any:
    if request.method == "POST":
        terms = sharing.terms_of_form(request.form, targets)
        targets = sharing.as_ticked(request.form, targets)
    return page(
        "fjgov/apply.html",
        targets=targets,
        terms=terms or {},
        errors=errors,
        number=number,
        units=units or [],
        modes=_modes(),
        systems=sharing.systems_of(helpers.person().roles),
        providers=registers.own_units(settings.node().code),
        form=request.form,
    )


def _units(person: Any) -> list[Any]:
    """Give the units in whose name the person may apply."""
    return registers.units_by_id(list(person.roles))


def _modes() -> list[Any]:
    return list(load_vocabulary("exchange_modes", settings.data_folder()).concepts.values())
