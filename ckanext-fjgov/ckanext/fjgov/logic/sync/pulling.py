"""Pull a node's changes page by page; what must vanish vanishes first."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field

import ckan.plugins.toolkit as tk

from ckanext.fjgov.core.federation.digest import Digest
from ckanext.fjgov.core.federation.errors import EpochChanged
from ckanext.fjgov.core.federation.feed import FeedPage, FeedRow
from ckanext.fjgov.logic import catalog_log, indexing
from ckanext.fjgov.logic.sync import compare, foreseeing
from ckanext.fjgov.logic.sync.collecting import collecting_rarely
from ckanext.fjgov.logic.sync.index_process import IndexProcess
from ckanext.fjgov.logic.sync.prefetch import NextPage
from ckanext.fjgov.logic.sync.run import Cursor, Run
from ckanext.fjgov.model import runs
from ckanext.fjgov.model.database import own_transaction, snapshot

KEPT_ROWS = 5000
# Lets the index follow a merge: at once, or from a process beside this one.
Follow = Callable[[], object]


@dataclass
class Ahead:
    """What was read before anything is applied.

    Attributes:
        pages: the first pages after the cursor, at most about 5,000 rows.
        vanishing: rows of all pages read that withdraw a record or make it stricter.
    """

    pages: list[FeedPage] = field(default_factory=list)
    vanishing: list[FeedRow] = field(default_factory=list)


def pull(run: Run) -> Digest:
    """Apply all pages after the cursor; gives the node's digest at the end of them."""
    # A first load has nothing to take away, and one that was interrupted next to nothing.
    look_ahead = any(run.base.values()) and run.node.verified_at is not None
    source = NextPage(run.reader.changes)
    with ExitStack() as stack:
        stack.enter_context(collecting_rarely())
        follow: Follow = indexing.drain_outbox
        while True:
            try:
                ahead = _read(run, source, to_the_end=look_ahead)
            except EpochChanged as changed:
                return _take_new_epoch(run, changed)
            # Once is enough: what comes behind the end of that look is applied page by page.
            look_ahead = False
            _take_away(run, ahead)
            end = ahead.pages[-1].end
            if follow is indexing.drain_outbox and _is_long(run, ahead):
                follow = stack.enter_context(IndexProcess()).wake
            if end.more:
                source.ask((end.next, _page_size(), end.epoch, ""))
            for page in ahead.pages:
                _apply_page(run, page, follow)
            if not end.more:
                break
        if follow is not indexing.drain_outbox:
            stack.close()
            run.tell("indexed", cursor=end.next)
    _retry_refused(run)
    return Digest.parse(end.digest)


def _is_long(run: Run, ahead: Ahead) -> bool:
    """Tell whether so much is to come that a process of its own for the index is worth it."""
    end = ahead.pages[-1].end
    several = end.more or len(ahead.pages) > 1
    to_come = end.head - run.node.cursor_seq
    return several and to_come >= int(tk.config.get("fjgov.sync.parallel_from"))


def _read(run: Run, source: NextPage, *, to_the_end: bool) -> Ahead:
    """Read one page, or all pages to find what must vanish; memory holds 5,000 rows of them."""
    ahead = Ahead()
    rows, since = 0, run.node.cursor_seq
    epoch, digest = run.node.cursor_epoch or "", run.node.cursor_digest or ""
    while True:
        page = source.take((since, _page_size(), epoch, digest))
        if rows < KEPT_ROWS:
            ahead.pages.append(page)
        rows += len(page.rows)
        _look(run, ahead, page)
        run.tell("fetched", rows=len(page.rows), head=page.end.head)
        if not (page.end.more and to_the_end):
            return ahead
        since, epoch, digest = page.end.next, page.end.epoch, ""


def _look(run: Run, ahead: Ahead, page: FeedPage) -> None:
    """Note what a page takes away, and ask the guard before anything is touched."""
    if not page.rows:
        return
    with snapshot() as connection:
        gone = foreseeing.withdrawals(connection, run.node.code, page.rows)
        ahead.vanishing += foreseeing.taking_away(connection, run.node.code, page.rows)
    run.check_removal(gone)


def _take_away(run: Run, ahead: Ahead) -> None:
    """Apply withdrawals and stricter records before any other change of the run."""
    others = sum(len(page.rows) for page in ahead.pages) - len(ahead.vanishing)
    if not ahead.vanishing or not others:
        return
    run.write(ahead.vanishing)
    run.done.update(row.seq for row in ahead.vanishing)
    indexing.drain_outbox()
    run.tell("taken_away", rows=len(ahead.vanishing))


def _apply_page(run: Run, page: FeedPage, follow: Follow) -> None:
    """Write one page and move the cursor in the same transaction, then let the index follow."""
    end = page.end
    # The digest of a page is that of the head: it says nothing about a cursor before it.
    cursor = Cursor(end.epoch, end.next, end.digest if end.next == end.head else "")
    rows = [row for row in page.rows if row.seq not in run.done]
    known = Cursor(run.node.cursor_epoch or "", run.node.cursor_seq, run.node.cursor_digest or "")
    if rows or cursor != known:
        run.write(rows, cursor)
    if page.rows:
        run.tell("merged", rows=len(page.rows), cursor=end.next)
        follow()
        if follow is indexing.drain_outbox:
            run.tell("indexed", cursor=end.next)


def _retry_refused(run: Run) -> None:
    """Look again at refused records whose unit was written or whose registration changed."""
    with own_transaction() as connection:
        keys = runs.due(connection, run.node.code, units_changed=bool(run.applier.new_units))
    if not keys:
        return
    run.write(run.reader.records(keys).rows)
    indexing.drain_outbox()
    run.tell("retried", rows=len(keys))


def _take_new_epoch(run: Run, changed: EpochChanged) -> Digest:
    """The node was restored: its cursor is void. Compare the catalogs and take the new epoch."""
    run.restored = True
    catalog_log.drain()
    differences = compare.find_differences(run.reader, run.node.code)
    with snapshot() as connection:
        gone = foreseeing.withdrawals(connection, run.node.code, compare.tombstones(differences))
    run.check_removal(gone)
    run.named.update(compare.names_of(differences))
    compare.repair(run, differences)
    run.write((), Cursor(changed.epoch, changed.head, changed.digest))
    indexing.drain_outbox()
    run.tell("recovered", records=sorted(run.named), epoch=changed.epoch)
    return Digest.parse(changed.digest)


def _page_size() -> int:
    return int(tk.config.get("fjgov.sync.page_size"))
