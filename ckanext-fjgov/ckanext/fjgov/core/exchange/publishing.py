"""What mounting does to the exchange record of an entry (信息发布, Art. 20 to 22)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from ckanext.fjgov.core.cases.publication import DONE, NONE, STOPPED

# What a resource is mounted as: a table (库表), a file or an interface at its registered address.
TABLE, FILE, SERVICE = "table", "file", "service"
KINDS = (TABLE, FILE, SERVICE)
QUERY, DIRECT = "query", "direct"
# A table is queried, and downloaded as a whole.
_MODES_OF = {TABLE: (QUERY, DIRECT), FILE: (DIRECT,), SERVICE: (QUERY,)}
# Somebody decided about these, or is about to (Art. 21); all others count as 未挂接.
_ANSWERED = frozenset({DONE, STOPPED, "claim", "claim_ok"})


def modes_of(kind: str, mode: str) -> tuple[str, ...]:
    """Give the modes in which a mounted resource is published; none when it cannot be.

    Args:
        kind: one of KINDS.
        mode: that the resource declares, "" for none; a table serves whichever it is.
    """
    if not mode:
        return _MODES_OF[kind]
    return (mode,) if kind == TABLE or mode in _MODES_OF[kind] else ()


def rows_mounted(
    rows: Sequence[Mapping[str, Any]],
    modes: Collection[str],
    today: str,
    *,
    front_node: str,
    own_node: str,
) -> list[dict[str, Any]]:
    """Give the exchange rows of an entry after a resource was mounted or refreshed.

    Args:
        rows: as stored.
        modes: in which it is published now.
        today: YYYY-MM-DD; the day of the first publication in a mode is kept.
        front_node: 前置交换系统 from which the data come, "" for the one that the row names.
        own_node: stands there when nobody named one.
    """
    known = {str(row.get("mode")) for row in rows}
    new = [{"mode": mode, "status": NONE} for mode in modes if mode not in known]
    return [
        _done(row, front_node or row.get("front_node") or own_node, today)
        if row.get("mode") in modes
        else dict(row)
        for row in [*rows, *new]
    ]


def rows_unmounted(
    rows: Sequence[Mapping[str, Any]], modes: Collection[str]
) -> list[dict[str, Any]]:
    """Give the exchange rows of an entry that is no longer published in some modes (未挂接)."""
    return [
        {"mode": row["mode"], "status": NONE}
        if row.get("mode") in modes and row.get("status") == DONE
        else dict(row)
        for row in rows
    ]


def is_unmounted(rows: Sequence[Mapping[str, Any]]) -> bool:
    """Tell whether an entry counts as 未挂接: in no mode published, stopped or claimed."""
    return not any(row.get("status") in _ANSWERED for row in rows)


def _done(row: Mapping[str, Any], front_node: str, today: str) -> dict[str, Any]:
    was_done = row.get("status") == DONE
    since = row.get("published_at") if was_done else ""
    return {
        **row,
        "status": DONE,
        "front_node": front_node,
        "published_at": since or today,
        "last_sync_at": today,
    }
