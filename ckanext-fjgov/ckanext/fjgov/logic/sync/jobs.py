"""What the job worker runs, and how a queued run is given to it.

The row of a run in PostgreSQL says what is to be done; the job in Redis only names the row. A job
that is lost or doubled therefore loses and doubles nothing: a run begins once, under its node's
lease, and the scheduler hands over again what waits without a job.
"""

from __future__ import annotations

import logging

import ckan.plugins.toolkit as tk

from ckanext.fjgov.logic import queue
from ckanext.fjgov.logic.clock import utc_now
from ckanext.fjgov.logic.sync import engine
from ckanext.fjgov.model import run_control
from ckanext.fjgov.model.database import own_transaction

log = logging.getLogger(__name__)

JOB_TIMEOUT_S = 6 * 3600


def run_sync(run_id: str, *, full: bool = False, forced: bool = False) -> None:
    """Carry out one queued run; its report is in the database."""
    try:
        report = engine.execute(run_id, full=full, forced=forced)
    except tk.ValidationError as error:
        # Its reason stands in the run's own report.
        log.warning("sync run %s did not start: %s", run_id, error)
        return
    log.info("sync run %s ended as %s", run_id, report["state"])


def hand_over(run_id: str, node_code: str) -> bool:
    """Give a queued run to the job worker.

    Returns:
        False when Redis does not answer; the scheduler tries again later.
    """
    is_taken = queue.enqueue(
        run_sync,
        [run_id],
        title=f"sync {node_code}",
        job_id=_job_id(run_id),
        timeout_s=JOB_TIMEOUT_S,
    )
    if not is_taken:
        return False
    with own_transaction() as connection:
        run_control.hand_over(connection, run_id, utc_now())
    return True


def is_queued(run_id: str) -> bool:
    """Tell whether the job of a run waits in the queue or is at work.

    Raises:
        RedisError: the queue does not answer.
    """
    return queue.is_queued(_job_id(run_id))


def _job_id(run_id: str) -> str:
    return f"fjgov-sync-{run_id}"
