"""待办事项、办理事项、消息通知: what waits, one case with its timeline, and notices."""

from __future__ import annotations

import math
from typing import Any

from flask import Blueprint, request

import ckan.plugins.toolkit as tk

from ckanext.fjgov.core.cases.types.application import APPLICATION
from ckanext.fjgov.core.cases.types.collection_report import COLLECTION_REPORT
from ckanext.fjgov.core.cases.types.entry_review import ENTRY_REVIEW
from ckanext.fjgov.core.cases.types.grant import GRANT
from ckanext.fjgov.core.catalog.vocabulary import load_vocabulary
from ckanext.fjgov.logic import settings
from ckanext.fjgov.web import collecting, helpers, registers, sharing
from ckanext.fjgov.web import inbox as deciding
from ckanext.fjgov.web import table_services as tables
from ckanext.fjgov.web.negotiating import to_document
from ckanext.fjgov.web.searching_pages import messages_of, page_number, reader_context
from ckanext.fjgov.web.views.pages import page, refused

ROWS = 20
AGREEMENT_FORMS = {".ttl": "Turtle", ".rdf": "RDF/XML", ".jsonld": "JSON-LD", ".nt": "N-Triples"}
# Steps of entries that a button takes, by the action that carries them out.
ENTRY_ACTIONS = {
    "submit": "fjgov_entry_submit",
    "recall": "fjgov_entry_recall",
    "return": "fjgov_entry_return",
    "approve": "fjgov_entry_approve",
    "list": "fjgov_entry_list",
    "withdraw": "fjgov_entry_withdraw",
    "discard": "fjgov_revision_discard",
}

blueprint = Blueprint("fjgov_cases", __name__)


@blueprint.route("/fjgov/inbox")
def inbox() -> Any:
    """待办事项, or all cases of the person's units."""
    mine = request.args.get("scope") != "unit"
    state = request.args.get("state", "") if not mine else ""
    number = page_number(request.args.get("page", "1"))
    wanted = {"inbox": mine, "limit": ROWS, "offset": (number - 1) * ROWS}
    if state in ENTRY_REVIEW.states:
        wanted |= {"kind": ENTRY_REVIEW.name, "state": state}
    try:
        found = tk.get_action("fjgov_case_list")(reader_context(), wanted)
        unread = tk.get_action("fjgov_notice_list")(reader_context(), {"unread": True, "limit": 0})
    except tk.NotAuthorized:
        return refused()
    rows, buttons = deciding.with_buttons(found["results"])
    return page(
        "fjgov/inbox.html",
        found=found,
        rows=rows,
        buttons=buttons if mine else {},
        mine=mine,
        state=state,
        states=ENTRY_REVIEW.states,
        unread=unread["count"],
        number=number,
        pages=max(1, math.ceil(found["count"] / ROWS)),
        reviews_collection=collecting.may_review(),
    )


@blueprint.route("/fjgov/cases/<number>", methods=["GET", "POST"])
def case(number: str) -> Any:
    """One case: its state, limits and timeline, what a revision changes, and the next steps."""
    errors: list[str] = []
    reason = request.form.get("reason", "")
    try:
        shown = tk.get_action("fjgov_case_show")(reader_context(), {"number": number})
        if request.method == "POST":
            errors = _take(shown, request.form.get("do", ""), reason)
            if not errors:
                tk.h.flash_success(helpers.say("已办理", "Done"))
                return tk.redirect_to("fjgov_cases.case", number=number)
    except tk.NotAuthorized:
        return refused()
    except tk.ObjectNotFound:
        return tk.abort(404)
    application = _application(shown)
    settles = application and {step["event"] for step in shown["steps"]} & sharing.SETTLING
    grant = _grant(shown)
    if grant and (document := to_document(f"/fjgov/grants/{grant['number']}")) is not None:
        return document
    return page(
        "fjgov/case.html",
        case=shown,
        application=application,
        settles=settles,
        targets=sharing.targets_of_terms(application["terms"]) if application else [],
        modes=load_vocabulary("exchange_modes", settings.data_folder()).choices(),
        grant=grant,
        agreement_forms=AGREEMENT_FORMS,
        grant_items=_granted_items(grant) if grant else [],
        uses=_uses(grant) if grant else [],
        token_page=sharing.token_page(grant, helpers.person()) if grant else None,
        services=_services(grant) if grant else [],
        may_renew=grant is not None and _is_held(grant),
        revision=_revision(shown),
        entry=_entry(shown),
        collection=_collection(shown),
        form=request.form,
        buttons=_buttons(shown),
        errors=errors,
        reason=reason,
    )


@blueprint.route("/fjgov/notices", methods=["GET", "POST"])
def notices() -> Any:
    """消息通知: the person's own; reading is noted by each for himself."""
    number = page_number(request.args.get("page", "1"))
    try:
        if request.method == "POST":
            ids = request.form.getlist("ids")
            tk.get_action("fjgov_notice_read")(reader_context(), {"ids": ids})
            return tk.redirect_to("fjgov_cases.notices", page=number)
        found = tk.get_action("fjgov_notice_list")(
            reader_context(), {"limit": ROWS, "offset": (number - 1) * ROWS}
        )
    except tk.ValidationError:
        return tk.abort(400)
    except tk.NotAuthorized:
        return refused()
    pages = max(1, math.ceil(found["count"] / ROWS))
    return page("fjgov/notices.html", found=found, number=number, pages=pages)


