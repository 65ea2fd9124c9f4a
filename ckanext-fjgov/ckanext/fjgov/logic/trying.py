"""Say what would become of a record (试运行, `dry_run`): all rules run, and nothing stays of it."""

from __future__ import annotations

import copy
from collections.abc import Mapping, MutableMapping
from typing import Any

import ckan.lib.plugins as lib_plugins
import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.fjgov.core.catalog.directories import record_schemas
from ckanext.fjgov.core.catalog.schema_model import ENTRY_TYPE
from ckanext.fjgov.logic import entry_guard, entry_hooks, entry_input
from ckanext.fjgov.logic.batch.terms import KEPT_BESIDE, Outcome
from ckanext.fjgov.logic.cases import direct
from ckanext.fjgov.logic.directory_rules import refuse_still_named
from ckanext.fjgov.logic.entry_rules import CHECK_ONLY, LISTED
from ckanext.fjgov.logic.listeners import NOT_WRITTEN

FIELD = "dry_run"


def is_wanted(data: MutableMapping[str, Any]) -> bool:
    """Take `dry_run` out of a call and say whether it is one.

    Raises:
        ValidationError: it is neither true nor false.
    """
    try:
        return bool(tk.asbool(data.pop(FIELD, None) or False))
    except ValueError as problem:
        message = f"F1 {FIELD}：须为 true 或 false / must be true or false"
        raise tk.ValidationError({FIELD: [message]}) from problem


def answer(context: Any, data: Mapping[str, Any], target: str = "") -> dict[str, Any]:
    """Answer a dry run of `package_create`, or of `package_update` of a record.

    Raises:
        ValidationError, NotAuthorized, ObjectNotFound: as the real call would.
    """
    outcome = tried(context, data, target)
    context[NOT_WRITTEN] = True
    return {"dry_run": True, **outcome.to_json()}


def tried(context: Any, data: Mapping[str, Any], target: str = "") -> Outcome:
    """Run what stands before writing a record; no code is allocated and nothing stays.

    Args:
        data: as sent; nothing in it is changed.
        target: id of the record that it replaces, "" for a new one.

    Raises:
        ValidationError, NotAuthorized, ObjectNotFound: as the real call would.

    Cost: that of the rules and some look-ups.
    """
    try:
        return _tried(context, copy.deepcopy(dict(data)), target)
    finally:
        model.Session.rollback()


def _tried(given: Any, data: dict[str, Any], target: str) -> Outcome:
    context = {**given, CHECK_ONLY: True}
    package = _own_package(target) if target else None
    data["type"] = package.type if package else data.get("type") or ENTRY_TYPE
    action = "package_update" if package else "package_create"
    if package is not None:
        context["package"] = package
        data["id"] = target
        tk.check_access(action, context, {"id": target})
    data.setdefault("state", package.state if package else "draft")
    is_beside = direct.is_kept_beside(package) and data["state"] == LISTED
    if not is_beside:
        entry_guard.refuse_unreviewed(context, package, data)
    incoming = entry_input.take_in(data, target or None)
    tk.check_access(action, context, data)
    entry_input.raise_errors(incoming)
    if package is not None and data["state"] != LISTED:
        refuse_still_named(package)
    _validate(context | {"fjgov_incoming": incoming, "allow_state_change": True}, data, action)
    if data["state"] != "deleted":
        entry_hooks.refuse_taken_title(package, data)
    told = tuple(incoming.findings or ())
    if package is None:
        return Outcome("created", findings=told)
    known = (package.extras or {}).get("identifier", "")
    if is_beside:
        return Outcome("revised", target, known, (KEPT_BESIDE, *told))
    return Outcome("updated", target, known, told)


def _validate(context: dict[str, Any], data: dict[str, Any], action: str) -> None:
    plugin = lib_plugins.lookup_package_plugin(data["type"])
    is_new = action == "package_create"
    schema = plugin.create_package_schema() if is_new else plugin.update_package_schema()
    context |= {"model": model, "session": model.Session}
    _data, errors = lib_plugins.plugin_validate(plugin, context, data, schema, action)
    if errors:
        raise tk.ValidationError(errors)


def _own_package(package_id: str) -> Any:
    package = model.Package.get(package_id)
    if package is None or package.type not in record_schemas():
        raise tk.ObjectNotFound("没有该目录 / there is no such entry")
    entry_guard.refuse_copy(package)
    return package
