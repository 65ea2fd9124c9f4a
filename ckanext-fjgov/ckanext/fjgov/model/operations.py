"""How nodes are operated: schedules, pauses, what their log's end was, and the scheduler's life."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa


@dataclass(frozen=True, slots=True)
class Operation:
    """The operation of one node; a node without a row has the defaults.

    Attributes:
        rule: schedule as text, "" for none.
        head_seq: end of the node's log when it was last asked.
        head_at: when that was.
        oldest_at: when the oldest change not applied then was made at home; None when none was.
    """

    node: str
    rule: str = ""
    next_due: datetime | None = None
    set_by: str | None = None
    set_at: datetime | None = None
    skipped_at: datetime | None = None
    skipped_zh: str | None = None
    skipped_en: str | None = None
    paused_at: datetime | None = None
    paused_by: str | None = None
    paused_reason: str | None = None
    head_seq: int | None = None
    head_at: datetime | None = None
    oldest_at: datetime | None = None

    @property
    def is_paused(self) -> bool:
        """Tell whether a person paused the node."""
        return self.paused_at is not None


_COLUMNS = (
    "node, rule, next_due, set_by, set_at, skipped_at, skipped_zh, skipped_en, paused_at,"
    " paused_by, paused_reason, head_seq, head_at, oldest_at"
)


def find(connection: sa.Connection, node: str) -> Operation:
    """Give how a node is operated."""
    row = connection.execute(
        sa.text(f"SELECT {_COLUMNS} FROM fjgov_operation WHERE node = :node"), {"node": node}
    ).one_or_none()
    return Operation(*row) if row else Operation(node)


def all_operations(connection: sa.Connection) -> dict[str, Operation]:
    """Give all rows by node."""
    rows = connection.execute(sa.text(f"SELECT {_COLUMNS} FROM fjgov_operation"))
    return {row.node: Operation(*row) for row in rows}


def due(connection: sa.Connection, now: datetime) -> list[Operation]:
    """Give the nodes whose time has come, the longest waiting first."""
    rows = connection.execute(
        sa.text(
            f"SELECT {_COLUMNS} FROM fjgov_operation"
            " WHERE next_due <= :now AND paused_at IS NULL ORDER BY next_due, node"
        ),
        {"now": now},
    )
    return [Operation(*row) for row in rows]


def set_schedule(
    connection: sa.Connection,
    node: str,
    *,
    rule: str,
    next_due: datetime | None,
    by: str,
    now: datetime,
) -> None:
    """Store a schedule; "" and None take it away."""
    _upsert(connection, node, {"rule": rule, "next_due": next_due, "set_by": by, "set_at": now})


def move_on(connection: sa.Connection, node: str, rule: str, next_due: datetime) -> None:
    """Store the next due time after one has been served, unless the rule was changed meanwhile."""
    connection.execute(
        sa.text("UPDATE fjgov_operation SET next_due = :due WHERE node = :node AND rule = :rule"),
        {"node": node, "rule": rule, "due": next_due},
    )


def note_skip(connection: sa.Connection, node: str, now: datetime, zh: str, en: str) -> None:
    """Remember that a due time was passed over, and why."""
    _upsert(connection, node, {"skipped_at": now, "skipped_zh": zh, "skipped_en": en})


def pause(connection: sa.Connection, node: str, *, by: str, reason: str, now: datetime) -> None:
    """Stop scheduled and manual runs of a node."""
    _upsert(connection, node, {"paused_at": now, "paused_by": by, "paused_reason": reason})


def resume(connection: sa.Connection, node: str, next_due: datetime | None, now: datetime) -> None:
    """End a pause; being late counts from now."""
    connection.execute(
        sa.text(
            "UPDATE fjgov_operation SET paused_at = NULL, paused_by = NULL, paused_reason = NULL,"
            " next_due = :due, set_at = :now WHERE node = :node"
        ),
        {"node": node, "due": next_due, "now": now},
    )


def note_head(
    connection: sa.Connection, node: str, *, seq: int, oldest: datetime | None, now: datetime
) -> None:
    """Remember where the node's log ends."""
    _upsert(connection, node, {"head_seq": seq, "oldest_at": oldest, "head_at": now})


def _upsert(connection: sa.Connection, node: str, values: dict[str, object]) -> None:
    names = list(values)
    connection.execute(
        sa.text(
            f"INSERT INTO fjgov_operation (node, {', '.join(names)})"
            f" VALUES (:node, {', '.join(f':{name}' for name in names)})"
            " ON CONFLICT (node) DO UPDATE SET "
            + ", ".join(f"{name} = EXCLUDED.{name}" for name in names)
        ),
        {"node": node, **values},
    )


def tick(connection: sa.Connection, now: datetime) -> datetime | None:
    """Note that the scheduler is alive; gives when it last cleaned."""
    cleaned: datetime | None = connection.execute(
        sa.text("UPDATE fjgov_scheduler SET ticked_at = :now RETURNING cleaned_at"), {"now": now}
    ).scalar_one()
    return cleaned


def note_cleaning(connection: sa.Connection, now: datetime) -> None:
    """Remember when old rows were last removed."""
    connection.execute(sa.text("UPDATE fjgov_scheduler SET cleaned_at = :now"), {"now": now})


def ticked_at(connection: sa.Connection) -> datetime | None:
    """Give when the scheduler was last at work."""
    found: datetime | None = connection.execute(
        sa.text("SELECT ticked_at FROM fjgov_scheduler")
    ).scalar_one()
    return found
