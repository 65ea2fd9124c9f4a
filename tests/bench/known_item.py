"""Known-item recall of two title words, our configset beside CKAN's stock schema."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import requests

from ckanext.fjgov.core.importing.apply import map_book
from ckanext.fjgov.core.importing.mapping_file import parse_mapping
from ckanext.fjgov.core.importing.table import open_table
from ckanext.fjgov.logic.index_document import document
from ckanext.fjgov.logic.searching import FIELDS, MIN_MATCH
from deploy.samples import NODE_KEYS, load_samples
from deploy.stack.solr import Solr
from tests.bench.rows import BenchRow
from tests.bench.sites import BenchSites
from tests.factories import TODAY
from tests.integration.guangxi_node import LISTING, MAPPING
from tests.integration.known_item import HITS, RECALL_TARGET, ask, known_items

# What CKAN's `package_search` sends when nobody changes it (ckan.lib.search.query).
STOCK_FIELDS = "name^4 title^4 tags^2 groups^2 text"
COMMON = {
    "defType": "dismax",
    "tie": "0.1",
    "mm": MIN_MATCH,
    "df": "text",
    "q.op": "AND",
    "rows": HITS,
    "fl": "id",
    "sort": "score desc, metadata_modified desc",
}
SITE = "bench"


def measure(sites: BenchSites) -> list[BenchRow]:
    """Index one real catalog in both cores, ask both the same queries."""
    corpus, name = _corpus()
    items = known_items({entry["id"]: entry["title"] for entry in corpus})
    solr = sites.stack.solr
    ours_core = solr.add_core("known_item")
    _load(solr, ours_core, [document(_prepared(entry)) for entry in corpus])
    _load(solr, sites.stock_core, [_prepared(entry) for entry in corpus])
    value = ask(items, _finder(solr, ours_core, FIELDS))
    baseline = ask(items, _finder(solr, sites.stock_core, STOCK_FIELDS))
    _post(solr, sites.stock_core, {"delete": {"query": f"site_id:{SITE}"}})
    distinct = len({query for _key, query in items})
    print(f"known_item_recall: {len(items)} queries, {distinct} distinct, {name}", flush=True)
    return [
        BenchRow(
            name="known_item_recall",
            unit=f"recall@{HITS}",
            value=round(value, 4),
            baseline=round(baseline, 4),
            ratio=round(value / baseline, 2) if baseline else None,
            target=f"value ≥ {RECALL_TARGET}, ≥ 400 queries",
            holds=value >= RECALL_TARGET and len(items) >= 400,
            note=f"{len(items)} queries over {len(corpus)} entries of {name}; see docs/search.md",
        )
    ]


def _corpus() -> tuple[list[dict[str, Any]], str]:
    """Give the entries of the real listing, or of the sample catalogs where it is not at hand."""
    if LISTING.is_file():
        mapping = parse_mapping(MAPPING.read_text("utf-8"))
        rows = map_book(open_table(LISTING.read_bytes(), encoding=mapping.encoding), mapping)
        entries = [{**row.entry, "provider": row.unit_name} for row in rows]
        name = LISTING.name
    else:
        entries = [
            {**entry, "provider": ""}
            for key in NODE_KEYS
            for entry in load_samples(key, TODAY).entries
        ]
        name = "the sample catalogs (the real listing is not at hand)"
    return [{**entry, "id": f"known-{number:05d}"} for number, entry in enumerate(entries)], name


def _prepared(entry: dict[str, Any]) -> dict[str, Any]:
    """Give the document that CKAN would send to the index."""
    shown = {
        **{name: value for name, value in entry.items() if name not in ("provider", "tag_string")},
        "organization": {"title": entry["provider"]},
    }
    return {
        "index_id": entry["id"],
        "id": entry["id"],
        "site_id": SITE,
        "name": entry["id"],
        "title": entry["title"],
        "title_string": entry["title"],
        "notes": entry.get("notes") or "",
        "state": "active",
        "entity_type": "package",
        "dataset_type": "dataset",
        "validated_data_dict": json.dumps(shown, ensure_ascii=False),
    }


def _load(solr: Solr, core: str, documents: Iterable[dict[str, Any]]) -> None:
    _post(solr, core, list(documents))


def _post(solr: Solr, core: str, body: Any) -> None:
    answer = requests.post(f"{core}/update?commit=true", json=body, auth=solr.auth, timeout=120)
    answer.raise_for_status()


def _finder(solr: Solr, core: str, fields: str) -> Any:
    session = requests.Session()
    session.auth = solr.auth

    def find(query: str) -> list[str]:
        answer = session.get(
            f"{core}/select",
            params={**COMMON, "q": query, "qf": fields, "fq": f"site_id:{SITE}"},
            timeout=30,
        )
        answer.raise_for_status()
        return [row["id"] for row in answer.json()["response"]["docs"]]

    return find
