"""The stock way of a first load: ckanext-harvest's CKANHarvester, record by record.

The source answers like a stock CKAN site but from memory, so that only the harvester's own work
(gather, fetch, import, indexing) is measured.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

from deploy.stack import Stack
from tests.bench import corpus
from tests.harvesting import start_harvesting_site
from tests.loopback import serving

RECORDS = 300
AT = "2026-01-02T03:04:05.000000"
# What stock CKAN has columns for; everything else of a record is a free extra.
COLUMNS = ("title", "notes")


@dataclass(frozen=True, slots=True)
class StockRate:
    """How fast stock CKANHarvester took records in."""

    records: int
    seconds: float

    @property
    def rate(self) -> float:
        """Records a second, from the order of the job until the last one was imported."""
        return self.records / self.seconds


def stock_harvest_rate(
    stack: Stack,
    records: Iterable[Mapping[str, Any]] | None = None,
    *,
    key: str = "stock_bench",
) -> StockRate:
    """Let a stock site of its own in `stack` harvest records and say how fast it was.

    Args: `records` are canonical entries as `corpus.entries` gives them, `RECORDS` of them when
    left out. The site is made for this, with CKAN's own settings, and removed afterwards.
    Raises: AssertionError when a record did not arrive.
    Cost: a minute or two; the environment of the stock site the first time a minute more.
    """
    chosen = corpus.entries(RECORDS, date(2026, 1, 1)) if records is None else records
    shown = [as_stock_shows(record) for record in chosen]
    # As CKAN is shipped; without it the rate is the same within a tenth.
    settings = {"ckan.search.solr_commit": "true"}
    harvester = start_harvesting_site(stack, key, redis_db=14, settings=settings)
    try:
        with stock_source(shown) as url:
            source = harvester.add_source("bench", url, "ckan")
            done = harvester.harvest(source, patience=1800)
        assert done.errors == []
        assert done.counts == {"added": len(shown)}
        stored = harvester.sql(
            "SELECT count(*) FROM package WHERE type = 'dataset' AND state = 'active'"
        )
        assert stored == [(len(shown),)]
    finally:
        harvester.site.remove()
    return StockRate(len(shown), done.seconds)


def as_stock_shows(record: Mapping[str, Any]) -> dict[str, Any]:
    """Give the same record as `package_search` of a stock site shows it."""
    fields = record["fields"]
    return {
        "id": record["id"],
        "name": record["name"],
        "type": "dataset",
        "state": "active",
        "private": False,
        "metadata_created": AT,
        "metadata_modified": AT,
        **{name: fields[name] for name in COLUMNS},
        "tags": [
            {"name": word, "display_name": word, "state": "active", "vocabulary_id": None}
            for word in record["tags"]
        ],
        "extras": [
            {"key": name, "value": value if isinstance(value, str) else json.dumps(value)}
            for name, value in fields.items()
            if name not in COLUMNS
        ],
        "resources": [
            {
                **{name: value for name, value in resource.items() if name != "mode"},
                "package_id": record["id"],
                "position": position,
                "state": "active",
                "url": f"https://data.example/share/{resource['id']}",
            }
            for position, resource in enumerate(record["resources"])
        ],
        "groups": [],
    }


@contextmanager
def stock_source(records: list[dict[str, Any]]) -> Iterator[str]:
    """Answer `package_search` over records, by `rows` and `start`; gives the address."""
    ordered = sorted(records, key=lambda record: record["id"])

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            query = {
                name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()
            }
            start, rows = int(query.get("start", 0)), int(query.get("rows", 10))
            found = {"count": len(ordered), "results": ordered[start : start + rows]}
            body = json.dumps({"success": True, "result": found}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json;charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_words: Any) -> None:
            return

    with serving(Handler) as port:
        yield f"http://127.0.0.1:{port}"
