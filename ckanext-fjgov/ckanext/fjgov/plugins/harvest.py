"""The optional plugin `fjgov_harvest`: our nodes and sources as a harvester of ckanext-harvest.

For sites that schedule and watch all their harvests in ckanext-harvest. Its queues carry one object
a run; reading, checking, writing and proving are the engine's, as without it. Needs the plugins
`fjgov` and `harvest` (extra `harvest` of this package); nothing else needs this one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.harvest.interfaces import IHarvester
from ckanext.harvest.model import HarvestGatherError, HarvestObject, HarvestObjectError

from ckanext.fjgov.logic.clock import utc_now
from ckanext.fjgov.logic.sync import engine
from ckanext.fjgov.model import nodes
from ckanext.fjgov.model.database import own_transaction
from ckanext.fjgov.model.nodes import Node

NAME = "fjgov_node"
TRIGGER = "harvest"
OPTIONS = frozenset({"full"})
GOOD_STATES = frozenset({"verified", "repaired"})
# Our outcomes in the words of a harvest report; refused and incomplete ones become errors.
STATUSES = {
    "added": "added",
    "changed": "updated",
    "withdrawn": "deleted",
    "unchanged": "not modified",
}
REFUSED = ("refused", "incomplete")
ROWS = (
    "INSERT INTO harvest_object (id, guid, current, gathered, import_finished, state, retry_times,"
    " harvest_job_id, harvest_source_id, report_status)"
    " SELECT gen_random_uuid()::text, :run || ':' || :status || ':' || n, false, :now, :now,"
    " :state, 1, :job, :source, :status FROM generate_series(1, :number) n"
)


class FjgovHarvestPlugin(p.SingletonPlugin):
    """Gives a source whose address is that of a registered node to the engine."""

    p.implements(IHarvester)

    def info(self) -> dict[str, str]:
        """Describe the harvester for the form of a source."""
        return {
            "name": NAME,
            "title": "福建目录节点 / Fujian catalog node",
            "description": "已登记的节点或外部来源，地址须与登记的一致 / a registered node or "
            "foreign source, at the address of its registration",
            "form_config_interface": "Text",
        }

    def validate_config(self, config: str | None) -> str | None:
        """Check the options of a source: `{"full": true}` reads the whole log in every run.

        Raises:
            ValueError: not an object, or an option that does not exist.
        """
        if not config:
            return config
        options = json.loads(config)
        known = isinstance(options, dict) and not set(options) - OPTIONS
        if not known or not isinstance(options.get("full", False), bool):
            raise ValueError(
                "配置只能为 {} 或含 full（true、false）/ the only option is `full`, true or false"
            )
        return config

    def get_original_url(self, harvest_object_id: str) -> str | None:
        """Give the address of the node a run read."""
        found = HarvestObject.get(harvest_object_id)
        return str(found.source.url) if found else None

    def gather_stage(self, harvest_job: Any) -> list[str]:
        """Queue a run of the node and give the one object that stands for it."""
        node = _node_at(harvest_job.source.url)
        if node is None:
            message = (
                f"没有登记地址为 {harvest_job.source.url} 的节点，请先用 fjgov node add 登记 / "
                "no node is registered at this address; register it with fjgov node add"
            )
            HarvestGatherError.create(message=message, job=harvest_job)
            return []
        options = json.loads(harvest_job.source.config or "{}")
        run_id = engine.queue_run(node.code, "ckanext-harvest", TRIGGER, options)
        standing = HarvestObject(guid=run_id, job=harvest_job, content=json.dumps({"run": run_id}))
        standing.save()
        return [standing.id]

    def fetch_stage(self, _harvest_object: Any) -> bool:
        """Fetch nothing: the run reads page by page while it writes."""
        return True

    def import_stage(self, harvest_object: Any) -> bool | str:
        """Carry out the run and put its counts and refusals into the report of the job.

        Returns:
            `unchanged` for the object of the run itself, so that it counts as no record; False
            when the run did not prove that the catalogs are equal.
        """
        place = {"job": harvest_object.harvest_job_id, "source": harvest_object.harvest_source_id}
        object_id, run_id = harvest_object.id, harvest_object.guid
        try:
            report = engine.execute(run_id)
        except (tk.ValidationError, tk.ObjectNotFound) as error:
            _note_error(object_id, str(error))
            return False
        with own_transaction() as connection:
            _count(connection, run_id, report["counts"], place)
            _note_refused(connection, run_id, report, place)
        # The engine ended the transaction in which the queue's object was read.
        model.Session.refresh(HarvestObject.get(object_id))
        if report["state"] in GOOD_STATES:
            return "unchanged"
        _note_error(object_id, f"{report['state']}：{report['zh']} / {report['en']}")
        return False


def _node_at(address: str) -> Node | None:
    with own_transaction() as connection:
        known = nodes.all_nodes(connection)
    wanted = address.rstrip("/")
    return next((node for node in known if node.address and node.address == wanted), None)


def _note_error(object_id: str, message: str) -> None:
    HarvestObjectError.create(message=message, object=HarvestObject.get(object_id), stage="Import")


def _count(
    connection: sa.Connection, run_id: str, counts: Mapping[str, int], place: Mapping[str, str]
) -> None:
    """Write one finished object a record: ckanext-harvest counts its report from these rows."""
    for outcome, status in STATUSES.items():
        _add_rows(connection, run_id, status, "COMPLETE", counts.get(outcome, 0), place)


def _note_refused(
    connection: sa.Connection, run_id: str, report: Mapping[str, Any], place: Mapping[str, str]
) -> None:
    """Write the refused records with their reasons; the rest of them is only counted."""
    notes = [note for note in report["notes"] if note["outcome"] in REFUSED]
    number = sum(report["counts"].get(name, 0) for name in REFUSED)
    _add_rows(connection, run_id, "errored", "ERROR", max(0, number - len(notes)), place)
    for note in notes:
        row = sa.text(
            "WITH added AS (INSERT INTO harvest_object (id, guid, current, gathered, state,"
            " retry_times, harvest_job_id, harvest_source_id, report_status) VALUES"
            " (gen_random_uuid()::text, :key, false, :now, 'ERROR', 1, :job, :source, 'errored')"
            " RETURNING id) INSERT INTO harvest_object_error"
            " (id, harvest_object_id, message, stage, created)"
            " SELECT gen_random_uuid()::text, id, :message, 'Import', :now FROM added"
        )
        values = {"key": note["key"], "message": _message(note["reasons"]), "now": _now(), **place}
        connection.execute(row, values)


def _add_rows(
    connection: sa.Connection,
    run_id: str,
    status: str,
    state: str,
    number: int,
    place: Mapping[str, str],
) -> None:
    if number > 0:
        values = {"run": run_id, "status": status, "state": state, "number": number, "now": _now()}
        connection.execute(sa.text(ROWS), {**values, **place})


def _message(reasons: Iterable[Mapping[str, str]]) -> str:
    return "；".join(f"{why['rule']} {why['field']}：{why['zh']} / {why['en']}" for why in reasons)


def _now() -> Any:
    """Give the time as ckanext-harvest keeps it: UTC without saying so."""
    return utc_now().replace(tzinfo=None)
