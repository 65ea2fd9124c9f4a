"""`fjgov mount`: mount a file as the table of a resource."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import click

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.fjgov.cli.output import ATTENTION, DONE, FAILED, emit, fail
from ckanext.fjgov.logic.exchange import mounting, showing
from ckanext.fjgov.logic.exchange.mounting import Wanted
from ckanext.fjgov.model import mount_runs
from ckanext.fjgov.model.database import own_transaction


@click.command("mount")
@click.argument("resource_id")
@click.argument(
    "file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--user", required=True, help="Who mounts: appointed for it in the providing unit.")
@click.option("--dry-run", is_flag=True, help="Read and check only.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def mount(resource_id: str, file: Path | None, user: str, dry_run: bool, as_json: bool) -> None:
    """挂接库表 / Mount FILE as the table of a resource; exit code 1 when it has faults.

    Without FILE it is fetched from the registered address.
    """
    account = model.User.get(user)
    if account is None:
        fail(f"没有账号 {user}", f"there is no account {user}", FAILED)
    try:
        resource, package = mounting.found_resource(resource_id)
        with file.open("rb") if file else nullcontext() as data:
            name = file.name if file else ""
            wanted = Wanted(kind="table", file=data, filename=name, is_dry=dry_run)
            run_id = mounting.mount(account, resource, package, wanted, at_once=True)
    except tk.ValidationError as error:
        fail(str(error.error_dict), "not mounted", FAILED)
    except (tk.NotAuthorized, tk.ObjectNotFound) as error:
        fail(str(error.message or ""), "not mounted", FAILED)
    with own_transaction() as connection:
        run = mount_runs.find(connection, run_id)
    told = showing.shown(run, is_own=True)
    emit(told, as_json=as_json, text="\n".join(_lines(told)))
    sys.exit(DONE if run["state"] in ("mounted", "checked") else ATTENTION)


def _lines(run: dict[str, Any]) -> list[str]:
    counts = run["report"].get("counts") or {}
    numbers = ", ".join(f"{name} {number}" for name, number in counts.items())
    faults = [
        f"{one['row']} {one['column']} [{one['rule']}] {one['value']} {one['zh']} / {one['en']}"
        for one in run["report"].get("faults") or []
    ]
    return [
        f"{run['state']} {numbers}".strip(),
        *([run["problem"]] if run["problem"] else []),
        *faults,
    ]
