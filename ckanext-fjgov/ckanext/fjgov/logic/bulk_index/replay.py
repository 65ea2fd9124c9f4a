"""Wait for an index that was restarted: until its log is replayed, it ignores every commit.

Solr answers searches, takes documents and says yes to a commit while it still puts in what its
log holds from before; what it was asked to show is then not shown.
"""

from __future__ import annotations

import logging
import time
from typing import Any

import pysolr

log = logging.getLogger(__name__)
ACTIVE = 3
PATIENCE_S = 120.0
LOOK_EVERY_S = 0.1
STATE = "TLOG.state"


def await_replay(connection: Any) -> None:
    """Return when the index takes commits.

    Args:
        connection: as CKAN makes it, to one core.

    Raises:
        pysolr.SolrError: it was busy for two minutes.

    Cost: one short request; more of them after a restart only. A server that gives no metrics is
    taken as ready.
    """
    end = time.monotonic() + PATIENCE_S
    while _state(connection) not in (ACTIVE, None):
        if time.monotonic() > end:
            raise pysolr.SolrError("Solr still replays its log after a restart")
        time.sleep(LOOK_EVERY_S)


def _state(connection: Any) -> int | None:
    """Give the state of the core's log, None when the server does not tell."""
    base, _, core = connection.url.rstrip("/").rpartition("/")
    answer = connection.get_session().get(
        f"{base}/admin/metrics",
        params={"registry": f"solr.core.{core}", "prefix": STATE, "compact": "true", "wt": "json"},
        timeout=connection.timeout,
    )
    if answer.status_code != 200:
        log.debug("no metrics of %s: %s", core, answer.status_code)
        return None
    state = answer.json().get("metrics", {}).get(f"solr.core.{core}", {}).get(STATE)
    return int(state) if state is not None else None
