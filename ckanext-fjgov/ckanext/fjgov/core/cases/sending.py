"""Whom a step is told to, and who is to act next."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from ckanext.fjgov.core.cases.records import (
    SYSTEM,
    Case,
    Delivery,
    Event,
    Notice,
)
from ckanext.fjgov.core.cases.table import CaseType, Row, To
from ckanext.fjgov.core.cases.types import case_type

SAME_NODE = "same_node"


@dataclass(frozen=True, slots=True)
class Waiting:
    """Who is to act (待办).

    Attributes:
        unit: code of the unit.
        roles: any of these.
        except_user: account that must not; "" when anybody may.
    """

    node: str
    unit: str
    roles: tuple[str, ...]
    except_user: str = ""


def waiting_for(case: Case) -> Waiting | None:
    """Say who is to act in a case; None when nobody is, or only a body outside."""
    kind = case_type(case.kind)
    turn = kind.turns.get(case.state)
    party = case.party(turn.party) if turn else None
    if turn is None or party is None or not party.unit:
        return None
    submitted = case.last(kind.submitting)
    excluded = submitted.user_id if turn.not_submitter and submitted else ""
    return Waiting(party.node, party.unit, turn.roles, excluded)


def seen_from(
    case: Case, roles: Collection[str], delivered: Iterable[tuple[str, int]]
) -> int | None:
    """Give the first event of a case that parties see; None when they see nothing of it.

    Each party sees what it must and no more: what went on at who opened the case before it was
    handed to a party is not for that party.

    Args:
        roles: of the parties.
        delivered: role and event of every delivery.
    """
    opener = case_type(case.kind).opener
    if not opener or opener in roles:
        return 1 if roles else None
    return min((seq for role, seq in delivered if role in roles), default=None)


def notices(kind: CaseType, row: Row, case: Case, event: Event) -> tuple[Notice, ...]:
    """Give the messages about an event to people at this node; none to who caused it."""
    found = (_notice(kind, to, case, event) for to in row.notices)
    return tuple(notice for notice in found if notice is not None)


def deliveries(row: Row, case: Case, event: Event) -> tuple[Delivery, ...]:
    """Give one delivery for each recipient; what stays on this node has arrived at once."""
    parties = (case.party(role) for role in row.delivers)
    return tuple(
        Delivery(event.seq, party, event.at, event.at, SAME_NODE)
        if party.unit and party.node == case.node
        else Delivery(event.seq, party, event.at)
        for party in parties
        if party is not None
    )


def _notice(kind: CaseType, to: To, case: Case, event: Event) -> Notice | None:
    party = case.party(to.party)
    if party is None or not party.unit or party.node != case.node:
        return None
    if to.roles:
        return Notice(event.seq, party.node, party.unit, to.roles)
    submitted = case.last(kind.submitting)
    if submitted is None or submitted.user_id in (event.user_id, SYSTEM):
        return None
    return Notice(event.seq, party.node, party.unit, user_id=submitted.user_id)
