"""Reports of the 采集目录, decisions of 省数字办, and filed revisions, each a step of a case.

A step and what it changes are one transaction, on the connection of the running request.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

import ckan.plugins.toolkit as tk

from ckanext.fjgov.core.cases.guards import Request
from ckanext.fjgov.core.cases.outcome import Applied
from ckanext.fjgov.core.cases.records import Actor, Case
from ckanext.fjgov.core.cases.types.collection_report import COLLECTION_REPORT, SETTLED, WAITING
from ckanext.fjgov.core.collection.overall import Adjustment
from ckanext.fjgov.core.collection.revision import InvalidRevision
from ckanext.fjgov.core.collection.settling import adjustments_of
from ckanext.fjgov.core.errors import InvalidValue
from ckanext.fjgov.logic import entry_guard, settings
from ckanext.fjgov.logic.cases import actors
from ckanext.fjgov.logic.cases.deciding import (
    case_about,
    known_facts,
    locked_case,
    note_in_audit,
    take_step,
)
from ckanext.fjgov.logic.clock import utc_now
from ckanext.fjgov.logic.collection import checking
from ckanext.fjgov.logic.collection.deciding import carry_items, decide_items, refresh
from ckanext.fjgov.logic.collection.following import CONTENT, follow, known_content
from ckanext.fjgov.logic.collection.known import is_decided_here
from ckanext.fjgov.logic.collection.parties import parties_of
from ckanext.fjgov.logic.collection.standing import (
    Standing,
    key_of,
    needs_confirmation,
    planned,
    standings,
)
from ckanext.fjgov.model import collection_records
from ckanext.fjgov.model.collection_records import CollectionRecord
from ckanext.fjgov.model.database import COLLECTION_LOCK, lock_until_commit, request_transaction

REPORT, FILE, CONFIRM, ADJUST, END = "report", "file_revision", "confirm", "adjust", "end"


@dataclass(frozen=True, slots=True)
class _Step:
    """One step about one record.

    Attributes:
        adjustments: item id -> what the step adjusts.
    """

    request: Request
    standing: Standing
    adjustments: Mapping[str, Adjustment]


def report(package_id: str, context: Any, *, basis: str, reason: str) -> Case:
    """Report a record to 省数字办; a revision of a decided one is filed when filing is enough.

    Args:
        basis: the change of duties that a revision rests on; else that of the record.

    Raises:
        ObjectNotFound, NotAuthorized, ValidationError: nothing has changed.
    """

    def take(connection: sa.Connection, actor: Actor) -> tuple[Case, _Step]:
        standing = _standing(connection, package_id)
        case = case_about(
            connection,
            COLLECTION_REPORT.name,
            package_id,
            parties=parties_of(standing.record),
            state="draft",
            actor=actor,
        )
        stated = basis or str(standing.record.fields.get("revision_basis") or "")
        event = FILE if case.state in SETTLED and _is_covered(standing, stated) else REPORT
        payload = {CONTENT: standing.content, "basis": stated}
        return case, _Step(Request(event, reason, payload), standing, {})

    return _in_one_transaction(take, context)


def decide(number: str, request: Request, context: Any) -> Case:
    """Take any step of the case of a record.

    Raises:
        ObjectNotFound, NotAuthorized, ValidationError: nothing has changed.
    """

    def take(connection: sa.Connection, _actor: Actor) -> tuple[Case, _Step]:
        case = locked_case(connection, number)
        standing = _standing(connection, case.subject)
        payload = {**request.payload, CONTENT: standing.content}
        asked = Request(request.event, request.reason, payload, request.version)
        adjustments = _adjustments(asked, standing) if request.event == ADJUST else {}
        return case, _Step(asked, standing, adjustments)

    return _in_one_transaction(take, context)


def is_collection_case(number: str) -> bool:
    """Tell by its number whether a case is about the 采集目录."""
    return number.startswith(f"{COLLECTION_REPORT.prefix}-")


def _in_one_transaction(take: Any, context: Any) -> Case:
    # What was written before is taken in first, so that the case knows of it.
    follow()
    with request_transaction() as connection:
        lock_until_commit(connection, COLLECTION_LOCK)
        actor = actors.actor_in(connection, context)
        case, step = take(connection, actor)
        applied = _taken(connection, case, step, actor)
        if step.request.event == END:
            tk.get_action("package_delete")(
                # Its right was decided by the step, whether or not a review is required.
                {"user": context.get("user"), "ignore_auth": True, **entry_guard.reviewed()},
                {"id": case.subject},
            )
    note_in_audit(applied, str(context.get("user") or ""))
    return applied.case


def _taken(connection: sa.Connection, case: Case, step: _Step, actor: Actor) -> Applied:
    """Decide on the step and store all that comes of it."""
    _refuse_moved(case, step)
    facts = known_facts(connection, **_facts(case, step))
    applied = take_step(connection, case, step.request, actor, facts)
    event = step.request.event
    made = (applied.case.number, applied.case.version, utc_now())
    try:
        if event in (CONFIRM, ADJUST):
            decide_items(
                connection,
                step.standing.record,
                step.adjustments,
                reason=step.request.reason.strip(),
                as_reported=case.state in WAITING,
                step=made,
            )
        elif event == FILE and is_decided_here():
            carry_items(connection, step.standing.record, made)
        elif event == END and is_decided_here():
            refresh(connection, {key_of(step.standing.record): None}, utc_now())
    except InvalidValue as error:
        raise tk.ValidationError({"payload": [f"{error.zh} / {error.en}"]}) from error
    return applied


def _standing(connection: sa.Connection, package_id: str) -> Standing:
    record = _record(connection, package_id)
    return standings(connection, [record])[key_of(record)]


def _record(connection: sa.Connection, package_id: str) -> CollectionRecord:
    found = collection_records.find(connection, [package_id], settings.node().code)
    if package_id not in found:
        raise tk.ObjectNotFound("没有该采集目录 / there is no such collection record")
    return found[package_id]


def _facts(case: Case, step: _Step) -> dict[str, Any]:
    """Give what the guards ask about the record of a case."""
    standing, basis = step.standing, str(step.request.payload.get("basis") or "")
    return {
        "home_node": standing.record.node,
        "findings": _findings(standing),
        "needs_confirmation": not _is_covered(standing, basis),
        "duplicates": _duplicates(case, step),
    }


def _findings(standing: Standing) -> tuple[str, ...]:
    # A listed record has passed the rules; one without items has nothing to report.
    if not standing.record.is_listed:
        return ("采集目录尚未发布，请先发布（state=active） / list the record first",)
    if not standing.items:
        return ("采集目录没有信息项 / the record has no item",)
    return ()


def _is_covered(standing: Standing, basis: str) -> bool:
    """Tell whether filing is enough for what changed; without a basis nothing is."""
    try:
        return not needs_confirmation(planned(standing, basis))
    except InvalidRevision:
        return False


def _duplicates(case: Case, step: _Step) -> tuple[str, ...] | None:
    """Compare what a step would confirm with what other units hold; None for other steps."""
    if step.request.event not in (CONFIRM, ADJUST) or not is_decided_here():
        return None
    if case.state not in WAITING:
        return ()
    confirmed = [item for item in step.standing.waiting if item.item_id not in step.adjustments]
    return checking.duplicate_texts(confirmed, utc_now())


def _adjustments(request: Request, standing: Standing) -> dict[str, Adjustment]:
    try:
        return adjustments_of(request.payload.get("items"), standing.items)
    except InvalidValue as error:
        raise tk.ValidationError({"items": [f"{error.zh} / {error.en}"]}) from error


def _refuse_moved(case: Case, step: _Step) -> None:
    """Refuse a decision about a record that was written since the case last looked at it."""
    known = known_content(case)
    decides = step.request.event in (CONFIRM, ADJUST) and case.state in WAITING
    if decides and known and known != step.standing.content:
        raise tk.ValidationError(
            {
                "version": [
                    (
                        "采集目录刚有更新，请刷新后再办理 / "
                        "the record has just changed; look at it again"
                    )
                ]
            }
        )
