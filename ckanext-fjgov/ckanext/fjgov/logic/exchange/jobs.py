"""What the job worker does to mount a table: fetch, hold against the items, load, publish.

Nothing is half mounted: the new table takes the place of the old one in one transaction, after the
whole file was read without a fault. The right to mount is asked for again when the job runs.
"""

from __future__ import annotations

import json
import resource as process
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.fjgov.core.exchange import faults
from ckanext.fjgov.core.exchange.checking import checked_rows
from ckanext.fjgov.core.exchange.faults import FaultLog, MountRefused
from ckanext.fjgov.core.exchange.matching import Match, items_of, match
from ckanext.fjgov.core.exchange.publishing import TABLE, modes_of
from ckanext.fjgov.core.exchange.reading import SourceTable, open_source
from ckanext.fjgov.core.exchange.tables import Column, MountedTable
from ckanext.fjgov.logic import settings
from ckanext.fjgov.logic.clock import utc_now
from ckanext.fjgov.logic.exchange import datastore, files, recording, rights
from ckanext.fjgov.model import addresses, audit, exchange_tables, mount_runs, mounts
from ckanext.fjgov.model.database import own_transaction, request_transaction
from ckanext.fjgov.model.exchange_tables import TableInUseError

TIMEOUT_S = 3600
# A job that was ordered so long ago at most may not have come to the queue yet.
GRACE_S = 20
STEP_S = 0.5
BROKEN = (
    "处理中出现故障，原有库表不变；请稍后再试，仍有故障请联系系统维护人员 / "
    "something failed; the table that was mounted before stays. Try again, or ask the technician"
)
FAULTY = (
    "数据与信息项不符，未挂接，原有库表不变；请按问题清单改正后再挂接 / "
    "the data do not keep to the items, nothing was mounted; correct what is listed and try again"
)
IN_USE = (
    "原有库表正被长时间读取，暂不能替换，请稍后再试 / "
    "the table is being read for a long time and cannot be replaced now; try again later"
)


class FaultyError(Exception):
    """The data do not keep to the items; the report says where."""


class GivenUpError(Exception):
    """The run was given up for lost while it went on."""


@dataclass(slots=True)
class Work:
    """A run on its way.

    Attributes:
        report: what is known of it so far, for the page.
        memory_kb: most memory of the process before it began.
    """

    run: Mapping[str, Any]
    log: FaultLog
    report: dict[str, Any]
    memory_kb: int

    @property
    def resource(self) -> str:
        """Give the id of the resource."""
        return str(self.run["resource"])


def new_job_id() -> str:
    """Give the name of a job; each start has its own (see `logic/uploads/jobs.py`)."""
    return f"fjgov-mount-{uuid.uuid4()}"


def carry_out(run_id: str) -> None:
    """Mount, refresh or try a table, and write down how it ended."""
    with own_transaction() as connection:
        if not mount_runs.begin(connection, run_id, utc_now()):
            return
        run = mount_runs.find(connection, run_id)
    work = Work(run, FaultLog(), {}, _peak_kb())
    try:
        _mount(work)
    except FaultyError:
        _stop(work, "refused", FAULTY)
    except MountRefused as refused:
        _stop(work, "refused", str(refused))
    except tk.NotAuthorized as error:
        _stop(work, "refused", str(error.message or ""))
    except TableInUseError:
        _stop(work, "failed", IN_USE)
    except BaseException:
        # The worker logs it with its place in the code.
        _stop(work, "failed", BROKEN)
        raise
    finally:
        files.forget(run_id)


def _mount(work: Work) -> None:
    package, address = _allowed(work.run)
    items = items_of(json.loads((package.extras or {}).get("items") or "[]"))
    # What follows takes time, and must not hold a transaction of the site's database.
    model.Session.rollback()
    if work.run["source"] == "fetch":
        size = files.fetch(work.run["id"], address)
    else:
        size = files.path_of(work.run["id"]).stat().st_size
    with own_transaction() as connection:
        mount_runs.note_progress(connection, work.run["id"], 0, utc_now(), size)
    options = work.run["options"]
    source = open_source(files.path_of(work.run["id"]), options.get("encoding") or "")
    found = match(source.header, items, options["mapping"], set(options["left_out"]))
    _tell_match(work, source, found)
    columns = tuple(one.column for one in found.placed)
    key = _key(work, columns, options["unique"])
    with datastore.writing() as tables:
        rows = checked_rows(
            source.rows(),
            len(source.header),
            found.placed,
            work.log,
            most=settings.mount_max_rows(),
            progress=Progress(work.run["id"]).note,
        )
        read = exchange_tables.stage(tables, columns, rows)
        if key:
            for row, first in exchange_tables.repeated(tables, key, faults.MOST):
                words = (
                    f"与第 {first} 行的标识项相同",
                    f"the identifying items are those of row {first}",
                )
                title = "、".join(one.title for one in key)
                work.log.note(faults.UNIQUE, row, title, "", words)
        if work.log.found:
            raise FaultyError
        if options.get("dry_run"):
            work.report["counts"] = {"rows": read}
            _finish(work, "checked")
            return
        _replace(work, tables, columns)


