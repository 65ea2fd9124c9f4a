"""Remove old rows of operation; never the newest run of a node, what is open, or the audit."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

# A run is kept while it goes on, while its review is open, and while it is its node's newest.
_OLD_RUNS = (
    " r.state NOT IN ('queued', 'running') AND coalesce(r.finished_at, r.queued_at) < :before"
    " AND r.id NOT IN (SELECT DISTINCT ON (node) id FROM fjgov_sync_run"
    " ORDER BY node, queued_at DESC, id DESC)"
    " AND NOT EXISTS (SELECT 1 FROM fjgov_review v WHERE v.run_id = r.id AND v.decision = 'open')"
)


def remove_runs(connection: sa.Connection, before: datetime) -> int:
    """Delete ended runs with their lists; gives how many."""
    return connection.execute(
        sa.text(f"DELETE FROM fjgov_sync_run r WHERE {_OLD_RUNS}"), {"before": before}
    ).rowcount


def remove_notes(connection: sa.Connection, before: datetime) -> int:
    """Take the notes by record out of the reports of ended runs; the counts stay."""
    return connection.execute(
        sa.text(
            "UPDATE fjgov_sync_run r SET report = (report - 'notes' - 'differences')"
            " || jsonb_build_object('notes', '[]'::jsonb, 'differences', '[]'::jsonb,"
            " 'notes_removed', jsonb_array_length(report -> 'notes'))"
            f" WHERE {_OLD_RUNS} AND jsonb_typeof(report -> 'notes') = 'array'"
            " AND jsonb_array_length(report -> 'notes') > 0"
        ),
        {"before": before},
    ).rowcount


def remove_alarms(connection: sa.Connection, before: datetime) -> int:
    """Delete closed alarms; gives how many."""
    return connection.execute(
        sa.text("DELETE FROM fjgov_alarm WHERE closed_at < :before"), {"before": before}
    ).rowcount


def remove_nonces(connection: sa.Connection, before: datetime) -> int:
    """Delete nonces of requests that nobody would accept any more; gives how many."""
    return connection.execute(
        sa.text("DELETE FROM fjgov_nonce WHERE seen_at < :before"), {"before": before}
    ).rowcount
