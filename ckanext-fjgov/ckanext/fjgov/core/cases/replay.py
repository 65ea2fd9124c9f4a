"""Prove a stored history: whole, in order, and only by steps that the table has."""

from __future__ import annotations

from collections.abc import Iterator

from ckanext.fjgov.core.cases.records import OPENED, RECOMPUTED, SYSTEM, Case, Event
from ckanext.fjgov.core.cases.types import case_type


def history_faults(case: Case) -> tuple[str, ...]:
    """Name what is wrong with a history; empty when it is whole.

    Checks numbers without gaps, a first event that opens, states that follow one another up to
    the present one, and a row of the table behind every step.
    """
    if not case.history:
        return ("no event",)
    faults = list(_opening_faults(case))
    before = case.history[0].after
    for expected, event in enumerate(case.history[1:], 2):
        if event.seq != expected:
            faults.append(f"event {event.seq}: {expected} was expected")
        if event.before != before:
            faults.append(f"event {event.seq}: begins in {event.before}, not in {before}")
        faults += _step_faults(case, event)
        before = event.after
    if before != case.state:
        faults.append(f"the history ends in {before}, the case is in {case.state}")
    return tuple(faults)


def _opening_faults(case: Case) -> Iterator[str]:
    first = case.history[0]
    if first.seq != 1 or first.name != OPENED or first.before:
        yield "the first event does not open the case"
    if first.after not in case_type(case.kind).openings:
        yield f"a case cannot begin in {first.after}"


def _step_faults(case: Case, event: Event) -> Iterator[str]:
    if event.name == RECOMPUTED:
        if event.after != event.before or event.user_id != SYSTEM:
            yield f"event {event.seq}: a calendar moves no state"
        return
    row = case_type(case.kind).by_step.get((event.before, event.name))
    if row is None:
        yield f"event {event.seq}: no step {event.name} in {event.before}"
        return
    if event.after != row.to:
        yield f"event {event.seq}: leads to {event.after}, not to {row.to}"
    by_system = SYSTEM in row.roles
    if by_system != (event.user_id == SYSTEM):
        yield f"event {event.seq}: written by {event.user_id}"
    if not by_system and (event.role not in row.roles or event.appointment is None):
        yield f"event {event.seq}: without an appointment"