def _replace(work: Work, tables: Any, columns: Sequence[Column]) -> None:
    """Put the staged rows in the place of the table, and let the entry say so."""
    with own_transaction() as connection:
        version = mount_runs.next_version(connection, work.resource)
    loaded = exchange_tables.replace(tables, work.resource, columns, version)
    work.report["counts"] = {
        "rows": loaded.rows,
        "new": loaded.new,
        "kept": loaded.kept,
        "removed": loaded.removed,
    }
    now = utc_now()
    with request_transaction() as connection:
        package, _address = _allowed(work.run)
        if not mount_runs.finish(
            connection, work.run["id"], "mounted", _told(work), now, version=version
        ):
            raise GivenUpError(work.run["id"])
        mounts.put(
            connection,
            MountedTable(work.resource, package.id, tuple(columns), loaded.rows, version, now),
        )
        mode = (model.Resource.get(work.resource).extras or {}).get("mode") or ""
        front = str(work.run["options"].get("front_node") or "")
        recording.publish(connection, package, modes_of(TABLE, mode), front)
        # The table first: a row that names what is not there would be worse than the other way
        # round, which the next mount puts right.
        tables.commit()
    _audit(work, "exchange_mounted", {"version": version, **work.report["counts"]})


def _allowed(run: Mapping[str, Any]) -> tuple[model.Package, str]:
    """Give the entry and the registered address of the resource, if all is still as it was asked.

    Raises:
        NotAuthorized: the appointment has ended meanwhile.
        MountRefused: the entry or the resource is gone, or not listed any more.
    """
    resource = model.Resource.get(run["resource"])
    package = model.Package.get(run["entry"])
    if resource is None or resource.state != "active" or package is None:
        raise MountRefused("资源或目录已不存在", "the resource or its entry is gone")
    if package.state != "active":
        raise MountRefused("目录未发布或已撤销", "the entry is not listed")
    user = model.User.get(run["user_id"])
    rights.refuse_others(user, package, only_refresh=bool(run["options"].get("is_refresh")))
    return package, addresses.get(model.Session.connection(), resource.id) or ""


def _tell_match(work: Work, source: SourceTable, found: Match) -> None:
    """Write down what the columns are.

    Raises:
        FaultyError: they do not keep to the items.
    """
    work.report |= {
        "format": source.kind,
        "encoding": source.encoding,
        "header": list(source.header),
        "columns": [
            {"header": one.header, "name": one.column.name, "item": one.column.item,
             "title": one.column.title, "kind": one.column.kind}
            for one in found.placed
        ],
        "unknown": list(found.unknown),
        "withheld": list(found.withheld),
        "left_out": list(found.left_out),
    }  # fmt: skip
    for fault in found.faults:
        words = (fault.zh, fault.en)
        work.log.note(fault.rule, fault.row, fault.column, fault.value, words)
    if found.faults:
        raise FaultyError


def _key(work: Work, columns: Sequence[Column], unique: Sequence[str]) -> tuple[Column, ...]:
    """Give the columns that identify a row, as the unit says.

    Raises:
        FaultyError: one of them is not mounted.
    """
    by_item = {one.item: one for one in columns}
    missing = [item for item in unique if item not in by_item]
    for item in missing:
        words = ("唯一性信息项不在本表中", "an item of the key is not in this table")
        work.log.note(faults.COLUMNS, 1, item, "", words)
    if missing:
        raise FaultyError
    return tuple(by_item[item] for item in unique)


def _finish(work: Work, state: str) -> None:
    with own_transaction() as connection:
        mount_runs.finish(connection, work.run["id"], state, _told(work), utc_now())


def _stop(work: Work, state: str, problem: str) -> None:
    model.Session.rollback()
    with own_transaction() as connection:
        mount_runs.finish(
            connection, work.run["id"], state, _told(work), utc_now(), problem=problem
        )
    _audit(work, "exchange_mount_refused", {"state": state, "faults": dict(work.log.counts)})


def _told(work: Work) -> dict[str, Any]:
    return {
        **work.report,
        "faults": [fault.as_dict() for fault in work.log.found],
        "fault_counts": dict(work.log.counts),
        "memory_kb": _peak_kb() - work.memory_kb,
    }


def _peak_kb() -> int:
    """Give the most memory that this process ever had."""
    return process.getrusage(process.RUSAGE_SELF).ru_maxrss


def _audit(work: Work, event: str, detail: Mapping[str, Any]) -> None:
    user = model.User.get(work.run["user_id"])
    about = {"run": work.run["id"], "resource": work.resource, "entry": work.run["entry"]}
    audit.append(event, user.name if user else "", {**about, **detail}, utc_now())


class Progress:
    """Writes now and then how many rows are read."""

    def __init__(self, run_id: str) -> None:
        self._id = run_id
        self._told_at = 0.0

    def note(self, done: int) -> None:
        """Note that some rows are read; most calls only look at the clock."""
        now = time.monotonic()
        if now - self._told_at < STEP_S:
            return
        self._told_at = now
        with own_transaction() as connection:
            mount_runs.note_progress(connection, self._id, done, utc_now())
