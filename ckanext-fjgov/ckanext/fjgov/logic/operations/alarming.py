"""Open and close the alarms of nodes by what their schedules and latest runs say."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ckanext.fjgov.core.federation.alarms import (
    TEXTS,
    AlarmKind,
    NodeFacts,
    RunFacts,
    Step,
    conditions,
    step_of,
)
from ckanext.fjgov.core.federation.schedule import parse_schedule
from ckanext.fjgov.logic.clock import utc_now
from ckanext.fjgov.model import alarms, nodes, operations, run_control
from ckanext.fjgov.model.database import OPERATIONS_LOCK, lock_until_commit, own_transaction

# A running run that wrote nothing for so long shows no life.
LIFE_S = 600.0


def assess(code: str) -> None:
    """Bring the alarms of one node up to date. Cost: six small statements."""
    now = utc_now()
    with own_transaction() as connection:
        lock_until_commit(connection, OPERATIONS_LOCK)
        last = run_control.last_ended(connection, code)
        found = conditions(_facts(connection, code, last, now), now)
        is_open = alarms.open_kinds(connection, code)
        for kind, holds in found.items():
            step = step_of(is_open=kind.value in is_open, holds=holds)
            if step in (Step.OPEN, Step.SEEN):
                zh, en = _texts(kind, last)
                run_id = last["id"] if last and kind is not AlarmKind.LATE else None
                alarms.put(
                    connection, node=code, kind=kind.value, run_id=run_id, zh=zh, en=en, now=now
                )
            elif step is Step.CLOSE:
                alarms.close(connection, code, kind.value, now)


def assess_all() -> None:
    """Bring the alarms of all nodes up to date."""
    with own_transaction() as connection:
        codes = [node.code for node in nodes.all_nodes(connection)]
    for code in codes:
        assess(code)


def _facts(
    connection: sa.Connection, code: str, last: dict[str, Any] | None, now: datetime
) -> NodeFacts:
    operation = operations.find(connection, code)
    good = run_control.last_good(connection, code)
    active = run_control.active_of(connection, code)
    beat = active["heartbeat_at"] if active and active["state"] == "running" else None
    since = max((moment for moment in (good, operation.set_at) if moment), default=None)
    return NodeFacts(
        schedule=parse_schedule(operation.rule),
        since=since,
        is_paused=operation.is_paused,
        is_running=beat is not None and (now - beat).total_seconds() < LIFE_S,
        last=RunFacts(last["state"], last["error"] or "") if last else None,
    )


def _texts(kind: AlarmKind, last: dict[str, Any] | None) -> tuple[str, str]:
    zh, en = TEXTS[kind]
    if kind is AlarmKind.LATE or not last or not last["zh"]:
        return zh, en
    return f"{zh}：{last['zh']}", f"{en}: {last['en'] or last['zh']}"
