"""The yearly maintenance: states over the full product, guards against a second table."""

from __future__ import annotations

from datetime import date
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.fjgov.core.upkeep import maintenance
from ckanext.fjgov.core.upkeep.maintenance import (
    FINAL,
    SETTLED,
    CampaignState,
    Decision,
    EntryFacts,
    EntryState,
    campaign_state,
    due_day,
    entry_state,
    is_overdue,
    refuse_confirmation,
    refuse_decision,
    refuse_open,
    refuse_target,
)

TODAY = date(2026, 11, 26)
ROLES = (
    "digital_office",
    "platform_operator",
    "unit_lead",
    "registrar",
    "reviewer",
    "info_manager",
    "staff",
    "system",
)
# decision, what became of the entry -> state; written by hand.
STATES = {
    (None, "same"): "pending",
    (None, "changed"): "pending",
    (None, "unlisted"): "gone",
    ("confirm", "same"): "confirmed",
    ("confirm", "changed"): "confirmed",
    ("confirm", "unlisted"): "gone",
    ("change", "same"): "to_change",
    ("change", "changed"): "changed",
    ("change", "unlisted"): "gone",
    ("merge", "same"): "pending",
    ("merge", "changed"): "pending",
    ("merge", "unlisted"): "merged",
    ("withdraw", "same"): "pending",
    ("withdraw", "changed"): "pending",
    ("withdraw", "unlisted"): "withdrawn",
}
NOW = {"same": "a", "changed": "b", "unlisted": ""}


@pytest.mark.parametrize(
    ("decision", "became"), list(product((None, "confirm", "change", "merge", "withdraw"), NOW))
)
def test_state_of_an_entry(decision, became):
    facts = EntryFacts(Decision(decision) if decision else None, "a", NOW[became])
    assert entry_state(facts).value == STATES[decision, became]


def test_what_is_settled_and_final():
    assert {s.value for s in SETTLED} == {"confirmed", "changed", "merged", "withdrawn", "gone"}
    assert {s.value for s in FINAL} == {"merged", "withdrawn", "gone"}


@given(st.lists(st.sampled_from(EntryState)), st.booleans())
def test_a_campaign_is_ready_when_nothing_is_left_to_do(states, is_confirmed):
    found = campaign_state(states, is_confirmed=is_confirmed)
    left = any(state in (EntryState.PENDING, EntryState.TO_CHANGE) for state in states)
    wanted = "closed" if is_confirmed else "open" if left else "ready"
    assert found.value == wanted


@pytest.mark.parametrize(
    ("state", "today", "late"),
    [
        ("open", date(2026, 12, 31), False),
        ("open", date(2027, 1, 1), True),
        ("ready", date(2027, 1, 1), True),
        ("closed", date(2027, 1, 1), False),
    ],
)
def test_overdue_from_the_day_after_the_last(state, today, late):
    assert is_overdue(CampaignState(state), due_day(2026, "12-31"), today) is late


def test_a_last_day_that_does_not_exist_is_an_error():
    with pytest.raises(ValueError, match="day"):
        due_day(2026, "02-30")


@pytest.mark.parametrize(
    ("role", "campaign", "entry"), list(product((*ROLES, ""), CampaignState, (*EntryState, None)))
)
def test_who_may_decide_when(role, campaign, entry):
    allowed = (
        role in ("registrar", "reviewer")
        and campaign.value in ("open", "ready")
        and entry is not None
        and entry.value in ("pending", "confirmed", "to_change", "changed")
    )
    refused = refuse_decision({role} - {""}, campaign, entry)
    assert (refused is None) is allowed


@pytest.mark.parametrize(
    ("role", "campaign", "person"), list(product((*ROLES, ""), CampaignState, ("me", "other")))
)
def test_who_may_confirm_when(role, campaign, person):
    allowed = role == "unit_lead" and campaign is CampaignState.READY and person == "other"
    refused = refuse_confirmation(
        {role} - {""}, campaign, person=person, deciders={"me", "somebody"}
    )
    assert (refused is None) is allowed


@pytest.mark.parametrize(
    ("role", "year", "has_one"),
    list(product((*ROLES, ""), (2009, 2010, 2026, 2027), (False, True))),
)
def test_who_may_open_which_year(role, year, has_one):
    allowed = (
        role in ("registrar", "reviewer", "unit_lead") and year in (2010, 2026) and not has_one
    )
    refused = refuse_open({role} - {""}, year, TODAY, has_one=has_one)
    assert (refused is None) is allowed


@pytest.mark.parametrize(
    ("target", "listed", "same", "allowed"),
    [
        ("b", True, True, True),
        ("b", False, True, False),
        ("b", True, False, False),
        ("a", True, True, False),
        (None, False, False, False),
    ],
)
def test_into_what_an_entry_may_be_merged(target, listed, same, allowed):
    refused = refuse_target("a", target, is_listed=listed, is_same_unit=same)
    assert (refused is None) is allowed


def test_refusals_speak_both_languages():
    found = [
        refuse_open(set(), 2026, TODAY, has_one=False),
        refuse_decision({"registrar"}, CampaignState.CLOSED, EntryState.PENDING),
        refuse_confirmation({"unit_lead"}, CampaignState.OPEN, person="a", deciders=set()),
        refuse_target("a", "a", is_listed=True, is_same_unit=True),
    ]
    for refusal in found:
        assert isinstance(refusal, maintenance.Refusal)
        assert not refusal.zh.isascii()
        assert refusal.en.isascii()


EVENTS = st.lists(
    st.tuples(st.sampled_from(Decision), st.sampled_from(["", "a", "b"])), max_size=20
)


@given(EVENTS)
def test_no_order_of_events_brings_a_final_entry_back_to_a_decision(events):
    """Whatever happens, a decision is refused exactly while the entry is not listed."""
    decision, now = None, "a"
    for wanted, becomes in events:
        state = entry_state(EntryFacts(decision, "a", now))
        refused = refuse_decision({"reviewer"}, CampaignState.OPEN, state)
        assert (refused is None) == bool(now)
        if refused is None:
            decision, now = wanted, becomes
