"""One run: pull a node's changes page by page, write them, and prove the result.

Named steps are told to the caller as they are reached, for progress and for fault tests:
`started`, `fetched`, `taken_away`, `merged`, `indexed`, `compared`, `repaired`, `finished`.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.fjgov.core.errors import FjgovError
from ckanext.fjgov.core.federation.digest import Digest
from ckanext.fjgov.core.federation.errors import EpochChanged, FederationError
from ckanext.fjgov.core.federation.feed import FeedPage, FeedRow
from ckanext.fjgov.core.federation.guard import Stopped, check_shrink
from ckanext.fjgov.core.federation.ports import NodeReader
from ckanext.fjgov.core.federation.report import RunReport, RunTally, State
from ckanext.fjgov.logic import catalog_log, indexing
from ckanext.fjgov.logic.clock import utc_now
from ckanext.fjgov.logic.sync import compare, peers
from ckanext.fjgov.logic.sync.apply import Applier
from ckanext.fjgov.model import feed, nodes, runs
from ckanext.fjgov.model.database import own_transaction, snapshot

LEASE_SPACE = 728_310
MAX_AHEAD = 50
MAX_ROUNDS = 5

Progress = Callable[[str, dict[str, Any]], None]


class RunStoppedError(FederationError):
    """The shrink guard stopped the run before anything was removed."""


@dataclass
class Run:
    """The state of one run.

    Attributes:
        forced: an operator approved the withdrawals that the guard would stop.
        requests: pages asked from the node, the idle poll included.
    """

    node: nodes.Node
    reader: NodeReader
    applier: Applier
    tally: RunTally
    progress: Progress
    forced: bool = False
    requests: int = 0
    removed: int = 0
    base_count: int = 0

    def tell(self, step: str, **facts: Any) -> None:
        """Announce a step with the counts so far."""
        self.progress(step, {"node": self.node.code, **facts, "counts": dict(self.tally.counts)})


def queue_run(node_code: str, requested_by: str) -> str:
    """Write the row of a run that has not begun; gives its id."""
    run_id = str(uuid.uuid4())
    with own_transaction() as connection:
        runs.add(connection, run_id, node_code, requested_by)
    return run_id


def execute(
    run_id: str, *, full: bool = False, forced: bool = False, progress: Progress | None = None
) -> dict[str, Any]:
    """Run a queued sync to its end and store its report.

    Args:
        run_id: from `queue_run`.
        full: read the node's whole log again; what is here already is left as it is.
        forced: an operator approved what the shrink guard would stop.
        progress: called with each step and its facts.

    Returns:
        The report as stored: `RunReport` as JSON plus `requests`.

    Raises:
        ValidationError: another worker is at work on the node, or it is not registered.
    """
    with own_transaction() as connection:
        row = runs.find(connection, run_id)
    if row is None:
        raise tk.ObjectNotFound(f"没有运行 {run_id} / there is no run {run_id}")
    with _lease(row["node"]):
        with own_transaction() as connection:
            runs.close_dead(connection, row["node"], utc_now())
            runs.start(connection, run_id, utc_now())
        run = None
        try:
            run = _prepare(row["node"], forced=forced, progress=progress, run_id=run_id)
            report = _run(run, full=full)
        except (FederationError, FjgovError, tk.ValidationError, OSError) as error:
            report = _failed(run, error)
        stored = {**report.to_json(), "requests": run.requests if run else 0}
        with own_transaction() as connection:
            runs.finish(connection, run_id, report.state, utc_now(), stored)
            if report.state in ("verified", "repaired"):
                nodes.mark_verified(connection, row["node"], utc_now())
        if run:
            run.tell("finished", state=report.state)
        return stored


def _prepare(code: str, *, forced: bool, progress: Progress | None, run_id: str) -> Run:
    with own_transaction() as connection:
        known = nodes.all_nodes(connection)
    node = next((item for item in known if item.code == code), None)
    if node is None or node.state != peers.ACTIVE:
        raise tk.ValidationError(
            {"node": [f"节点 {code} 未登记或已停用 / node {code} is not registered or not active"]}
        )
    tally = RunTally()

    def tell(step: str, facts: dict[str, Any]) -> None:
        with own_transaction() as connection:
            runs.beat(connection, run_id, utc_now(), {"step": step, "counts": dict(tally.counts)})
        if progress:
            progress(step, facts)

    return Run(
        node=node,
        reader=peers.reader_of(node, utc_now()),
        applier=Applier(node, peers.scope_table(known), tally),
        tally=tally,
        progress=tell,
        forced=forced,
    )


def _run(run: Run, *, full: bool) -> RunReport:
    catalog_log.drain()
    indexing.drain_outbox()
    with snapshot() as connection:
        run.base_count = feed.live_count(connection, run.node.code, "entry")
    if full:
        run.node = replace(run.node, cursor_seq=0)
    run.tell("started", since=run.node.cursor_seq)
    remote = _pull(run)
    return _prove(run, remote)


def _pull(run: Run) -> Digest:
    """Apply all pages after the cursor; gives the node's digest at the end of them."""
    while True:
        try:
            pages = _fetch_ahead(run)
        except EpochChanged as changed:
            return _take_new_epoch(run, changed)
        _guard(run, [row for page in pages for row in page.rows])
        _take_away(run, pages)
        for page in pages:
            _apply_page(run, page)
        if not pages[-1].end.more:
            return Digest.parse(pages[-1].end.digest)


