"""Mount a resource of an entry in the exchange, tell how it stands, take it out (挂接, Art. 20)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import sqlalchemy as sa
from redis.exceptions import RedisError

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.fjgov.core.catalog.schema_model import ENTRY_TYPE
from ckanext.fjgov.core.exchange.matching import NOT_SHARED
from ckanext.fjgov.core.exchange.publishing import DIRECT, QUERY, TABLE, modes_of
from ckanext.fjgov.logic import queue
from ckanext.fjgov.logic.clock import utc_now
from ckanext.fjgov.logic.exchange import datastore, files, jobs, recording, rights
from ckanext.fjgov.logic.sharing.refusing import refuse
from ckanext.fjgov.model import addresses, audit, exchange_tables, mount_runs, mounts
from ckanext.fjgov.model.database import own_transaction, request_transaction, session_connection
from ckanext.fjgov.model.mount_runs import NewRun

LOST = (
    "任务已中断（服务重启或队列清空），原有库表不变，请再次挂接 / "
    "the job was cut off; the table that was mounted before stays, so mount again"
)
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

    A table is read by a job; a file or an interface at its registered address is marked at once.

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
    _give_up_lost(package.id, resource.id)
    if before and before["kind"] != wanted.kind and not wanted.is_dry:
        refuse(
            "kind",
            "该资源已按另一种方式挂接，请先取消挂接",
            "the resource is mounted in another way; unmount it first",
        )
    if wanted.kind != TABLE:
        return _mark(user, resource, package, wanted, modes)
    options = _options(wanted, before) | {"is_refresh": is_refresh, "dry_run": wanted.is_dry}
    made = _prepare(user, resource, package, wanted, options)
    if at_once:
        jobs.carry_out(made.id)
    else:
        _hand_over(made)
    return made.id


def unmount(user: Any, resource: model.Resource, package: model.Package, reason: str) -> str:
    """Take a resource out of the exchange; its table and all rows are dropped.

    Raises:
        NotAuthorized: for others than the people of the providing unit who mount.
        ValidationError: it is not mounted, is being mounted, or a reader does not let go.
    """
    rights.refuse_others(user, package)
    if not reason:
        refuse("reason", "请填写取消挂接的理由", "say why it is taken out of the exchange")
    standing = mount_runs.standing_of(session_connection(), package.id)
    run = standing.pop(resource.id, None)
    if run is None:
        refuse("id", "该资源未挂接", "the resource is not mounted")
    _give_up_lost(package.id, resource.id)
    if resource.id in mount_runs.running_of(session_connection(), package.id):
        refuse("id", "正在挂接，请待其结束", "it is being mounted; wait for the end")
    remaining = {
        mode
        for other, row in standing.items()
        for mode in modes_of(row["kind"], _mode(model.Resource.get(other)))
    }
    gone = set(modes_of(run["kind"], _mode(resource))) - remaining
    made = _new_run(user, resource, package, run["kind"], state="unmounted", reason=reason)
    try:
        _take_out(made, package, gone)
    except exchange_tables.TableInUseError:
        refuse("id", jobs.IN_USE.split(" / ")[0], jobs.IN_USE.split(" / ")[1])
    detail = {"resource": resource.id, "entry": package.id, "reason": reason}
    audit.append("exchange_unmounted", user.name, detail, utc_now())
    return made.id


def _take_out(made: NewRun, package: model.Package, modes: set[str]) -> None:
    with request_transaction() as connection:
        mount_runs.add(connection, made)
        if made.kind == TABLE:
            mounts.remove(connection, made.resource)
        recording.take_back(connection, package, modes)
        if made.kind == TABLE:
            with datastore.writing() as tables:
                exchange_tables.drop(tables, made.resource)
                tables.commit()


def _mark(
    user: Any,
    resource: model.Resource,
    package: model.Package,
    wanted: Wanted,
    modes: tuple[str, ...],
) -> str:
    """Note that a file or an interface is reached at its registered address."""
    made = _new_run(user, resource, package, wanted.kind, state="mounted", options=wanted.options)
    with request_transaction() as connection:
        mount_runs.add(connection, made)
        recording.publish(connection, package, modes, str(wanted.options.get("front_node") or ""))
    detail = {"resource": resource.id, "entry": package.id, "kind": wanted.kind}
    audit.append("exchange_mounted", user.name, detail, utc_now())
    return made.id


def _prepare(
    user: Any,
    resource: model.Resource,
    package: model.Package,
    wanted: Wanted,
    options: Mapping[str, Any],
) -> NewRun:
    """Keep the file and the run."""
    made = _new_run(
        user,
        resource,
        package,
        TABLE,
        state="waiting",
        options=options,
        source="fetch" if wanted.file is None else "upload",
        filename=wanted.filename[:LONGEST_NAME],
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


def _new_run(
    user: Any,
    resource: model.Resource,
    package: model.Package,
    kind: str,
    *,
    state: str,
    reason: str = "",
    options: Mapping[str, Any] | None = None,
    source: str = "",
    filename: str = "",
) -> NewRun:
    return NewRun(
        id=str(uuid.uuid4()),
        resource=resource.id,
        entry=package.id,
        unit_id=package.owner_org,
        user_id=user.id,
        kind=kind,
        source=source,
        filename=filename,
        options=options or {},
        state=state,
        job=jobs.new_job_id(),
        at=utc_now(),
        reason=reason,
    )


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
    modes = modes_of(kind, _mode(resource))
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


def _mode(resource: Any) -> str:
    return str((resource.extras or {}).get("mode") or "") if resource is not None else ""


def _give_up_lost(entry: str, resource: str) -> None:
    """End a run whose job was lost, so that it does not stand in the way."""
    with own_transaction() as connection:
        run = mount_runs.running_of(connection, entry).get(resource)
        if run is None or has_job(run):
            return
        mount_runs.finish(connection, run["id"], "failed", {}, utc_now(), problem=LOST)
    files.forget(run["id"])


def has_job(run: Mapping[str, Any]) -> bool:
    """Tell whether a run that is not over has a job; one just ordered gets it soon."""
    if (utc_now() - run["changed_at"]).total_seconds() < jobs.GRACE_S:
        return True
    try:
        return queue.is_queued(run["job"])
    except RedisError:
        return True
