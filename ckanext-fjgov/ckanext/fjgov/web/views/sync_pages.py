"""目录节点与同步: nodes, runs, refused records, and the button that starts a run."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request

import ckan.plugins.toolkit as tk

from ckanext.fjgov.web import helpers
from ckanext.fjgov.web.searching_pages import messages_of, reader_context
from ckanext.fjgov.web.views.pages import page

RUNS = 20
UNFINISHED = ("queued", "running")

blueprint = Blueprint("fjgov_sync", __name__)


@blueprint.route("/fjgov/nodes")
def nodes() -> Any:
    """All registered nodes and the latest runs; anonymous readers are asked to sign in."""
    try:
        known = tk.get_action("fjgov_node_list")(reader_context(), {})
        runs = tk.get_action("fjgov_sync_list")(reader_context(), {"limit": RUNS})
    except tk.NotAuthorized:
        return page("fjgov/nodes_closed.html"), 403
    return page(
        "fjgov/nodes.html",
        nodes=known,
        runs=runs,
        may_start=helpers.may("fjgov_sync_start"),
        is_running=any(run["state"] in UNFINISHED for run in runs),
    )


@blueprint.route("/fjgov/nodes/<code>", methods=["GET", "POST"])
def node(code: str) -> Any:
    """One node with its runs and the records refused here; POST starts a run."""
    try:
        if request.method == "POST":
            return _start(code)
        found = tk.get_action("fjgov_node_show")(reader_context(), {"code": code})
        runs = tk.get_action("fjgov_sync_list")(reader_context(), {"node": code, "limit": RUNS})
    except tk.NotAuthorized:
        return page("fjgov/nodes_closed.html"), 403
    except tk.ObjectNotFound:
        return tk.abort(404)
    return page(
        "fjgov/node.html",
        node=found,
        runs=runs,
        may_start=helpers.may("fjgov_sync_start"),
        is_running=any(run["state"] in UNFINISHED for run in runs),
    )


@blueprint.route("/fjgov/runs/<run_id>")
def run(run_id: str) -> Any:
    """One run with its whole report; refreshes itself while the run goes on."""
    try:
        found = tk.get_action("fjgov_sync_show")(reader_context(), {"id": run_id})
    except tk.NotAuthorized:
        return page("fjgov/nodes_closed.html"), 403
    except tk.ObjectNotFound:
        return tk.abort(404)
    return page("fjgov/run.html", run=found, is_running=found["state"] in UNFINISHED)


def _start(code: str) -> Any:
    try:
        started = tk.get_action("fjgov_sync_start")(
            reader_context(), {"node": code, "forced": request.form.get("forced") == "1"}
        )
    except tk.ValidationError as error:
        tk.h.flash_error("；".join(messages_of(error.error_dict)))
        return tk.redirect_to("fjgov_sync.nodes")
    return tk.redirect_to("fjgov_sync.run", run_id=started["id"])
