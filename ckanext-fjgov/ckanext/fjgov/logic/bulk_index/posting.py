"""Send documents to Solr in large requests, some of them at a time."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from queue import SimpleQueue
from typing import Any

import orjson
import pysolr

import ckan.plugins.toolkit as tk
from ckan.lib.search.common import SearchError, SearchIndexError, make_connection

from ckanext.fjgov.core.errors import FjgovError
from ckanext.fjgov.logic.bulk_index.build import Batch, index_id
from ckanext.fjgov.logic.bulk_index.replay import await_replay

# Solr takes one request with one thread; two keep it busy while the next batch is built.
SENDERS = 2
# A soft commit for each of many requests would cost merges and warm searchers for nobody: what a
# long load brings is seen after this long, and all of it when `commit` ends the load.
COMMIT_WITHIN_MS = 30_000
HEADERS = {"Content-Type": "application/json; charset=utf-8"}


class IndexUnavailableError(FjgovError):
    """The search index cannot be reached; the database is not affected."""


@contextmanager
def reachable() -> Iterator[None]:
    """Word the many ways in which CKAN and pysolr say that the index does not answer."""
    try:
        yield
    except (SearchError, SearchIndexError, pysolr.SolrError, OSError) as error:
        raise IndexUnavailableError(
            "检索服务无法访问，目录已入库，索引将在下次同步或 fjgov index repair 时补齐",
            "the search index does not answer: the catalog is stored, and its index follows with"
            f" the next run or fjgov index repair ({type(error).__name__})",
        ) from error


class Sender:
    """Sends batches from threads of its own; use it as a context."""

    def __init__(self) -> None:
        """Open as many connections as there are threads."""
        self._connections: SimpleQueue[Any] = SimpleQueue()
        for _ in range(SENDERS):
            self._connections.put(make_connection())
        self._pool = ThreadPoolExecutor(SENDERS, thread_name_prefix="fjgov-index")
        self._site = tk.config.get("ckan.site_id")

    def __enter__(self) -> Sender:
        """Give itself."""
        return self

    def __exit__(self, *_exception: object) -> None:
        """Wait for what is on its way; what has not begun is not sent any more."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def send(self, batch: Batch) -> Future[None]:
        """Send a batch; the result of the future raises what `reachable` words."""
        return self._pool.submit(self._send, batch)

    def _send(self, batch: Batch) -> None:
        connection = self._connections.get()
        try:
            if batch.gone:
                names = [index_id(id_, self._site) for id_ in batch.gone]
                _post(connection, {"delete": names})
            if batch.docs:
                _post(connection, [_without_empty(doc) for doc in batch.docs])
        finally:
            self._connections.put(connection)


def commit(*, lasting: bool = False) -> None:
    """Make everything that was sent visible; Solr's log holds it if the process dies.

    Args:
        lasting: write it to the disk as well.

    Raises:
        IndexUnavailableError: no answer, or the index is busy with its own log for too long.
    """
    with reachable():
        connection = make_connection()
        await_replay(connection)
        connection.commit(softCommit=not lasting, waitSearcher=True)


def _post(connection: Any, message: dict[str, Any] | Sequence[dict[str, Any]]) -> None:
    answer = connection.get_session().post(
        f"{connection.url}/update?commit=false&commitWithin={COMMIT_WITHIN_MS}",
        data=_body(message),
        headers=HEADERS,
        timeout=connection.timeout,
    )
    if answer.status_code != 200:
        # Only the beginning: what follows may quote a document.
        raise pysolr.SolrError(f"Solr: {answer.status_code} {answer.text[:300]}")


def _body(message: Any) -> bytes:
    try:
        return orjson.dumps(message)
    except TypeError:
        # Half of a pair of surrogates, which came in as an escape: it leaves as one.
        return json.dumps(message, separators=(",", ":")).encode("ascii")


def _without_empty(doc: dict[str, Any]) -> dict[str, Any]:
    """Leave out what says nothing, as pysolr does for a single write."""
    return {name: value for name, value in doc.items() if value is not None and value != ""}
