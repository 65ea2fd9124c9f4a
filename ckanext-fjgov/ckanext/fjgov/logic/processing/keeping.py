"""Order a job, tell who may see it, cancel it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.fjgov.core.access.decision import Denied
from ckanext.fjgov.core.processing.faults import Fault, faults, shape_faults
from ckanext.fjgov.logic import queue
from ckanext.fjgov.logic.cases.actors import request_level
from ckanext.fjgov.logic.cases.claims import unit_code
from ckanext.fjgov.logic.clock import local_today, utc_now
from ckanext.fjgov.logic.processing import inputs, limits, running
from ckanext.fjgov.logic.processing.inputs import Granted
from ckanext.fjgov.logic.readers import Person
from ckanext.fjgov.logic.sharing.refusing import refuse
from ckanext.fjgov.model import cases, processing
from ckanext.fjgov.model.database import lock_until_commit, own_transaction

PREFIX = "JG"
LONGEST_TITLE = 100
# The job's own limit comes first; the queue's is for a process that hangs.
QUEUE_GRACE_S = 120
ORDER_LOCK = 728_322
TECHNICAL = frozenset({"system"})


def order(person: Person, title: str, spec: Any) -> str:
    """Order a job and give it to the worker; gives its number.

    Raises:
        ValidationError: the order has faults, or the unit has too many open jobs.
        NotAuthorized: the person works for no unit, or may not have a table processed now.
    """
    if not codes_of(person):
        raise tk.NotAuthorized(
            "仅机关单位现任工作人员可以提交加工 / only people appointed in a unit may order a job"
        )
    _refuse(shape_faults(spec))
    decided = inputs.decide_all(person, spec)
    if isinstance(decided, Denied):
        raise tk.NotAuthorized(f"{decided.article} {decided.zh} / {decided.en}".strip())
    _refuse(faults(spec, [one.table for one in decided]))
    unit = _unit_of(person, decided)
    job = new_job_id()
    with own_transaction() as connection:
        lock_until_commit(connection, ORDER_LOCK)
        _refuse_too_many(connection, unit)
        number = cases.next_number(connection, PREFIX, local_today().year)
        processing.add(
            connection,
            processing.NewJob(
                number=number,
                title=title[:LONGEST_TITLE] or "、".join(one.table.title for one in decided),
                author=person.user_id or "",
                unit=unit,
                level=request_level().value,
                spec=_with_grants(spec, decided),
                inputs=[
                    processing.NewInput(
                        one.grant.number if one.grant else "",
                        one.mounted.entry,
                        one.mounted.resource,
                        one.table.title,
                    )
                    for one in decided
                ],
                job=job,
                at=utc_now(),
            ),
        )
    hand_over(number, job)
    return number


def hand_over(number: str, job: str) -> bool:
    """Give a job to the worker; the scheduler tries again when the queue does not answer."""
    return queue.enqueue(
        running.run,
        [number],
        title=f"processing {number}",
        job_id=job,
        timeout_s=limits.limits().seconds + QUEUE_GRACE_S,
    )


def new_job_id() -> str:
    """Give the name of a job for the worker; each start has its own."""
    return f"fjgov-processing-{uuid.uuid4()}"


def seen(person: Person, number: str) -> dict[str, Any]:
    """Give a job that a person may see: an own one, or one of the own unit.

    Raises:
        ObjectNotFound: there is none, or it is not theirs.
    """
    with own_transaction() as connection:
        job = processing.find(connection, number)
        found = processing.inputs_of(connection, number) if job else []
    if job is None or not is_seen_by(person, job):
        raise tk.ObjectNotFound(f"没有加工任务 {number} / there is no job {number}")
    return {**job, "inputs": found}


def is_seen_by(person: Person, job: Mapping[str, Any]) -> bool:
    """Tell whether a job is the person's own, or of a unit in which it is appointed today."""
    if not person.user_id or not person.roles:
        return False
    return job["author"] == person.user_id or job["unit"] in codes_of(person)


def codes_of(person: Person) -> set[str]:
    """Give the codes of the units in which a person is appointed; a system sees none."""
    units = (model.Group.get(one) for one, roles in person.roles.items() if roles - TECHNICAL)
    return {unit_code(unit) for unit in units if unit is not None}


def cancel(person: Person, number: str) -> None:
    """Cancel a job that has not ended.

    Raises:
        ObjectNotFound: it is not theirs.
        ValidationError: it has ended already.
    """
    seen(person, number)
    with own_transaction() as connection:
        is_cancelled = processing.cancel(connection, number, utc_now())
    if not is_cancelled:
        refuse("state", "该任务已经结束，不能取消", "the job has ended already")


def _refuse(found: Sequence[Fault]) -> None:
    if found:
        problems: dict[str, list[str]] = {}
        for one in found:
            problems.setdefault(one.field, []).append(f"{one.zh} / {one.en}")
        raise tk.ValidationError(problems)


def _refuse_too_many(connection: sa.Connection, unit: str) -> None:
    most = limits.most_open()
    if processing.open_jobs(connection, unit) >= most:
        refuse(
            "spec",
            f"本单位已有 {most} 个未完成的加工任务，请待其完成后再提交",
            f"the unit has {most} open jobs already; wait until they are done",
        )


def _unit_of(person: Person, tables: Sequence[Granted]) -> str:
    """Give the unit whose job it is: that of the grants, or one of the person's without any."""
    units = {one.unit for one in tables if one.unit}
    if len(units) > 1:
        refuse(
            "inputs",
            "两张表须由同一单位获得授权",
            "both tables must be granted to the same unit",
        )
    own = codes_of(person)
    return next(iter(units or {one.provider for one in tables} & own or sorted(own)))


def _with_grants(spec: Mapping[str, Any], tables: Sequence[Granted]) -> dict[str, Any]:
    """Give an order that names its grants, so that it always rests on the same ones."""
    return {
        "inputs": [
            {
                "resource": one["resource"],
                "grant": granted.grant.number if granted.grant else "",
                "items": one["items"],
                "filter": one.get("filter") or [],
            }
            for one, granted in zip(spec["inputs"], tables, strict=True)
        ],
        "steps": spec.get("steps") or [],
    }
