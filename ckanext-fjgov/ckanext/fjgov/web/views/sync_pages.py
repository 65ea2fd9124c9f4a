"""目录节点与同步: nodes, runs with their progress and reasons, refused records; reading only."""

from __future__ import annotations

import csv
import io
import math
from typing import Any

from flask import Blueprint, Response, jsonify, request

import ckan.plugins.toolkit as tk

from ckanext.fjgov.core.importing.neutral import neutralise
from ckanext.fjgov.logic.operations.showing import UNFINISHED
from ckanext.fjgov.web import helpers, wording
from ckanext.fjgov.web.searching_pages import page_number, reader_context
from ckanext.fjgov.web.views.pages import closed_page, page

RUNS = 20
NOTES = 100
NOTE_COLUMNS = ("type", "key", "outcome", "rule", "field", "zh", "en")

blueprint = Blueprint("fjgov_sync", __name__)


def closed_nodes() -> Any:
    """Say who may read about nodes and runs."""
    return closed_page(helpers.say("目录节点与同步", "Nodes and synchronisation"))


@blueprint.route("/fjgov/nodes")
def nodes() -> Any:
    """All registered nodes with alarms and lag, and the latest runs."""
    try:
        known = tk.get_action("fjgov_node_list")(reader_context(), {})
        runs = tk.get_action("fjgov_sync_list")(reader_context(), {"limit": RUNS})
        alarms = tk.get_action("fjgov_alarm_list")(reader_context(), {})
    except tk.NotAuthorized:
        return closed_nodes()
    return page(
        "fjgov/nodes.html",
        nodes=known,
        runs=runs,
        alarms=alarms,
        may_operate=helpers.may("fjgov_sync_start"),
        is_running=any(run["state"] in UNFINISHED for run in runs),
    )


@blueprint.route("/fjgov/nodes/<code>")
def node(code: str) -> Any:
    """One node: schedule, lag, alarms, runs and the records refused here."""
    try:
        found = tk.get_action("fjgov_node_show")(reader_context(), {"code": code})
        runs = tk.get_action("fjgov_sync_list")(reader_context(), {"node": code, "limit": RUNS})
        alarms = tk.get_action("fjgov_alarm_list")(reader_context(), {"node": code, "all": True})
    except tk.NotAuthorized:
        return closed_nodes()
    except tk.ObjectNotFound:
        return tk.abort(404)
    return page(
        "fjgov/node.html",
        node=found,
        runs=runs,
        alarms=alarms,
        may_operate=helpers.may("fjgov_sync_start"),
        is_running=any(run["state"] in UNFINISHED for run in runs),
    )


@blueprint.route("/fjgov/runs")
def runs() -> Any:
    """The history of runs, by node and state."""
    wanted = {name: request.args.get(name, "").strip() for name in ("node", "state")}
    number = page_number(request.args.get("page", "1"))
    try:
        known = tk.get_action("fjgov_node_list")(reader_context(), {})
        found = tk.get_action("fjgov_sync_list")(
            reader_context(), {**wanted, "limit": RUNS + 1, "offset": (number - 1) * RUNS}
        )
    except tk.NotAuthorized:
        return closed_nodes()
    return page(
        "fjgov/runs.html",
        nodes=known,
        runs=found[:RUNS],
        wanted=wanted,
        number=number,
        has_more=len(found) > RUNS,
        states=list(wording.WORDS["run_state"]),
    )


@blueprint.route("/fjgov/runs/<run_id>")
def run(run_id: str) -> Any:
    """One run: progress while it goes on, its report and the records with reasons."""
    try:
        found = tk.get_action("fjgov_sync_show")(reader_context(), {"id": run_id})
        progress = tk.get_action("fjgov_sync_progress")(reader_context(), {"id": run_id})
    except tk.NotAuthorized:
        return closed_nodes()
    except tk.ObjectNotFound:
        return tk.abort(404)
    outcome = request.args.get("outcome", "")
    notes = [
        note
        for note in (found["report"] or {}).get("notes", [])
        if outcome in ("", note["outcome"])
    ]
    number = page_number(request.args.get("page", "1"))
    return page(
        "fjgov/run.html",
        run=found,
        progress=progress,
        review=_review_of(run_id) if found["state"] == "stopped" else None,
        notes=notes[(number - 1) * NOTES : number * NOTES],
        outcome=outcome,
        number=number,
        pages=max(1, math.ceil(len(notes) / NOTES)),
        may_operate=helpers.may("fjgov_sync_start"),
    )


@blueprint.route("/fjgov/runs/<run_id>/progress.json")
def progress(run_id: str) -> Any:
    """The numbers of a run, for the page that shows them."""
    try:
        found = tk.get_action("fjgov_sync_progress")(reader_context(), {"id": run_id})
    except tk.NotAuthorized:
        return jsonify({"error": "请先登录 / sign in"}), 403
    except tk.ObjectNotFound:
        return jsonify({"error": "没有该次同步 / no such run"}), 404
    step = found["step"]
    answer = jsonify({**found, "step_label": helpers.word("run_step", step) if step else ""})
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.route("/fjgov/runs/<run_id>/notes.csv")
def notes_csv(run_id: str) -> Any:
    """The records of a run with reasons, one line a reason; no cell is a formula."""
    try:
        found = tk.get_action("fjgov_sync_show")(reader_context(), {"id": run_id})
    except tk.NotAuthorized:
        return closed_nodes()
    except tk.ObjectNotFound:
        return tk.abort(404)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(NOTE_COLUMNS)
    for note in (found["report"] or {}).get("notes", []):
        named = [note["type"], note["key"], note["outcome"]]
        for why in note["reasons"] or [{}]:
            cells = [*named, *(str(why.get(name, "")) for name in NOTE_COLUMNS[3:])]
            writer.writerow([neutralise(cell) for cell in cells])
    return Response(
        # Spreadsheet programs read Chinese as UTF-8 only behind a byte order mark.
        "\ufeff" + text.getvalue(),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="run-{found["id"]}.csv"'},
    )


def _review_of(run_id: str) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = tk.get_action("fjgov_review_show")(
            reader_context(), {"id": run_id, "limit": 0}
        )
    except tk.ObjectNotFound:
        return None
    return found
