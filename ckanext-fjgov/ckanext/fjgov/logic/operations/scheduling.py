"""The scheduler: every few seconds it looks what is due, lost, dead, late, over or old.

All it knows is in PostgreSQL, and every tick starts from there: neither a flushed Redis nor a
restart of the scheduler or of the worker loses a due time. Any number of schedulers may run; one
at a time works.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from redis.exceptions import RedisError

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.fjgov.core.federation.schedule import Daily, next_due, parse_schedule
from ckanext.fjgov.logic import dumping, mailing
from ckanext.fjgov.logic.cases import keeping
from ckanext.fjgov.logic.clock import utc_now
from ckanext.fjgov.logic.collection import following as collecting
from ckanext.fjgov.logic.collection import pulling
from ckanext.fjgov.logic.operations import alarming, cleaning, starting
from ckanext.fjgov.logic.processing import ending as processing
from ckanext.fjgov.logic.quality import following
from ckanext.fjgov.logic.sharing import granting, using
from ckanext.fjgov.logic.sync import jobs
from ckanext.fjgov.logic.sync.lease import lease_of
from ckanext.fjgov.model import operations, run_control, runs
from ckanext.fjgov.model.database import SCHEDULER_LOCK, own_transaction, session_lock
from ckanext.fjgov.model.operations import Operation

log = logging.getLogger(__name__)

# A job that was just handed over may be between the queue and the row's change to `running`.
LOST_AFTER = timedelta(seconds=20)
# A live run shows life more often than this, so that only silent ones are probed.
SILENT_AFTER = timedelta(seconds=30)
ORPHANED_AFTER = timedelta(hours=1)
CLEANING = Daily(3, 30)
# A tick does not wait for the end of a long list; the next ones go on with it.
QUALITY_SECONDS = 2.0
# A run of the sync has the machine for itself; one that takes long does not hold the checks up.
QUALITY_WAITS = timedelta(minutes=15)


@dataclass
class Tick:
    """What one tick did."""

    started: int = 0
    skipped: int = 0
    handed_again: int = 0
    closed: int = 0
    removed: int = 0
    ended_clocks: int = 0
    ended_grants: int = 0
    reviewed_grants: int = 0
    sealed_uses: int = 0
    processed: int = 0
    mailed: int = 0
    judged: int = 0
    collected: int = 0
    pulls: int = 0
    dumps: int = 0

    def did_anything(self) -> bool:
        """Tell whether there is something to log."""
        return any(asdict(self).values())


def tick() -> Tick | None:
    """Do what is due now; None when another scheduler is at it.

    Cost: a few statements when nothing is due.
    """
    with session_lock(SCHEDULER_LOCK, wait=False) as held:
        return _tick(utc_now()) if held else None


def loop(seconds: float, wait: Callable[[float], bool], report: Callable[[Tick], None]) -> None:
    """Tick until `wait` says that it is time to end.

    Args:
        seconds: between two ticks.
        wait: waits so long; True ends the loop.
        report: told what a tick did, when it did something.

    A database or queue that does not answer ends a tick and not the loop.
    """
    while True:
        try:
            done = tick()
            if done and done.did_anything():
                report(done)
        except (sa.exc.SQLAlchemyError, RedisError):
            log.exception("a tick of the scheduler failed; the next one tries again")
        model.Session.remove()
        if wait(seconds):
            return


def _tick(now: datetime) -> Tick:
    done = Tick()
    with own_transaction() as connection:
        cleaned = operations.tick(connection, now)
        due = operations.due(connection, now)
    done.closed = _close_dead(now)
    for operation in due:
        _serve(operation, now, done)
    alarming.assess_all()
    done.ended_clocks = keeping.end_due_clocks(now)
    done.ended_grants = granting.end_due_grants(now)
    done.reviewed_grants = granting.review_outgrown(now)
    done.sealed_uses = using.seal(now)
    if cleaned is None or next_due(CLEANING, cleaned) <= now:
        done.removed = sum(cleaning.clean(now).values()) + processing.sweep()
    done.judged = _judge(now)
    done.collected = collecting.follow()
    done.mailed = mailing.send_due(now)
    # Last, since they need Redis, which may not answer: the rest is done by then.
    done.pulls = int(pulling.start_if_due(now))
    done.processed = processing.follow(now)
    done.dumps = dumping.start_due(now)
    done.handed_again = _hand_lost_again(now)
    return done


def _serve(operation: Operation, now: datetime, done: Tick) -> None:
    """Start the run of a due time, or note why not; a missed time is made up for once."""
    schedule = parse_schedule(operation.rule)
    if schedule is None:
        return
    outcome = starting.start_scheduled(operation.node)
    with own_transaction() as connection:
        if outcome.skipped_zh:
            operations.note_skip(
                connection, operation.node, now, outcome.skipped_zh, outcome.skipped_en
            )
        operations.move_on(connection, operation.node, operation.rule, next_due(schedule, now))
    done.started += not outcome.skipped_zh
    done.skipped += bool(outcome.skipped_zh)


def _judge(now: datetime) -> int:
    """Let the quality checks follow the log, unless a run brings more of it at this moment."""
    with own_transaction() as connection:
        since = run_control.running_since(connection)
    if since is not None and now - since < QUALITY_WAITS:
        return 0
    followed = following.follow(seconds=QUALITY_SECONDS)
    return followed.checked + followed.gone if followed else 0


def _close_dead(now: datetime) -> int:
    """Close runs whose process is gone: their lease is free, and they say that they go on."""
    with own_transaction() as connection:
        silent = run_control.silent(connection, now - SILENT_AFTER)
        closed = run_control.close_orphans(connection, now - ORPHANED_AFTER)
    return closed + sum(_close_dead_of(node, now) for node in silent)


def _close_dead_of(node: str, now: datetime) -> int:
    try:
        with lease_of(node), own_transaction() as connection:
            return runs.close_dead(connection, node, now)
    except tk.ValidationError:
        # Its process is alive and holds the lease; a long step shows no life.
        return 0


def _hand_lost_again(now: datetime) -> int:
    with own_transaction() as connection:
        waiting = run_control.waiting(connection, now - LOST_AFTER)
    lost = [row for row in waiting if not (row["handed_at"] and jobs.is_queued(row["id"]))]
    return sum(jobs.hand_over(row["id"], row["node"]) for row in lost)
