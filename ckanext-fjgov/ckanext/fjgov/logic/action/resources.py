"""Chained actions on resources of listed records where a review is required.

CKAN looks resources up in its tables, where those of a revision are not. Its auth functions do so
as well, so that the right to change the record is asked for in their place.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.logic import auth_audit_exempt

from ckanext.fjgov.logic.cases import direct
from ckanext.fjgov.model import revisions
from ckanext.fjgov.model.database import session_connection

Action = Callable[[Any, Any], Any]
Row = dict[str, Any]


@tk.chained_action
def resource_create(next_action: Action, context: Any, data_dict: Row) -> Any:
    """Attach a resource; to a listed entry by way of its revision."""
    package = _package(data_dict.get("package_id"))
    if package is None:
        return next_action(context, data_dict)
    tk.check_access("resource_create", context, {"package_id": package.id})
    row = {**data_dict, "id": data_dict.get("id") or str(uuid.uuid4())}
    return _changed(context, package, row["id"], lambda rows: [*rows, row])


@tk.chained_action
@auth_audit_exempt
def resource_update(next_action: Action, context: Any, data_dict: Row) -> Any:
    """Replace a resource; that of a listed entry in its revision."""
    package = _package_of(data_dict.get("id"))
    if package is None:
        return next_action(context, data_dict)
    # As with CKAN's own, what is left out is taken away.
    row = {"url": "", **data_dict}
    return _changed(context, package, row["id"], lambda rows: _with(rows, row["id"], lambda _: row))


@tk.chained_action
@auth_audit_exempt
def resource_patch(next_action: Action, context: Any, data_dict: Row) -> Any:
    """Change fields of a resource; that of a listed entry in its revision."""
    package = _package_of(data_dict.get("id"))
    if package is None:
        return next_action(context, data_dict)
    wanted = data_dict["id"]
    return _changed(
        context, package, wanted, lambda rows: _with(rows, wanted, lambda row: row | data_dict)
    )


@tk.chained_action
@auth_audit_exempt
def resource_delete(next_action: Action, context: Any, data_dict: Row) -> Any:
    """Take a resource away; that of a listed entry in its revision."""
    package = _package_of(data_dict.get("id"))
    if package is None:
        return next_action(context, data_dict)
    _changed(context, package, data_dict["id"], lambda rows: _with(rows, data_dict["id"], None))
    return None


def _package(reference: Any) -> model.Package | None:
    """Give the record whose changes are kept beside it, None when CKAN's own way is to go on."""
    package = model.Package.get(reference) if isinstance(reference, str) else None
    return package if direct.is_kept_beside(package) else None


def _package_of(resource_id: Any) -> model.Package | None:
    if not isinstance(resource_id, str):
        return None
    resource = model.Resource.get(resource_id)
    if resource is not None and resource.state == "active":
        return _package(resource.package_id)
    return _package(revisions.holding_resource(session_connection(), resource_id))


def _changed(
    context: Any, package: model.Package, resource_id: str, change: Callable[[list[Row]], list[Row]]
) -> Row | None:
    """Change the resources of a record by `package_update`; gives that resource of the answer."""
    tk.check_access("package_update", context, {"id": package.id})
    base = tk.get_action("package_show")({**context, "for_update": True}, {"id": package.id})
    resources = change([dict(row) for row in base.get("resources") or []])
    answer = tk.get_action("package_update")({**context}, {**base, "resources": resources})
    return next((row for row in answer["resources"] if row["id"] == resource_id), None)


def _with(rows: list[Row], wanted: str, change: Callable[[Row], Row] | None) -> list[Row]:
    """Give rows with one of them changed, or without it.

    Raises:
        ObjectNotFound: it is not there; a revision may have taken it away.
    """
    if not any(row["id"] == wanted for row in rows):
        raise tk.ObjectNotFound("没有该资源 / there is no such resource")
    if change is None:
        return [row for row in rows if row["id"] != wanted]
    return [change(row) if row["id"] == wanted else row for row in rows]
