"""Where a list goes on: the parameters of the next page of an action's answer (RFC 8288 `next`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Paged:
    """How an action pages.

    Attributes:
        rows: key of the rows in the answer, "" when the answer is the list itself.
        most: rows of a page when the call says nothing; 0 for all of them.
        offset, limit: names of its parameters.
    """

    rows: str = "results"
    most: int = 20
    offset: str = "offset"
    limit: str = "limit"


PAGED: Mapping[str, Paged] = {
    "package_search": Paged(most=10, offset="start", limit="rows"),
    "resource_search": Paged(most=0),
    "tag_search": Paged(most=0),
    "package_list": Paged("", 0),
    "organization_list": Paged("", 0),
    "current_package_list_with_resources": Paged("", 100),
    "fjgov_case_list": Paged(),
    "fjgov_notice_list": Paged(),
    "fjgov_clock_list": Paged(),
    "fjgov_collection_list": Paged(),
    "fjgov_collection_waiting_list": Paged(),
    "fjgov_processing_list": Paged(),
    "fjgov_grant_list": Paged(),
    "fjgov_use_list": Paged(),
    "fjgov_upload_list": Paged(),
    "fjgov_sync_list": Paged(""),
    "fjgov_alarm_list": Paged("", 50),
    "fjgov_quality_list": Paged("findings", 50),
    "fjgov_appointment_search": Paged("appointments", 50),
    "fjgov_basis_list": Paged("entries", 50),
    "fjgov_unmounted_list": Paged("entries"),
    "fjgov_overdue_list": Paged("entries", 50),
    "fjgov_maintenance_list": Paged("units", 50),
}


def following(action: str, asked: Mapping[str, str], answer: Any) -> dict[str, str] | None:
    """Give the parameters that lead to the next page; None after the last one.

    Args:
        asked: parameters of the call as its address has them.
        answer: what the action gave.
    """
    how = PAGED.get(action)
    if how is None:
        return None
    rows = answer if not how.rows else answer.get(how.rows)
    if not isinstance(rows, list) or not rows:
        return None
    start = _number(asked.get(how.offset), 0)
    count = answer.get("count") if isinstance(answer, dict) else None
    if isinstance(count, int):
        has_more = start + len(rows) < count
    else:
        most = _number(asked.get(how.limit), how.most)
        has_more = 0 < most <= len(rows)
    return {**asked, how.offset: str(start + len(rows))} if has_more else None


def _number(text: str | None, default: int) -> int:
    if text is None or not (text.isascii() and text.isdigit() and len(text) < 16):
        return default
    return int(text)
