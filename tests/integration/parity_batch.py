"""Register and change the same entries by CKAN's actions and in batches; read them in every way.

The ways give ids and numbers of their own, so that each is put under a name of its place before
records are compared: `zz-id-zz`, `zz-resource-0-zz`.
"""

from __future__ import annotations

import copy
import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import parity_compare
import parity_written
import pyoxigraph
import sqlalchemy as sa

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckan import model
from ckan.cli.db import _run_migrations
from ckan.lib.search.common import make_connection

from ckanext.fjgov.core.access.search_fields import FACETS
from ckanext.fjgov.logic import catalog_log, indexing
from ckanext.fjgov.logic.batch import Batch, Candidate, Terms, page
from ckanext.fjgov.model.database import own_transaction

Entry = dict[str, Any]
# One state of an entry: what is sent first, and what an update sends.
Pair = tuple[Entry, Entry]
TABLES = {
    **parity_written.TABLES,
    # CKAN puts resources that are gone behind the others, in any order.
    "resource": (
        "SELECT * FROM resource WHERE package_id = :id ORDER BY state,"
        " CASE WHEN state = 'active' THEN position ELSE 0 END, name, description, format, hash"
    ),
    "creator": "SELECT creator_user_id AS creator FROM package WHERE id = :id",
    "address": (
        "SELECT record_id, field, address FROM fjgov_address WHERE package_id = :id"
        " ORDER BY address, field"
    ),
    "title": "SELECT owner_org, title FROM fjgov_title WHERE package_id = :id",
    "identifier": "SELECT kind, identifier FROM fjgov_identifier WHERE record_id = :id ORDER BY 1",
    "finding": (
        "SELECT position, rule, field, severity, zh, en FROM fjgov_finding WHERE package_id = :id"
        " ORDER BY position"
    ),
    "change": (
        "SELECT node, kind, key, op, reason, replaced_by, convert_from(bytes, 'UTF8') AS data_dict"
        " FROM fjgov_change WHERE record_id = :id"
    ),
    "activity": (
        "SELECT activity_type, user_id, object_id, permission_labels, data FROM activity"
        " WHERE object_id = :id ORDER BY timestamp"
    ),
}
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z?")


def compare(pairs: Sequence[Pair], unit: str, user: str, change: str = "") -> dict[str, Any]:
    """Give the report: `compared`, `values`, `kinds`, `unnoticed`, and all lines of `differences`.

    Args:
        pairs: entries as they are registered, and the fields that an update sends.
        unit: whose entries they are.
        user: account of a registrar of the unit, whose rights hold in both ways.
        change: a column or extra that the batch is made to write wrongly, to see it told.
    """
    if change:
        _write_wrongly(change)
    # Whose table is CKAN's own, and whose columns are not.
    p.load("activity")
    _run_migrations("activity", None, True)
    differences: list[str] = []
    ways: tuple[Callable[..., list[str]], ...] = (_by_actions, _in_batches)
    read = []
    for write in ways:
        ids = write([_of_unit(first, unit) for first, _ in pairs], [""] * len(pairs), user)
        created = _read(ids)
        write([_of_unit(second, unit) for _, second in pairs], ids, user)
        read.append({"created": created, "updated": _read(ids)})
        site = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
        parity_written._purge(ids, site)
    for stage in ("created", "updated"):
        for number in range(len(pairs)):
            one, two = (found[stage]["entries"][number] for found in read)
            lines = parity_compare.differences({"entry": one}, {"entry": two})
            differences += [f"{stage} {number} {line}" for line in lines]
        one, two = (found[stage]["search"] for found in read)
        differences += [f"{stage} {line}" for line in parity_compare.differences(one, two)]
    richest = max(read[1]["updated"]["entries"], key=lambda e: len(list(parity_compare.leaves(e))))
    return {
        "compared": len(pairs),
        "values": sum(1 for _ in parity_compare.leaves(read[0])),
        "kinds": sorted(richest),
        "empty": sorted(
            name for name in richest if not any(e[name] for e in read[0]["updated"]["entries"])
        ),
        "differences": differences,
        "unnoticed": _unnoticed({"entry": richest}),
    }


def _unnoticed(record: dict[str, Any]) -> list[str]:
    """Spoil each kind of value once; give those that the comparison does not name."""
    seen: dict[tuple[str, int], tuple[parity_compare.Path, Any]] = {}
    # Each path comes twice, changed and taken out.
    for number, (path, copied) in enumerate(parity_compare.spoiled(record)):
        if not parity_compare.is_ignored(path):
            seen.setdefault((parity_compare.pattern_of(path), number % 2), (path, copied))
    return [
        parity_compare.text_of(path)
        for path, copied in seen.values()
        if not any(
            line.startswith(parity_compare.text_of(path))
            for line in parity_compare.differences(_kind(record, path), _kind(copied, path))
        )
    ]


def _kind(record: Mapping[str, Any], path: parity_compare.Path) -> dict[str, Any]:
    """Give the one way of reading that a path leads into; the others are as they were."""
    entry, kind = path[:2]
    whole = record[str(entry)]
    return {str(entry): {kind: whole[kind]} if kind in whole else {}}


