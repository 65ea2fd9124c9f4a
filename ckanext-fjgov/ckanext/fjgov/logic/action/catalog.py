"""Chained core actions: the same guards whatever way a call comes in.

Registration keeps CKAN's action names (`package_create` and so on), so that stock clients work.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.lib.search.common import SearchError

from ckanext.fjgov.core.access.search_fields import asks_for_type, check_search
from ckanext.fjgov.core.catalog.directories import record_schemas
from ckanext.fjgov.logic import default_schema, entry_guard, entry_hooks, entry_input, searching
from ckanext.fjgov.logic.directory_rules import refuse_still_named
from ckanext.fjgov.logic.masking import masked_entry
from ckanext.fjgov.logic.readers import package_labels, person_in, reader_labels
from ckanext.fjgov.model import findings
from ckanext.fjgov.model.database import session_connection
from ckanext.fjgov.model.packages import packages_by_reference

Action = Callable[[Any, Any], Any]
DRAFT = "draft"
LISTED = "active"


@tk.chained_action
def package_create(next_action: Action, context: Any, data_dict: dict[str, Any]) -> Any:
    """Register an entry, or by `type` another record: a draft unless `state` is `active`."""
    data = dict(data_dict)
    # CKAN takes an empty type for the default one, so that it may not pass the guards either.
    data["type"] = data.get("type") or entry_hooks.ENTRY_TYPE
    if data["type"] not in record_schemas():
        _refuse_other_type(context, data["type"])
        return next_action(context, data)
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
    return _masked(context, _rolled_back_on_error(next_action, context, data))


@tk.chained_action
def package_update(next_action: Action, context: Any, data_dict: dict[str, Any]) -> Any:
    """Change an entry; addresses are stored beside it in the same transaction."""
    package = model.Package.get(data_dict.get("id") or data_dict.get("name"))
    if not entry_hooks.is_record(package):
        return next_action(context, data_dict)
    entry_guard.refuse_copy(package)
    entry_guard.refuse_unreviewed(context, package, data_dict)
    data = dict(data_dict)
    data["id"], data["type"] = package.id, package.type
    incoming = entry_input.take_in(data, package.id)
    context["package"] = package
    tk.check_access("package_update", context, data)
    entry_input.raise_errors(incoming)
    data.setdefault("state", package.state)
    if data["state"] != LISTED:
        refuse_still_named(package)
    context["fjgov_incoming"] = incoming
    context["allow_state_change"] = True
    entry_hooks.store_addresses(package.id, incoming.addresses)
    answer = _rolled_back_on_error(next_action, context, data)
    if incoming.addresses and not context.get("defer_commit"):
        # CKAN commits nothing when only an address changed.
        model.repo.commit()
    return _masked(context, answer)


@tk.chained_action
def package_delete(next_action: Action, context: Any, data_dict: dict[str, Any]) -> Any:
    """Withdraw an entry (撤销)."""
    package = model.Package.get(data_dict.get("id"))
    if not entry_hooks.is_record(package):
        return next_action(context, data_dict)
    entry_guard.refuse_copy(package)
    entry_guard.refuse_unreviewed(context, package, data_dict)
    tk.check_access("package_delete", context, {**data_dict, "id": package.id})
    refuse_still_named(package)
    # CKAN ends memberships by the id as given, which may be a name.
    return next_action(context, {**data_dict, "id": package.id})


@tk.chained_action
def dataset_purge(next_action: Action, context: Any, data_dict: dict[str, Any]) -> Any:
    """Purge a record: never one that others name, that is listed or reviewed past its review."""
    package = model.Package.get(data_dict.get("id"))
    if entry_hooks.is_record(package):
        entry_guard.refuse_unreviewed(context, package, {})
        tk.check_access("dataset_purge", context, data_dict)
        refuse_still_named(package)
    return next_action(context, data_dict)


@tk.chained_action
def package_owner_org_update(next_action: Action, context: Any, data_dict: dict[str, Any]) -> Any:
    """Move an entry to another unit as an ordinary update: CKAN's own way asks no rule."""
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
    entry = next_action(context, data_dict)
    if inner or entry.get("type") not in record_schemas():
        return entry
    person = person_in(context)
    shown = masked_entry(entry, person)
    if person.is_staff:
        shown["fjgov_findings"] = findings.of_package(session_connection(), entry["id"])
    return shown


@tk.chained_action
@tk.side_effect_free
def package_search(next_action: Action, context: Any, data_dict: dict[str, Any]) -> Any:
    """Search within the fields that an outside caller may name."""
    if context.get("ignore_auth"):
        return default_schema.search(next_action, context, data_dict)
    person = person_in(context)
    refusals = []
    if not person.is_sysadmin:
        refusals = check_search(data_dict, is_staff=person.is_staff, user_id=person.user_id)
    if refusals:
        errors: dict[str, list[str]] = {}
        for refusal in refusals:
            errors.setdefault(refusal.parameter, []).append(refusal.message)
        searching.refuse(errors)
    answer = _search(next_action, context, _with_directories(data_dict))
    answer["results"] = [
        masked_entry(entry, person) if "owner_org" in entry and "resources" in entry else entry
        for entry in answer["results"]
    ]
    return answer


