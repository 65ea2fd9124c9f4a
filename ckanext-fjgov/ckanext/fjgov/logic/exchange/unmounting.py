"""Take resources out of the exchange (取消挂接): by their unit, or when they are gone."""

from __future__ import annotations

import logging
from collections.abc import Collection
from typing import Any

import ckan.plugins as p
from ckan import model

from ckanext.fjgov.core.exchange.publishing import TABLE, modes_of
from ckanext.fjgov.logic.clock import utc_now
from ckanext.fjgov.logic.exchange import datastore, jobs, keeping, recording, rights, runs
from ckanext.fjgov.logic.sharing.refusing import refuse
from ckanext.fjgov.model import audit, exchange_tables, kept_files, mount_runs, mounts
from ckanext.fjgov.model.database import own_transaction, request_transaction, session_connection
from ckanext.fjgov.model.exchange_tables import TableInUseError
from ckanext.fjgov.model.mount_runs import NewRun

log = logging.getLogger(__name__)

GONE = "资源或目录已撤销，系统自动取消挂接 / the resource or its entry is gone"
ACTOR = "system"


def unmount(user: Any, resource: model.Resource, package: model.Package, reason: str) -> None:
    """Take a resource out of the exchange; its table and all rows are dropped.

    Raises:
        NotAuthorized: for others than the people of the providing unit who mount.
        ValidationError: it is not mounted, is being mounted, or a reader does not let go.
    """
    rights.refuse_others(user, package)
    if not reason:
        refuse("reason", "请填写取消挂接的理由", "say why it is taken out of the exchange")
    run = mount_runs.standing_of(session_connection(), package.id).get(resource.id)
    if run is None:
        refuse("id", "该资源未挂接", "the resource is not mounted")
    runs.give_up_lost(package.id, resource.id)
    if resource.id in mount_runs.running_of(session_connection(), package.id):
        refuse("id", "正在挂接，请待其结束", "it is being mounted; wait for the end")
    place = runs.place_of(resource, package)
    made = runs.new_run(user, place, run["kind"], state="unmounted", reason=reason)
    try:
        _take_out(made)
    except TableInUseError:
        refuse("id", *jobs.IN_USE.split(" / "))
    _audit(made, user.name)


def sweep() -> int:
    """Take out resources that their entry has no more, and those of withdrawn entries.

    Access to them ended when they were withdrawn; this removes the data. What somebody still reads
    is left for the next time.

    Returns:
        How many were taken out.
    """
    if not p.plugin_loaded("datastore"):
        return 0
    with own_transaction() as connection:
        orphans = mount_runs.orphans(connection)
    done = 0
    for one in orphans:
        place = runs.Place(one.resource, one.entry, one.unit_id)
        made = runs.new_run(None, place, one.kind, state="unmounted", reason=GONE, has_job=False)
        try:
            _take_out(made)
        except TableInUseError:
            log.warning("the table %s is still being read", one.resource)
            continue
        _audit(made, ACTOR)
        done += 1
    return done


def _take_out(made: NewRun) -> None:
    with request_transaction() as connection:
        standing = mount_runs.standing_of(connection, made.entry)
        del standing[made.resource]
        mount_runs.add(connection, made)
        mounts.remove(connection, made.resource)
        kept_files.remove(connection, made.resource)
        package = model.Package.get(made.entry)
        if package is not None and package.state == "active":
            remaining = {
                mode for other, run in standing.items() for mode in _modes(other, run["kind"])
            }
            gone = set(_modes(made.resource, made.kind)) - remaining
            recording.take_back(connection, package, gone)
        if made.kind == TABLE:
            with datastore.writing() as tables:
                exchange_tables.drop(tables, made.resource)
                tables.commit()
    keeping.drop_others(made.resource, None)


def _modes(resource_id: str, kind: str) -> Collection[str]:
    return modes_of(kind, runs.mode_of(model.Resource.get(resource_id)))


def _audit(made: NewRun, actor: str) -> None:
    about = {"resource": made.resource, "entry": made.entry, "reason": made.reason}
    audit.append("exchange_unmounted", actor, about, utc_now())
