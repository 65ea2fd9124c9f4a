"""Which buttons 待办事项 offers for ticked entries, against a table written by hand."""

from __future__ import annotations

import pytest

from ckanext.fjgov.core.cases.types import CASE_TYPES
from ckanext.fjgov.core.cases.types.entry_review import ENTRY_REVIEW
from ckanext.fjgov.web import inbox

SUBMIT, REVIEW, LIST = ["submit"], ["approve", "approve_list", "return"], ["list", "return"]
# State of an entry -> buttons for whoever is to act in it; states without a turn are in no inbox.
BUTTONS = {
    ("draft", "registrar"): SUBMIT,
    ("returned", "registrar"): SUBMIT,
    ("revising", "registrar"): SUBMIT,
    ("submitted", "reviewer"): REVIEW,
    ("revision_submitted", "reviewer"): REVIEW,
    ("approved", "reviewer"): LIST,
    ("revision_approved", "reviewer"): LIST,
}


@pytest.mark.parametrize("role", ["registrar", "reviewer", "unit_lead", "digital_office"])
@pytest.mark.parametrize("state", list(ENTRY_REVIEW.states))
def test_a_row_has_the_buttons_of_its_state_and_turn(state: str, role: str) -> None:
    row = {"kind": ENTRY_REVIEW.name, "state": state, "turn_roles": [role]}
    assert inbox.buttons_of(row) == BUTTONS.get((state, role), [])


def test_every_turn_of_a_review_has_buttons() -> None:
    turns = {(state, role) for state, turn in ENTRY_REVIEW.turns.items() for role in turn.roles}
    assert turns == set(BUTTONS)


@pytest.mark.parametrize("kind", sorted(set(CASE_TYPES) - {ENTRY_REVIEW.name}))
def test_other_cases_are_not_decided_together(kind: str) -> None:
    row = {"kind": kind, "state": "submitted", "turn_roles": ["reviewer"]}
    assert inbox.buttons_of(row) == []


def test_only_a_return_needs_an_opinion() -> None:
    assert [code for code, step in inbox.STEPS.items() if step.needs_reason] == ["return"]


def test_buttons_of_a_page_are_those_of_its_rows() -> None:
    rows = [
        {"kind": ENTRY_REVIEW.name, "state": "approved", "turn_roles": ["reviewer"]},
        {"kind": "non_publication", "state": "claimed", "turn_roles": ["digital_office"]},
    ]
    shown, buttons = inbox.with_buttons(rows)
    assert [row["can_pick"] for row in shown] == [True, False]
    assert list(buttons) == LIST
    assert inbox.with_buttons(rows[1:])[1] == {}


def test_versions_are_read_from_their_fields() -> None:
    form = {"version:a": "3", "entry": "a", "version": "9", "version:": "1"}
    assert inbox.versions_of(form) == {"a": "3", "": "1"}
