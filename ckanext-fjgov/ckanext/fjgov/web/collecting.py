"""What pages of the 采集目录 need beside an action: rights for links, and forms as payloads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.fjgov.core.collection.reading import OWN
from ckanext.fjgov.web import helpers
from ckanext.fjgov.web.searching_pages import reader_context

# Fields of the form of an adjustment, each with the id of its item behind a colon.
FIELDS = ("unit", "territory", "line", "obtainable", "end")


def may_review() -> bool:
    """Tell whether the reader is of 省数字办, which decides on reports."""
    try:
        tk.check_access("fjgov_collection_waiting_list", reader_context(), {})
    except tk.NotAuthorized:
        return False
    return True


def check_of(entry: Mapping[str, Any]) -> Any:
    """Compare an entry of the reader's own unit with the overall catalog, where it is 自采.

    Returns:
        `outcomes` and `copy` of `fjgov_collection_check`; None for other readers and entries.
    """
    is_own = entry.get("owner_org") in helpers.person().working_units
    if not is_own or entry.get("acquisition") != OWN:
        return None
    return tk.get_action("fjgov_collection_check")(reader_context(), {"id": entry["id"]})


def payload_of(step: str, form: Mapping[str, str]) -> dict[str, Any]:
    """Read what a form says beside the reason: adjustments by item, or the basis of a revision."""
    if step != "adjust":
        return {"basis": form.get("basis", "").strip()}
    rows: dict[str, dict[str, Any]] = {}
    for name, value in form.items():
        field, _colon, item = name.partition(":")
        if field in FIELDS and item and value.strip():
            text = value.strip()
            rows.setdefault(item, {"item": item})[field] = (
                text.replace("、", " ").replace(",", " ").replace("，", " ").split()
                if field == "territory"
                else text
            )
    return {"items": list(rows.values())}