@tk.chained_action
@tk.side_effect_free
def resource_search(next_action: Action, context: Any, data_dict: dict[str, Any]) -> Any:
    """Search resources of public entries; CKAN's own search does not ask for labels."""
    answer = next_action(context, data_dict)
    return {**answer, **_visible_rows(context, answer["results"], "package_id")}


@tk.chained_action
@tk.side_effect_free
def package_autocomplete(next_action: Action, context: Any, data_dict: dict[str, Any]) -> Any:
    """Suggest names of entries that the reader may find."""
    rows = next_action(context, data_dict)
    return _visible_rows(context, rows, "name")["results"]


@tk.chained_action
@tk.side_effect_free
def package_list(next_action: Action, context: Any, data_dict: dict[str, Any]) -> Any:
    """List names of entries that the reader may find, in pages of what is left of them.

    Pages cut before names are left out would be short or empty, and clients end at an empty one.
    Cost: reads all entries, whatever the page.
    """
    paging = {name: data_dict[name] for name in ("limit", "offset") if data_dict.get(name)}
    whole = {name: value for name, value in data_dict.items() if name not in paging}
    names = next_action(context, whole)
    if paging:
        # CKAN checks the numbers, on a page of its own.
        next_action(context, {**whole, **paging, "limit": 1})
    rows = [{"name": name} if isinstance(name, str) else name for name in names]
    visible = {row["name"] for row in _visible_rows(context, rows, "name")["results"]}
    found = [name for name in names if (name if isinstance(name, str) else name["name"]) in visible]
    start = int(paging.get("offset", 0))
    return found[start : start + int(paging.get("limit", len(found)))]


@tk.chained_action
@tk.side_effect_free
def current_package_list_with_resources(
    _next_action: Action, context: Any, data_dict: dict[str, Any]
) -> Any:
    """List entries by way of the guarded search; CKAN's own version goes past every chain."""
    tk.check_access("current_package_list_with_resources", context, data_dict)
    limit = min(int(data_dict.get("limit") or 100), 1000)
    start = int(data_dict.get("offset") or 0)
    found = tk.get_action("package_search")(
        dict(context), {"q": "", "rows": limit, "start": start, "sort": "metadata_modified desc"}
    )
    return found["results"]


def _search(next_action: Action, context: Any, data_dict: dict[str, Any]) -> Any:
    """Search; what the index says about a query it cannot read names its inner fields and labels.

    Raises:
        ValidationError: the query breaks the grammar of the index.
    """
    try:
        return default_schema.search(next_action, context, data_dict)
    except SearchError:
        searching.refuse({"q": ["检索式不正确，请检查字段、引号和括号 / the query cannot be read"]})


def _with_directories(data_dict: dict[str, Any]) -> dict[str, Any]:
    """Give a search its part of the other directories, which stock clients do not know.

    Their documents are marked as private (`index_document`): a search that names no type never
    finds them, whoever asks; one that does is held by the labels of its reader as ever.
    """
    if asks_for_type(data_dict):
        return {**data_dict, "include_private": True}
    return {**data_dict, "include_private": False} if "include_private" in data_dict else data_dict


def _refuse_other_type(context: Any, name: Any) -> None:
    """Only programs of the site itself and technicians create records of other extensions."""
    if not (context.get("ignore_auth") or person_in(context).is_sysadmin):
        message = f"F1 type：不接受记录类型 {name} / records of type {name} are not accepted"
        raise tk.ValidationError({"type": [message]})


def _visible_rows(context: Any, rows: list[dict[str, Any]], key: str) -> dict[str, Any]:
    """Keep the rows whose entry the caller may find; `key` holds the entry's id or name."""
    allowed = set(reader_labels(person_in(context)))
    found = packages_by_reference(session_connection(), [row[key] for row in rows])
    kept = [
        row
        for row in rows
        if row[key] in found and allowed.intersection(package_labels(found[row[key]]))
    ]
    return {"count": len(kept), "results": kept}


def _rolled_back_on_error(next_action: Action, context: Any, data: dict[str, Any]) -> Any:
    """A refusal inside CKAN's hooks leaves the transaction open; nothing of it may stay."""
    try:
        return next_action(context, data)
    except tk.ValidationError:
        model.Session.rollback()
        raise


def _masked(context: Any, answer: Any) -> Any:
    """Answers of writes carry the whole entry; give them like `package_show` does."""
    if not isinstance(answer, dict):
        return answer
    return masked_entry(answer, person_in(context)) if not context.get("ignore_auth") else answer
