"""Take out of the exchange what belongs to no listed entry any more, with its rows."""

from __future__ import annotations

import logging
import uuid
from datetime import datetime

import ckan.plugins as p
from ckan import model

from ckanext.fjgov.core.exchange.publishing import TABLE, modes_of
from ckanext.fjgov.logic.exchange import datastore, recording
from ckanext.fjgov.model import audit, exchange_tables, mount_runs, mounts
from ckanext.fjgov.model.database import own_transaction, request_transaction
from ckanext.fjgov.model.exchange_tables import TableInUseError
from ckanext.fjgov.model.mount_runs import NewRun

log = logging.getLogger(__name__)

REASON = "资源或目录已撤销，系统自动取消挂接 / the resource or its entry is gone"
ACTOR = "system"


def sweep(now: datetime) -> int:
    """Unmount resources that were taken out of their entry, and those of withdrawn entries.

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
    for orphan in orphans:
        try:
            _take_out(orphan.resource, orphan.entry, now)
        except TableInUseError:
            log.warning("the table %s is still being read", orphan.resource)
            continue
        about = {"resource": orphan.resource, "entry": orphan.entry, "reason": REASON}
        audit.append("exchange_unmounted", ACTOR, about, now)
        done += 1
    return done


def _take_out(resource: str, entry: str, now: datetime) -> None:
    with request_transaction() as connection:
        standing = mount_runs.standing_of(connection, entry)
        run = standing.pop(resource)
        package = model.Package.get(entry)
        mount_runs.add(
            connection,
            NewRun(
                id=str(uuid.uuid4()),
                resource=resource,
                entry=entry,
                unit_id=run["unit_id"],
                user_id="",
                kind=run["kind"],
                source="",
                filename="",
                options={},
                state="unmounted",
                job="",
                at=now,
                reason=REASON,
            ),
        )
        mounts.remove(connection, resource)
        if package is not None and package.state == "active":
            gone = set(_modes(resource, run["kind"]))
            for other, row in standing.items():
                gone -= set(_modes(other, row["kind"]))
            recording.take_back(connection, package, gone)
        if run["kind"] == TABLE:
            with datastore.writing() as tables:
                exchange_tables.drop(tables, resource)
                tables.commit()


def _modes(resource_id: str, kind: str) -> tuple[str, ...]:
    resource = model.Resource.get(resource_id)
    return modes_of(kind, str((resource.extras or {}).get("mode") or "") if resource else "")
