"""One entry of a batch by CKAN's own action: what the set-based way does not read.

The action has the last word on whatever is unusual: free licences, versions, resources that
change, entries that move or come back, and everything on a site with other write hooks.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.fjgov.core.catalog.rules import Finding
from ckanext.fjgov.logic import entry_guard, trying
from ckanext.fjgov.logic.batch.telling import tell
from ckanext.fjgov.logic.batch.terms import (
    KEPT_BESIDE,
    Candidate,
    Outcome,
    Status,
    Terms,
    findings_of_refusal,
    refused,
)
from ckanext.fjgov.logic.bulk_index.plan import ENTRY_TYPE
from ckanext.fjgov.logic.cases import direct
from ckanext.fjgov.logic.entry_rules import SOURCE_DATES
from ckanext.fjgov.model import findings, merge
from ckanext.fjgov.model.database import session_connection

Settle = Callable[[sa.Connection, list[Outcome]], None]
_REFUSALS = (tk.ValidationError, tk.NotAuthorized, tk.ObjectNotFound)


def write(candidate: Candidate, terms: Terms, settle: Settle) -> Outcome:
    """Write one entry in a transaction of its own.

    Args:
        settle: called in that transaction with the outcome.
    """
    if terms.dry_run:
        return foretell(candidate, terms)
    # The action then leaves commit and index to us, and says what it kept beside.
    kept: list[str] = []
    context = _context(terms) | {"defer_commit": True, "return_id_only": True, direct.KEPT: kept}
    data = copy.deepcopy(dict(candidate.data))
    try:
        if candidate.target:
            package_id = tk.get_action("package_update")(context, {**data, "id": candidate.target})
        else:
            package_id = tk.get_action("package_create")(context, data)
    except _REFUSALS as problem:
        model.Session.rollback()
        outcome = refused(findings_of_refusal(problem))
        settle(session_connection(), [outcome])
        model.repo.commit()
        return outcome
    connection = session_connection()
    package = model.Package.get(package_id)
    identifier = str((package.extras or {}).get("identifier", "")) if package else ""
    if kept:
        outcome = Outcome("revised", package_id, identifier, (KEPT_BESIDE,))
    else:
        merge.queue_index(connection, [package_id])
        status: Status = "updated" if candidate.target else "created"
        told = tuple(_stored_findings(connection, package_id))
        outcome = Outcome(status, package_id, identifier, told)
    settle(connection, [outcome])
    model.repo.commit()
    if candidate.target:
        # CKAN itself tells of a new entry, but of no change that it was not to commit.
        tell(outcome, terms)
    return outcome


def foretell(candidate: Candidate, terms: Terms) -> Outcome:
    """Say what CKAN's validation would say; nothing stays of it."""
    try:
        return trying.tried(
            _context(terms), {**candidate.data, "type": ENTRY_TYPE}, candidate.target
        )
    except _REFUSALS as problem:
        return refused(findings_of_refusal(problem))


def _context(terms: Terms) -> dict[str, Any]:
    mark = entry_guard.first_load() if terms.first_load else {}
    return {**terms.context(), **mark, SOURCE_DATES: terms.source_dates}


def _stored_findings(connection: sa.Connection, package_id: str) -> list[Finding]:
    return [Finding(**row) for row in findings.of_package(connection, package_id)]
