"""`fjgov schedule|review|alarm|clean`."""

from __future__ import annotations

import signal
import sys
import threading
from dataclasses import asdict

import click

import ckan.plugins.toolkit as tk

from ckanext.fjgov.cli.output import ATTENTION, DONE, REFUSED, emit
from ckanext.fjgov.cli.site import call
from ckanext.fjgov.logic.clock import utc_now
from ckanext.fjgov.logic.operations import cleaning, scheduling

AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
SHOWN = 1000


@click.group()
def schedule() -> None:
    """同步计划 / The scheduler."""


@schedule.command("run")
@click.option("--once", is_flag=True, help="One tick, then end.")
@AS_JSON
def schedule_run(once: bool, as_json: bool) -> None:
    """Start what is due, hand over again what was lost, close what died; go on until ended.

    Runs beside the job worker, one a site; a second one waits its turn. Exit codes: 0 ended by a
    signal or ticked once; 1 with --once, when another scheduler is at work.
    """
    if once:
        done = scheduling.tick()
        emit(asdict(done) if done else None, as_json=as_json, text=str(done))
        sys.exit(DONE if done else ATTENTION)
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    seconds = max(1, int(tk.config.get("fjgov.schedule.tick_seconds")))
    scheduling.loop(
        seconds,
        ended.wait,
        lambda done: emit(asdict(done), as_json=as_json, text=str(done)),
    )


@click.command()
@click.argument("run")
@click.option("--approve", "decision", flag_value="approve", help="Let these records go.")
@click.option("--refuse", "decision", flag_value="refuse", help="Keep these records.")
@click.option("--reason", default="", help="Why, for the audit trail; needed for a decision.")
@AS_JSON
def review(run: str, decision: str | None, reason: str, as_json: bool) -> None:
    """Show what a stopped RUN would take away; approve exactly that, or refuse it.

    Exit codes: 0 decided, or nothing is left to decide; 2 not done; 3 a decision is waited for.
    """
    found = call("fjgov_review_show", {"id": run, "limit": SHOWN})
    if decision:
        done = call(
            f"fjgov_review_{decision}", {"id": run, "digest": found["digest"], "reason": reason}
        )
        emit(done, as_json=as_json, text=f"{done['decision']}  {done.get('run', '')}".rstrip())
        return
    lines = [f"{found['node']}: {found['decision']}  {found['listed']} records"]
    lines += [f"  {row['kind']} {row['key']}  {row['title']}" for row in found["records"]]
    emit(found, as_json=as_json, text="\n".join(lines))
    sys.exit(REFUSED if found["decision"] == "open" else DONE)


@click.command()
@click.option("--node", default="", help="Only of this node.")
@click.option("--all", "closed", is_flag=True, help="Closed ones too.")
@click.option("--ack", type=int, help="Take up the alarm with this number.")
@click.option("--note", default="", help="What is being done about it.")
@AS_JSON
def alarm(node: str, closed: bool, ack: int | None, note: str, as_json: bool) -> None:
    """List alarms, or take one up. Exit codes: 0 none is open; 1 some are; 2 not done."""
    if ack is not None:
        call("fjgov_alarm_acknowledge", {"id": ack, "note": note})
    rows = call("fjgov_alarm_list", {"node": node, "all": closed, "limit": 200})
    lines = [
        f"{row['id']}  {row['node']} {row['kind']}  {row['opened_at']} – {row['closed_at'] or ''}"
        f"  {row['acknowledged_by'] or '-'}  {row['zh']} / {row['en']}"
        for row in rows
    ]
    emit(rows, as_json=as_json, text="\n".join(lines) or "没有告警 / no alarm")
    sys.exit(ATTENTION if any(row["closed_at"] is None for row in rows) else DONE)


@click.command()
@AS_JSON
def clean(as_json: bool) -> None:
    """Remove runs, notes, alarms and nonces older than the settings `fjgov.keep.*` allow.

    The newest run of each node, open alarms and reviews, and the audit stay. Exit code: 0.
    """
    removed = cleaning.clean(utc_now())
    text = "  ".join(f"{name}={number}" for name, number in removed.items())
    emit(removed, as_json=as_json, text=text)