def _write_wrongly(name: str) -> None:
    right = page._row

    def wrong(item: Any, share: str) -> dict[str, Any]:
        row = right(item, share)
        place = row if name in row else row["extras"]
        place[name] = f"{place[name]}x"
        return row

    page._row = wrong


def _of_unit(entry: Entry, unit: str) -> Entry:
    return {"state": "active", **copy.deepcopy(entry), "owner_org": unit, "provider_code": None}


def _by_actions(entries: Sequence[Entry], targets: Sequence[str], user: str) -> list[str]:
    ids = []
    for entry, target in zip(entries, targets, strict=True):
        context = {"user": user, "auth_user_obj": model.User.get(user)}
        if target:
            tk.get_action("package_update")(context, {**entry, "id": target})
        ids.append(target or tk.get_action("package_create")(context, entry)["id"])
    model.Session.remove()
    return ids


def _in_batches(entries: Sequence[Entry], targets: Sequence[str], user: str) -> list[str]:
    pairs = zip(entries, targets, strict=True)
    outcomes = Batch(Terms(user)).write([Candidate(entry, target) for entry, target in pairs])
    assert {outcome.status for outcome in outcomes} <= {"created", "updated"}, outcomes
    model.Session.remove()
    indexing.drain_outbox()
    return [outcome.id for outcome in outcomes]


def _read(ids: Sequence[str]) -> dict[str, Any]:
    catalog_log.drain()
    make_connection().commit(waitSearcher=True)
    time.sleep(1.5)
    found = [_read_one(id_) for id_ in ids]
    answer = tk.get_action("package_search")(
        {"ignore_auth": True},
        {
            "fq": "state:* AND id:(" + " OR ".join(ids) + ")",
            "rows": 1000,
            "facet.field": json.dumps(sorted(FACETS)),
            "facet.limit": -1,
            "include_drafts": True,
        },
    )
    return {"entries": found, "search": {"count": answer["count"], "facets": answer["facets"]}}


def _read_one(id_: str) -> dict[str, Any]:
    seen: dict[str, Any] = {}
    with own_transaction() as connection:
        for name, statement in TABLES.items():
            rows = connection.execute(sa.text(statement), {"id": id_}).mappings()
            seen[name] = [parity_written._plain(dict(row)) for row in rows]
    for row in seen["resource"]:
        if row["state"] == "deleted":
            row["position"] = None
    model.Session.remove()
    show = tk.get_action("package_show")
    own = {"ignore_auth": True}
    seen["cached"] = show(dict(own), {"id": id_})
    seen["uncached"] = show({**own, "use_cache": False}, {"id": id_})
    seen["default"] = show(dict(own), {"id": id_, "use_default_schema": True})
    solr = make_connection(decode_dates=False)
    columns = ",".join(parity_written.COLUMNS)
    seen["document"] = solr.search(f'id:"{id_}"', fl=columns, rows=2).docs[0]
    names = _names(seen)
    if seen["uncached"]["state"] == "active":
        words = {"q": seen["uncached"]["title"], "fq": f"id:{id_}", "fl": ["id"]}
        seen["found"] = tk.get_action("package_search")(dict(own), words)["count"]
        rdf = tk.get_action("dcat_dataset_show")(dict(own), {"id": id_, "format": "ttl"})
        seen["rdf"] = _graph(_renamed(rdf, names))
    renamed: dict[str, Any] = json.loads(_renamed(json.dumps(seen, ensure_ascii=False), names))
    for activity in renamed["activity"]:
        activity["data"] = json.loads(_TIME.sub("TIME", activity["data"]))
    return renamed


def _names(seen: Mapping[str, Any]) -> dict[str, str]:
    """Give what is replaced: ids and numbers of this very entry -> the name of their place."""
    package = seen["package"][0]
    extras = package["extras"]
    places = {
        package["id"]: "id",
        package["name"]: "name",
        extras["identifier"]: "identifier",
        extras["identifier"].replace("/", "-"): "name",
        extras["md_id"]: "md-id",
        extras.get("guide_code", ""): "guide-code",
        # The number alone, as bare words of the index have it.
        "/" + extras["identifier"].partition("/")[2]: "number",
        seen["document"]["index_id"]: "index-id",
    }
    places |= {row["id"]: f"resource-{number}" for number, row in enumerate(seen["resource"])}
    items = json.loads(extras.get("items") or "[]")
    places |= {item["id"]: f"item-{number}" for number, item in enumerate(items)}
    return {old: f"zz-{place}-zz" for old, place in places.items() if old}


def _renamed(text: str, names: Mapping[str, str]) -> str:
    # The longest first: one name may stand inside another.
    for old in sorted(names, key=len, reverse=True):
        text = text.replace(old, names[old])
    return text


def _graph(text: str) -> list[str]:
    """Give the triples of an entry in a fixed order, without the times of the write."""
    dataset = pyoxigraph.Dataset(
        pyoxigraph.parse(_TIME.sub("TIME", text).encode(), pyoxigraph.RdfFormat.TURTLE)
    )
    dataset.canonicalize(pyoxigraph.CanonicalizationAlgorithm.RDFC_1_0)
    return sorted(str(quad) for quad in dataset)