def _fetch_ahead(run: Run) -> list[FeedPage]:
    """Read pages before any is applied, so that what must vanish can vanish first.

    The first load has nothing to take away and reads one page at a time.
    """
    pages: list[FeedPage] = []
    since = run.node.cursor_seq
    ahead = MAX_AHEAD if run.base_count else 1
    while len(pages) < ahead:
        page = run.reader.changes(
            since, _page_size(), run.node.cursor_epoch or "", run.node.cursor_digest or ""
        )
        run.requests += 1
        pages.append(page)
        run.tell("fetched", rows=len(page.rows), head=page.end.head)
        if not page.end.more:
            break
        since = page.end.next
    return pages


def _guard(run: Run, rows: Sequence[FeedRow]) -> None:
    with snapshot() as connection:
        removed = run.applier.withdrawals(connection, rows)
    run.removed += removed
    if run.forced or not removed:
        return
    verdict = check_shrink(
        run.base_count,
        run.removed,
        share=float(tk.config.get("fjgov.sync.shrink_share")),
        floor=int(tk.config.get("fjgov.sync.shrink_floor")),
    )
    if isinstance(verdict, Stopped):
        raise RunStoppedError(verdict.zh, verdict.en)


def _take_away(run: Run, pages: Sequence[FeedPage]) -> None:
    """Apply withdrawals and stricter entries of all pages before any other change."""
    rows = [row for page in pages for row in page.rows]
    if len(rows) < 2:
        return
    with own_transaction() as connection:
        first = run.applier.taking_away(connection, rows)
        if not first:
            return
        run.applier.apply(connection, first)
        catalog_log.drain_in(connection)
    indexing.drain_outbox()
    run.tell("taken_away", rows=len(first))


def _apply_page(run: Run, page: FeedPage) -> None:
    """Write one page and move the cursor in the same transaction, then let the index follow."""
    if page.rows or page.end.next != run.node.cursor_seq or run.node.cursor_epoch != page.end.epoch:
        with own_transaction() as connection:
            run.applier.apply(connection, page.rows)
            nodes.move_cursor(
                connection,
                run.node.code,
                epoch=page.end.epoch,
                seq=page.end.next,
                digest=page.end.digest,
            )
            if page.rows:
                catalog_log.drain_in(connection)
    run.node = replace(
        run.node,
        cursor_seq=page.end.next,
        cursor_epoch=page.end.epoch,
        cursor_digest=page.end.digest,
    )
    if page.rows:
        run.tell("merged", rows=len(page.rows), cursor=page.end.next)
        indexing.drain_outbox()
        run.tell("indexed", cursor=page.end.next)


