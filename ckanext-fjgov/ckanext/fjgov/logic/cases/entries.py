"""The review of entries (目录登记审核, Art. 16 to 18): what a step changes beside its case.

A step that lists or withdraws writes the entry in the transaction of its case. Both are on the
connection of the running request, which CKAN's action commits at its end.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.fjgov.core.cases.guards import Request
from ckanext.fjgov.core.cases.outcome import Applied
from ckanext.fjgov.core.cases.records import Actor, Case, Party
from ckanext.fjgov.core.cases.types.entry_review import ENTRY_REVIEW, LISTED_STATES, UNIT
from ckanext.fjgov.core.catalog.directories import record_schemas
from ckanext.fjgov.core.catalog.rules import Finding, normalise_record
from ckanext.fjgov.core.catalog.schema_model import ENTRY_TYPE
from ckanext.fjgov.logic import directory_rules, entry_guard, entry_hooks, settings
from ckanext.fjgov.logic.cases import actors
from ckanext.fjgov.logic.cases.claims import unit_code
from ckanext.fjgov.logic.cases.deciding import (
    case_about,
    known_facts,
    note_in_audit,
    take_step,
)
from ckanext.fjgov.logic.entry_rules import check_stored, unit_uscc
from ckanext.fjgov.model import cases, revisions
from ckanext.fjgov.model.change_rows import current_entries
from ckanext.fjgov.model.database import request_transaction, session_connection
from ckanext.fjgov.model.revisions import Revision

LISTED, DELETED = "active", "deleted"


def found_entry(reference: Any) -> model.Package:
    """Give a live entry, or record of another directory, by id or name.

    Raises:
        ObjectNotFound: there is none.
    """
    package = model.Package.get(reference) if isinstance(reference, str) else None
    if package is None or not entry_hooks.is_record(package) or package.state == DELETED:
        raise tk.ObjectNotFound("没有该目录 / there is no such entry")
    return package


def take(reference: Any, requests: list[Request], context: Any) -> Case:
    """Take steps with an entry, all or none of them, and write what they change; gives its case.

    Raises:
        ObjectNotFound, NotAuthorized, ValidationError: nothing has changed.
    """
    package = found_entry(reference)
    with request_transaction():
        applied = take_within(package, requests, context)
    note_in_audit(applied, str(context.get("user") or ""))
    return applied.case


def take_within(package: model.Package, requests: list[Request], context: Any) -> Applied:
    """Take steps in the running transaction, which a step that lists or withdraws commits.

    The caller commits otherwise, rolls back when this fails, and writes the audit.
    """
    applied = _steps(package, requests, context)
    _carry_out(package, applied, context)
    return applied


def review_case(connection: sa.Connection, package: model.Package, actor: Actor) -> Case:
    """Give the locked case of an entry; it begins where the entry stands.

    Raises:
        ValidationError: somebody listed or unlisted the entry past its review.
    """
    cases.lock_subject(connection, ENTRY_REVIEW.name, package.id)
    # Whoever waited for the lock has read the entry before it was held.
    model.Session.expire_all()
    unit = model.Group.get(package.owner_org)
    is_listed = package.state == LISTED
    case = case_about(
        connection,
        ENTRY_REVIEW.name,
        package.id,
        parties=(Party(UNIT, settings.node().code, unit_code(unit)),),
        state="listed" if is_listed else "draft",
        actor=actor,
    )
    if (case.state in LISTED_STATES) != is_listed:
        raise tk.ValidationError(
            {
                "state": [
                    (
                        f"该目录未经审核改变了发布状态（事项 {case.number}），请联系系统维护人员 / "
                        f"the entry was listed or unlisted past its review (case {case.number})"
                    )
                ]
            }
        )
    return case


def plain_entry(package_id: str) -> dict[str, Any]:
    """Give an entry as stored, in the form in which clients send it back."""
    # A context of its own, so that nothing of this reading is left in the caller's.
    context = {"ignore_auth": True, "use_cache": False, "user": ""}
    entry: dict[str, Any] = tk.get_action("package_show")(context, {"id": package_id})
    return entry


def normalised(entry: Mapping[str, Any], package: model.Package) -> dict[str, Any]:
    """Give an entry or another record in the shapes of its schema."""
    return normalise_record(entry, record_schemas()[package.type])


def errors_if_listed(entry: Mapping[str, Any], package: model.Package) -> list[Finding]:
    """Give what the rules refuse about an entry that is to be listed."""
    record = normalised(entry, package)
    if package.type == ENTRY_TYPE:
        extras = package.extras or {}
        findings = check_stored(
            record,
            unit_code=unit_uscc(package.owner_org),
            profile=settings.node().profile,
            own=frozenset(filter(None, (extras.get("identifier"), extras.get("guide_code")))),
        )
    else:
        schema = record_schemas()[package.type]
        findings = directory_rules.findings_of(record, schema, listed=True)
    return [finding for finding in findings if finding.severity == "error"]


def listed_hash(connection: sa.Connection, package: model.Package) -> str:
    """Give the hash of a record as it is catalogued now."""
    return current_entries(connection, [package.id], settings.shapes())[package.id].hash


def facts_of(
    connection: sa.Connection, package: model.Package, revision: Revision | None
) -> dict[str, Any]:
    """Give what the guards ask about an entry, or about its revision when there is one."""
    entry = revision.candidate if revision else plain_entry(package.id)
    moved = revision and revision.base_hash != listed_hash(connection, package)
    return {
        "home_node": (package.extras or {}).get("home_node") or settings.node().code,
        "findings": tuple(finding.message for finding in errors_if_listed(entry, package)),
        "base_moved": moved if revision else None,
    }


def _steps(package: model.Package, requests: list[Request], context: Any) -> Applied:
    connection = session_connection()
    actor = actors.actor_in(connection, context)
    case = review_case(connection, package, actor)
    revision = revisions.find(connection, package.id)
    facts = known_facts(connection, **facts_of(connection, package, revision))
    applied = take_step(connection, case, requests[0], actor, facts)
    for request in requests[1:]:
        applied = applied.then(take_step(connection, applied.case, request, actor, facts))
    return applied


def _carry_out(package: model.Package, applied: Applied, context: Any) -> None:
    """Write the entry as the steps say."""
    names = {event.name for event in applied.events}
    if "list" in names:
        _list(package, context)
    if "withdraw" in names:
        tk.get_action("package_delete")(_own_context(context), {"id": package.id})
    if names & {"discard", "withdraw", "list"}:
        revisions.remove(session_connection(), package.id)


def _list(package: model.Package, context: Any) -> None:
    revision = revisions.find(session_connection(), package.id)
    data = dict(revision.candidate) if revision else plain_entry(package.id)
    if revision:
        entry_hooks.store_addresses(package.id, dict(revision.addresses))
        revisions.remove(session_connection(), package.id)
    # With the old time CKAN would take the draft in the index for what is stored.
    data.pop("metadata_modified", None)
    tk.get_action("package_update")(
        _own_context(context), {**data, "id": package.id, "state": LISTED}
    )


def _own_context(context: Any) -> dict[str, Any]:
    """Give the context of a write of the workflow: its right was decided by the step."""
    return {"user": context.get("user"), "ignore_auth": True, **entry_guard.reviewed()}
