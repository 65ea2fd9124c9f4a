"""Start runs: one waits or goes on for a node at a time, whoever asks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

import ckan.plugins.toolkit as tk

from ckanext.fjgov.logic import settings
from ckanext.fjgov.logic.clock import utc_now
from ckanext.fjgov.logic.operations.ending import refuse_paused
from ckanext.fjgov.logic.sync import engine, jobs
from ckanext.fjgov.logic.sync.peers import ACTIVE
from ckanext.fjgov.model import nodes, reviews, run_control
from ckanext.fjgov.model.database import OPERATIONS_LOCK, lock_until_commit, own_transaction
from ckanext.fjgov.model.nodes import Node

SCHEDULE = "schedule"


@dataclass(frozen=True, slots=True)
class Started:
    """A queued run, or why there is none."""

    run_id: str = ""
    skipped_zh: str = ""
    skipped_en: str = ""


def known_node(code: str) -> Node:
    """Give a node that this one may pull from.

    Raises:
        ValidationError: it is not registered, or it is this node itself.
    """
    with own_transaction() as connection:
        known = nodes.find(connection, code)
    if known is None or code == settings.node().code:
        raise tk.ValidationError(
            {"node": [f"没有可同步的节点 {code} / there is no node {code} to synchronise"]}
        )
    return known


def start(code: str, *, by: str, trigger: str, options: dict[str, Any] | None = None) -> str:
    """Queue a run that a person asked for and give it to the job worker; returns its id.

    Raises:
        ValidationError: the node is unknown, paused, or at work already.
    """
    known_node(code)
    refuse_paused(code)
    with own_transaction() as connection:
        lock_until_commit(connection, OPERATIONS_LOCK)
        _refuse_busy(run_control.active_of(connection, code), code)
        run_id = engine.add_run(connection, code, by, trigger, options)
    jobs.hand_over(run_id, code)
    return run_id


def start_approved(review: dict[str, Any], *, by: str, reason: str) -> str:
    """Store an approval together with the run that carries it out; returns the run's id.

    Raises:
        ValidationError: the node is paused or at work, or somebody decided before.
    """
    code = review["node"]
    refuse_paused(code)
    with own_transaction() as connection:
        lock_until_commit(connection, OPERATIONS_LOCK)
        _refuse_busy(run_control.active_of(connection, code), code)
        decide(connection, review["run_id"], "approved", by=by, reason=reason)
        run_id = engine.add_run(connection, code, by, "approval", None)
    jobs.hand_over(run_id, code)
    return run_id


def decide(connection: sa.Connection, run_id: str, decision: str, *, by: str, reason: str) -> None:
    """Store a decision on a stopped run.

    Raises:
        ValidationError: somebody decided before, or a newer list took its place.
    """
    if not reviews.decide(connection, run_id, decision, by=by, reason=reason, now=utc_now()):
        raise tk.ValidationError(
            {
                "id": [
                    (
                        "该清单已经处理或已被新的清单取代 / "
                        "the list was decided on already, or a newer one took its place"
                    )
                ]
            }
        )


def start_scheduled(code: str) -> Started:
    """Queue the run of a due time, unless one waits or goes on or the node is not active."""
    with own_transaction() as connection:
        # Of two who ask at once, the second sees the row of the first.
        lock_until_commit(connection, OPERATIONS_LOCK)
        known = nodes.find(connection, code)
        if known is None or known.state != ACTIVE:
            return Started(
                skipped_zh=f"节点 {code} 未登记或已停用", skipped_en=f"node {code} is not active"
            )
        active = run_control.active_of(connection, code)
        if active:
            return Started("", *_busy(active, code))
        run_id = engine.add_run(connection, code, SCHEDULE, SCHEDULE, None)
    jobs.hand_over(run_id, code)
    return Started(run_id)


def _busy(active: dict[str, Any], code: str) -> tuple[str, str]:
    return (
        f"节点 {code} 正在同步或已在等待（运行 {active['id']}）",
        f"node {code} is being synchronised or waits (run {active['id']})",
    )


def _refuse_busy(active: dict[str, Any] | None, code: str) -> None:
    if active:
        zh, en = _busy(active, code)
        raise tk.ValidationError({"node": [f"{zh} / {en}"]})
