"""Which digital office is a unit's 同级数字办 on a day: a dated reference on the unit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any


def office_on(rows: Iterable[Mapping[str, Any]], day: date) -> str | None:
    """Give the code of the office that is competent on a day; None when none is registered.

    Args:
        rows: `competent_office` of a unit: `uscc`, `valid_from` and `valid_until` (YYYY-MM-DD,
            both may be missing), the latest beginning counts.
    """
    text = day.isoformat()
    current = [
        row
        for row in rows
        if row.get("uscc")
        and (row.get("valid_from") or "") <= text
        and text <= (row.get("valid_until") or "9999-12-31")
    ]
    latest = max(current, key=lambda row: str(row.get("valid_from") or ""), default=None)
    return str(latest["uscc"]) if latest else None
