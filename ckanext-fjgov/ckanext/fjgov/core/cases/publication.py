"""What a claim of non-publication does to the exchange record of its entry (信息发布, Art. 20, 21).

The record is kept by mode, the claim by item: only a claim of all items speaks for the entry. What
is published or was stopped stays as it is, whatever becomes of a claim.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

NONE, DONE, STOPPED = "none", "done", "stopped"
CUSTOM = "custom"
# State of the case -> status of the entry in each mode; any other state takes the claim back.
STATUS_OF: Mapping[str, str] = {
    "claimed": "claim",
    "agreed": "claim_ok",
    "not_agreed": "claim_no",
    "published": DONE,
}


def rows_after(
    rows: Sequence[Mapping[str, Any]], state: str, modes: Iterable[str], today: str
) -> list[dict[str, Any]]:
    """Give the exchange rows of an entry after its claim has come to a state.

    Args:
        rows: `mode`, `status` and more, as stored.
        state: of the case.
        modes: all modes; an entry without any row gets one for each.
        today: day that is written when the unit has published, YYYY-MM-DD.

    Returns:
        Rows in their order, new ones behind them; equal to `rows` when nothing changes.
    """
    status = STATUS_OF.get(state, NONE)
    known = [dict(row) for row in rows]
    if not known and status != NONE:
        known = [{"mode": mode, "status": NONE} for mode in modes]
    return [_row_after(row, status, today) for row in known]


def _row_after(row: dict[str, Any], status: str, today: str) -> dict[str, Any]:
    if row.get("status") in (DONE, STOPPED) or row.get("status", NONE) == status:
        return row
    after = {**row, "status": status}
    return {"published_at": today} | after if status == DONE else after


def is_published(rows: Sequence[Mapping[str, Any]], mode: str) -> bool:
    """Tell whether data are published in a mode (信息已发布, Art. 20).

    Processing to order works on what is published in any mode.
    """
    done = {row.get("mode") for row in rows if row.get("status") == DONE}
    return bool(done) if mode == CUSTOM else mode in done


def covers_all(claimed: Iterable[str], items: Iterable[str]) -> bool:
    """Tell whether a claim speaks for every item of an entry; False for an entry without any."""
    wanted = set(items)
    return bool(wanted) and wanted <= set(claimed)
