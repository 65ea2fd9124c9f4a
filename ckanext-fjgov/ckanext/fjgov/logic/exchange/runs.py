"""Runs of mounting: how one begins, and what becomes of one whose job was lost."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from redis.exceptions import RedisError

from ckan import model

from ckanext.fjgov.logic import queue
from ckanext.fjgov.logic.clock import utc_now
from ckanext.fjgov.logic.exchange import files, jobs
from ckanext.fjgov.model import mount_runs
from ckanext.fjgov.model.database import own_transaction
from ckanext.fjgov.model.mount_runs import NewRun

LOST = (
    "任务已中断（服务重启或队列清空），原有库表不变，请再次挂接 / "
    "the job was cut off; the table that was mounted before stays, so mount again"
)


@dataclass(frozen=True, slots=True)
class Place:
    """What a run is about: ids of resource, entry and unit, which may be gone by now."""

    resource: str
    entry: str
    unit: str


def place_of(resource: model.Resource, package: model.Package) -> Place:
    """Give the place of a resource."""
    return Place(resource.id, package.id, package.owner_org)


def new_run(
    user: Any,
    place: Place,
    kind: str,
    *,
    state: str,
    reason: str = "",
    options: Mapping[str, Any] | None = None,
    source: str = "",
    filename: str = "",
    has_job: bool = True,
) -> NewRun:
    """Give a run as it is kept.

    Args:
        user: who does it; None for the site itself.
        reason: why something is taken out.
        has_job: False for what a command does itself.
    """
    return NewRun(
        id=str(uuid.uuid4()),
        resource=place.resource,
        entry=place.entry,
        unit_id=place.unit,
        user_id=user.id if user is not None else "",
        kind=kind,
        source=source,
        filename=filename,
        options=options or {},
        state=state,
        job=jobs.new_job_id() if has_job else "",
        at=utc_now(),
        reason=reason,
    )


def mode_of(resource: Any) -> str:
    """Give the 共享模式 that a resource declares, "" for none."""
    return str((resource.extras or {}).get("mode") or "") if resource is not None else ""


def give_up_lost(entry: str, resource: str) -> None:
    """End a run whose job was lost, so that it does not stand in the way."""
    with own_transaction() as connection:
        run = mount_runs.running_of(connection, entry).get(resource)
        if run is None or has_job(run):
            return
        mount_runs.finish(connection, run["id"], "failed", {}, utc_now(), problem=LOST)
    files.forget(run["id"])


def has_job(run: Mapping[str, Any]) -> bool:
    """Tell whether somebody works at a run that is not over; one just ordered gets its job soon."""
    # What a command does itself tells nobody while it replaces a table.
    grace = jobs.GRACE_S if run["job"] else jobs.TIMEOUT_S
    if (utc_now() - run["changed_at"]).total_seconds() < grace:
        return True
    if not run["job"]:
        return False
    try:
        return queue.is_queued(run["job"])
    except RedisError:
        return True
