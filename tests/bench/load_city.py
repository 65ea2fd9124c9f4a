"""Write a large catalog into one city by the bulk path: `load_city.py INI` with arguments as JSON.

Arguments: `count`, `first`, `version`, `step` as `corpus.entries` takes them. The city is measured
by its feed only, so its own index is left as it is.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from ckan.cli import load_config
from ckan.config.middleware import make_app

from tests.bench import corpus

PAGE = 2000


def load(count: int, first: int = 0, version: int = 0, step: int = 1) -> dict[str, Any]:
    """Write units and entries in pages and take each page into the log."""
    from ckanext.fjgov.logic import catalog_log, settings
    from ckanext.fjgov.logic.clock import local_today
    from ckanext.fjgov.logic.sync import rows
    from ckanext.fjgov.model import merge
    from ckanext.fjgov.model.database import own_transaction

    begin = time.monotonic()
    node, today = settings.node().code, local_today()
    units = corpus.units(today)
    ids = {record["fields"]["uscc"]: record["id"] for record in units}
    with own_transaction() as connection:
        merge.units(connection, [rows.unit_row(_received(record), node) for record in units])
    catalog_log.drain()
    records = corpus.entries(count, today, first=first, version=version, step=step)
    site = settings.node().site_url
    for page in _pages(records, PAGE):
        stored = [rows.entry_row(_received(item), node, ids[item["unit"]], site) for item in page]
        prepared = {item["id"]: _as_written(item, node) for item in page}
        with own_transaction() as connection:
            merge.entries(connection, stored)
            catalog_log.drain_in(connection, prepared)
    return {"entries": count, "seconds": time.monotonic() - begin}


def _as_written(record: dict[str, Any], node: str) -> Any:
    from ckanext.fjgov.core.catalog.canonical import ENTRY, canonical_bytes, record_hash
    from ckanext.fjgov.model.change_rows import CurrentRecord

    data = canonical_bytes(record)
    key = record["fields"]["identifier"]
    return CurrentRecord(record["id"], node, ENTRY, key, data, record_hash(data), None, None)


def _received(record: dict[str, Any]) -> Any:
    from ckanext.fjgov.core.federation.feed import FeedRow

    key = record["fields"].get("identifier") or record["fields"]["uscc"]
    return FeedRow(1, "put", record["type"], key, "", "", None, None, None, record)


def _pages(records: Iterable[dict[str, Any]], size: int) -> Iterator[list[dict[str, Any]]]:
    iterator = iter(records)
    while page := list(islice(iterator, size)):
        yield page


def main() -> None:
    """Load the site and write."""
    arguments = json.loads(sys.stdin.read() or "{}")
    app = make_app(load_config(sys.argv[1]))
    with app._wsgi_app.test_request_context():
        answer = load(**arguments)
    sys.stdout.write("\n" + json.dumps(answer) + "\n")


if __name__ == "__main__":
    main()
