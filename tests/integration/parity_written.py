"""Write the same entries by CKAN's actions and by the bulk path, and read them in every way."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from typing import Any

import parity_compare
import pyoxigraph
import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.lib.search.common import make_connection

from ckanext.fjgov.core.access.search_fields import FACETS
from ckanext.fjgov.core.federation.feed import FeedRow
from ckanext.fjgov.logic import catalog_log, indexing, settings
from ckanext.fjgov.logic.sync import rows
from ckanext.fjgov.model import merge
from ckanext.fjgov.model.database import own_transaction

# Everything of a document that Solr gives back: stored fields, and columns by name.
COLUMNS = (
    "*", "permission_labels", "metadata_modified", "content_hash", "title_string", "tags",
    "organization", "res_format", "theme", "theme_top", "division", "home_node", "share_type",
    "open_to_public", "exchange_status", "exchange_mode", "issued_year", "provider_name", "state",
    "capacity", "private", "type", "owner_org", "data_format", "guide_class", "industry",
)  # fmt: skip
MODIFIED = ("metadata_created", "metadata_modified", "created")
TABLES = {
    "package": "SELECT * FROM package WHERE id = :id",
    "resource": "SELECT * FROM resource WHERE package_id = :id ORDER BY position, id",
    "package_tag": (
        "SELECT pt.*, t.name, t.vocabulary_id FROM package_tag pt JOIN tag t ON t.id = pt.tag_id"
        " WHERE pt.package_id = :id ORDER BY t.name"
    ),
    "member": "SELECT * FROM member WHERE table_id = :id ORDER BY group_id, capacity, state",
}


# As many entries are searched for, read and held in memory at a time.
SLICE = 200


def compare(entries: Sequence[dict[str, Any]], unit: str) -> dict[str, Any]:
    """Register entries, read them, remove them, merge them, and read them again.

    Returns:
        A report: `compared`, `values`, `kinds` of reading, `differences`, all lines of them, and
        `unnoticed`: values whose change the comparison would not name.
    """
    user = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
    report = empty_report()
    for start in range(0, len(entries), SLICE):
        part = entries[start : start + SLICE]
        add_both(report, [_register(entry, unit, user) for entry in part], user)
    return report


def empty_report() -> dict[str, Any]:
    """Give a report of nothing."""
    return {"compared": 0, "values": 0, "kinds": [], "differences": [], "unnoticed": []}


def add_both(report: dict[str, Any], ids: Sequence[str], user: str) -> None:
    """Read entries that actions wrote, merge the same ones in bulk, read again; leave none."""
    model.Session.remove()
    catalog_log.drain()
    records = _records(ids)
    typed = _read(ids)
    _purge(ids, user)
    _merge(records)
    merged = _read(ids)
    _purge(ids, user)
    report["compared"] += len(ids)
    report["values"] += sum(1 for _ in parity_compare.leaves(typed))
    report["kinds"] = sorted({*report["kinds"], *typed[ids[0]]})
    report["differences"] += parity_compare.differences(typed, merged)
    report["unnoticed"] += parity_compare.unnoticed(typed[_fullest(ids, typed)])


def _fullest(ids: Sequence[str], typed: dict[str, Any]) -> str:
    """Give the entry with the most to compare."""
    return max(ids, key=lambda id_: sum(1 for _ in parity_compare.leaves(typed[id_])))


def _register(entry: dict[str, Any], unit: str, user: str) -> str:
    context = {"ignore_auth": True, "user": user}
    data = {**entry, "owner_org": unit, "provider_code": None, "state": "active"}
    return str(tk.get_action("package_create")(context, data)["id"])


def _records(ids: Sequence[str]) -> list[tuple[str, dict[str, Any]]]:
    """Give what the change log hands to other nodes, each with the id of its unit here."""
    with own_transaction() as connection:
        found = connection.execute(
            sa.text(
                "SELECT c.record_id, c.bytes, p.owner_org FROM fjgov_change c"
                " JOIN package p ON p.id = c.record_id WHERE c.kind = 'entry' AND c.op = 'put'"
                " AND c.record_id = ANY(:ids)"
            ),
            {"ids": list(ids)},
        )
        by_id = {row.record_id: (row.owner_org, json.loads(bytes(row.bytes))) for row in found}
    return [by_id[id_] for id_ in ids]


def _merge(records: Sequence[tuple[str, dict[str, Any]]]) -> None:
    code = settings.node().code
    with own_transaction() as connection:
        made = []
        for unit_id, record in records:
            key = record["fields"]["identifier"]
            row = FeedRow(
                1, "put", "entry", key, "", "2026-01-01T00:00:00Z", None, None, None, record
            )
            made.append(rows.entry_row(row, code, unit_id))
        merge.entries(connection, made)
        merge.queue_index(connection, [row["id"] for row in made])
    indexing.drain_outbox()


def _purge(ids: Sequence[str], user: str) -> None:
    for id_ in ids:
        tk.get_action("dataset_purge")({"ignore_auth": True, "user": user}, {"id": id_})
    with own_transaction() as connection:
        # Memberships outlive their entry in CKAN; left behind, they would pass for an old copy.
        connection.execute(
            sa.text("DELETE FROM member WHERE table_id = ANY(:ids)"), {"ids": list(ids)}
        )
    model.Session.remove()


def _read(ids: Sequence[str]) -> dict[str, Any]:
    """Read entries in every way there is."""
    make_connection().commit(waitSearcher=True)
    time.sleep(1.5)
    found: dict[str, Any] = {id_: _read_one(id_) for id_ in ids}
    answer = tk.get_action("package_search")(
        {"ignore_auth": True},
        {
            "fq": "id:(" + " OR ".join(ids) + ")",
            "rows": 1000,
            "facet.field": json.dumps(sorted(FACETS)),
            "facet.limit": -1,
            "include_private": True,
        },
    )
    found["search"] = {
        "count": answer["count"],
        "hits": {hit["id"]: hit for hit in answer["results"]},
        "facets": answer["facets"],
    }
    return found


def _read_one(id_: str) -> dict[str, Any]:
    seen: dict[str, Any] = {}
    with own_transaction() as connection:
        for name, statement in TABLES.items():
            found = connection.execute(sa.text(statement), {"id": id_}).mappings()
            seen[name] = [_plain(dict(row)) for row in found]
    model.Session.remove()
    show = tk.get_action("package_show")
    seen["cached"] = show({"ignore_auth": True}, {"id": id_})
    seen["uncached"] = show({"ignore_auth": True, "use_cache": False}, {"id": id_})
    seen["default"] = show({"ignore_auth": True}, {"id": id_, "use_default_schema": True})
    solr = make_connection(decode_dates=False)
    seen["document"] = solr.search(f'id:"{id_}"', fl=",".join(COLUMNS), rows=2).docs[0]
    seen["rdf"] = _graph(id_, seen["uncached"])
    words = {"q": seen["uncached"]["title"], "fq": f"id:{id_}", "fl": ["id"]}
    seen["found"] = tk.get_action("package_search")({"ignore_auth": True}, words)["count"]
    return seen


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """Give a row with JSON texts opened and times as texts."""
    extras = row.get("extras")
    if isinstance(extras, str):
        row["extras"] = json.loads(extras)
    return {
        name: value.isoformat() if hasattr(value, "isoformat") else value
        for name, value in row.items()
    }


def _graph(id_: str, shown: dict[str, Any]) -> list[str]:
    """Give the triples of an entry's RDF in a fixed order, without the times of the write."""
    text = tk.get_action("dcat_dataset_show")({"ignore_auth": True}, {"id": id_, "format": "ttl"})
    moments = {shown[name] for name in MODIFIED[:2]}
    moments |= {row[name] for row in shown["resources"] for name in MODIFIED[1:]}
    for moment in moments:
        text = text.replace(moment, "TIME").replace(moment[:19], "TIME")
    dataset = pyoxigraph.Dataset(pyoxigraph.parse(text.encode(), pyoxigraph.RdfFormat.TURTLE))
    dataset.canonicalize(pyoxigraph.CanonicalizationAlgorithm.RDFC_1_0)
    return sorted(str(quad) for quad in dataset)
