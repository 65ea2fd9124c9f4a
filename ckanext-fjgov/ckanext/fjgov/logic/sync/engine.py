"""One run: pull a node's changes page by page, write them, and prove the result.

Named steps are told to the caller as they are reached, for progress and for fault tests:
`started`, `fetched`, `taken_away`, `merged`, `indexed`, `retried`, `recovered`, `compared`,
`repaired`, `finished`.
"""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.fjgov.core.catalog.canonical import ENTRY, UNIT
from ckanext.fjgov.core.errors import FjgovError
from ckanext.fjgov.core.federation.digest import Digest
from ckanext.fjgov.core.federation.errors import FederationError
from ckanext.fjgov.core.federation.report import RunReport, RunTally, State
from ckanext.fjgov.logic import catalog_log, indexing
from ckanext.fjgov.logic.clock import utc_now
from ckanext.fjgov.logic.sync import compare, peers
from ckanext.fjgov.logic.sync.apply import Applier
from ckanext.fjgov.logic.sync.counting import CountedReader
from ckanext.fjgov.logic.sync.lease import lease_of
from ckanext.fjgov.logic.sync.pulling import pull
from ckanext.fjgov.logic.sync.run import Progress, Run, RunStoppedError
from ckanext.fjgov.model import feed, nodes, runs
from ckanext.fjgov.model.database import own_transaction, snapshot

MAX_ROUNDS = 5
UNEXPECTED = (
    "同步因意外错误中断，请查看站点日志；已完成的部分保留，下次自断点继续",
    "an unexpected error ended the run, see the site's log; what is done stays, the next goes on",
)
EXPECTED_ERRORS = (FederationError, FjgovError, tk.ValidationError, OSError)


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
        The report as stored: `RunReport` as JSON plus `requests` and `fetched`.

    Raises:
        ValidationError: another worker is at work on the node.
    """
    with own_transaction() as connection:
        row = runs.find(connection, run_id)
    if row is None:
        raise tk.ObjectNotFound(f"没有运行 {run_id} / there is no run {run_id}")
    try:
        with lease_of(row["node"]):
            return _execute(run_id, row["node"], full=full, forced=forced, progress=progress)
    except tk.ValidationError as error:
        _store(run_id, _failed(RunTally(), error), None)
        raise


def _execute(
    run_id: str, code: str, *, full: bool, forced: bool, progress: Progress | None
) -> dict[str, Any]:
    with own_transaction() as connection:
        runs.close_dead(connection, code, utc_now())
        runs.start(connection, run_id, utc_now())
    run = None
    try:
        run = _prepare(code, forced=forced, progress=progress, run_id=run_id)
        report = _run(run, full=full)
    except EXPECTED_ERRORS as error:
        report = _failed(run.tally if run else RunTally(), error)
    except Exception:
        model.Session.rollback()
        tally = run.tally if run else RunTally()
        _store(run_id, tally.finish("failed", zh=UNEXPECTED[0], en=UNEXPECTED[1]), run)
        raise
    stored = _store(run_id, report, run)
    if report.state in ("verified", "repaired"):
        with own_transaction() as connection:
            nodes.mark_verified(connection, code, utc_now())
    if run:
        run.tell("finished", state=report.state)
    return stored


def _store(run_id: str, report: RunReport, run: Run | None) -> dict[str, Any]:
    """Close the run; nothing writes to its row afterwards but a later run that finds it dead."""
    cost = {
        "requests": run.reader.requests if run else 0,
        "fetched": run.reader.fetched if run else 0,
    }
    stored = {**report.to_json(), **cost}
    with own_transaction() as connection:
        runs.finish(connection, run_id, report.state, utc_now(), stored)
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

    run = Run(
        node=node,
        reader=CountedReader(peers.reader_of(node, utc_now())),
        applier=Applier(node, peers.scope_table(known), tally),
        tally=tally,
        progress=tell,
        forced=forced,
    )
    run.applier.guard = run.check_removal
    return run


def _run(run: Run, *, full: bool) -> RunReport:
    catalog_log.drain()
    # What an interrupted run merged and did not index.
    indexing.drain_outbox()
    with snapshot() as connection:
        run.base = {
            kind: feed.live_count(connection, run.node.code, kind) for kind in (ENTRY, UNIT)
        }
    if full:
        run.node = replace(run.node, cursor_seq=0, cursor_digest="")
    run.tell("started", since=run.node.cursor_seq)
    remote = pull(run)
    return _prove(run, remote)


def _prove(run: Run, remote: Digest) -> RunReport:
    """Compare digests; repair what differs and say so."""
    for _round in range(MAX_ROUNDS):
        catalog_log.drain()
        equal = compare.local_digest(run.node.code) == remote
        run.tell("compared", equal=equal)
        if equal:
            return _proved(run)
        differences = compare.find_differences(run.reader, run.node.code)
        run.named.update(compare.names_of(differences))
        with snapshot() as connection:
            gone = run.applier.withdrawals(connection, compare.tombstones(differences))
        run.check_removal(gone)
        compare.repair(run, differences)
        indexing.drain_outbox()
        run.tell("repaired", records=sorted(run.named))
        remote = pull(run)
    return run.tally.finish(
        "unverified",
        differences=tuple(sorted(run.named)),
        zh="核验未通过：多次修复后仍与上报节点不一致，请联系该节点",
        en="not verified: still different from the node after several repairs; contact the node",
    )


def _proved(run: Run) -> RunReport:
    """Word the result of a run whose catalogs are equal now."""
    number = len(run.named)
    if run.restored:
        return run.tally.finish(
            "repaired" if number else "verified",
            differences=tuple(sorted(run.named)),
            zh=f"上报节点已恢复到另一时点，逐桶比对后处理 {number} 条，复核一致",
            en=f"the node was restored: catalogs compared, {number} records differed, equal now",
        )
    if not number:
        return run.tally.finish("verified")
    return run.tally.finish(
        "repaired",
        differences=tuple(sorted(run.named)),
        zh=f"核验未通过：{number} 条记录与上报节点不一致，已列出并修复，复核一致",
        en=f"not verified at first: {number} records differed; named, repaired, equal now",
    )


def _failed(tally: RunTally, error: Exception) -> RunReport:
    model.Session.rollback()
    state: State = "stopped" if isinstance(error, RunStoppedError) else "failed"
    if isinstance(error, (FederationError, FjgovError)):
        return tally.finish(state, zh=error.zh, en=error.en)
    text = str(error)
    if isinstance(error, tk.ValidationError):
        text = "; ".join(str(word) for words in error.error_dict.values() for word in words)
    return tally.finish(state, zh=text, en=text)
