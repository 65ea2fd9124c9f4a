"""What follows the end of a run: the lag, the alarms; and runs that never begin."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa

import ckan.plugins.toolkit as tk

from ckanext.fjgov.core.federation.report import RunTally
from ckanext.fjgov.logic.clock import utc_now
from ckanext.fjgov.logic.operations.alarming import assess
from ckanext.fjgov.model import nodes, operations, runs
from ckanext.fjgov.model.database import own_transaction

__all__ = ["assess", "note_head", "refuse_paused", "skip", "stored_report"]


def refuse_paused(code: str) -> None:
    """Refuse to work on a node that a person paused.

    Raises:
        ValidationError: it is paused; says by whom and how to go on.
    """
    with own_transaction() as connection:
        found = operations.find(connection, code)
    if found.is_paused:
        raise tk.ValidationError(
            {
                "node": [
                    (
                        f"节点 {code} 已由 {found.paused_by} 暂停同步（{found.paused_reason}），"
                        f"请先恢复 / node {code} was paused by {found.paused_by}"
                        f" ({found.paused_reason}): resume it first"
                    )
                ]
            }
        )


def skip(run_id: str, zh: str, en: str) -> None:
    """Close a queued run that did not begin; a run that goes on is left alone."""
    report = {**RunTally().finish("skipped", zh=zh, en=en).to_json(), **_no_cost()}
    with own_transaction() as connection:
        connection.execute(
            sa.text(
                "UPDATE fjgov_sync_run SET state = 'skipped', finished_at = :now,"
                " report = CAST(:report AS jsonb) WHERE id = :id AND state = 'queued'"
            ),
            {"id": run_id, "now": utc_now(), "report": json.dumps(report, ensure_ascii=False)},
        )


def stored_report(run_id: str) -> dict[str, Any]:
    """Give the report of a run that was cancelled or carried out before its turn came."""
    with own_transaction() as connection:
        row = runs.find(connection, run_id) or {"state": "skipped", "report": {}}
    plain = {**RunTally().finish("skipped").to_json(), **_no_cost()}
    return {**plain, **row["report"], "state": row["state"]}


def note_head(code: str, head: int | None) -> None:
    """Remember how far this copy is behind the log that the run has seen."""
    if head is None:
        return
    now = utc_now()
    with own_transaction() as connection:
        node = nodes.find(connection, code)
        known = operations.find(connection, code)
        is_behind = node is not None and node.cursor_seq < head
        oldest = (known.oldest_at or now) if is_behind else None
        operations.note_head(connection, code, seq=head, oldest=oldest, now=now)


def _no_cost() -> dict[str, int]:
    return {"requests": 0, "fetched": 0, "bytes": 0}
