"""Pages of processing to order (定制加工): list, order, one job."""

from __future__ import annotations

import math
from typing import Any

from flask import Blueprint, jsonify, request

import ckan.plugins.toolkit as tk

from ckanext.fjgov.core.processing.cleaning import RULES
from ckanext.fjgov.core.processing.spec import OUTCOMES, Table
from ckanext.fjgov.core.processing.words import LINE_WORDS
from ckanext.fjgov.logic.processing.choosing import Choice, table_of, tables_for
from ckanext.fjgov.web import helpers, processing
from ckanext.fjgov.web.searching_pages import page_number, reader_context
from ckanext.fjgov.web.views.pages import page, refused
from ckanext.fjgov.web.writing import attempted

ROWS = 20
SIDES = {"unit": ("本单位的加工任务", "Jobs of my unit"), "mine": ("我的加工任务", "My jobs")}

blueprint = Blueprint("fjgov_processing", __name__)


@blueprint.route("/fjgov/processing")
def jobs() -> Any:
    """定制加工: jobs of the person's units, or the person's own."""
    if not helpers.person().roles:
        return refused()
    side = request.args.get("side", "")
    side = side if side in SIDES else "unit"
    number = page_number(request.args.get("page", "1"))
    wanted = {"side": side, "limit": ROWS, "offset": (number - 1) * ROWS}
    found = tk.get_action("fjgov_processing_list")(reader_context(), wanted)
    return page(
        "fjgov/processing.html",
        found=found,
        side=side,
        sides=SIDES,
        number=number,
        pages=max(1, math.ceil(found["count"] / ROWS)),
    )


@blueprint.route("/fjgov/processing/new", methods=["GET", "POST"])
def new() -> Any:
    """新建加工: first the tables, then what is done with them."""
    person = helpers.person()
    if not person.roles:
        return refused()
    choices = tables_for(person)
    chosen = _chosen(choices)
    found = [(one, table_of(person, one)) for one in chosen]
    tables = [table for _one, table in found if table is not None]
    if not chosen or len(tables) != len(chosen):
        return page("fjgov/processing_choose.html", choices=choices)
    errors: list[str] = []
    form = processing.defaults(tables)
    if request.method == "POST":
        form = request.form
        made, errors = attempted(
            "fjgov_processing_create",
            {
                "title": form.get("title", ""),
                "spec": processing.order_of_form(form, chosen, tables),
            },
        )
        if made:
            return tk.redirect_to("fjgov_processing.job", number=made["number"])
    return _order_page(chosen, tables, form, errors)


@blueprint.route("/fjgov/processing/<number>")
def job(number: str) -> Any:
    """One job: progress, report, result."""
    try:
        found = tk.get_action("fjgov_processing_show")(reader_context(), {"number": number})
    except tk.NotAuthorized:
        return refused()
    except tk.ObjectNotFound:
        return tk.abort(404)
    return page("fjgov/processing_job.html", job=found, lines=LINE_WORDS, rules=RULES)


@blueprint.route("/fjgov/processing/<number>/progress.json")
def progress(number: str) -> Any:
    """The numbers of a job, for the page that shows them."""
    try:
        found = tk.get_action("fjgov_processing_show")(reader_context(), {"number": number})
    except tk.NotAuthorized:
        return jsonify({"error": "请先登录 / sign in"}), 403
    except tk.ObjectNotFound:
        return jsonify({"error": "没有该任务 / no such job"}), 404
    answer = jsonify(
        {
            "is_running": found["is_open"],
            "step_label": helpers.say(found["state_label"]["zh"], found["state_label"]["en"]),
            "percent": found["percent"],
            "counts": {},
        }
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.route("/fjgov/processing/<number>/cancel", methods=["POST"])
def cancel(number: str) -> Any:
    """取消 a job that has not ended."""
    try:
        _made, errors = attempted("fjgov_processing_cancel", {"number": number})
    except tk.ObjectNotFound:
        return tk.abort(404)
    if errors:
        tk.h.flash_error("；".join(errors))
    return tk.redirect_to("fjgov_processing.job", number=number)


def _chosen(choices: list[Choice]) -> list[Choice]:
    """Give the tables that the address names, in their order; at most two, each once."""
    by_key = {one.key: one for one in choices}
    wanted = [request.values.get(name, "") for name in ("first", "second")]
    return [by_key[key] for key in dict.fromkeys(wanted) if key in by_key]


def _order_page(chosen: list[Choice], tables: list[Table], form: Any, errors: list[str]) -> Any:
    return page(
        "fjgov/processing_new.html",
        chosen=chosen,
        tables=tables,
        form=form,
        errors=errors,
        cleaning=processing.CLEANING_WORDS,
        ops=processing.OP_WORDS,
        is_text=processing.is_text,
        keys=processing.KEYS,
        pairs=processing.PAIRS,
        outcomes=[(code, LINE_WORDS[code]) for code in OUTCOMES],
    )
