"""The newest seal of the log of uses between nodes: told to the parent, and held against it."""

from __future__ import annotations

import logging

import sqlalchemy as sa

from ckanext.fjgov.core.usage import heads
from ckanext.fjgov.core.usage.sealing import Head
from ckanext.fjgov.logic import settings
from ckanext.fjgov.logic.clock import utc_now
from ckanext.fjgov.model import alarms, usage_heads, uses
from ckanext.fjgov.model.database import own_transaction, snapshot

log = logging.getLogger(__name__)

LONGEST = 18


def told(nonce: str, seen: str) -> str | None:
    """Give what this node tells beside an answer of its feed, signed; None before its first seal.

    Args:
        nonce: of the request.
        seen: number of the seal that the asker has seen, as it came; anything odd is none.

    Cost: two look-ups.
    """
    number = int(seen) if seen.isascii() and seen.isdigit() and len(seen) <= LONGEST else 0
    try:
        with snapshot() as connection:
            newest = uses.newest_head(connection)
            hash_seen = uses.hash_of(connection, number) if number else None
    except sa.exc.SQLAlchemyError:
        # The catalog goes on without it; the parent finds that nothing was told.
        log.exception("the newest seal of the log of uses cannot be read")
        return None
    if newest is None and not number:
        return None
    own = settings.identity()
    return heads.sign_told(
        own.key,
        sender=own.code,
        nonce=nonce,
        told=heads.Told(newest or Head(0, ""), number, hash_seen or ""),
    )


def seen_of(code: str) -> int:
    """Give the number of the newest seal that was seen of a node; 0 for none."""
    with own_transaction() as connection:
        newest = usage_heads.newest(connection, code)
    return newest.number if newest else 0


def note(code: str, told_now: heads.Told | None) -> None:
    """Keep what a node told, and raise an alarm when it does not fit what was seen before.

    The alarm names node and seal. It stays open: that a log is whole again cannot be told from
    here, a person has to look.

    Cost: two statements.
    """
    if told_now is None:
        return
    now = utc_now()
    with own_transaction() as connection:
        fault = heads.compare(usage_heads.newest(connection, code), told_now)
        if told_now.head.number:
            usage_heads.add(connection, code, told_now.head, now)
        if fault is not None:
            zh, en = f"节点 {code} 的{fault.zh}", f"node {code}: {fault.en}"
            alarms.put(connection, node=code, kind=heads.ALARM, run_id=None, zh=zh, en=en, now=now)
