"""年度目录维护 (Art. 17): open, decide, confirm and tell. Guards stand here, inside the steps."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.fjgov.core.cases.outcome import Applied
from ckanext.fjgov.core.catalog.identifier import is_identifier, parse_identifier, slug_of
from ckanext.fjgov.core.upkeep import maintenance as rules
from ckanext.fjgov.core.upkeep.maintenance import (
    CampaignState,
    Decision,
    EntryFacts,
    EntryState,
    Refusal,
)
from ckanext.fjgov.logic import catalog_log, settings
from ckanext.fjgov.logic.cases.deciding import note_in_audit
from ckanext.fjgov.logic.clock import local_today, utc_now
from ckanext.fjgov.logic.readers import Person
from ckanext.fjgov.logic.upkeep.withdrawing import reason_of, withdraw
from ckanext.fjgov.model import appointments, audit, maintenance
from ckanext.fjgov.model.database import own_transaction, request_transaction, session_connection
from ckanext.fjgov.model.maintenance import Campaign

LEAD_ROLES = (rules.LEAD,)
DECIDER_ROLES = ("registrar", "reviewer")
LONGEST_NOTE = 500
ACTIVE = "active"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a caller wants decided on one entry."""

    reference: str
    decision: str
    merged_into: str = ""
    note: str = ""


def open_campaign(person: Person, unit: model.Group, year: int) -> int:
    """Open the maintenance of a unit; gives the number of entries on its list.

    Raises:
        NotAuthorized, ValidationError: a guard refuses.
    """
    catalog_log.drain()
    today = local_today()
    try:
        due_on = rules.due_day(year, str(tk.config.get("fjgov.maintenance.due")))
    except ValueError as error:
        zh = "设置 fjgov.maintenance.due 不是 MM-DD 形式的日期"
        raise tk.ValidationError(
            {"due": [f"{zh} / the setting fjgov.maintenance.due is no day"]}
        ) from error
    with own_transaction() as connection:
        known = maintenance.find(connection, unit.id, year)
        roles = person.roles.get(unit.id, set())
        _raise(rules.refuse_open(roles, year, today, has_one=known is not None), "year", roles)
        number = maintenance.start(
            connection,
            unit_id=unit.id,
            year=year,
            due_on=due_on,
            node=settings.node().code,
            by=person.name,
            now=utc_now(),
        )
        # Of two who open at once the second waits for the first and finds its row.
        _raise(rules.refuse_open(roles, year, today, has_one=number is None), "year", roles)
    audit.append("maintenance_opened", person.name, {"unit": unit.name, "year": year}, utc_now())
    return int(number or 0)


def decide(context: Any, person: Person, unit: model.Group, year: int, wanted: Wanted) -> str:
    """Decide on one entry and carry it out; gives the entry's state after that.

    Decision, mark of the replacing entry and withdrawal are one transaction.

    Raises:
        NotAuthorized, ObjectNotFound, ValidationError: a guard or a rule refuses.
    """
    with request_transaction():
        state, withdrawn = _decide(context, person, unit, year, wanted)
    if withdrawn is not None:
        note_in_audit(withdrawn, str(context.get("user") or ""))
    return state.value


def _decide(
    context: Any, person: Person, unit: model.Group, year: int, wanted: Wanted
) -> tuple[EntryState, Applied | None]:
    decision = _decision(wanted)
    roles = person.roles.get(unit.id, set())
    package = model.Package.get(wanted.reference)
    catalog_log.drain()
    connection = session_connection()
    campaign = _campaign(maintenance.find(connection, unit.id, year, lock=True), year)
    rows = {row["package_id"]: row for row in maintenance.entries(connection, [campaign.id])}
    row = rows.get(package.id) if package else None
    entry = entry_state(row) if row else None
    stands = _stands(campaign, rows.values())
    _raise(rules.refuse_decision(roles, stands, entry), "id", roles & rules.DECIDERS)
    acting = appointments.current_one(
        connection, person.user_id or "", unit.id, DECIDER_ROLES, local_today()
    )
    if acting is None:
        raise tk.NotAuthorized("任命已终止 / the appointment has ended")
    merged_into = ""
    if decision is Decision.MERGE:
        target = _entry(wanted.merged_into)
        refused = rules.refuse_target(
            package.id,
            target.id if target else None,
            is_listed=bool(target and target.state == ACTIVE),
            is_same_unit=bool(target and target.owner_org == unit.id),
        )
        _raise(refused, "merged_into", roles)
        merged_into = str((target.extras or {}).get("identifier") or "")
        maintenance.note_replacement(connection, package.id, merged_into)
    maintenance.decide(
        connection,
        {
            "campaign": campaign.id,
            "package_id": package.id,
            "decision": decision.value,
            "merged_into": merged_into,
            "note": wanted.note[:LONGEST_NOTE],
            "decided_by": person.user_id,
            "role": acting[1],
            "appointment": acting[0],
            "decided_at": utc_now(),
        },
    )
    now = row["now"] if row else ""
    withdrawn = None
    if decision in (Decision.MERGE, Decision.WITHDRAW):
        # It commits what was written above together with the withdrawal.
        withdrawn = withdraw(context, package, reason_of(year, merged_into, wanted.note))
        now = ""
    return rules.entry_state(EntryFacts(decision, row["was"] if row else "", now)), withdrawn


