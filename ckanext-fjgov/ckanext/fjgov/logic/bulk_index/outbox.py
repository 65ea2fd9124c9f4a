"""Serve the orders of merges: the index follows the database, and may run beside further merges.

The contract: an order is taken off only after its document is in, and a document is never older
than the order that it serves, because it is built from a snapshot that begins after the order was
read. One worker at a time; it may be a thread or a process beside the one that merges.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass

import sqlalchemy as sa

from ckan import model

from ckanext.fjgov.logic.bulk_index.build import Batch, build
from ckanext.fjgov.logic.bulk_index.posting import SENDERS, Sender, commit, reachable
from ckanext.fjgov.model import merge
from ckanext.fjgov.model.database import (
    OUTBOX_LOCK,
    own_transaction,
    session_lock,
    snapshot,
)

PAGE = 500
Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class _OnItsWay:
    """One batch that was given to Solr, and the orders that it serves."""

    orders: list[int]
    ids: frozenset[str]
    batch: Batch
    sent: Future[None]


def drain_outbox(progress: Progress | None = None, *, show: bool = True) -> int:
    """Index what merges asked for; an order is taken off only after its document is in.

    Args:
        progress: called with the number of orders served so far.
        show: let searches see the documents at once, and not within `posting.COMMIT_WITHIN_MS`.

    Returns:
        The number of orders served.

    Raises:
        IndexUnavailableError: orders that were not served stay in the outbox.

    Cost: about 0.5 ms of CPU an order, and what Solr needs; memory for a few batches.
    """
    # A slower second worker could put an older document over a newer one.
    with session_lock(OUTBOX_LOCK, wait=True):
        if not _orders_after(0, 1):
            return 0
        with reachable(), Sender() as sender:
            done = _Drain(sender, progress).run()
        if show:
            commit()
        return done


def index_packages(ids: Sequence[str]) -> None:
    """Bring the documents of some packages to what the database says.

    Raises:
        IndexUnavailableError: the orders stay in the outbox and are served later.
    """
    with own_transaction() as connection:
        merge.queue_index(connection, sorted(set(ids)))
    drain_outbox()


class _Drain:
    """One pass over the outbox until nothing is left in it."""

    def __init__(self, sender: Sender, progress: Progress | None) -> None:
        self._sender = sender
        self._progress = progress
        self._flying: deque[_OnItsWay] = deque()
        self._done = 0

    def run(self) -> int:
        last = 0
        while True:
            orders = _orders_after(last, PAGE)
            if orders:
                self._serve(orders)
                last = orders[-1][0]
                continue
            self._land(0)
            if not last:
                return self._done
            # Numbers are given before a merge commits: a lower one may have come in since.
            last = 0

    def _serve(self, orders: list[tuple[int, str]]) -> None:
        ids = frozenset(package_id for _, package_id in orders)
        if any(ids & earlier.ids for earlier in self._flying):
            # Two requests on their way may arrive in either order.
            self._land(0)
        # The slow way of building reads through the session, which must see the orders' merges.
        model.Session.rollback()
        with snapshot() as connection:
            batch = build(connection, sorted(ids))
        numbers = [number for number, _ in orders]
        self._flying.append(_OnItsWay(numbers, ids, batch, self._sender.send(batch)))
        if batch.slow:
            model.Session.expunge_all()
        self._land(SENDERS)

    def _land(self, left: int) -> None:
        """Wait until at most some batches are on their way; take off the orders of the others."""
        while len(self._flying) > left:
            first = self._flying.popleft()
            first.sent.result()
            with own_transaction() as connection:
                merge.queue_index(connection, _overtaken(connection, first.batch))
                connection.execute(
                    sa.text("DELETE FROM fjgov_index_outbox WHERE id = ANY(:ids)"),
                    {"ids": first.orders},
                )
            self._done += len(first.orders)
            if self._progress:
                self._progress(self._done)


def _overtaken(connection: sa.Connection, batch: Batch) -> list[str]:
    """Give the packages that were written while their documents were on their way.

    A write by CKAN's actions sends its document itself, and ours may have come in after it.
    """
    rows = connection.execute(
        sa.text("SELECT id, metadata_modified, state FROM package WHERE id = ANY(:ids)"),
        {"ids": [*batch.modified, *batch.gone]},
    )
    overtaken = []
    for row in rows:
        built_from = batch.modified.get(row.id)
        came_back = built_from is None and row.state != "deleted"
        if came_back or (built_from is not None and row.metadata_modified != built_from):
            overtaken.append(row.id)
    return overtaken


def _orders_after(last: int, limit: int) -> list[tuple[int, str]]:
    with own_transaction() as connection:
        rows = connection.execute(
            sa.text(
                "SELECT id, package_id FROM fjgov_index_outbox WHERE id > :last"
                " ORDER BY id LIMIT :limit"
            ),
            {"last": last, "limit": limit},
        )
        return [(row.id, row.package_id) for row in rows]
