"""Every state × event × role × unit against second tables that are written by hand."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from ckanext.fjgov.core.cases.clocks import started
from ckanext.fjgov.core.cases.engine import settle, write_down
from ckanext.fjgov.core.cases.errors import InvalidCase
from ckanext.fjgov.core.cases.guards import GUARDS
from ckanext.fjgov.core.cases.outcome import Applied
from ckanext.fjgov.core.cases.records import SYSTEM, SYSTEM_ACTOR, Actor
from ckanext.fjgov.core.cases.roles import ROLES
from ckanext.fjgov.core.cases.table import ClockRule
from ckanext.fjgov.core.cases.types import CASE_TYPES
from tests.unit.core.cases.case_examples import (
    CALENDAR,
    ELSEWHERE,
    FACTS,
    NOW,
    UNITS,
    ask,
    in_state,
    person,
)

# state -> event -> who of which party, and where it leads. G registrar (登记), V reviewer (审核),
# L head of the unit, D digital office, M information administrator, T other staff, O operator;
# S the system alone. What is not written is refused.
EXPECTED = {
    "entry_review": {
        "draft": {
            "submit": "unit G submitted",
            "withdraw": "unit GL withdrawn",
            "overtake": "- S overtaken",
        },
        "submitted": {
            "recall": "unit G draft",
            "return": "unit V returned",
            "approve": "unit V approved",
            "overtake": "- S overtaken",
        },
        "returned": {
            "submit": "unit G submitted",
            "withdraw": "unit GL withdrawn",
            "overtake": "- S overtaken",
        },
        "approved": {
            "return": "unit V returned",
            "list": "unit V listed",
            "overtake": "- S overtaken",
        },
        "listed": {
            "revise": "unit G revising",
            "withdraw": "unit VL withdrawn",
            "overtake": "- S overtaken",
        },
        "revising": {
            "overtake": "- S overtaken",
            "revise": "unit G revising",
            "submit": "unit G revision_submitted",
            "discard": "unit G listed",
            "withdraw": "unit VL withdrawn",
        },
        "revision_submitted": {
            "overtake": "- S overtaken",
            "recall": "unit G revising",
            "return": "unit V revising",
            "approve": "unit V revision_approved",
            "withdraw": "unit VL withdrawn",
        },
        "revision_approved": {
            "overtake": "- S overtaken",
            "return": "unit V revising",
            "list": "unit V listed",
            "withdraw": "unit VL withdrawn",
        },
        "withdrawn": {},
        "overtaken": {},
    },
    "non_publication": {
        "draft": {"claim": "unit GV claimed", "end": "unit GV ended"},
        "claimed": {
            "recall": "unit GV draft",
            "return": "office D draft",
            "agree": "office D agreed",
            "disagree": "office D not_agreed",
            "claim_decision_lapsed": "- S claimed",
        },
        "agreed": {"end": "unit GV ended"},
        "not_agreed": {
            "publish": "unit GV published",
            "claim_publication_lapsed": "- S not_agreed",
        },
        "published": {},
        "ended": {},
    },
    "collection_report": {
        "draft": {
            "report": "unit G reported",
            "end": "unit G ended",
            "withdrawn": "- S ended",
        },
        "reported": {
            "recall": "unit G draft",
            "confirm": "province_office D confirmed",
            "adjust": "province_office D adjusted",
            "record_arrived": "- S reported",
            "confirmation_arrived": "- S confirmed",
            "adjustment_arrived": "- S adjusted",
            "withdrawn": "- S ended",
        },
        **{
            state: {
                "report": "unit G revision_reported",
                "file_revision": "unit G revision_filed",
                "adjust": "province_office D adjusted",
                "end": "unit G ended",
                "record_arrived": "- S revision_reported",
                "filing_arrived": "- S revision_filed",
                "confirmation_arrived": "- S confirmed",
                "adjustment_arrived": "- S adjusted",
                "withdrawn": "- S ended",
            }
            for state in ("confirmed", "adjusted", "revision_filed")
        },
        "revision_reported": {
            "confirm": "province_office D confirmed",
            "adjust": "province_office D adjusted",
            "record_arrived": "- S revision_reported",
            "confirmation_arrived": "- S confirmed",
            "adjustment_arrived": "- S adjusted",
            "withdrawn": "- S ended",
        },
        "ended": {},
    },
    "application": {
        "draft": {
            "submit": "applicant TGVML reviewing",
            "withdraw": "applicant TGVML withdrawn",
        },
        "reviewing": {
            "recall": "applicant TGVML draft",
            "return": "applicant M draft",
            "approve": "applicant M filed",
            "withdraw": "applicant TGVML withdrawn",
        },
        "filed": {
            "no_objection": "provider ML configuring",
            "objection_lapsed": "- S configuring",
            "object": "provider ML negotiating",
            "publish": "provider GVM filed",
            "publication_lapsed": "- S filed",
            "withdraw": "applicant TGVML withdrawn",
        },
        "negotiating": {
            "agree": "provider ML configuring",
            "no_agreement_applicant": "applicant TGVML coordinating",
            "no_agreement_provider": "provider ML coordinating",
            "negotiation_lapsed": "- S negotiating",
            "publish": "provider GVM negotiating",
            "publication_lapsed": "- S negotiating",
            "withdraw": "applicant TGVML withdrawn",
        },
        "coordinating": {
            "coordinate_as_applied": "provider_office D configuring",
            "coordinate_adjusted": "provider_office D configuring",
            "coordinate_not_shared": "provider_office D not_shared",
            "coordination_lapsed": "- S coordinating",
            "publish": "provider GVM coordinating",
            "publication_lapsed": "- S coordinating",
            "withdraw": "applicant TGVML withdrawn",
        },
        "configuring": {
            "object_late": "provider ML configuring",
            "publish": "provider GVM configuring",
            "publication_lapsed": "- S configuring",
            "configure": "operator O granted",
            "configuration_lapsed": "- S configuring",
            "withdraw": "applicant TGVML withdrawn",
        },
        "granted": {},
        "not_shared": {},
        "withdrawn": {},
    },
    "grant": {
        "active": {
            "suspend_provider": "provider ML suspended",
            "suspend_operator": "operator O suspended",
            "revoke": "provider ML revoked",
            "end": "holder ML ended",
            "expiring": "- S active",
            "expire": "- S expired",
            "tightened": "- S in_review",
        },
        "in_review": {
            "confirm": "provider ML active",
            "revoke": "provider ML revoked",
            "end": "holder ML ended",
            "expire": "- S expired",
        },
        "suspended": {
            "resume": "provider ML active",
            "revoke": "provider ML revoked",
            "end": "holder ML ended",
            "expire": "- S expired",
        },
        "revoked": {},
        "ended": {},
        "expired": {},
    },
}
LETTERS = {
    "G": "registrar", "V": "reviewer", "L": "unit_lead", "D": "digital_office",
    "M": "info_manager", "T": "staff", "O": "platform_operator",
}  # fmt: skip
# Beside the roles: an account without any appointment, which a technician's is, and the system.
NOBODY = Actor("technician")
STEPS = [
    (kind, state, event)
    for kind, table in CASE_TYPES.items()
    for state, event in product(table.states, [*table.events, "unheard_of"])
]


def outcome_of(kind: str, state: str, event: str, actor: Actor) -> str:
    case = in_state(kind, state)
    if event == "recall":
        # Only whoever submitted may.
        actor = Actor("submitter", actor.appointments, actor.level)
    outcome = ask(case, event, actor)
    return outcome.case.state if isinstance(outcome, Applied) else "-"


@pytest.mark.parametrize(("kind", "state", "event"), STEPS, ids="-".join)
def test_every_role_of_every_unit_gets_what_the_hand_written_table_says(
    kind: str, state: str, event: str
) -> None:
    party, letters, to = EXPECTED[kind][state].get(event, "- - -").split()
    allowed = {LETTERS[letter] for letter in letters if letter in LETTERS}
    for role, unit in product(ROLES, (*sorted(set(UNITS.values())), ELSEWHERE)):
        lets = role in allowed and unit == UNITS[party]
        found = outcome_of(kind, state, event, person("somebody", role, unit))
        assert found == (to if lets else "-"), (role, unit)
    assert outcome_of(kind, state, event, NOBODY) == "-"
    # What the system writes is never asked for, not even by the system.
    assert outcome_of(kind, state, event, SYSTEM_ACTOR) == "-"


def test_hand_written_tables_and_types_name_the_same_things() -> None:
    assert set(EXPECTED) == set(CASE_TYPES)
    for name, table in CASE_TYPES.items():
        written = {event for row in EXPECTED[name].values() for event in row}
        assert set(EXPECTED[name]) == set(table.states)
        assert written == set(table.events)
        assert {(s, e) for s, row in EXPECTED[name].items() for e in row} == set(table.by_step)


@pytest.mark.parametrize("table", CASE_TYPES.values(), ids=list(CASE_TYPES))
def test_a_type_names_only_what_there_is(table) -> None:
    for row in table.rows:
        assert {row.state, row.to} <= set(table.states)
        assert set(row.guards) <= set(GUARDS)
        assert row.state not in table.final
        assert {*row.delivers, *(to.party for to in row.notices)} <= set(table.parties)
        assert row.roles == (SYSTEM,) or set(row.roles) <= set(ROLES)
    assert (table.openings | table.final) <= set(table.states)
    assert set(table.turns) <= set(table.states) - table.final
    assert table.submitting <= {*table.events, "opened"}


@pytest.mark.parametrize("table", CASE_TYPES.values(), ids=list(CASE_TYPES))
def test_a_clock_can_lapse_wherever_it_can_run_and_none_outlives_its_case(table) -> None:
    seen: set[tuple[str, frozenset[str]]] = {(state, frozenset()) for state in table.openings}
    todo = list(seen)
    while todo:
        state, running = todo.pop()
        assert {table.clock(name).lapse for name in running} <= set(table.events_of(state))
        assert not (state in table.final and running)
        for row in table.rows:
            if row.state != state:
                continue
            ended = {rule.name for rule in table.clocks if rule.lapse == row.event}
            if ended and not ended <= running:
                continue
            after = (row.to, (running | {*row.starts}) - {*row.stops} - ended)
            if after not in seen:
                seen.add(after)
                todo.append(after)
    assert {state for state, _running in seen} == set(table.states)


LAPSES = [
    (kind, rule, state)
    for kind, table in CASE_TYPES.items()
    for rule, state in product(table.clocks, table.states)
    if rule.lapse in EXPECTED[kind][state]
]


@pytest.mark.parametrize(
    ("kind", "rule", "state"), LAPSES, ids=[f"{rule.name}-{state}" for _kind, rule, state in LAPSES]
)
def test_a_lapse_is_written_by_the_system_and_leads_where_the_table_says(
    kind: str, rule: ClockRule, state: str
) -> None:
    clock = started(rule, 1, CALENDAR, NOW)
    case = replace(in_state(kind, state), clocks=(clock,))
    assert settle(case, FACTS, NOW) is None
    applied = settle(case, FACTS, clock.due_at)
    assert applied is not None
    [event] = applied.events
    assert (event.name, event.user_id) == (rule.lapse, SYSTEM)
    assert applied.case.state == EXPECTED[kind][state][rule.lapse].split()[2]


WRITTEN = [
    (kind, state, event)
    for kind, table in CASE_TYPES.items()
    for state, event in product(table.states, table.events)
    if event not in {rule.lapse for rule in table.clocks}
]


@pytest.mark.parametrize(("kind", "state", "event"), WRITTEN, ids="-".join)
def test_what_happened_elsewhere_is_written_down_where_the_table_says(
    kind: str, state: str, event: str
) -> None:
    _party, letter, to = EXPECTED[kind][state].get(event, "- - -").split()
    case = in_state(kind, state)
    if letter != "S":
        with pytest.raises(InvalidCase):
            write_down(case, event, FACTS, NOW)
        return
    applied = write_down(case, event, FACTS, NOW, {"content": "1"})
    [written] = applied.events
    assert (written.name, written.user_id, written.appointment) == (event, SYSTEM, None)
    assert (applied.case.state, dict(written.payload)) == (to, {"content": "1"})
