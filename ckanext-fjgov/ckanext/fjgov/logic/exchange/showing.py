"""How the resources of an entry are mounted, as answers and pages show it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ckan import model

from ckanext.fjgov.core.cases.publication import DONE, NONE
from ckanext.fjgov.core.exchange.matching import items_of
from ckanext.fjgov.core.exchange.tables import MountedTable
from ckanext.fjgov.logic.exchange import rights, runs
from ckanext.fjgov.logic.readers import Person
from ckanext.fjgov.model import addresses, mount_runs, mounts
from ckanext.fjgov.model.database import session_connection


def of_entry(package: model.Package) -> list[dict[str, Any]]:
    """Give the resources of an entry with how each is mounted. Cost: four statements."""
    connection = session_connection()
    standing = mount_runs.standing_of(connection, package.id)
    running = mount_runs.running_of(connection, package.id)
    tables = {table.resource: table for table in mounts.of_entry(connection, package.id)}
    known = addresses.of_resources(connection, [package.id])
    return [
        _state(
            resource,
            standing.get(resource.id),
            running.get(resource.id),
            tables.get(resource.id),
            has_address=bool(known.get(resource.id)),
        )
        for resource in package.resources
        if resource.state == "active"
    ]


def of_resource(
    resource: model.Resource, package: model.Package, person: Person, limit: int
) -> dict[str, Any]:
    """Give how one resource is mounted, and what was done about it, the newest first.

    Args:
        person: who asks; only people of the providing unit see values of faults.
    """
    model.Session.expire_all()
    [state] = [one for one in of_entry(package) if one["resource"] == resource.id]
    done = mount_runs.of_resource(session_connection(), resource.id, limit)
    is_own = person.holds(package.owner_org, *rights.READERS)
    items = items_of(json.loads((package.extras or {}).get("items") or "[]"))
    return {
        **state,
        "entry": package.id,
        "entry_name": package.name,
        "entry_title": package.title,
        "may_mount": rights.may_mount(person, package),
        "may_refresh": rights.may_mount(person, package) or rights.may_refresh(person),
        "items": [
            {"id": one.id, "name": one.name, "required": one.is_required,
             "withheld": one.is_withheld}
            for one in items
        ],
        "runs": [shown(run, is_own=is_own) for run in done],
    }  # fmt: skip


def shown(run: Mapping[str, Any], *, is_own: bool) -> dict[str, Any]:
    """Give a run as answers show it."""
    user = model.User.get(run["user_id"])
    is_running = run["state"] in mount_runs.RUNNING
    is_lost = is_running and not runs.has_job(run)
    report = dict(run["report"] or {})
    if not is_own:
        report["faults"] = [{**fault, "value": ""} for fault in report.get("faults") or []]
    return {
        **{name: value for name, value in run.items() if name not in ("job", "unit_id")},
        "report": report,
        "user": user.display_name if user else "",
        "user_id": user.name if user else "",
        "created_at": run["created_at"].isoformat(),
        "changed_at": run["changed_at"].isoformat(),
        "is_running": is_running and not is_lost,
        "is_lost": is_lost,
        "problem": runs.LOST if is_lost else run["problem"],
    }


def _state(
    resource: model.Resource,
    standing: Mapping[str, Any] | None,
    running: Mapping[str, Any] | None,
    table: MountedTable | None,
    *,
    has_address: bool,
) -> dict[str, Any]:
    extras = resource.extras or {}
    return {
        "resource": resource.id,
        "name": resource.name or "",
        "mode": str(extras.get("mode") or ""),
        "format": resource.format or "",
        "has_address": has_address,
        "state": DONE if standing else NONE,
        "kind": standing["kind"] if standing else "",
        "source": standing["source"] if standing else "",
        "mounted_at": standing["changed_at"].isoformat() if standing else "",
        "running": running["id"] if running else "",
        "table": _table(table) if table else None,
    }


def _table(table: MountedTable) -> dict[str, Any]:
    return {
        "rows": table.rows,
        "version": table.version,
        "at": table.at.isoformat(),
        "columns": [
            {"name": one.name, "item": one.item, "title": one.title, "kind": one.kind}
            for one in table.columns
        ],
    }
