"""The scheduler's part: jobs that were lost or killed, results whose time is over."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from redis.exceptions import RedisError

from ckanext.fjgov.logic import queue
from ckanext.fjgov.logic.processing import files, keeping
from ckanext.fjgov.model import processing
from ckanext.fjgov.model.database import PROCESSING_LOCK, own_transaction, session_lock

log = logging.getLogger(__name__)

# A live job shows life every second; a job that was just ordered may not be in the queue yet.
SILENT_AFTER = timedelta(seconds=20)
MOST_ATTEMPTS = 2
MOST = 100
CUT_OFF = (
    "加工进程两次中断，结果未生成；请重新提交，仍有故障请联系平台运行单位",
    "the job was cut off twice and has no result; order it again, or ask the platform operator",
)
CANCELLED = ("加工已取消", "the job was cancelled")


def follow(now: datetime) -> int:
    """Take up or close what is lost, and remove results that may be kept no longer.

    Cost: two statements when there is nothing to do.
    """
    return _remove_over(now) + _take_up_lost(now)


def sweep() -> int:
    """Remove folders of no job; what is at work has its folder in its row."""
    with own_transaction() as connection:
        known = processing.folders(connection)
    return files.sweep(known)


def _remove_over(now: datetime) -> int:
    with own_transaction() as connection:
        jobs = processing.over(connection, now, MOST)
    for job in jobs:
        # The row first: a result that a row still names is there whole.
        with own_transaction() as connection:
            processing.expire(connection, job["number"], now)
        files.remove(job["folder"])
    return len(jobs)


def _take_up_lost(now: datetime) -> int:
    with own_transaction() as connection:
        silent = processing.silent(connection, now - SILENT_AFTER)
    return sum(_take_up(job, now) for job in silent)


def _take_up(job: Mapping[str, Any], now: datetime) -> bool:
    """Let a job wait again whose process is gone; whoever works at it holds its lock."""
    if job["state"] == processing.QUEUED and _is_queued(job["job"]):
        return False
    with session_lock(PROCESSING_LOCK, job["id"], wait=False) as is_free:
        if not is_free:
            return False
        name = keeping.new_job_id()
        is_over = job["state"] == processing.RUNNING and (
            job["cancelled"] or job["attempts"] >= MOST_ATTEMPTS
        )
        if job["folder"]:
            files.remove(job["folder"])
        with own_transaction() as connection:
            if is_over:
                state = processing.CANCELLED if job["cancelled"] else processing.FAILED
                problem = CANCELLED if job["cancelled"] else CUT_OFF
                processing.stop(connection, job["number"], state, problem, now)
            else:
                processing.requeue(connection, job["number"], name, now)
    log.warning("job %s was lost and is %s", job["number"], "ended" if is_over else "taken up")
    return True if is_over else keeping.hand_over(job["number"], name)


def _is_queued(job: str) -> bool:
    try:
        return queue.is_queued(job)
    except RedisError:
        # Whether it waits there is not known; the next tick asks again.
        return True
