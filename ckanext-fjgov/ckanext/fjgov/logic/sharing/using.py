"""Uses on the way: recorded before the first byte and after the last, and sealed (Art. 30)."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

import sqlalchemy as sa

from ckanext.fjgov.core.cases.records import Level
from ckanext.fjgov.core.usage.events import BEGIN, END, Outcome, UseEvent
from ckanext.fjgov.core.usage.sealing import Fault, Head, faults, sealed
from ckanext.fjgov.logic import settings
from ckanext.fjgov.logic.cases.actors import request_level
from ckanext.fjgov.logic.clock import utc_now
from ckanext.fjgov.logic.sharing.combining import Combiner
from ckanext.fjgov.model import signed_head, uses
from ckanext.fjgov.model.database import (
    USAGE_LOCK,
    own_transaction,
    session_lock,
    single_statements,
    snapshot,
)

log = logging.getLogger(__name__)

# Records under one seal; a look takes as many seals as it needs.
MOST = 2000


@dataclass(frozen=True, slots=True)
class Used:
    """What is used, as far as its record says it.

    Attributes:
        unit: code of the unit that holds the grant; "" without one.
        provider: code of the unit whose information it is.
        must_be_recorded: it is not given when its use cannot be recorded.
        level: how the person was identified, where no request runs; "" for how it is now.
    """

    user: str
    unit: str
    provider: str
    entry: str
    resource: str
    grant: str
    mode: str
    must_be_recorded: bool
    level: str = ""


class NotRecordedError(Exception):
    """A use could not be recorded, so that it must not take place."""


def begin(used: Used) -> UseEvent | None:
    """Record a use before its first byte, in a transaction of its own.

    Returns:
        The record; None when it could not be written and the use may go on without it.

    Raises:
        NotRecordedError: it could not be written and must be.
    """
    event = UseEvent(
        use=str(uuid.uuid4()),
        phase=BEGIN,
        at=utc_now(),
        user=used.user,
        unit=used.unit,
        provider=used.provider,
        entry=used.entry,
        resource=used.resource,
        grant=used.grant,
        mode=used.mode,
        level=used.level or (request_level() if used.user else Level.NONE).value,
    )
    try:
        _BEGINS.add(event)
    except sa.exc.SQLAlchemyError as error:
        if used.must_be_recorded:
            raise NotRecordedError(used.resource) from error
        log.exception("a use of %s could not be recorded; it is open to all", used.resource)
        return None
    return event


def end(begun: UseEvent, size: int, outcome: Outcome) -> None:
    """Record how a use ended; without this record it is shown as one without an end."""
    event = replace(begun, phase=END, at=utc_now(), size=size, outcome=outcome.value)
    try:
        _ENDS.add(event)
    except sa.exc.SQLAlchemyError:
        log.exception("the end of use %s could not be recorded", begun.use)


def seal(now: datetime) -> int:
    """Seal what waits, and sign the newest seal outside the database; gives the records sealed.

    Cost: two statements when nothing waits.
    """
    count = 0
    with session_lock(USAGE_LOCK, wait=False) as is_ours:
        if is_ours:
            while done := seal_batch(now):
                count += done
            try:
                _sign_newest()
            except (OSError, signed_head.HeadRefusedError):
                # The seals stand; `usage verify` and `doctor` say what is wrong with the file.
                log.exception("the newest seal could not be signed outside the database")
    return count


def check(seen: Head | None = None) -> Iterator[Fault]:
    """Name what is not as it was written, in the order of sealing.

    Args:
        seen: a seal that somebody else has seen, such as the parent node.

    Raises:
        HeadRefusedError: the file outside was not signed by this node.

    Cost: one pass over all records, in constant memory.
    """
    head = signed_head.read(settings.usage_head_file(), settings.identity().key.verifying())
    with snapshot() as connection:
        yield from faults_in(connection, head)
        if seen is not None and uses.hash_of(connection, seen.number) != seen.hash:
            yield Fault(
                seen.number,
                None,
                f"第 {seen.number} 号封存与上级节点所见不同，或已缺失",
                f"seal {seen.number} is missing, or another than the parent node has seen",
            )


def faults_in(connection: sa.Connection, head: Head | None) -> Iterator[Fault]:
    """Name what is not as it was written in the log as a connection sees it.

    Args:
        head: the newest seal as known outside; None when none is.
    """
    yield from faults(uses.seals(connection), head)
    for number in uses.strays(connection):
        yield Fault(0, number, f"记录 {number} 未经封存", f"record {number} is under no seal")
    for number in uses.vanished(connection):
        yield Fault(0, number, f"缺少记录 {number}", f"record {number} is missing")


def seal_batch(now: datetime) -> int:
    """Seal what waits, at most a batch of it; gives the records sealed."""
    with own_transaction() as connection:
        events = uses.take_pending(connection, MOST)
        if events:
            # The file outside must not know a seal that a crash takes back.
            uses.commit_on_disk(connection)
            uses.add_seal(connection, sealed(uses.newest_seal(connection), events, now))
    return len(events)


def _sign_newest() -> None:
    """Bring the file outside up to the newest seal that is committed.

    A file that knows another seal than the database is left as it is: it is the proof that the
    database was put back or changed, until somebody has looked (`fjgov usage verify`).
    """
    path, key = settings.usage_head_file(), settings.identity().key
    known = signed_head.read(path, key.verifying())
    with own_transaction() as connection:
        newest = uses.newest_seal(connection)
        agrees = known is None or uses.hash_of(connection, known.number) == known.hash
    if newest and agrees and newest.number > (known.number if known else 0):
        signed_head.write(path, Head(newest.number, newest.hash), key)


def _write(events: Sequence[UseEvent], *, durable: bool) -> None:
    with single_statements() as connection:
        uses.add(connection, events, durable=durable)


# Uses that begin at the same moment share one commit, which is on disk before the first byte.
# Nobody waits for the disk at the end of a use: an end that a crash swallows is shown as missing.
_IN_ONE_RECORD = (sa.exc.DataError, sa.exc.IntegrityError)
_BEGINS = Combiner[UseEvent](partial(_write, durable=True), alone=_IN_ONE_RECORD, most=MOST)
_ENDS = Combiner[UseEvent](partial(_write, durable=False), alone=_IN_ONE_RECORD, most=MOST)
