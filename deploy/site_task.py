"""Tasks inside one CKAN site, in one process: `site_task.py INI TASK` with arguments as JSON.

Starting CKAN takes seconds, so a task does all that its site needs at once. The last line of the
output is the answer as JSON.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Sequence
from typing import Any

from ckan.cli import load_config
from ckan.config.middleware import make_app


def migrate() -> dict[str, Any]:
    """Create or upgrade CKAN's tables and those of every plugin that has migrations."""
    from ckan.cli.db import _migrate_plugins, _run_migrations

    _run_migrations("", "head")
    _migrate_plugins(apply=True)
    return {"migrated": True}


def load_samples(
    units: list[dict[str, Any]],
    entries: list[dict[str, Any]],
    accounts: list[dict[str, Any]],
    records: Sequence[dict[str, Any]] = (),
    tables: Sequence[dict[str, Any]] = (),
) -> dict[str, Any]:
    """Create accounts, units, appointments and listed records; what exists is left as it is.

    The records are listed without a review, as a first load that the audit names.
    """
    from ckan import logic, model

    from ckanext.fjgov.core.federation.keys import public_text
    from ckanext.fjgov.logic import entry_guard, first_load, settings

    site_user = logic.get_action("get_site_user")({"ignore_auth": True}, {})["name"]

    def call(action: str, data: dict[str, Any], **more: Any) -> Any:
        return logic.get_action(action)({"ignore_auth": True, "user": site_user, **more}, data)

    tokens = {account["name"]: _account(call, account) for account in accounts}
    for unit in units:
        if model.Group.get(unit["name"]) is None:
            call("organization_create", unit)
    for account in accounts:
        if account["unit_name"]:
            call(
                "fjgov_appointment_create",
                {
                    "user": account["name"],
                    "unit": account["unit_name"],
                    "role": account["role"],
                    "document": "示例任命文件",
                },
            )
    listed = _load_records(call, [*entries, *records], entry_guard.first_load())
    if listed:
        first_load.note(site_user, listed, "samples")
    for table in tables:
        _mount(table)
    return {
        "tokens": tokens,
        "units": len(units),
        "entries": len(entries),
        "public_key": public_text(settings.identity().key.verifying()),
    }


def _load_records(
    call: Callable[..., Any], records: list[dict[str, Any]], mark: dict[str, Any]
) -> int:
    """Register records in order; a sample key in a field that names others becomes an identifier.

    Args:
        call: calls an action as the site.
        records: samples, which name what stands before them.
        mark: says in the context that they may be listed without a review.

    Returns:
        The number of new ones.
    """
    from ckan import model

    from ckanext.fjgov.core.catalog.directories import links_from

    known = {
        (package.type, package.owner_org, package.title): (package.extras or {}).get("identifier")
        for package in model.Session.query(model.Package)
    }
    identifiers: dict[str, str | None] = {}
    listed = 0
    for record in records:
        unit = model.Group.get(record["owner_org"])
        data = {name: value for name, value in record.items() if name != "sample_key"}
        place = (record["type"], unit.id, record["title"])
        for link in links_from(record["type"]):
            if link.field.name in data:
                named = (identifiers.get(key) for key in data[link.field.name])
                data[link.field.name] = [code for code in named if code]
        if place not in known:
            made = call("package_create", {**data, "state": "active"}, **mark)
            known[place] = made["identifier"]
            listed += 1
        identifiers[record["sample_key"]] = known[place]
    return listed


def _mount(table: dict[str, Any]) -> None:
    """Mount the rows of a sample table, on behalf of its unit, if nothing is mounted yet."""
    import io

    import ckan.plugins as p
    from ckan import model

    from ckanext.fjgov.logic.exchange import mounting

    if not p.plugin_loaded("datastore"):
        return
    package = model.Session.query(model.Package).filter_by(title=table["title"]).one()
    user = model.User.get(table["account"])
    for resource in list(package.resources):
        file = io.BytesIO(table["csv"].encode("utf-8"))
        wanted = mounting.Wanted(kind="table", file=file, filename=table["filename"])
        if not mounting.is_mounted(resource, package):
            mounting.mount(user, resource, package, wanted, at_once=True)


def _account(call: Callable[[str, dict[str, Any]], Any], account: dict[str, Any]) -> str:
    """Create an account or reset its password, and issue a new API token."""
    from ckan import model

    values = {
        "name": account["name"],
        "password": account["password"],
        "email": f"{account['name']}@mail.example",
        "fullname": account["display"],
    }
    known = model.User.get(account["name"])
    call("user_create", values) if known is None else call("user_update", values | {"id": known.id})
    user = model.User.get(account["name"])
    user.sysadmin = account["role"] == "sysadmin"
    model.Session.commit()
    token: str = call("api_token_create", {"user": account["name"], "name": "stack"})["token"]
    return token


def register_nodes(nodes: list[dict[str, Any]]) -> dict[str, Any]:
    """Register all nodes of the federation at this site."""
    from ckan import logic

    site_user = logic.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
    for node in nodes:
        logic.get_action("fjgov_node_register")({"ignore_auth": True, "user": site_user}, node)
    return {"registered": len(nodes)}


def sync(nodes: list[str]) -> dict[str, Any]:
    """Pull the catalogs of the given nodes into this one."""
    from ckanext.fjgov.logic.sync import engine

    return {
        "states": {code: engine.execute(engine.queue_run(code, "stack"))["state"] for code in nodes}
    }


TASKS: dict[str, Callable[..., dict[str, Any]]] = {
    "migrate": migrate,
    "load_samples": load_samples,
    "register_nodes": register_nodes,
    "sync": sync,
}


def main() -> None:
    """Load the site and run the named task."""
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    ini, task = sys.argv[1:3]
    arguments = json.loads(sys.stdin.read() or "{}")
    app = make_app(load_config(ini))
    with app._wsgi_app.test_request_context():
        answer = TASKS[task](**arguments)
    sys.stdout.write("\n" + json.dumps(answer) + "\n")


if __name__ == "__main__":
    main()
