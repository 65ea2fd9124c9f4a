"""Have a resource of an entry mounted in the exchange (挂接, Art. 20)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.fjgov.core.catalog.schema_model import ENTRY_TYPE
from ckanext.fjgov.core.exchange.matching import NOT_SHARED
from ckanext.fjgov.core.exchange.publishing import DIRECT, FILE, QUERY, TABLE, modes_of
from ckanext.fjgov.logic import queue
from ckanext.fjgov.logic.clock import utc_now
from ckanext.fjgov.logic.exchange import files, jobs, keeping, recording, rights, runs
from ckanext.fjgov.logic.sharing.refusing import refuse
from ckanext.fjgov.model import addresses, audit, exchange_tables, kept_files, mount_runs
from ckanext.fjgov.model.database import own_transaction, request_transaction, session_connection
from ckanext.fjgov.model.mount_runs import NewRun

NO_QUEUE = "任务队列无应答，请稍后再试 / the job queue does not answer, try again later"
LONGEST_NAME = 200
# What a refresh takes over from the mount before.
_KEPT = ("encoding", "mapping", "left_out", "unique", "front_node")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody wants mounted.

    Attributes:
        kind: `table`, `file` or `service`.
        file: that was handed in; None to fetch it from the registered address.
        options: what was said of it; what is left out stays as it was mounted last.
    """

    kind: str
    file: BinaryIO | None = None
    filename: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    is_dry: bool = False


def found_resource(reference: str) -> tuple[model.Resource, model.Package]:
    """Give a resource of an entry with its entry.

    Raises:
        ObjectNotFound: there is none of this id in a registered entry.
    """
    resource = model.Resource.get(reference)
    package = model.Package.get(resource.package_id) if resource else None
    if (
        resource is None
        or package is None
        or resource.state != "active"
        or package.type != ENTRY_TYPE
        or package.state == "deleted"
    ):
        raise tk.ObjectNotFound("没有该资源 / there is no such resource")
    return resource, package


def is_mounted(resource: model.Resource, package: model.Package) -> bool:
    """Tell whether a resource is mounted now."""
    return resource.id in mount_runs.standing_of(session_connection(), package.id)


def mount(
    user: Any,
    resource: model.Resource,
    package: model.Package,
    wanted: Wanted,
    *,
    at_once: bool = False,
) -> str:
    """Have a resource mounted; gives the id of the run.

    A table is read by a job; a file that is handed in is kept here at once, and a file or an
    interface at its registered address is marked.

    Args:
        at_once: do the work of the job here, for commands that wait for it.

    Raises:
        NotAuthorized: see `rights.refuse_others`.
        ValidationError: the entry is not listed or not shared, the mode does not fit, nothing is
            registered to fetch from, or the resource is being mounted already.
    """
    before = mount_runs.standing_of(session_connection(), package.id).get(resource.id)
    is_refresh = _is_refresh(wanted, before)
    rights.refuse_others(user, package, only_refresh=is_refresh)
    _refuse_entry(package)
    modes = _modes(resource, wanted.kind)
    if wanted.file is None:
        _refuse_without_address(resource)
    runs.give_up_lost(package.id, resource.id)
    if before and before["kind"] != wanted.kind and not wanted.is_dry:
        refuse(
            "kind",
            "该资源已按另一种方式挂接，请先取消挂接",
            "the resource is mounted in another way; unmount it first",
        )
    if wanted.kind != TABLE:
        return _mark(user, resource, package, wanted, modes)
    options = _options(wanted, before) | {"is_refresh": is_refresh, "dry_run": wanted.is_dry}
    made = _prepare(user, resource, package, wanted, options, at_once=at_once)
    if at_once:
        jobs.carry_out(made.id)
    else:
        _hand_over(made)
    return made.id


