"""`fjgov collection pull|list|follow`."""

from __future__ import annotations

from typing import Any

import click

from ckanext.fjgov.cli.output import emit
from ckanext.fjgov.cli.site import call
from ckanext.fjgov.logic.collection import following

AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
SHOWN = 200


@click.group()
def collection() -> None:
    """采集目录 / The collection catalog."""


@collection.command("pull")
@click.option("--full", is_flag=True, help="Make the local copy anew from the beginning.")
@AS_JSON
def collection_pull(full: bool, as_json: bool) -> None:
    """Bring the local copy of the decided items up to the parent node, and prove it equal.

    Exit codes: 0 equal now; 2 not done, and why.
    """
    done = call("fjgov_collection_pull", {"full": full})
    copy = done["copy"]
    text = f"{done['state']}  rows={done['rows']}  cases={done['cases']}  seq={copy['seq']}"
    emit(done, as_json=as_json, text=text)


@collection.command("list")
@click.option("--unit", default="", help="Only of the unit with this code.")
@click.option("--node", default="", help="Only of this home node.")
@click.option("--offset", default=0, help="Rows to skip.")
@AS_JSON
def collection_list(unit: str, node: str, offset: int, as_json: bool) -> None:
    """List the overall collection catalog as it is known here. Exit code: 0."""
    wanted = {"unit": unit, "node": node, "limit": SHOWN, "offset": offset}
    found = call("fjgov_collection_list", wanted)
    emit(found, as_json=as_json, text="\n".join(map(_line, found["results"])) or "-")


@collection.command("follow")
@AS_JSON
def collection_follow(as_json: bool) -> None:
    """Take in records that were written since the last look, as the scheduler does.

    Exit code: 0.
    """
    number = following.follow()
    emit({"records": number}, as_json=as_json, text=f"records={number}")


def _line(row: dict[str, Any]) -> str:
    return (
        f"{row['node']}  {row['item']}  {row['state']}  {row['name']}  {row['unit_name']}"
        f"  {row['territory']}"
    )
