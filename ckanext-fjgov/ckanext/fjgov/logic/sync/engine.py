"""One run: pull a node's changes page by page, write them, and prove the result.

Named steps are told to the caller as they are reached, for progress and for fault tests:
`started`, `fetched`, `taken_away`, `merged`, `indexed`, `retried`, `recovered`, `compared`,
`repaired`, `finished`. A run that a person asked to end does so at the next of them.
"""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.fjgov.core.errors import FjgovError
from ckanext.fjgov.core.federation.digest import Digest
from ckanext.fjgov.core.federation.errors import FederationError
from ckanext.fjgov.core.federation.report import RunReport, RunTally, State
from ckanext.fjgov.logic import catalog_log, indexing
from ckanext.fjgov.logic.clock import utc_now
from ckanext.fjgov.logic.operations import ending, reviewing
from ckanext.fjgov.logic.sharing import heads
from ckanext.fjgov.logic.sync import compare, peers
from ckanext.fjgov.logic.sync.apply import Applier
from ckanext.fjgov.logic.sync.counting import CountedReader
from ckanext.fjgov.logic.sync.foreseeing import withdrawals
from ckanext.fjgov.logic.sync.lease import lease_of
from ckanext.fjgov.logic.sync.lookup import found_run
from ckanext.fjgov.logic.sync.pulling import pull
from ckanext.fjgov.logic.sync.run import Progress, Run, RunCancelledError, RunStoppedError
from ckanext.fjgov.logic.sync.watch import Watch
from ckanext.fjgov.model import feed, nodes, reviews, runs
from ckanext.fjgov.model.database import own_transaction, snapshot

MAX_ROUNDS = 5
UNEXPECTED = (
    "同步因意外错误中断，请查看站点日志；已完成的部分保留，下次自断点继续",
    "an unexpected error ended the run, see the site's log; what is done stays, the next goes on",
)
EXPECTED_ERRORS = (FederationError, FjgovError, tk.ValidationError, OSError)


def queue_run(
    node_code: str, requested_by: str, trigger: str = "cli", options: dict[str, Any] | None = None
) -> str:
    """Write the row of a run that has not begun; gives its id.

    Args:
        node_code: the node.
        requested_by: who asked for it.
        trigger: `cli` when the caller carries it out itself, else why the job worker will.
        options: `full`, `forced` and `retry` ([kind, key]).
    """
    with own_transaction() as connection:
        return add_run(connection, node_code, requested_by, trigger, options)


def add_run(
    connection: sa.Connection,
    node_code: str,
    requested_by: str,
    trigger: str,
    options: dict[str, Any] | None,
) -> str:
    """Do what `queue_run` says in the caller's transaction."""
    run_id = str(uuid.uuid4())
    runs.add(connection, run_id, node_code, requested_by, trigger=trigger, options=options)
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
        The report as stored: `RunReport` as JSON plus `requests`, `fetched` and `bytes`.

    Raises:
        ValidationError: another worker is at work on the node.
    """
    with own_transaction() as connection:
        row = found_run(connection, run_id)
    options = {**row["options"], "full": full or row["options"].get("full", False)}
    options["forced"] = forced or options.get("forced", False)
    try:
        with lease_of(row["node"]):
            return _execute(run_id, row["node"], options, progress)
    except tk.ValidationError as error:
        ending.skip(run_id, *_texts(error))
        raise


def _execute(
    run_id: str, code: str, options: dict[str, Any], progress: Progress | None
) -> dict[str, Any]:
    with own_transaction() as connection:
        interrupted = runs.close_dead(connection, code, utc_now())
        begins = runs.start(connection, run_id, utc_now())
    if not begins:
        return ending.stored_report(run_id)
    run = None
    watch = Watch(run_id, progress)
    try:
        run = _prepare(code, options, watch)
        if interrupted:
            # Its last documents may have been sent and not shown yet.
            indexing.commit()
        report = _run(run, options)
    except EXPECTED_ERRORS as error:
        report = _failed(run.tally if run else RunTally(), error)
        if run and isinstance(error, RunStoppedError):
            reviewing.open_review(run, run_id)
    except Exception:
        model.Session.rollback()
        tally = run.tally if run else RunTally()
        zh, en = UNEXPECTED
        _store(run_id, tally.finish("failed", zh=zh, en=en, error="unexpected"), watch)
        ending.assess(code)
        raise
    stored = _store(run_id, report, watch)
    with own_transaction() as connection:
        if report.state in ("verified", "repaired"):
            nodes.mark_verified(connection, code, utc_now())
            reviews.supersede(connection, code, utc_now())
    ending.note_head(code, watch.head)
    heads.note(code, run.reader.usage if run else None)
    ending.assess(code)
    if run:
        run.tell("finished", state=report.state)
    return stored


def _store(run_id: str, report: RunReport, watch: Watch) -> dict[str, Any]:
    """Close the run; nothing writes to its row afterwards but a later run that finds it dead."""
    stored = {**report.to_json(), **watch.cost()}
    with own_transaction() as connection:
        runs.finish(connection, run_id, report.state, utc_now(), stored)
    return stored


def _prepare(code: str, options: dict[str, Any], watch: Watch) -> Run:
    with own_transaction() as connection:
        known = nodes.all_nodes(connection)
    node = next((item for item in known if item.code == code), None)
    if node is None or node.state != peers.ACTIVE:
        raise tk.ValidationError(
            {"node": [f"节点 {code} 未登记或已停用 / node {code} is not registered or not active"]}
        )
    ending.refuse_paused(code)
    tally = RunTally()
    run = Run(
        node=node,
        reader=CountedReader(peers.reader_of(node, utc_now())),
        applier=Applier(node, peers.scope_table(known), tally),
        tally=tally,
        progress=watch.tell,
        forced=options["forced"],
        approval=reviewing.approval_of(code),
    )
    watch.reader = run.reader
    run.applier.guard = run.check_removal
    return run


def _run(run: Run, options: dict[str, Any]) -> RunReport:
    catalog_log.drain()
    # What an interrupted run merged and did not index.
    indexing.drain_outbox()
    with snapshot() as connection:
        run.base = feed.live_counts(connection, run.node.code)
    if options["full"]:
        run.node = replace(run.node, cursor_seq=0, cursor_digest="")
    run.tell("started", since=run.node.cursor_seq)
    if options.get("retry"):
        _retry_named(run, options["retry"])
    remote = pull(run)
    return _prove(run, remote)


def _retry_named(run: Run, name: list[str]) -> None:
    """Fetch one refused record again and look at it; the run then goes on as any other."""
    rows = run.reader.records([(name[0], name[1])]).rows
    run.write(rows)
    indexing.drain_outbox()
    run.tell("retried", rows=len(rows))


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
            gone = withdrawals(connection, run.node.code, compare.tombstones(differences))
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
    state: State = "failed"
    if isinstance(error, RunStoppedError):
        state = "stopped"
    elif isinstance(error, RunCancelledError):
        state = "cancelled"
        # What was merged before the end is searchable as it stands now.
        indexing.drain_outbox()
    zh, en = _texts(error)
    return tally.finish(state, zh=zh, en=en, error=getattr(error, "kind", "refused"))


def _texts(error: Exception) -> tuple[str, str]:
    if isinstance(error, (FederationError, FjgovError)):
        return error.zh, error.en
    text = str(error)
    if isinstance(error, tk.ValidationError):
        text = "; ".join(str(word) for words in error.error_dict.values() for word in words)
    return text, text