@blueprint.route("/dataset/submit/<reference>", methods=["POST"])
def submit(reference: str) -> Any:
    """提交审核: a stored draft, as it is."""
    try:
        done = tk.get_action("fjgov_entry_submit")(_context(), {"id": reference})
    except tk.ValidationError as error:
        tk.h.flash_error("；".join(messages_of(error.error_dict)))
        return tk.redirect_to("fjgov_entries.read", reference=reference)
    except tk.NotAuthorized:
        return tk.abort(403)
    except tk.ObjectNotFound:
        return tk.abort(404)
    tk.h.flash_success(helpers.say("已提交审核", "Submitted for review"))
    return tk.redirect_to("fjgov_cases.case", number=done["number"])


def _take(shown: dict[str, Any], step: str, reason: str) -> list[str]:
    """Take the step of a button on the version that was shown; gives why not."""
    version = request.form.get("version") or shown["version"]
    if shown["kind"] == ENTRY_REVIEW.name:
        action = ENTRY_ACTIONS.get(step)
        if action is None:
            return [helpers.say("请选择办理方式", "Choose a step")]
        wanted = {"id": shown["subject"], "reason": reason, "version": version}
    else:
        action = "fjgov_case_decide"
        wanted = {"number": shown["number"], "event": step, "reason": reason, "version": version}
        if shown["kind"] == COLLECTION_REPORT.name:
            wanted["payload"] = collecting.payload_of(step, request.form)
        if shown["kind"] == APPLICATION.name:
            terms = (_application(shown) or {}).get("terms") or {}
            wanted["payload"] = sharing.payload_of(step, request.form, terms)
    try:
        tk.get_action(action)(_context(), wanted)
    except tk.ValidationError as error:
        return messages_of(error.error_dict)
    except tk.NotAuthorized as error:
        return [str(error.message or "")]
    return []


def _buttons(shown: dict[str, Any]) -> list[dict[str, Any]]:
    """Give the steps that a button can take; others need a form of their own."""
    if shown["kind"] != ENTRY_REVIEW.name:
        return [step for step in shown["steps"] if step["event"] != "claim"]
    return [step for step in shown["steps"] if step["event"] in ENTRY_ACTIONS]


def _revision(shown: dict[str, Any]) -> dict[str, Any] | None:
    if shown["kind"] != ENTRY_REVIEW.name or not shown["state"].startswith("revi"):
        return None
    try:
        found: dict[str, Any] = tk.get_action("fjgov_revision_show")(
            _context(), {"id": shown["subject"]}
        )
    except (tk.NotAuthorized, tk.ObjectNotFound):
        return None
    return found


def _collection(shown: dict[str, Any]) -> dict[str, Any] | None:
    """Give the record of a collection case, item by item, with who else holds what."""
    if shown["kind"] != COLLECTION_REPORT.name:
        return None
    try:
        found: dict[str, Any] = tk.get_action("fjgov_collection_show")(
            reader_context(), {"id": shown["subject"]}
        )
    except (tk.NotAuthorized, tk.ObjectNotFound):
        return None
    return found


def _application(shown: dict[str, Any]) -> dict[str, Any] | None:
    if shown["kind"] != APPLICATION.name:
        return None
    found: dict[str, Any] = tk.get_action("fjgov_application_show")(
        reader_context(), {"number": shown["number"]}
    )
    return found


def _grant(shown: dict[str, Any]) -> dict[str, Any] | None:
    if shown["kind"] != GRANT.name:
        return None
    found: dict[str, Any] = tk.get_action("fjgov_grant_show")(
        reader_context(), {"number": shown["number"]}
    )["grant"]
    return found


def _uses(grant: dict[str, Any]) -> list[dict[str, Any]]:
    """Give the latest uses under a grant, to those who read them."""
    found: dict[str, Any] = tk.get_action("fjgov_use_list")(
        reader_context(), {"grant": grant["number"], "limit": 5}
    )
    return list(found["results"])


def _services(grant: dict[str, Any]) -> list[Any]:
    """Give the tables that the holder may query under a grant, or why not now."""
    if not _is_held(grant):
        return []
    return tables.of_entry(grant["entry"], grant["number"])


def _is_held(grant: dict[str, Any]) -> bool:
    """Tell whether the reader is appointed in the unit that holds a grant."""
    unit = registers.units_by_code([grant["unit"]]).get(grant["unit"])
    return unit is not None and unit.id in helpers.person().roles


def _granted_items(grant: dict[str, Any]) -> list[str]:
    """Give the names of the items that a grant gives, or their ids where the entry is gone."""
    entries = sharing.entries_of([grant["entry"]])
    names = {item["id"]: item["name"] for one in entries for item in one.get("items") or []}
    return [names.get(one, one) for one in grant["items"]]


def _entry(shown: dict[str, Any]) -> dict[str, Any] | None:
    """Give the entry that a case is about, as far as the reader may see it."""
    if shown["kind"] in (COLLECTION_REPORT.name, APPLICATION.name, GRANT.name):
        return None
    try:
        found: dict[str, Any] = tk.get_action("package_show")(
            {**reader_context(), "use_cache": False}, {"id": shown["subject"]}
        )
    except (tk.NotAuthorized, tk.ObjectNotFound):
        return None
    return found if found.get("home_node") in (None, "", settings.node().code) else None


def _context() -> dict[str, Any]:
    context = reader_context()
    context.pop("for_view")
    return context