def _mark(
    user: Any,
    resource: model.Resource,
    package: model.Package,
    wanted: Wanted,
    modes: tuple[str, ...],
) -> str:
    """Keep a file here, or note that a file or an interface is reached at its address."""
    if wanted.file is not None and wanted.kind != FILE:
        refuse("upload", "服务接口不接受文件", "an interface takes no file")
    kept = keeping.keep(resource.id, wanted.file, _name(wanted)) if wanted.file else None
    made = runs.new_run(
        user,
        runs.place_of(resource, package),
        wanted.kind,
        state="mounted",
        options=wanted.options,
        source="upload" if kept else "",
        filename=_name(wanted),
    )
    with request_transaction() as connection:
        mount_runs.add(connection, made)
        if kept:
            kept_files.put(connection, kept)
        else:
            kept_files.remove(connection, resource.id)
        recording.publish(connection, package, modes, str(wanted.options.get("front_node") or ""))
    detail = {"resource": resource.id, "entry": package.id, "kind": wanted.kind}
    detail |= {"sha256": kept.sha256, "size": kept.size} if kept else {}
    audit.append("exchange_mounted", user.name, detail, utc_now())
    keeping.drop_others(resource.id, kept)
    return made.id


def _name(wanted: Wanted) -> str:
    return wanted.filename[:LONGEST_NAME]


def _prepare(
    user: Any,
    resource: model.Resource,
    package: model.Package,
    wanted: Wanted,
    options: Mapping[str, Any],
    *,
    at_once: bool,
) -> NewRun:
    """Keep the file and the run."""
    made = runs.new_run(
        user,
        runs.place_of(resource, package),
        TABLE,
        state="waiting",
        has_job=not at_once,
        options=options,
        source="fetch" if wanted.file is None else "upload",
        filename=_name(wanted),
    )
    if wanted.file is not None:
        files.keep(made.id, wanted.file)
    try:
        with own_transaction() as connection:
            mount_runs.add(connection, made)
    except sa.exc.IntegrityError:
        files.forget(made.id)
        refuse("id", "该资源正在挂接，请待其结束", "it is being mounted already; wait for the end")
    return made


def _hand_over(made: NewRun) -> None:
    is_taken = queue.enqueue(
        jobs.carry_out,
        [made.id],
        title=f"mount {made.resource}",
        job_id=made.job,
        timeout_s=jobs.TIMEOUT_S,
    )
    if not is_taken:
        files.forget(made.id)
        with own_transaction() as connection:
            mount_runs.finish(connection, made.id, "failed", {}, utc_now(), problem=NO_QUEUE)


def _is_refresh(wanted: Wanted, before: Mapping[str, Any] | None) -> bool:
    """Tell whether a table that is mounted is fetched again exactly as before."""
    return (
        before is not None
        and before["kind"] == wanted.kind == TABLE
        and before["source"] == "fetch"
        and wanted.file is None
        and not wanted.options
    )


def _options(wanted: Wanted, before: Mapping[str, Any] | None) -> dict[str, Any]:
    known = before["options"] if before else {}
    blank = {"encoding": "", "mapping": {}, "left_out": [], "unique": [], "front_node": ""}
    kept = {name: known[name] for name in _KEPT if name in known}
    if wanted.file is not None:
        # What another file was written in says nothing about this one.
        kept.pop("encoding", None)
    return blank | kept | dict(wanted.options)


def _refuse_entry(package: model.Package) -> None:
    if package.state != "active":
        refuse("id", "目录尚未发布，发布后方可挂接", "the entry is not listed yet")
    if (package.extras or {}).get("share_type") == NOT_SHARED:
        refuse("id", "非共享信息不通过共享平台发布", "what is not shared is not published there")


def _modes(resource: model.Resource, kind: str) -> tuple[str, ...]:
    modes = modes_of(kind, runs.mode_of(resource))
    if not modes:
        refuse(
            "kind",
            "挂接方式与资源的共享模式不符：服务接口用于数据查询，文件用于直接交换",
            f"this does not fit the mode of the resource: interfaces are for {QUERY}, files for"
            f" {DIRECT}",
        )
    if len(resource.id) > exchange_tables.LONGEST_ID:
        refuse("id", "资源标识过长，不能挂接", "the id of the resource is too long")
    return modes


def _refuse_without_address(resource: model.Resource) -> None:
    if not addresses.get(session_connection(), resource.id):
        refuse(
            "upload",
            "该资源未登记地址，请上传文件，或先在目录中登记地址",
            "no address is registered for the resource: hand a file in, or register one",
        )