def _take_new_epoch(run: Run, changed: EpochChanged) -> Digest:
    """The node was restored: its cursor is void. Compare the catalogs and take the new epoch."""
    differences = compare.find_differences(run.reader, run.node.code)
    _guard(run, compare.withdrawals_of(differences))
    compare.repair(run.applier, run.reader, differences)
    with own_transaction() as connection:
        nodes.move_cursor(
            connection,
            run.node.code,
            epoch=changed.epoch,
            seq=changed.head,
            digest=changed.digest,
        )
    run.node = replace(run.node, cursor_epoch=changed.epoch, cursor_seq=changed.head)
    indexing.drain_outbox()
    return Digest.parse(changed.digest)


def _prove(run: Run, remote: Digest) -> RunReport:
    """Compare digests; repair what differs and say so."""
    named: list[str] = []
    for _round in range(MAX_ROUNDS):
        catalog_log.drain()
        equal = compare.local_digest(run.node.code) == remote
        run.tell("compared", equal=equal)
        if equal:
            return _proved(run, named)
        differences = compare.find_differences(run.reader, run.node.code)
        _guard(run, compare.withdrawals_of(differences))
        named = sorted({*named, *compare.names_of(differences)})
        compare.repair(run.applier, run.reader, differences)
        catalog_log.drain()
        indexing.drain_outbox()
        run.tell("repaired", records=named)
        remote = _pull(run)
    return run.tally.finish(
        "unverified",
        differences=tuple(named),
        zh="核验未通过：多次修复后仍与上报节点不一致，请联系该节点",
        en="not verified: still different from the node after several repairs; contact the node",
    )


def _proved(run: Run, named: Sequence[str]) -> RunReport:
    if not named:
        return run.tally.finish("verified")
    return run.tally.finish(
        "repaired",
        differences=tuple(named),
        zh=f"核验未通过：{len(named)} 条记录与上报节点不一致，已列出并修复，复核一致",
        en=f"not verified at first: {len(named)} records differed; named, repaired, equal now",
    )


def _failed(run: Run | None, error: Exception) -> RunReport:
    model.Session.rollback()
    tally = run.tally if run else RunTally()
    state: State = "stopped" if isinstance(error, RunStoppedError) else "failed"
    zh, en = _texts(error)
    return tally.finish(state, zh=zh, en=en)


def _texts(error: Exception) -> tuple[str, str]:
    if isinstance(error, (FederationError, FjgovError)):
        return error.zh, error.en
    text = str(error)
    return text, text


def _page_size() -> int:
    return int(tk.config.get("fjgov.sync.page_size"))


@contextmanager
def _lease(node_code: str) -> Iterator[None]:
    """Hold a node for one worker; the database gives it back when the process dies."""
    with model.meta.engine.connect() as connection:
        key = {"space": LEASE_SPACE, "node": int(node_code) % 2_000_000_000}
        held = connection.execute(
            sa.text("SELECT pg_try_advisory_lock(CAST(:space AS integer), CAST(:node AS integer))"),
            key,
        ).scalar_one()
        connection.commit()
        if not held:
            raise tk.ValidationError(
                {
                    "node": [
                        (
                            f"节点 {node_code} 正在同步，请稍后再试 / "
                            f"node {node_code} is being synchronised; try again later"
                        )
                    ]
                }
            )
        try:
            yield
        finally:
            connection.execute(
                sa.text(
                    "SELECT pg_advisory_unlock(CAST(:space AS integer), CAST(:node AS integer))"
                ),
                key,
            )
            connection.commit()
