"""One entry of a batch by CKAN's own action: what the set-based way does not read.

The action has the last word on whatever is unusual: free licences, versions, resources that
change, entries that move or come back, and everything on a site with other write hooks.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

import ckan.lib.plugins as lib_plugins
import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.fjgov.core.catalog.rules import Finding
from ckanext.fjgov.logic import entry_guard, entry_input
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
from ckanext.fjgov.logic.entry_rules import CHECK_ONLY, LISTED, SOURCE_DATES
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
    context = _context(terms) | {CHECK_ONLY: True}
    data = copy.deepcopy(dict(candidate.data)) | {"type": ENTRY_TYPE}
    action = "package_create"
    try:
        if candidate.target:
            action = "package_update"
            data["id"] = candidate.target
            context["package"] = _own_package(candidate.target)
        package = context.get("package")
        data.setdefault("state", package.state if package else "draft")
        beside = direct.is_kept_beside(package) and data["state"] == LISTED
        if not beside:
            entry_guard.refuse_unreviewed(context, package, data)
        incoming = entry_input.take_in(data, candidate.target or None)
        tk.check_access(action, dict(context), data)
        entry_input.raise_errors(incoming)
        _validate(context | {"fjgov_incoming": incoming, "allow_state_change": True}, data, action)
    except _REFUSALS as problem:
        return refused(findings_of_refusal(problem))
    finally:
        model.Session.rollback()
    told = tuple(incoming.findings or ())
    if not candidate.target:
        return Outcome("created", findings=told)
    known = (context["package"].extras or {}).get("identifier", "")
    if beside:
        return Outcome("revised", candidate.target, known, (KEPT_BESIDE, *told))
    return Outcome("updated", candidate.target, known, told)


def _validate(context: dict[str, Any], data: dict[str, Any], action: str) -> None:
    plugin = lib_plugins.lookup_package_plugin(ENTRY_TYPE)
    is_new = action == "package_create"
    schema = plugin.create_package_schema() if is_new else plugin.update_package_schema()
    context |= {"model": model, "session": model.Session}
    _data, errors = lib_plugins.plugin_validate(plugin, context, data, schema, action)
    if errors:
        raise tk.ValidationError(errors)


def _own_package(package_id: str) -> Any:
    package = model.Package.get(package_id)
    if package is None:
        raise tk.ObjectNotFound("没有该目录 / there is no such entry")
    entry_guard.refuse_copy(package)
    return package


def _context(terms: Terms) -> dict[str, Any]:
    mark = entry_guard.first_load() if terms.first_load else {}
    return {**terms.context(), **mark, SOURCE_DATES: terms.source_dates}


def _stored_findings(connection: sa.Connection, package_id: str) -> list[Finding]:
    return [Finding(**row) for row in findings.of_package(connection, package_id)]
