"""Give jobs to the worker; rows in PostgreSQL say what is to be done, a job names its row."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from redis.exceptions import RedisError
from rq.exceptions import NoSuchJobError
from rq.job import Job, JobStatus

import ckan.plugins.toolkit as tk
from ckan.lib.redis import connect_to_redis

log = logging.getLogger(__name__)

QUEUE = "default"
_WAITING = (JobStatus.QUEUED, JobStatus.STARTED, JobStatus.DEFERRED, JobStatus.SCHEDULED)


def enqueue(
    job: Callable[..., None], arguments: list[Any], *, title: str, job_id: str, timeout_s: int
) -> bool:
    """Give a job to the worker.

    Returns:
        False when Redis does not answer.
    """
    try:
        tk.enqueue_job(
            job,
            arguments,
            title=title,
            queue=QUEUE,
            rq_kwargs={"timeout": timeout_s, "job_id": job_id},
        )
    except RedisError:
        log.warning("%s waits: the queue does not answer", job_id, exc_info=True)
        return False
    return True


def is_queued(job_id: str) -> bool:
    """Tell whether a job waits in the queue or is at work.

    Raises:
        RedisError: the queue does not answer.
    """
    try:
        job = Job.fetch(job_id, connection=connect_to_redis())
    except NoSuchJobError:
        return False
    return job.get_status() in _WAITING
