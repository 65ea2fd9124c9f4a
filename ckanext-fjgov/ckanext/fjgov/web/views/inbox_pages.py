"""待办事项: one step with several entries, confirmed before it is taken, with a result by entry."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request

import ckan.plugins.toolkit as tk

from ckanext.fjgov.web import helpers, inbox
from ckanext.fjgov.web.searching_pages import messages_of, page_number, reader_context
from ckanext.fjgov.web.views.pages import page

blueprint = Blueprint("fjgov_inbox", __name__)


@blueprint.route("/fjgov/inbox/decide", methods=["GET", "POST"])
def decide() -> Any:
    """Show what a step would be taken with; take it once that is confirmed.

    A GET comes from the link to the other language, or a reload: it leads back to the list.
    """
    if request.method == "GET":
        return tk.redirect_to("fjgov_cases.inbox")
    form = request.form
    step = inbox.STEPS.get(form.get("do", ""))
    ids = list(dict.fromkeys(form.getlist("entry")))
    if step is None or not ids:
        return _back(helpers.say("请先勾选目录", "Tick some entries first"))
    try:
        return _decided(step, ids)
    except tk.ValidationError as error:
        return _back("；".join(messages_of(error.error_dict)))
    except tk.NotAuthorized:
        if tk.g.user:
            return tk.abort(403)
        return tk.redirect_to("user.login", came_from=tk.h.url_for("fjgov_cases.inbox"))


def _decided(step: inbox.Step, ids: list[str]) -> Any:
    form = request.form
    reason, versions = form.get("reason", ""), inbox.versions_of(form)
    rows = inbox.ticked(ids, step, versions)
    if not rows:
        return _back(helpers.say("选取的事项已不存在", "What was ticked is not there any more"))
    shown = {
        "do": form["do"],
        "step": step,
        "rows": rows,
        "versions": versions,
        "number": page_number(form.get("page", "1")),
    }
    is_sure = form.get("sure") == "1"
    lacks_reason = is_sure and step.needs_reason and not reason.strip()
    if lacks_reason or not is_sure:
        return page("fjgov/inbox_decide.html", **shown, reason=reason, lacks_reason=lacks_reason)
    context = reader_context()
    context.pop("for_view")
    asked = [row["subject"] for row in rows]
    told = tk.get_action(step.action)(
        context,
        {
            "ids": asked,
            "reason": reason,
            "versions": {one: versions[one] for one in asked if one in versions},
            **step.more,
        },
    )
    return page("fjgov/inbox_decided.html", **shown, told=told, results=inbox.results(told, rows))


def _back(message: str) -> Any:
    tk.h.flash_error(message)
    return tk.redirect_to("fjgov_cases.inbox", page=page_number(request.form.get("page", "1")))
