"""Ask a city again and again what is new: `poll_city.py INI`, at a site that knows all of it."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from typing import Any

from ckan.cli import load_config
from ckan.config.middleware import make_app

POLLS = 30
CODE = "350100"
# "HTTP/1.1 304 NOT MODIFIED" and the empty line; a header has a colon, a blank and a line end.
STATUS_BYTES, HEADER_BYTES = 28, 4


class WeighedFetch:
    """Passes requests on and weighs what comes back."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner
        self.requests = 0
        self.bytes = 0

    def get(self, *words: Any, **options: Any) -> Any:
        """Read an answer."""
        answer = self.inner.get(*words, **options)
        self.requests += 1
        self.bytes += STATUS_BYTES + answer.received_bytes + _weight(answer.headers)
        return answer


def _weight(headers: Mapping[str, str]) -> int:
    return sum(len(name) + len(value) + HEADER_BYTES for name, value in headers.items())


def poll() -> dict[str, Any]:
    """Poll with the cursor that the last run left."""
    from dataclasses import replace

    from ckanext.fjgov.logic.clock import utc_now
    from ckanext.fjgov.logic.sync import peers
    from ckanext.fjgov.model import nodes
    from ckanext.fjgov.model.database import own_transaction

    with own_transaction() as connection:
        node = next(item for item in nodes.all_nodes(connection) if item.code == CODE)
    fetch: Any = None
    times = []
    reader: Any = peers.reader_of(node, utc_now())
    fetch = WeighedFetch(reader.fetch)
    reader = replace(reader, fetch=fetch)
    for _ in range(POLLS):
        begin = time.monotonic()
        page = reader.changes(
            node.cursor_seq, 1000, node.cursor_epoch or "", node.cursor_digest or ""
        )
        times.append(time.monotonic() - begin)
        if page.rows or page.end.more:
            raise RuntimeError("the city has changed meanwhile")
    times.sort()
    return {
        "requests": fetch.requests / POLLS,
        "bytes": fetch.bytes / POLLS,
        "median_ms": 1000 * times[len(times) // 2],
        "worst_ms": 1000 * times[-1],
    }


def main() -> None:
    """Load the site and poll."""
    app = make_app(load_config(sys.argv[1]))
    with app._wsgi_app.test_request_context():
        answer = poll()
    sys.stdout.write("\n" + json.dumps(answer) + "\n")


if __name__ == "__main__":
    main()
