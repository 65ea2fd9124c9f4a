"""不能发布说明: a unit says item by item what cannot be published, and on what basis (Art. 21)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request

import ckan.plugins.toolkit as tk

from ckanext.fjgov.web import helpers
from ckanext.fjgov.web.searching_pages import messages_of, reader_context
from ckanext.fjgov.web.views.entries import own_entry
from ckanext.fjgov.web.views.pages import page

blueprint = Blueprint("fjgov_claims", __name__)


@blueprint.route("/dataset/claim/<reference>", methods=["GET", "POST"])
def claim(reference: str) -> Any:
    """The items of an entry with basis and 说明 for each that cannot be published."""
    entry = own_entry(reference)
    errors: list[str] = []
    if request.method == "POST":
        context = reader_context()
        context.pop("for_view")
        wanted = {
            "id": entry["id"],
            "items": _rows(entry),
            "reason": request.form.get("reason", ""),
        }
        try:
            made = tk.get_action("fjgov_claim_create")(context, wanted)
        except tk.ValidationError as error:
            errors = messages_of(error.error_dict)
        except tk.NotAuthorized as error:
            errors = [str(error.message or "")]
        else:
            tk.h.flash_success(
                helpers.say(
                    "已报送同级数字办审定；审定前目录照常列出", "Reported; the entry stays listed"
                )
            )
            return tk.redirect_to("fjgov_cases.case", number=made["number"])
    return page(
        "fjgov/claim.html",
        entry=entry,
        errors=errors,
        values=request.form,
        basis=_basis(entry),
    )


def _rows(entry: dict[str, Any]) -> list[dict[str, str]]:
    """Give the items that are ticked, each with its basis and its 说明."""
    ticked, form = set(request.form.getlist("item")), request.form
    return [
        {
            "item": item["id"],
            "basis": form.get(f"basis-{item['id']}", "").strip(),
            "note": form.get(f"note-{item['id']}", "").strip(),
        }
        for item in entry.get("items") or []
        if item.get("id") in ticked
    ]


def _basis(entry: dict[str, Any]) -> str:
    """Give the first legal basis of an entry as one text, to begin with."""
    for row in entry.get("legal_basis") or []:
        parts = (row.get("title"), row.get("number"), row.get("clause"))
        return "，".join(part for part in parts if part)
    return ""
