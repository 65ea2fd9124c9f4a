"""What the worker does with a job: read under the grants, let DuckDB work, keep the result.

A job that is killed leaves a row that is still running and folders that no job names; the
scheduler takes it up again or says that it failed (`ending`). A result is there whole or not.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from ckan import model

from ckanext.fjgov.core.access.decision import Denied
from ckanext.fjgov.core.processing.spec import parsed
from ckanext.fjgov.core.usage.events import Outcome, UseEvent
from ckanext.fjgov.logic.clock import utc_now
from ckanext.fjgov.logic.exchange import spending
from ckanext.fjgov.logic.processing import extracting, files, inputs, limits
from ckanext.fjgov.logic.processing.engine import run_engine
from ckanext.fjgov.logic.processing.inputs import Granted
from ckanext.fjgov.logic.processing.process import ORDER
from ckanext.fjgov.logic.processing.watching import BROKEN, StoppedError, Watch
from ckanext.fjgov.logic.readers import person_of
from ckanext.fjgov.logic.sharing import using
from ckanext.fjgov.model import processing
from ckanext.fjgov.model.database import PROCESSING_LOCK, own_transaction, session_lock

log = logging.getLogger(__name__)


def run(number: str) -> None:
    """Carry out a job that waits; one that is at work already, or has ended, is left alone."""
    with own_transaction() as connection:
        job = processing.find(connection, number)
    if job is None:
        return
    with session_lock(PROCESSING_LOCK, job["id"], wait=False) as is_ours:
        folder = files.new_name()
        if is_ours and _begin(number, folder):
            _carry_out(job, folder)


def _begin(number: str, folder: str) -> bool:
    with own_transaction() as connection:
        return processing.begin(connection, number, folder, utc_now())


def _carry_out(job: Mapping[str, Any], folder: str) -> None:
    try:
        report = _result_of(job, folder)
        _keep(job["number"], report)
    except StoppedError as stopped:
        _stop(job["number"], folder, stopped.state, (stopped.zh, stopped.en))
    except BaseException:
        # The worker logs it with its place in the code.
        _stop(job["number"], folder, processing.FAILED, BROKEN)
        raise
    finally:
        files.remove_work(folder)


def _result_of(job: Mapping[str, Any], folder: str) -> dict[str, Any]:
    """Read, work and publish the files of the result; gives the report."""
    tables = _granted(job)
    numbers = sorted({one.grant.number for one in tables if one.grant})
    watch = Watch(job["number"], numbers, files.working_folder(folder), limits.limits())
    with _uses(job, tables) as sizes:
        watch.look_now()
        _extract(job["spec"], tables, watch, sizes)
        told = run_engine(watch)
        made = files.publish(folder)
        # Nothing is given that was taken back while the last step went on.
        watch.look_now()
    return {
        "lines": told["report"],
        "columns": told["columns"],
        "rows": told["report"][-1]["rows"],
        "peak_bytes": told["peak"],
        "files": {code: asdict(file) for code, file in made.items()},
    }


def _granted(job: Mapping[str, Any]) -> list[Granted]:
    """Decide again about all tables, for the author, at the beginning of the work.

    Raises:
        StoppedError: one of them may not be used any more.
    """
    person = person_of(model.User.get(job["author"]))
    decided = inputs.decide_all(person, job["spec"])
    model.Session.rollback()
    if isinstance(decided, Denied):
        raise StoppedError(decided.zh, decided.en)
    return decided


@contextmanager
def _uses(job: Mapping[str, Any], tables: list[Granted]) -> Iterator[dict[int, int]]:
    """Record the use of each table before it is read and when the work has ended (Art. 30).

    Returns:
        A mapping to be filled with the bytes read of each, by place.
    """
    person = person_of(model.User.get(job["author"]))
    # No transaction stays open while the work goes on.
    model.Session.rollback()
    sizes: dict[int, int] = {}
    begun: list[UseEvent] = []
    outcome = Outcome.BROKEN
    try:
        # One after the other, so that those begun are ended when the next cannot be recorded.
        begun.extend(_begun(one.used(person, job["level"])) for one in tables)
        yield sizes
        outcome = Outcome.DONE
    except StoppedError as stopped:
        outcome = stopped.outcome
        raise
    finally:
        for place, event in enumerate(begun):
            using.end(event, sizes.get(place, 0), outcome)


def _begun(used: using.Used) -> UseEvent:
    try:
        event = using.begin(used)
    except using.NotRecordedError as error:
        log.exception("a use of %s could not be recorded", used.resource)
        raise StoppedError(
            "使用记录暂时无法写入，加工未进行，请稍后再提交",
            "the use cannot be recorded now, so nothing was done; order it again later",
        ) from error
    if event is None:
        raise RuntimeError("a use without a record")
    return event


def _extract(
    data: Mapping[str, Any], tables: list[Granted], watch: Watch, sizes: dict[int, int]
) -> None:
    """Write the extracts and the order into the folder where DuckDB works."""
    spec, names = parsed(data), list[str]()
    for place, (one, granted) in enumerate(zip(spec.inputs, tables, strict=True)):
        names.append(f"input{place}.csv")
        read = extracting.extract(
            granted,
            one.items,
            one.filter,
            watch.folder / names[-1],
            watch.look,
            watch.seconds_left(),
        )
        sizes[place] = read.size
        # What was read counts for the day, whatever becomes of it; nothing of it is given before.
        refused = spending.take(granted.grant, read.rows)
        if refused:
            raise StoppedError(refused.zh, refused.en)
    order = {
        "spec": data,
        "tables": [
            {
                "title": granted.table.title,
                "columns": [
                    asdict(column) for column in granted.table.columns if column.item in one.items
                ],
            }
            for one, granted in zip(spec.inputs, tables, strict=True)
        ],
        "files": names,
        "limits": {**asdict(watch.limits), "memory_mb": watch.limits.engine_mb},
    }
    path = watch.folder / ORDER
    path.touch(mode=files.PRIVATE)
    path.write_text(json.dumps(order, ensure_ascii=False), encoding="utf-8")


def _keep(number: str, report: dict[str, Any]) -> None:
    now = utc_now()
    until = now + timedelta(days=limits.keep_days())
    with own_transaction() as connection:
        is_kept = processing.finish(connection, number, report, now, until)
    if not is_kept:
        raise StoppedError("加工已取消", "the job was cancelled", processing.CANCELLED)


def _stop(number: str, folder: str, state: str, problem: tuple[str, str]) -> None:
    files.remove(folder)
    model.Session.rollback()
    with own_transaction() as connection:
        processing.stop(connection, number, state, problem, utc_now())
