"""`fjgov node` and `fjgov sync`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

import ckan.plugins.toolkit as tk

from ckanext.fjgov.cli.output import ATTENTION, DONE, FAILED, REFUSED, emit, fail
from ckanext.fjgov.logic import settings
from ckanext.fjgov.logic.sync import engine
from ckanext.fjgov.model import nodes
from ckanext.fjgov.model.database import own_transaction

EXIT_OF_STATE = {
    "verified": DONE,
    "repaired": ATTENTION,
    "unverified": FAILED,
    "failed": FAILED,
    "stopped": REFUSED,
}


def _site_context() -> dict[str, Any]:
    name = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
    return {"user": name, "ignore_auth": True}


@click.group()
def node() -> None:
    """目录节点 / Nodes of the federation."""


@node.command("add")
@click.argument("file", type=click.File("r", encoding="utf-8"))
def node_add(file: Any) -> None:
    """Register the nodes of a JSON file: one object, or a list of them."""
    rows = json.load(file)
    for row in rows if isinstance(rows, list) else [rows]:
        try:
            tk.get_action("fjgov_node_register")(_site_context(), row)
        except tk.ValidationError as error:
            fail(f"节点 {row.get('code')} 未登记：{error.error_dict}", "node not registered")
        click.echo(f"{row['code']} {row['name']}")


@node.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def node_list(as_json: bool) -> None:
    """List the registered nodes."""
    rows = tk.get_action("fjgov_node_list")(_site_context(), {})
    lines = [
        f"{row['code']}  {row['name']}  {row['state']}  entries={row['entries']}"
        f"  refused={row['refused']}  verified={row['verified_at'] or '-'}"
        for row in rows
    ]
    emit(rows, as_json=as_json, text="\n".join(lines) or "尚未登记节点 / no node is registered")


@node.command("key")
def node_key() -> None:
    """Print this node's public key, to be registered by others."""
    from ckanext.fjgov.core.federation.keys import public_text

    click.echo(public_text(settings.identity().key.verifying()))


@click.command()
@click.option("--node", "codes", multiple=True, help="Only this node; may be given again.")
@click.option("--full", is_flag=True, help="Read the whole log of the node again.")
@click.option("--approve-withdrawals", "forced", is_flag=True, help="Pass the shrink guard.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a node.")
@click.option("--steps", type=click.Path(path_type=Path), help="Append each step to this file.")
def sync(
    codes: tuple[str, ...], full: bool, forced: bool, as_json: bool, steps: Path | None
) -> None:
    """Pull the catalogs of the registered nodes, write them, and prove them equal."""
    with own_transaction() as connection:
        known = [item.code for item in nodes.all_nodes(connection) if item.address]
    own = settings.node().code
    chosen = list(codes) or [code for code in known if code != own]
    unknown = sorted(set(chosen) - set(known))
    if unknown:
        fail(f"节点未登记：{'、'.join(unknown)}", f"not registered: {', '.join(unknown)}")
    worst = DONE
    for code in chosen:
        report = _sync_one(code, full=full, forced=forced, quiet=as_json, steps=steps)
        emit({"node": code, **report}, as_json=as_json, text=_summary(code, report))
        worst = max(worst, EXIT_OF_STATE[report["state"]])
    sys.exit(worst)


def _sync_one(
    code: str, *, full: bool, forced: bool, quiet: bool, steps: Path | None
) -> dict[str, Any]:
    def progress(step: str, facts: dict[str, Any]) -> None:
        if steps:
            with steps.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"step": step, **facts}) + "\n")
        if not quiet:
            counts = " ".join(f"{name}={number}" for name, number in facts["counts"].items())
            click.echo(f"  {code} {step:<11} {counts}", err=True)

    run_id = engine.queue_run(code, "cli")
    try:
        return engine.execute(run_id, full=full, forced=forced, progress=progress)
    except tk.ValidationError as error:
        fail(str(error.error_dict), "the run did not start")
        raise


def _summary(code: str, report: dict[str, Any]) -> str:
    counts = " ".join(f"{name}={number}" for name, number in report["counts"].items())
    lines = [f"{code}: {report['state']}  {counts}  requests={report['requests']}"]
    if report["zh"]:
        lines.append(f"  {report['zh']} / {report['en']}")
    lines += [f"  差异 / differs: {name}" for name in report["differences"]]
    for note in report["notes"][:50]:
        reasons = "; ".join(f"[{why['rule']}] {why['zh']} / {why['en']}" for why in note["reasons"])
        lines.append(f"  {note['outcome']} {note['type']} {note['key']}: {reasons}")
    return "\n".join(lines)
