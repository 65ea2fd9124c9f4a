"""The change log: notes go in by triggers, and only the sequencer gives them their order.

The sequencer works under an advisory lock that it holds to its commit, so that the order of
commits is the order of `seq` and a reader that pages by `seq` misses nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

import sqlalchemy as sa

from ckanext.fjgov.core.catalog.canonical import ENTRY, PACKAGE_KINDS, UNIT
from ckanext.fjgov.core.federation.digest import Digest
from ckanext.fjgov.model import feed
from ckanext.fjgov.model.change_plan import Plan
from ckanext.fjgov.model.change_rows import (
    CurrentRecord,
    Shapes,
    current_entries,
    current_units,
)
from ckanext.fjgov.model.database import SEQUENCER_LOCK, lock_until_commit, own_transaction
from ckanext.fjgov.model.high_water import HighWaterMark

NOTES_A_DRAIN = 10_000
CHECKPOINTS_KEPT = 5000
PRUNE_EVERY = 1000
SEQ_COUNTER = "seq"

# The triggers know tables and no types: they note every package as an entry.
PACKAGE = ENTRY
_READERS: Mapping[
    str, Callable[[sa.Connection, Sequence[str], Shapes], dict[str, CurrentRecord]]
] = {UNIT: current_units, PACKAGE: current_entries}
_NOTED: Mapping[str, Sequence[str]] = {UNIT: (UNIT,), PACKAGE: PACKAGE_KINDS}


def drain_all(shapes: Shapes, mark: HighWaterMark, now: Callable[[], datetime]) -> int:
    """Take every pending note into the log.

    Returns:
        The number of records that got a new `seq`.

    Cost: a few statements for each 10,000 notes; none of them depends on the size of the catalog.
    """
    changed = 0
    while True:
        with own_transaction() as connection:
            notes, fresh = _drain(connection, shapes, mark, now())
        changed += fresh
        if notes < NOTES_A_DRAIN:
            return changed


def drain_in(
    connection: sa.Connection,
    shapes: Shapes,
    mark: HighWaterMark,
    now: datetime,
    prepared: Mapping[str, CurrentRecord] = MappingProxyType({}),
) -> int:
    """Take every pending note into the log inside the caller's transaction, its own included.

    The lock of the sequencer is then held to the end of that transaction: call it last.

    Args:
        prepared: package id -> what this very transaction wrote for it, from its own canonicaliser.
            It is used only when no other transaction left a note about the record; otherwise the
            tables are read, as for every record that was not prepared.
    """
    changed = 0
    while True:
        notes, fresh = _drain(connection, shapes, mark, now, prepared)
        changed += fresh
        if notes < NOTES_A_DRAIN:
            return changed


def _drain(
    connection: sa.Connection,
    shapes: Shapes,
    mark: HighWaterMark,
    now: datetime,
    prepared: Mapping[str, CurrentRecord] = MappingProxyType({}),
) -> tuple[int, int]:
    lock_until_commit(connection, SEQUENCER_LOCK)
    notes = connection.execute(_TAKE_NOTES, {"limit": NOTES_A_DRAIN}).all()
    if not notes:
        return 0, 0
    plan = Plan(connection)
    for kind, reader in _READERS.items():
        chosen = sorted((note.record_id, note.own) for note in notes if note.kind == kind)
        if chosen:
            ids = [record_id for record_id, _own in chosen]
            known = {
                record_id: prepared[record_id]
                for record_id, own in chosen
                if own and kind == PACKAGE and record_id in prepared
            }
            rest = [record_id for record_id in ids if record_id not in known]
            current = known | reader(connection, rest, shapes) if rest else known
            plan.compare(_NOTED[kind], ids, current)
    if plan.rows:
        first = _take_numbers(connection, len(plan.rows), mark)
        plan.write(first, now)
        last = first + len(plan.rows) - 1
        _checkpoint(connection, last, shapes.node, plan.digest_change(shapes.node))
        if last // PRUNE_EVERY != (first - 1) // PRUNE_EVERY:
            _prune_checkpoints(connection)
    return sum(note.number for note in notes), len(plan.rows)


# Notes are taken off here; a roll-back of what follows brings them back. The first ones are named
# by a bound and not by a list of ids: PostgreSQL knows nothing of a table that is filled and
# emptied all the time, and joined such a list row by row in every third first load.
_TAKE_NOTES = sa.text(
    "WITH taken AS (DELETE FROM fjgov_change_note WHERE id <="
    " (SELECT max(first.id) FROM"
    " (SELECT id FROM fjgov_change_note ORDER BY id LIMIT :limit) AS first)"
    " RETURNING kind, record_id, tx)"
    " SELECT kind, record_id, bool_and(tx = pg_current_xact_id()) AS own, count(*) AS number"
    " FROM taken GROUP BY kind, record_id"
)


def _take_numbers(connection: sa.Connection, count: int, mark: HighWaterMark) -> int:
    """Move the head by `count` and give the first of the new numbers.

    The file is written before the commit. A head below it means a drain that did not commit (the
    head stands where that drain began: its numbers are skipped) or a restored database: then a new
    epoch starts above everything that was ever issued, and readers compare catalogs.
    """
    epoch, seq = connection.execute(sa.text("SELECT epoch, seq FROM fjgov_head FOR UPDATE")).one()
    marked = max(mark.read(SEQ_COUNTER), seq)
    if marked > seq and mark.was_raised_above(SEQ_COUNTER) != seq:
        epoch = connection.execute(sa.text("SELECT gen_random_uuid()::text")).scalar_one()
    last = int(marked) + count
    mark.raise_to(SEQ_COUNTER, last, above=seq)
    connection.execute(
        sa.text("UPDATE fjgov_head SET epoch = :epoch, seq = :seq"),
        {"epoch": epoch, "seq": last},
    )
    return last - count + 1


def _checkpoint(connection: sa.Connection, seq: int, node: str, change: Digest) -> None:
    """Keep the digest of the node's own catalog at the new head."""
    before = connection.execute(
        sa.text("SELECT digest FROM fjgov_checkpoint ORDER BY seq DESC LIMIT 1")
    ).scalar_one_or_none()
    digest = Digest.parse(before) + change if before else feed.digest(connection, node)
    connection.execute(
        sa.text("INSERT INTO fjgov_checkpoint (seq, digest) VALUES (:seq, :digest)"),
        {"seq": seq, "digest": digest.text()},
    )


def _prune_checkpoints(connection: sa.Connection) -> None:
    connection.execute(
        sa.text(
            "DELETE FROM fjgov_checkpoint WHERE seq <"
            " (SELECT seq FROM fjgov_checkpoint ORDER BY seq DESC OFFSET :kept LIMIT 1)"
        ),
        {"kept": CHECKPOINTS_KEPT},
    )
