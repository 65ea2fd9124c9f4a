"""The links around one record: rows of a list, and where their boxes stand in a small diagram."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.fjgov.core.catalog.schema_model import ENTRY_TYPE
from ckanext.fjgov.web import helpers

SHOWN = 6
ROW, TOP = 58, 8
WIDTH, BOX, HEIGHT = 760, 220, 46
_LONGEST = 15


def around(record: dict[str, Any]) -> dict[str, Any] | None:
    """Give what a page shows of the links of a record; None when it has none.

    Returns:
        `names` and `named_by` (rows with `label`, `title`, `unit`, `identifier`, `address`) and
        `diagram` (`height`, `centre` and `boxes`, in units of the drawing).
    """
    context = {"user": tk.g.user, "auth_user_obj": tk.g.userobj, "for_view": True}
    found = tk.get_action("fjgov_link_list")(context, {"id": record["id"]})
    named_by = [_told(row) for row in found["named_by"]]
    names = [_told(row) for row in found["names"]]
    if not (named_by or names):
        return None
    return {"named_by": named_by, "names": names, "diagram": diagram(named_by, names)}


def diagram(left: Sequence[dict[str, Any]], right: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Place a box for each of the first links: those that name at the left, those named right."""
    rows = max(min(len(left), SHOWN), min(len(right), SHOWN), 1)
    height = 2 * TOP + rows * ROW
    boxes = []
    for side, links in (("left", left), ("right", right)):
        shown = links[:SHOWN]
        start = (height - len(shown) * ROW) // 2 + (ROW - HEIGHT) // 2
        for number, row in enumerate(shown):
            boxes.append(
                {
                    "side": side,
                    "x": 0 if side == "left" else WIDTH - BOX,
                    "y": start + number * ROW,
                    "label": row["label"],
                    "title": shortened(row["title"] or row["identifier"]),
                }
            )
    return {
        "width": WIDTH,
        "height": height,
        "box": BOX,
        "box_height": HEIGHT,
        "centre": {"x": (WIDTH - BOX) // 2, "y": (height - HEIGHT) // 2},
        "boxes": boxes,
        "more": max(len(left) - SHOWN, 0) + max(len(right) - SHOWN, 0),
    }


def shortened(text: str) -> str:
    """Cut a text to what a box holds."""
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def address_of(record_type: str, name: str) -> str:
    """Give the page of a record of any directory."""
    if record_type == ENTRY_TYPE:
        return str(tk.h.url_for("fjgov_entries.read", reference=name))
    return str(tk.h.url_for("fjgov_directories.read", kind=record_type, reference=name))


def _told(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "label": helpers.say(row["label_zh"], row["label_en"]),
        "title": row["title"],
        "unit": row["unit"],
        "identifier": row["identifier"],
        "address": address_of(row["type"], row["name"]) if row["name"] else None,
    }
