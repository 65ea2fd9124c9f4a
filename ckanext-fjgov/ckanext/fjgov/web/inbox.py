"""What 待办事项 needs to take one step with several entries: buttons, ticked rows, results.

Whether a step is taken is decided by its action, entry by entry; nothing here decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.fjgov.core.cases.table import Words
from ckanext.fjgov.core.cases.types.entry_review import ENTRY_REVIEW
from ckanext.fjgov.web.searching_pages import reader_context

_VERSION = "version:"


@dataclass(frozen=True, slots=True)
class Step:
    """A button for ticked entries.

    Attributes:
        event: the step of a review with which it begins.
        action: that carries it out for `ids`.
        words: of the button.
        more: what the action is told beside.
    """

    event: str
    action: str
    words: Words
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def needs_reason(self) -> bool:
        """Tell whether the step is refused without an opinion."""
        return any(
            row.event == self.event and "reason_given" in row.guards for row in ENTRY_REVIEW.rows
        )


STEPS: Mapping[str, Step] = {
    "submit": Step("submit", "fjgov_entry_submit", ENTRY_REVIEW.events["submit"]),
    "approve": Step("approve", "fjgov_entry_approve", ENTRY_REVIEW.events["approve"]),
    "approve_list": Step(
        "approve",
        "fjgov_entry_approve",
        ("审核通过并发布目录", "Approve and list"),
        {"list": True},
    ),
    "list": Step("list", "fjgov_entry_list", ENTRY_REVIEW.events["list"]),
    "return": Step("return", "fjgov_entry_return", ENTRY_REVIEW.events["return"]),
}


def buttons_of(row: Mapping[str, Any]) -> list[str]:
    """Give the buttons for a row of `fjgov_case_list` that waits for the reader."""
    if row["kind"] != ENTRY_REVIEW.name:
        return []
    turn = set(row["turn_roles"])
    return [
        code
        for code, step in STEPS.items()
        if (found := ENTRY_REVIEW.by_step.get((row["state"], step.event)))
        and turn.intersection(found.roles)
    ]


def with_buttons(rows: Iterable[Mapping[str, Any]]) -> tuple[list[dict[str, Any]], dict[str, Step]]:
    """Give rows with `can_pick`, and the buttons that at least one of them has, in their order."""
    held = [(row, buttons_of(row)) for row in rows]
    offered = {code for _row, codes in held for code in codes}
    return (
        [{**row, "can_pick": bool(codes)} for row, codes in held],
        {code: step for code, step in STEPS.items() if code in offered},
    )


def versions_of(form: Mapping[str, str]) -> dict[str, str]:
    """Give the versions of cases that a form was made from: entry -> version."""
    return {
        name.removeprefix(_VERSION): value
        for name, value in form.items()
        if name.startswith(_VERSION)
    }


def ticked(ids: list[str], step: Step, versions: Mapping[str, str]) -> list[dict[str, Any]]:
    """Give the newest case of each ticked entry, as far as the reader's unit is party to it.

    Returns:
        Rows of `fjgov_case_list` in the order of `ids`, with `fits` (the step exists in its state)
        and `has_moved` (somebody has acted on it since the form was made).

    Raises:
        NotAuthorized, ValidationError: as `fjgov_case_list`.
    """
    found = tk.get_action("fjgov_case_list")(
        reader_context(),
        {"inbox": False, "kind": ENTRY_REVIEW.name, "subjects": ids, "limit": len(ids)},
    )
    newest: dict[str, dict[str, Any]] = {}
    for row in found["results"]:
        newest.setdefault(row["subject"], row)
    return [
        {
            **newest[one],
            "fits": (newest[one]["state"], step.event) in ENTRY_REVIEW.by_step,
            "has_moved": versions.get(one, "") != str(newest[one]["version"]),
        }
        for one in ids
        if one in newest
    ]


def results(told: Mapping[str, Any], rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Give what came of each entry, with its title, and its new state in words where it is done."""
    known = {row["subject"]: row for row in rows}
    return [
        {
            **result,
            "title": known[result["id"]]["title"],
            "number": known[result["id"]]["number"],
            "words": ENTRY_REVIEW.states[result["state"]] if "state" in result else None,
        }
        for result in told["results"]
    ]
