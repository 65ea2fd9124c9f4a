"""Chained core actions: the same guards whatever way a call comes in.

Registration keeps CKAN's action names (`package_create` and so on), so that stock clients work.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.fjgov.core.cases.outcome import Applied
from ckanext.fjgov.core.catalog.directories import record_schemas
from ckanext.fjgov.logic import (
    default_schema,
    entry_guard,
    entry_hooks,
    entry_input,
    idempotency,
    trying,
)
from ckanext.fjgov.logic.cases import direct
from ckanext.fjgov.logic.cases.deciding import note_in_audit
from ckanext.fjgov.logic.cases.overtaking import end_overtaken
from ckanext.fjgov.logic.clock import utc_now
from ckanext.fjgov.logic.directory_rules import refuse_still_named
from ckanext.fjgov.logic.masking import masked_entry
from ckanext.fjgov.logic.readers import person_in
from ckanext.fjgov.logic.refreshing import REFRESHING
from ckanext.fjgov.model import findings
from ckanext.fjgov.model.collection_records import RECORD_TYPE
from ckanext.fjgov.model.database import session_connection

Action = Callable[[Any, Any], Any]
DRAFT = "draft"
LISTED, WITHDRAWN = "active", "deleted"


@tk.chained_action
def package_create(next_action: Action, context: Any, data_dict: dict[str, Any]) -> Any:
    """Register an entry, or by `type` another record: a draft unless `state` is `active`."""
    data = dict(data_dict)
    # CKAN takes an empty type for the default one, so that it may not pass the guards either.
    data["type"] = data.get("type") or entry_hooks.ENTRY_TYPE
    if data["type"] not in record_schemas():
        _refuse_other_type(context, data["type"])
        return next_action(context, data)
    if trying.is_wanted(data):
        idempotency.key_of(context, data)
        return trying.answer(context, data)
    key = idempotency.key_of(context, data)
    if key:
        return idempotency.once(context, key, data, lambda: _created(next_action, context, data))
    return _created(next_action, context, data)


def _created(next_action: Action, context: Any, sent: dict[str, Any]) -> Any:
    data = dict(sent)
    data.setdefault("state", DRAFT)
    entry_guard.refuse_unreviewed(context, None, data)
    # An id is ours to give; a chosen one could collide with a record of another node.
    if not context.get("ignore_auth"):
        data.pop("id", None)
    incoming = entry_input.take_in(data, None)
    tk.check_access("package_create", context, data)
    entry_input.raise_errors(incoming)
    context["fjgov_incoming"] = incoming
    context["allow_state_change"] = True
    return _told(context, _masked(context, _rolled_back_on_error(next_action, context, data)))


@tk.chained_action
def package_update(next_action: Action, context: Any, data_dict: dict[str, Any]) -> Any:
    """Change an entry; addresses are stored beside it in the same transaction.

    Where a review is required, changes of a listed entry are kept as its revision, and the answer
    is that candidate with `fjgov_revision`.
    """
    package = model.Package.get(data_dict.get("id") or data_dict.get("name"))
    if not entry_hooks.is_record(package):
        return next_action(context, data_dict)
    entry_guard.refuse_copy(package)
    data = dict(data_dict)
    data["id"], data["type"] = package.id, package.type
    if trying.is_wanted(data):
        return trying.answer(context, data, package.id)
    if entry_guard.goes_beside(context, package, data):
        tk.check_access("package_update", context, {"id": package.id})
        kept = direct.write(package, data, context)
        if isinstance(kept, dict):
            return package.id if context.get("return_id_only") else _masked(context, kept)
        data, context[REFRESHING] = kept.data, kept
    else:
        # Who may not change it is not told how it stands.
        tk.check_access("package_update", context, {"id": package.id})
        entry_guard.refuse_unreviewed(context, package, data)
    incoming = entry_input.take_in(data, package.id)
    context["package"] = package
    tk.check_access("package_update", context, data)
    entry_input.raise_errors(incoming)
    data.setdefault("state", package.state)
    if data["state"] != LISTED:
        refuse_still_named(package)
    context["fjgov_incoming"] = incoming
    context["allow_state_change"] = True
    ended = _ended_case(context, package, data["state"])
    entry_hooks.store_addresses(package.id, incoming.addresses)
    answer = _rolled_back_on_error(next_action, context, data)
    _note_ended(context, ended)
    if incoming.addresses and not context.get("defer_commit"):
        # CKAN commits nothing when only an address changed.
        model.repo.commit()
    return _told(context, _masked(context, answer))


@tk.chained_action
def package_delete(next_action: Action, context: Any, data_dict: dict[str, Any]) -> Any:
    """Withdraw an entry (撤销)."""
    package = model.Package.get(data_dict.get("id"))
    if not entry_hooks.is_record(package):
        return next_action(context, data_dict)
    entry_guard.refuse_copy(package)
    tk.check_access("package_delete", context, {**data_dict, "id": package.id})
    entry_guard.refuse_unreviewed(context, package, data_dict)
    refuse_still_named(package)
    ended = _ended_case(context, package, WITHDRAWN)
    # Whoever reads the index believes it by this time, which CKAN leaves as it is.
    package.metadata_modified = utc_now().replace(tzinfo=None)
    # CKAN ends memberships by the id as given, which may be a name.
    answer = next_action(context, {**data_dict, "id": package.id})
    _note_ended(context, ended)
    return answer


@tk.chained_action
def dataset_purge(next_action: Action, context: Any, data_dict: dict[str, Any]) -> Any:
    """Purge a record: never one that others name, that is listed or reviewed past its review."""
    package = model.Package.get(data_dict.get("id"))
    if not entry_hooks.is_record(package):
        return next_action(context, data_dict)
    tk.check_access("dataset_purge", context, data_dict)
    entry_guard.refuse_unreviewed(context, package, {})
    refuse_still_named(package)
    ended = _ended_case(context, package, WITHDRAWN)
    answer = next_action(context, data_dict)
    _note_ended(context, ended)
    return answer


@tk.chained_action
def tag_delete(next_action: Action, context: Any, data_dict: dict[str, Any]) -> Any:
    """Delete a keyword of a vocabulary; a free one belongs to entries, which a review changes."""
    if not data_dict.get("vocabulary_id"):
        entry_guard.refuse_keyword(str(data_dict.get("id") or ""))
    return next_action(context, data_dict)


@tk.chained_action
def package_owner_org_update(next_action: Action, context: Any, data_dict: dict[str, Any]) -> Any:
    """Move an entry to another unit as an ordinary update, by which every rule is asked."""
    package = model.Package.get(data_dict.get("id"))
    if not entry_hooks.is_record(package):
        return next_action(context, data_dict)
    if package.owner_org == data_dict.get("organization_id"):
        # Every save of CKAN's ends here to record the membership; nothing moves.
        return next_action(context, data_dict)
    tk.check_access("package_owner_org_update", context, data_dict)
    unit = model.Group.get(data_dict.get("organization_id") or "")
    if unit is None or not unit.is_organization:
        raise tk.ObjectNotFound("没有该单位 / there is no such unit")
    move = {"id": package.id, "owner_org": unit.id, "provider_code": "", "organization": None}
    tk.get_action("package_patch")(context, move)
    return None


@tk.chained_action
@tk.side_effect_free
def package_show(next_action: Action, context: Any, data_dict: dict[str, Any]) -> Any:
    """Show an entry with its findings, without what the reader may not see."""
    inner = bool(context.get("ignore_auth"))
    default_schema.read_from_database(context, data_dict)
    changing = _locked_for_change(data_dict) if context.get("for_update") else None
    entry = next_action(context, data_dict)
    if changing is not None:
        entry = direct.being_changed(entry, changing, context)
    if inner or entry.get("type") not in record_schemas():
        return entry
    person = person_in(context)
    shown = masked_entry(entry, person)
    if person.is_staff:
        shown["fjgov_findings"] = findings.of_package(session_connection(), entry["id"])
    return shown


def _locked_for_change(data_dict: dict[str, Any]) -> model.Package | None:
    """Lock the review of a record that CKAN reads in order to change it; None for anything else.

    The review is locked before the row: everybody who changes an entry takes both in this order.
    """
    reference = data_dict.get("id")
    package = model.Package.get(reference) if isinstance(reference, str) else None
    if package is None or not entry_hooks.is_record(package):
        return None
    entry_guard.lock_review(package)
    return package


def _refuse_other_type(context: Any, name: Any) -> None:
    """Only programs of the site itself and technicians create records of other extensions."""
    if not (context.get("ignore_auth") or person_in(context).is_sysadmin):
        message = f"F1 type：不接受记录类型 {name} / records of type {name} are not accepted"
        raise tk.ValidationError({"type": [message]})


def _rolled_back_on_error(next_action: Action, context: Any, data: dict[str, Any]) -> Any:
    """A refusal inside CKAN's hooks leaves the transaction open; nothing of it may stay."""
    try:
        return next_action(context, data)
    except tk.ValidationError:
        model.Session.rollback()
        raise


def _ended_case(context: Any, package: model.Package, state: str) -> Applied | None:
    """End the open review of an entry whose state changes past it."""
    if entry_guard.is_reviewed(context) or (package.state == state != WITHDRAWN):
        return None
    user = str(context.get("user") or "")
    return end_overtaken(session_connection(), package.id, state, user)


def _note_ended(context: Any, ended: Applied | None) -> None:
    if ended is not None:
        note_in_audit(ended, str(context.get("user") or ""))


def _told(context: Any, answer: Any) -> Any:
    """Tell at once what comparing a collection record with the overall catalog found (Art. 8)."""
    found = context["fjgov_incoming"].findings
    if isinstance(answer, dict) and answer.get("type") == RECORD_TYPE and found is not None:
        answer["fjgov_findings"] = [finding.row() for finding in found]
    return answer


def _masked(context: Any, answer: Any) -> Any:
    """Answers of writes carry the whole entry; give them like `package_show` does."""
    if not isinstance(answer, dict):
        return answer
    return masked_entry(answer, person_in(context)) if not context.get("ignore_auth") else answer
