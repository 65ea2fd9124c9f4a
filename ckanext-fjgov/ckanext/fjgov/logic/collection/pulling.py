"""Pull the decided collection items from the parent node into the local copy, and prove it."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.fjgov.core.collection.content import InvalidContent
from ckanext.fjgov.core.collection.travelling import arrived
from ckanext.fjgov.core.federation.errors import EpochChanged, FederationError
from ckanext.fjgov.core.federation.feed import PUT, FeedPage, FeedRow
from ckanext.fjgov.core.federation.ports import NodeReader
from ckanext.fjgov.logic import settings
from ckanext.fjgov.logic.clock import utc_now
from ckanext.fjgov.logic.collection.following import follow_decisions
from ckanext.fjgov.logic.collection.known import is_decided_here
from ckanext.fjgov.logic.sync import peers
from ckanext.fjgov.model import collection_items, nodes
from ckanext.fjgov.model.collection_items import CatalogHead, ItemRow
from ckanext.fjgov.model.database import (
    COLLECTION_LOCK,
    COLLECTION_PULL_LOCK,
    lock_until_commit,
    own_transaction,
    session_lock,
)

log = logging.getLogger(__name__)

JOB_TIMEOUT_S = 3600
PULLED, UNCHANGED, RECOVERED = "pulled", "unchanged", "recovered"


@dataclass
class Pull:
    """What one pull did.

    Attributes:
        state: `pulled`, `unchanged`, or `recovered` when the copy was made from the beginning.
        cases: own cases into which decisions were written.
    """

    state: str = UNCHANGED
    rows: int = 0
    seq: int = 0
    cases: int = 0
    records: set[tuple[str, str]] = field(default_factory=set)


def pull(*, full: bool = False) -> Pull:
    """Bring the copy up to its source; one pull at a time.

    Args:
        full: from the beginning.

    Raises:
        ValidationError: this is the province, its parent is not registered, or it cannot be read;
            says why, and the copy stays as it was.
    """
    with session_lock(COLLECTION_PULL_LOCK, wait=True):
        now = utc_now()
        with own_transaction() as connection:
            collection_items.move_head(connection, tried_at=now)
        try:
            done = _pull(_reader(now), full=full)
        except (FederationError, InvalidContent, OSError) as error:
            zh, en = getattr(error, "zh", str(error)), getattr(error, "en", str(error))
            with own_transaction() as connection:
                collection_items.move_head(connection, error_zh=zh, error_en=en)
            raise _refused(f"无法取得已确认采集项：{zh}", f"no decided items: {en}") from error
        done.cases = follow_decisions(done.records)
        return done


def pull_job() -> None:
    """Pull for the scheduler; what went wrong is stored and shown."""
    try:
        pull()
    except tk.ValidationError as error:
        log.warning("the decided collection items were not pulled: %s", error)


def start_if_due(now: datetime) -> bool:
    """Give a pull to the job worker when it is time for one; tells whether it was.

    Raises:
        RedisError: the queue does not answer; it is time again at the next look.

    Cost: two statements.
    """
    if not _is_due(now):
        return False
    tk.enqueue_job(
        pull_job,
        title="pull decided collection items",
        rq_kwargs={"timeout": JOB_TIMEOUT_S},
    )
    # So that the next looks wait for the job, which may wait for others.
    with own_transaction() as connection:
        collection_items.move_head(connection, tried_at=now)
    return True


def _is_due(now: datetime) -> bool:
    every = settings.collection_pull_every()
    if is_decided_here() or not every or not settings.node().parent:
        return False
    with own_transaction() as connection:
        known = nodes.find(connection, settings.node().parent)
        head = collection_items.head(connection)
    is_reachable = known is not None and bool(known.address)
    return is_reachable and (head.tried_at is None or now - head.tried_at >= every)


def _reader(now: datetime) -> NodeReader:
    parent = settings.node().parent
    if is_decided_here() or not parent:
        raise _refused("本节点没有上级节点", "this node has no parent node")
    with own_transaction() as connection:
        known = nodes.find(connection, parent)
    if known is None:
        raise _refused(f"上级节点 {parent} 未登记", f"the parent node {parent} is not registered")
    return peers.collection_reader_of(known, now)


def _pull(reader: NodeReader, *, full: bool) -> Pull:
    with own_transaction() as connection:
        head = collection_items.head(connection)
    if not full:
        try:
            done = _read(reader, head, head.generation)
        except EpochChanged:
            done = None
        if done is not None:
            return done
    # Restored, or a copy that is not what the source has: made anew beside what is here.
    done = _read(reader, None, head.generation + 1)
    if done is None:
        raise _refused(
            "取得的采集项与上级节点的摘要不符，请稍后重试",
            "what was read has another digest than the source: try again",
        )
    done.state = RECOVERED
    return done


def _read(reader: NodeReader, head: CatalogHead | None, generation: int) -> Pull | None:
    """Read and store pages up to the end; None when the copy is not equal then.

    Args:
        head: where to go on; None for the beginning.
    """
    done = Pull()
    seq, epoch, digest = (head.seq, head.epoch, head.digest) if head else (0, "", "")
    while True:
        page = reader.changes(seq, _page_size(), epoch, digest if epoch else "")
        _store(page, generation, done)
        seq, epoch, digest = page.end.next, page.end.epoch, ""
        if not page.end.more:
            break
    done.seq = seq
    return done if _finish(page, generation) else None


def _store(page: FeedPage, generation: int, done: Pull) -> None:
    if not page.rows:
        return
    rows = [_row(row) for row in page.rows]
    with own_transaction() as connection:
        lock_until_commit(connection, COLLECTION_LOCK)
        collection_items.put(connection, rows, generation)
        # Until the end nobody knows whether the copy is whole.
        collection_items.move_head(
            connection,
            seq=page.end.next,
            epoch=page.end.epoch,
            generation=generation,
            digest="",
        )
    done.state = PULLED
    done.rows += len(rows)
    done.records.update((row.node, row.record) for row in rows)


def _finish(page: FeedPage, generation: int) -> bool:
    """Compare with the source; what a copy from the beginning did not bring goes."""
    with own_transaction() as connection:
        lock_until_commit(connection, COLLECTION_LOCK)
        collection_items.drop_older(connection, generation)
        digest = collection_items.whole_digest(connection).text()
        is_equal = digest == page.end.digest
        values: dict[str, Any] = {"digest": digest, "generation": generation}
        if is_equal:
            values |= {
                "epoch": page.end.epoch,
                "seq": page.end.next,
                "verified_at": utc_now(),
                "error_zh": "",
                "error_en": "",
            }
        collection_items.move_head(connection, **values)
    return is_equal


def _row(row: FeedRow) -> ItemRow:
    node, _slash, item_id = row.key.partition("/")
    at = datetime.fromisoformat(row.at.replace("Z", "+00:00"))
    record = item_id.partition("#")[0]
    if row.op != PUT or row.fields is None:
        return ItemRow(node, item_id, record, row.seq, row.op, row.hash, None, at)
    decided = arrived(row.fields)
    if decided.key != row.key or decided.identifier != record:
        raise InvalidContent(
            f"采集项 {row.key[:80]} 的内容与编号不符", f"item {row.key[:80]!a} says another key"
        )
    item = decided.item
    return ItemRow(
        node=node,
        item_id=item_id,
        record=record,
        seq=row.seq,
        op=row.op,
        hash=row.hash,
        data=row.record,
        changed_at=at,
        state=item.state.value,
        unit=item.unit,
        unit_name=decided.unit_name,
        name=item.name,
        title=decided.title,
        business_object=item.business_object,
    )


def _page_size() -> int:
    return int(tk.config.get("fjgov.sync.page_size"))


def _refused(zh: str, en: str) -> tk.ValidationError:
    return tk.ValidationError({"node": [f"{zh} / {en}"]})
