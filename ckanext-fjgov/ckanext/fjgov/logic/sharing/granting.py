"""Grants (授权): made when the operator has configured them, ended by their time or a decision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa

from ckan import model

from ckanext.fjgov.core.access.visibility import ShareClass
from ckanext.fjgov.core.cases import terms as rules
from ckanext.fjgov.core.cases.engine import open_case, write_down
from ckanext.fjgov.core.cases.guards import Request
from ckanext.fjgov.core.cases.outcome import Applied
from ckanext.fjgov.core.cases.records import SYSTEM, Actor, Case, Party
from ckanext.fjgov.core.cases.types import application
from ckanext.fjgov.core.cases.types.grant import (
    ACTIVE,
    CONFIRM,
    EXPIRE,
    EXPIRING,
    GRANT,
    HOLDER,
    TIGHTENED,
)
from ckanext.fjgov.core.worktime.calendar import CHINA
from ckanext.fjgov.logic import settings
from ckanext.fjgov.logic.cases.deciding import known_facts, note_in_audit, take_step
from ckanext.fjgov.logic.clock import utc_now
from ckanext.fjgov.model import cases, grants
from ckanext.fjgov.model.database import own_transaction

# So many grants in one look; the next look takes the rest.
MOST = 200


def grant(
    connection: sa.Connection, case: Case, actor: Actor, entries: Sequence[Mapping[str, Any]]
) -> None:
    """Make one grant for each entry of an application, in force from now on.

    Args:
        case: the application, configured.
        entries: `id`, `title`, `items` and `share_class` of each, and its `filter` where it has
            one.
    """
    terms, now = rules.settled(case) or {}, utc_now()
    holder = case.party(application.APPLICANT)
    for entry in entries:
        number = cases.next_number(connection, GRANT.prefix, now.astimezone(CHINA).year)
        opened = open_case(
            node=case.node,
            number=number,
            kind=GRANT.name,
            subject=number,
            parties=_parties(case),
            state=ACTIVE,
            actor=actor,
            now=now,
        )
        cases.add(connection, opened)
        grants.add(
            connection,
            grants.NewGrant(
                node=case.node,
                number=number,
                application=case.number,
                entry=entry["id"],
                title=entry["title"],
                items=entry["items"],
                mode=terms["mode"],
                purpose=terms["purpose"],
                business=terms["business"],
                unit=holder.unit if holder else "",
                users=terms["holder"].get("users") or [],
                share_class=entry["share_class"],
                system=terms["holder"].get("system") or "",
                starts=now,
                until=end_of(date.fromisoformat(terms["until"])),
                filter=entry.get("filter") or (),
                quota=terms.get("quota") or {},
            ),
        )


def end_of(day: date) -> datetime:
    """Give the moment at which a last day is over in China (24:00)."""
    return datetime.combine(day + timedelta(days=1), time(), CHINA)


def end_due_grants(now: datetime) -> int:
    """Write down which grants have expired, and remind of those that will soon.

    Access ends at the moment itself, whenever this is written.

    Returns:
        How many grants were written.

    Cost: two statements when nothing is due.
    """
    soon = now + timedelta(days=settings.grant_notice_days())
    with own_transaction() as connection:
        past = grants.past(connection, now, MOST)
        ending = grants.ending(connection, soon, EXPIRING, MOST)
    gone = set(past)
    told = [key for key in ending if key not in gone]
    written = [_write(*key, EXPIRE, now) for key in past]
    written += [_write(*key, EXPIRING, now) for key in told]
    return sum(written)


def review_outgrown(now: datetime) -> int:
    """Put grants whose information got a stricter class before their provider (复核).

    They give nothing from the moment of the change on, whenever this is written.
    """
    with own_transaction() as connection:
        found = grants.outgrown(connection, MOST)
    return sum(_write(*key, TIGHTENED, now) for key in found)


def decide(connection: sa.Connection, case: Case, actor: Actor, request: Request) -> Applied:
    """Take a step of a grant; who lets it go on after a review does so for the class of today.

    Raises:
        NotAuthorized, ValidationError: nothing has changed.
    """
    payload: dict[str, str] = {}
    if request.event == CONFIRM:
        row = grants.find(connection, case.node, case.number)
        package = model.Package.get(row["entry"]) if row else None
        payload = {"share_class": class_of(package)}
    asked = replace(request, payload=payload)
    return take_step(connection, case, asked, actor, known_facts(connection))


def class_of(package: Any) -> str:
    """Give the share class of an entry; one that is gone is not shared."""
    shared = str((package.extras or {}).get("share_type") or "") if package else ""
    return shared or ShareClass.NOT_SHARED.value


def _write(node: str, number: str, event: str, now: datetime) -> bool:
    applied: Applied | None = None
    with own_transaction() as connection:
        facts = known_facts(connection)
        case = cases.load(connection, node, number, for_update=True)
        # Somebody may have ended it since.
        if case and (case.state, event) in GRANT.by_step:
            applied = write_down(case, event, facts, now)
            cases.store(connection, applied)
    if applied:
        note_in_audit(applied, SYSTEM)
    return applied is not None


def _parties(case: Case) -> tuple[Party, ...]:
    roles = {
        HOLDER: application.APPLICANT,
        application.PROVIDER: application.PROVIDER,
        application.OPERATOR: application.OPERATOR,
        application.PROVINCE: application.PROVINCE,
    }
    found = ((role, case.party(source)) for role, source in roles.items())
    return tuple(Party(role, one.node, one.unit, one.body) for role, one in found if one)
