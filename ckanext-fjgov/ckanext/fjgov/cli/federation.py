"""`fjgov node` and `fjgov sync`."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import click

import ckan.plugins.toolkit as tk

from ckanext.fjgov.cli import node_operations
from ckanext.fjgov.cli.output import ATTENTION, DONE, FAILED, REFUSED, emit, fail
from ckanext.fjgov.cli.site import site_context
from ckanext.fjgov.logic import settings
from ckanext.fjgov.logic.clock import utc_now
from ckanext.fjgov.logic.sync import engine, parallel
from ckanext.fjgov.model import audit, nodes
from ckanext.fjgov.model.database import own_transaction

EXIT_OF_STATE = {
    "verified": DONE,
    "repaired": ATTENTION,
    "unverified": FAILED,
    "failed": FAILED,
    "stopped": REFUSED,
    "cancelled": ATTENTION,
    "skipped": FAILED,
}


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
            tk.get_action("fjgov_node_register")(site_context(), row)
        except tk.ValidationError as error:
            fail(f"节点 {row.get('code')} 未登记：{error.error_dict}", "node not registered")
        click.echo(f"{row['code']} {row['name']}")


@node.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def node_list(as_json: bool) -> None:
    """List the registered nodes."""
    rows = tk.get_action("fjgov_node_list")(site_context(), {})
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


for command in node_operations.COMMANDS:
    node.add_command(command)


@click.command()
@click.option("--node", "codes", multiple=True, help="Only this node; may be given again.")
@click.option("--full", is_flag=True, help="Read the whole log of the node again.")
@click.option("--approve-withdrawals", "forced", is_flag=True, help="Pass the shrink guard.")
@click.option("--cancel", is_flag=True, help="End what waits or goes on, and start nothing.")
@click.option("--retry", default="", metavar="KIND:KEY", help="Look at one refused record again.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a node.")
@click.option("--steps", type=click.Path(path_type=Path), help="Append each step to this file.")
@click.option("--jobs", type=click.IntRange(1), help="Nodes at a time, else fjgov.sync.jobs.")
def sync(
    codes: tuple[str, ...],
    full: bool,
    forced: bool,
    cancel: bool,
    retry: str,
    as_json: bool,
    steps: Path | None,
    jobs: int | None,
) -> None:
    """Pull the catalogs of the registered nodes, write them, and prove them equal.

    Exit codes: 0 verified; 1 repaired or cancelled; 2 failed, not verified or not started; 3
    stopped by the shrink guard. With several nodes the highest holds. --cancel gives 0 when
    something was cancelled and 1 when nothing was going on.
    """
    with own_transaction() as connection:
        known = [item.code for item in nodes.all_nodes(connection) if item.address]
    own = settings.node().code
    chosen = list(codes) or [code for code in known if code != own]
    unknown = sorted(set(chosen) - set(known))
    if unknown:
        fail(f"节点未登记：{'、'.join(unknown)}", f"not registered: {', '.join(unknown)}")
    if cancel:
        sys.exit(node_operations.cancel_runs(chosen, as_json=as_json))
    options: dict[str, Any] = {"full": full, "forced": forced}
    if retry:
        options["retry"] = node_operations.held_name(codes, retry)
    worst = DONE
    work = partial(_sync_one, options=options, quiet=as_json, steps=steps)
    jobs = jobs or int(tk.config.get("fjgov.sync.jobs"))
    for ended in _all_ended(chosen, work, jobs):
        if ended.report is None:
            click.echo(f"{ended.code}: {ended.error}", err=True)
            worst = max(worst, FAILED)
            continue
        report = ended.report
        emit({"node": ended.code, **report}, as_json=as_json, text=_summary(ended.code, report))
        worst = max(worst, EXIT_OF_STATE[report["state"]])
    sys.exit(worst)


def _all_ended(
    codes: list[str], work: Callable[[str], dict[str, Any]], jobs: int
) -> Iterator[parallel.Ended]:
    """Run one node here, so that it can be followed, and several in processes of their own."""
    if len(codes) > 1 and jobs > 1:
        yield from parallel.side_by_side(codes, work, jobs=jobs)
    else:
        yield from (_ended(code, work) for code in codes)


def _ended(code: str, work: Callable[[str], dict[str, Any]]) -> parallel.Ended:
    try:
        return parallel.Ended(code, work(code))
    except tk.ValidationError as error:
        return parallel.Ended(code, None, f"未启动 / did not start: {error.error_dict}")


def _sync_one(
    code: str, options: dict[str, Any], *, quiet: bool, steps: Path | None
) -> dict[str, Any]:
    def progress(step: str, facts: dict[str, Any]) -> None:
        if steps:
            with steps.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"step": step, **facts}) + "\n")
        if not quiet:
            counts = " ".join(f"{name}={number}" for name, number in facts["counts"].items())
            click.echo(f"  {code} {step:<11} {counts}", err=True)

    run_id = engine.queue_run(code, "cli", options=options)
    if options["forced"]:
        audit.append("sync_forced", "cli", {"run": run_id, "node": code}, utc_now())
    return engine.execute(run_id, progress=progress)


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
