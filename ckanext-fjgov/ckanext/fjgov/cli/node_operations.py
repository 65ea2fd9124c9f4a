"""`fjgov node schedule|pause|resume|lag`, and what `fjgov sync` needs beside a run."""

from __future__ import annotations

from typing import Any

import click

from ckanext.fjgov.cli.output import ATTENTION, DONE, emit, fail
from ckanext.fjgov.cli.site import call
from ckanext.fjgov.model import run_control
from ckanext.fjgov.model.database import own_transaction

AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.command("schedule")
@click.argument("code")
@click.argument("rule", nargs=-1)
@AS_JSON
def node_schedule(code: str, rule: tuple[str, ...], as_json: bool) -> None:
    """Set when a node is synchronised: `every 15`, `daily 03:30` (Asia/Shanghai) or `off`.

    Exit codes: 0 set; 2 the node or the rule is not known.
    """
    wanted = {"node": code, "schedule": " ".join(rule)}
    if not rule:
        fail("请写 every 分钟数、daily 时:分 或 off", "write every MINUTES, daily HH:MM or off")
    _say(call("fjgov_schedule_set", wanted), as_json=as_json)


@click.command("pause")
@click.argument("code")
@click.option("--reason", required=True, help="Why, for those who find it paused.")
@AS_JSON
def node_pause(code: str, reason: str, as_json: bool) -> None:
    """Stop the synchronisation of a node. Exit codes: 0 paused; 2 the node is not known."""
    _say(call("fjgov_node_pause", {"node": code, "reason": reason}), as_json=as_json)


@click.command("resume")
@click.argument("code")
@AS_JSON
def node_resume(code: str, as_json: bool) -> None:
    """Let a paused node be synchronised again. Exit codes: 0 resumed; 2 not known."""
    _say(call("fjgov_node_resume", {"node": code}), as_json=as_json)


@click.command("lag")
@click.argument("code")
@click.option("--poll", is_flag=True, help="Ask the node now, with one small request.")
@AS_JSON
def node_lag(code: str, poll: bool, as_json: bool) -> None:
    """Show how far the copy of a node is behind. Exit codes: 0 up to date; 1 behind; 2 unknown."""
    if poll:
        row = call("fjgov_node_poll", {"node": code})
    else:
        row = call("fjgov_node_show", {"code": code})
        row = {"node": code, **{name: value for name, value in row.items() if name in SHOWN}}
    _say(row, as_json=as_json)
    behind = row["lag"]["changes"]
    if behind is None:
        fail("尚未询问过该节点，请加 --poll", "the node was never asked: add --poll")
    raise SystemExit(ATTENTION if behind else DONE)


SHOWN = frozenset({"schedule", "next_due_at", "paused_at", "paused_by", "paused_reason", "lag"})
COMMANDS = (node_schedule, node_pause, node_resume, node_lag)


def cancel_runs(codes: list[str], *, as_json: bool) -> int:
    """Cancel what waits or goes on for nodes; gives the exit code."""
    cancelled = []
    for code in codes:
        with own_transaction() as connection:
            active = run_control.active_of(connection, code)
        if active:
            cancelled.append(call("fjgov_sync_cancel", {"id": active["id"], "reason": "cli"}))
    lines = [f"{row['node']}: {row['state']}  {row['id']}" for row in cancelled]
    nothing = "没有等待或进行中的同步 / nothing waits or goes on"
    emit(cancelled, as_json=as_json, text="\n".join(lines) or nothing)
    return DONE if cancelled else ATTENTION


def held_name(codes: tuple[str, ...], text: str) -> list[str]:
    """Read `KIND:KEY` of a record that is refused at the one chosen node."""
    kind, _, key = text.partition(":")
    if len(codes) != 1:
        fail("--retry 须指明一个 --node", "--retry needs one --node")
    with own_transaction() as connection:
        is_held = run_control.is_held(connection, codes[0], kind, key)
    if not is_held:
        fail(f"节点 {codes[0]} 没有拒收的记录 {text}", f"no record {text} is refused there")
    return [kind, key]


def _say(row: dict[str, Any], *, as_json: bool) -> None:
    lag = row["lag"]
    parts = [
        f"{row['node']}  schedule={row['schedule'] or 'off'}",
        f"next={row['next_due_at'] or '-'}",
        f"behind={'?' if lag['changes'] is None else lag['changes']}",
        f"seconds={'?' if lag['seconds'] is None else lag['seconds']}",
        f"asked={lag['asked_at'] or '-'}",
    ]
    if row["paused_at"]:
        parts.append(f"paused by {row['paused_by']}: {row['paused_reason']}")
    emit(row, as_json=as_json, text="  ".join(parts))
