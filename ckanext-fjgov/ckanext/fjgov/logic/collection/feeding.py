"""Offer the decided collection items to the cities: the signed feed downwards."""

from __future__ import annotations

from collections.abc import Container

from ckanext.fjgov.core.federation.feed import FeedHeader
from ckanext.fjgov.core.federation.signature import AnswerFacts, RequestClaims
from ckanext.fjgov.logic import node_feed, settings
from ckanext.fjgov.logic.collection.following import follow
from ckanext.fjgov.model import collection_items, feed
from ckanext.fjgov.model.collection_items import KIND, ItemRow
from ckanext.fjgov.model.database import snapshot


def changes(
    claims: RequestClaims,
    *,
    since: int,
    limit: int,
    epoch: str,
    digest_seen: str = "",
    tags_seen: Container[str] = (),
) -> node_feed.Answer:
    """Give one page of decided items after a cursor, in the format of the change feed.

    A cursor of another epoch, beyond the head, or at it with another digest is void (409).

    Cost: one range of an index.
    """
    follow()
    with snapshot() as connection:
        here = feed.head(connection)
        catalog = collection_items.head(connection)
        head = feed.Head(here.epoch, catalog.seq)
        is_other = since == head.seq and digest_seen not in ("", catalog.digest)
        if since > head.seq or (epoch and epoch != head.epoch) or is_other:
            return node_feed.void_cursor(claims, head, catalog.digest)
        is_known = since == head.seq and digest_seen == catalog.digest
        if is_known and node_feed.tag_of(head) in tags_seen:
            return node_feed.unchanged(claims, head, catalog.digest)
        rows = collection_items.since(connection, since, limit + 1)
    more, rows = len(rows) > limit, rows[:limit]
    facts = AnswerFacts(
        epoch=head.epoch,
        head=head.seq,
        digest=catalog.digest,
        count=len(rows),
        next=rows[-1].seq if more else head.seq,
        more=more,
    )
    header = FeedHeader(settings.node().code, head.epoch, since, limit)
    return node_feed.page_answer(claims, header, [_log_row(row) for row in rows], facts)


def _log_row(row: ItemRow) -> feed.LogRow:
    return feed.LogRow(
        seq=row.seq,
        op=row.op,
        kind=KIND,
        key=row.key,
        hash=row.hash,
        data=row.data,
        reason=None,
        replaced_by=None,
        changed_at=row.changed_at,
    )
