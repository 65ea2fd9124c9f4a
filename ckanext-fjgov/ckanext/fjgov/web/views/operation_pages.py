"""Buttons of the platform operator: each form calls one action and goes back to its page."""

from __future__ import annotations

import math
from typing import Any

from flask import Blueprint, request

import ckan.plugins.toolkit as tk

from ckanext.fjgov.web import helpers
from ckanext.fjgov.web.searching_pages import messages_of, page_number, reader_context
from ckanext.fjgov.web.views.pages import page
from ckanext.fjgov.web.views.sync_pages import closed_nodes

RECORDS = 50

blueprint = Blueprint("fjgov_operation", __name__)


@blueprint.route("/fjgov/nodes/<code>", methods=["POST"])
def start(code: str) -> Any:
    """立即同步: start a run."""
    return _do("fjgov_sync_start", {"node": code}, code=code)


@blueprint.route("/fjgov/nodes/<code>/schedule", methods=["POST"])
def schedule(code: str) -> Any:
    """Set or end the schedule of a node."""
    form = request.form
    rule = {
        "every": f"every {form.get('minutes', '').strip()}",
        "daily": f"daily {form.get('time', '').strip()}",
    }.get(form.get("rule", ""), "off")
    said = helpers.say("同步计划已保存", "The schedule is saved")
    return _do("fjgov_schedule_set", {"node": code, "schedule": rule}, code=code, said=said)


@blueprint.route("/fjgov/nodes/<code>/pause", methods=["POST"])
def pause(code: str) -> Any:
    """Pause a node."""
    wanted = {"node": code, "reason": request.form.get("reason", "")}
    said = helpers.say("已暂停该节点的同步", "The node is paused")
    return _do("fjgov_node_pause", wanted, code=code, said=said)


@blueprint.route("/fjgov/nodes/<code>/resume", methods=["POST"])
def resume(code: str) -> Any:
    """Resume a node."""
    said = helpers.say("已恢复该节点的同步", "The node is resumed")
    return _do("fjgov_node_resume", {"node": code}, code=code, said=said)


@blueprint.route("/fjgov/nodes/<code>/poll", methods=["POST"])
def poll(code: str) -> Any:
    """Ask a node where its log ends."""
    said = helpers.say("已询问该节点", "The node was asked")
    return _do("fjgov_node_poll", {"node": code}, code=code, said=said)


@blueprint.route("/fjgov/nodes/<code>/retry", methods=["POST"])
def retry(code: str) -> Any:
    """Look at one refused record again."""
    wanted = {"node": code, "kind": request.form.get("kind"), "key": request.form.get("key")}
    return _do("fjgov_sync_retry", wanted, code=code)


@blueprint.route("/fjgov/alarms/<int:number>", methods=["POST"])
def acknowledge(number: int) -> Any:
    """Take up an alarm."""
    wanted = {"id": number, "note": request.form.get("note", "")}
    said = helpers.say("已确认告警", "The alarm is acknowledged")
    return _do("fjgov_alarm_acknowledge", wanted, said=said)


@blueprint.route("/fjgov/runs/<run_id>/cancel", methods=["POST"])
def cancel(run_id: str) -> Any:
    """Cancel a run, once the person has confirmed it."""
    if request.form.get("confirm") != "1":
        tk.h.flash_error(helpers.say("请勾选确认后再取消", "Tick the box to confirm"))
        return tk.redirect_to("fjgov_sync.run", run_id=run_id)
    wanted = {"id": run_id, "reason": request.form.get("reason", "")}
    return _do("fjgov_sync_cancel", wanted, run_id=run_id)


@blueprint.route("/fjgov/runs/<run_id>/review", methods=["GET", "POST"])
def review(run_id: str) -> Any:
    """Which records a stopped run would take away; POST approves or refuses."""
    if request.method == "POST":
        return _decide(run_id)
    number = page_number(request.args.get("page", "1"))
    try:
        found = tk.get_action("fjgov_review_show")(
            reader_context(), {"id": run_id, "limit": RECORDS, "offset": (number - 1) * RECORDS}
        )
    except tk.NotAuthorized:
        return closed_nodes()
    except tk.ObjectNotFound:
        return tk.abort(404)
    return page(
        "fjgov/review.html",
        review=found,
        number=number,
        pages=max(1, math.ceil(found["listed"] / RECORDS)),
        may_operate=helpers.may("fjgov_review_approve"),
    )


def _decide(run_id: str) -> Any:
    form = request.form
    approves = form.get("decision") == "approve"
    if approves and form.get("confirm") != "1":
        tk.h.flash_error(
            helpers.say("请勾选“已核对清单”后再批准", "Tick the box that the list was checked")
        )
        return tk.redirect_to("fjgov_operation.review", run_id=run_id)
    action = "fjgov_review_approve" if approves else "fjgov_review_refuse"
    wanted = {"id": run_id, "digest": form.get("digest"), "reason": form.get("reason", "")}
    return _do(action, wanted, review=run_id)


def _do(
    action: str,
    data: dict[str, Any],
    *,
    code: str = "",
    run_id: str = "",
    review: str = "",
    said: str = "",
) -> Any:
    """Call an action; say what came of it on the page where the button is, or on the new run's."""
    try:
        done = tk.get_action(action)(reader_context(), data)
    except tk.NotAuthorized:
        return closed_nodes()
    except tk.ObjectNotFound:
        return tk.abort(404)
    except tk.ValidationError as error:
        tk.h.flash_error("；".join(messages_of(error.error_dict)))
        done = {}
    else:
        if said:
            tk.h.flash_success(said)
    started = done.get("run") or (done.get("id") if done.get("state") == "queued" else None)
    if started or run_id:
        return tk.redirect_to("fjgov_sync.run", run_id=started or run_id)
    if review:
        return tk.redirect_to("fjgov_operation.review", run_id=review)
    if code:
        return tk.redirect_to("fjgov_sync.node", code=code)
    return tk.redirect_to("fjgov_sync.nodes")