def confirm(person: Person, unit: model.Group, year: int, note: str) -> None:
    """Confirm and close the maintenance of a unit (单位负责人确认).

    Raises:
        NotAuthorized, ObjectNotFound, ValidationError: a guard refuses.
    """
    catalog_log.drain()
    roles = person.roles.get(unit.id, set())
    with own_transaction() as connection:
        campaign = _campaign(maintenance.find(connection, unit.id, year, lock=True), year)
        rows = maintenance.entries(connection, [campaign.id])
        refused = rules.refuse_confirmation(
            roles,
            _stands(campaign, rows),
            person=person.user_id or "",
            deciders={row["decided_by"] for row in rows if row["decided_by"]},
        )
        _raise(refused, "year", roles & {rules.LEAD})
        acting = appointments.current_one(
            connection, person.user_id or "", unit.id, LEAD_ROLES, local_today()
        )
        if acting is None:
            raise tk.NotAuthorized("任命已终止 / the appointment has ended")
        maintenance.confirm(
            connection,
            campaign.id,
            by=person.user_id or "",
            appointment=acting[0],
            note=note[:LONGEST_NOTE],
            now=utc_now(),
        )
    detail = {"unit": unit.name, "year": year, "appointment": acting[0]}
    audit.append("maintenance_confirmed", person.name, detail, utc_now())


def show(connection: sa.Connection, unit: model.Group, year: int) -> dict[str, Any] | None:
    """Give a campaign with its progress and all its entries; None when there is none."""
    campaign = maintenance.find(connection, unit.id, year)
    if campaign is None:
        return None
    rows = maintenance.entries(connection, [campaign.id])
    return {
        **progress(campaign, rows, local_today()),
        "opened_by": campaign.opened_by,
        "opened_at": campaign.opened_at.isoformat(),
        "confirmed_by": _name(campaign.confirmed_by),
        "appointment": campaign.appointment,
        "document": campaign.document,
        "note": campaign.confirmation_note,
        "entries": [
            {
                **{
                    name: row[name]
                    for name in ("position", "identifier", "title", "name", "decision", "note")
                },
                "id": row["package_id"],
                "merged_into": row["merged_into"] or "",
                "state": entry_state(row).value,
                "decided_by": _name(row["decided_by"]),
                "role": row["role"],
                "decided_at": row["decided_at"].isoformat() if row["decided_at"] else None,
            }
            for row in rows
        ],
    }


def overview(
    connection: sa.Connection, units: set[str] | None, year: int, today: date
) -> list[dict[str, Any]]:
    """Give how far each unit of this node is: its directory and its campaign of a year.

    Returns:
        Dicts: unit, unit_title, listed (entries), opened_on, has_directory, campaign (None, or as
        of `progress`).

    Cost: three statements; the rows of the lists of that year.
    """
    rows = maintenance.unit_rows(connection, units, settings.node().code)
    campaigns = maintenance.of_units(connection, [row["id"] for row in rows], year)
    entries: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for entry in maintenance.entries(connection, [one.id for one in campaigns]):
        entries[entry["campaign"]].append(entry)
    known = {one.unit_id: progress(one, entries[one.id], today) for one in campaigns}
    return [
        {
            "unit": row["name"],
            "unit_title": row["title"],
            "level": row["level"],
            "listed": row["listed"],
            "opened_on": row["opened_on"],
            "has_directory": row["listed"] > 0,
            "campaign": known.get(row["id"]),
        }
        for row in rows
    ]


def title_of(unit: model.Group, reference: str) -> str:
    """Give the title of an entry of the unit; the reference itself for anything else."""
    package = model.Package.get(reference) if reference else None
    return str(package.title) if package and package.owner_org == unit.id else reference


def progress(campaign: Campaign, rows: list[dict[str, Any]], today: date) -> dict[str, Any]:
    """Give state, last day and counts of a campaign."""
    states = [entry_state(row) for row in rows]
    stands = rules.campaign_state(states, is_confirmed=campaign.confirmed_at is not None)
    return {
        "year": campaign.year,
        "due_on": campaign.due_on.isoformat(),
        "state": stands.value,
        "is_overdue": rules.is_overdue(stands, campaign.due_on, today),
        "total": len(states),
        "settled": sum(state in rules.SETTLED for state in states),
        "counts": dict(Counter(state.value for state in states)),
        "confirmed_at": campaign.confirmed_at.isoformat() if campaign.confirmed_at else None,
    }


def entry_state(row: dict[str, Any]) -> EntryState:
    """Give the state of one entry of a list."""
    decision = Decision(row["decision"]) if row["decision"] else None
    return rules.entry_state(EntryFacts(decision, row["was"], row["now"]))


def _stands(campaign: Campaign, rows: Any) -> CampaignState:
    return rules.campaign_state(
        map(entry_state, rows), is_confirmed=campaign.confirmed_at is not None
    )


def _entry(reference: str) -> model.Package | None:
    """Give an entry by identifier, id or name."""
    name = slug_of(parse_identifier(reference)) if is_identifier(reference) else reference
    return model.Package.get(name) if name else None


def _decision(wanted: Wanted) -> Decision:
    try:
        return Decision(wanted.decision)
    except ValueError as error:
        told = "须为 confirm、change、merge 或 withdraw / it is one of these four"
        raise tk.ValidationError({"decision": [told]}) from error


def _campaign(found: Campaign | None, year: int) -> Campaign:
    if found is None:
        raise tk.ObjectNotFound(
            f"本单位未发起{year}年度目录维护 / the unit has no maintenance of {year}"
        )
    return found


def _raise(refused: Refusal | None, field: str, roles: set[str]) -> None:
    """Refuse: for want of a role, or because of where things stand."""
    if refused is None:
        return
    message = f"{refused.zh} / {refused.en}"
    if not roles:
        raise tk.NotAuthorized(message)
    raise tk.ValidationError({field: [message]})


def _name(user_id: str | None) -> str | None:
    user = model.User.get(user_id) if user_id else None
    return (user.fullname or user.name) if user else None
