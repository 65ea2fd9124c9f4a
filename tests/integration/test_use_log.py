"""Whatever is done to the tables of uses, the verifier names the first record it was done to.

On real tables, by an administrator for whom no trigger counts; each change is rolled back.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from ckanext.fjgov.core.usage.events import BEGIN, END, Outcome, UseEvent
from ckanext.fjgov.core.usage.sealing import Fault, Head
from ckanext.fjgov.logic.sharing import using
from ckanext.fjgov.model import uses
from ckanext.fjgov.model.database import own_transaction, single_statements
from tests.integration.log_site import log_site
from tests.integration.stack_env import StackInfo

SEED, BATCHES, WAITING = 1, 8, 3
AT = datetime(2026, 3, 2, 2, tzinfo=timezone.utc)
EVENTS, SEALS, PENDING = (f"fjgov_usage.fjgov_use_{name}" for name in ("event", "seal", "pending"))
# Another value of the same type, whatever stands there.
EDITS = {
    "use": "gen_random_uuid()",
    "phase": "CASE phase WHEN 'begin' THEN 'end' ELSE 'begin' END",
    "at": "at + interval '1 microsecond'",
    "size": "coalesce(size, 0) + 1",
    **{
        name: f"{name} || 'x'"
        for name in (
            "user_id", "unit", "provider", "entry", "resource", "grant_no", "mode", "level",
            "outcome",
        )
    },
}  # fmt: skip
SEAL_EDITS = {
    "at": "at + interval '1 second'",
    "events": "array_append(events, 0)",
    "digests": "digests[2:]",
    "previous": "'x' || previous",
    "hash": "reverse(hash)",
}


@dataclass(frozen=True)
class Log:
    """A log of a few seals, and records that wait for the next one.

    Attributes:
        batches: numbers of the records under each seal, in order.
        waiting: numbers of those without one.
    """

    engine: sa.Engine
    head: Head
    batches: list[list[int]]
    waiting: list[int]

    @property
    def sealed(self) -> list[int]:
        return [number for batch in self.batches for number in batch]

    def faults(self, *statements: str) -> list[Fault]:
        """Give what the verifier finds after some statements, which are then undone."""
        with self.engine.connect() as connection:
            transaction = connection.begin()
            connection.execute(sa.text("SET LOCAL session_replication_role TO replica"))
            for statement in statements:
                connection.execute(sa.text(statement))
            found = list(using.faults_in(connection, self.head))
            transaction.rollback()
        return found

    def first(self, *statements: str) -> Fault:
        """Give the first thing that is found; there must be one."""
        return self.faults(*statements)[0]


@contextmanager
def as_administrator(stack: StackInfo, database: str) -> Iterator[sa.Engine]:
    def connect() -> Any:
        link = stack.stack.postgres.connect(database)
        link.autocommit = False
        return link

    engine = sa.create_engine("postgresql://", creator=connect)
    try:
        yield engine
    finally:
        engine.dispose()


@pytest.fixture(scope="module")
def log(stack: StackInfo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Log]:
    folder: Path = tmp_path_factory.mktemp("uses")
    draw = random.Random(SEED)
    with log_site(stack, folder) as site:
        database = site.dsn.rpartition("/")[2]
        batches = []
        for number in range(BATCHES):
            write(draw, draw.randint(1, 6))
            batches.append(pending())
            using.seal_batch(AT + timedelta(seconds=number))
        write(draw, WAITING)
        with own_transaction() as connection:
            newest = uses.newest_seal(connection)
        assert newest is not None
        with as_administrator(stack, database) as engine:
            yield Log(engine, Head(newest.number, newest.hash), batches, pending())


def write(draw: random.Random, number: int) -> None:
    for _once in range(number):
        begun = UseEvent(
            use=str(uuid.UUID(int=draw.getrandbits(128))), phase=BEGIN, at=AT, user="user-1",
            unit="UNIT-P", provider="UNIT-Q", entry="entry-1", resource="resource-1",
            grant="GX-1", mode="direct", level="token",
        )  # fmt: skip
        ended = replace(begun, phase=END, size=draw.randint(1, 9), outcome=Outcome.DONE.value)
        for event in (begun, ended):
            with single_statements() as connection:
                uses.add(connection, [event], durable=event is begun)


def pending() -> list[int]:
    with own_transaction() as connection:
        return list(
            connection.execute(sa.text(f"SELECT event FROM {PENDING} ORDER BY event")).scalars()
        )


def some(log: Log, name: str) -> Iterator[int]:
    """Give the first sealed record, the last one, and two drawn ones."""
    draw = random.Random(f"{SEED}-{name}")
    yield from {log.sealed[0], log.sealed[-1], *draw.sample(log.sealed, 2)}


def test_the_log_as_it_is_has_no_faults(log: Log) -> None:
    assert log.faults() == []


@pytest.mark.parametrize("column", EDITS)
def test_an_edited_record_is_named(log: Log, column: str) -> None:
    for number in some(log, column):
        edit = f"UPDATE {EVENTS} SET {column} = {EDITS[column]} WHERE id = {number}"
        # Two records of one use in one phase are no longer possible to begin with.
        unique = f"ALTER TABLE {EVENTS} DROP CONSTRAINT fjgov_use_event_use_phase_key"
        assert log.first(unique, edit).event == number


def test_edits_of_several_records_name_the_first(log: Log) -> None:
    draw = random.Random(SEED)
    for _once in range(10):
        chosen = sorted(draw.sample(log.sealed, 3))
        edit = f"UPDATE {EVENTS} SET level = 'none' WHERE id = ANY('{set_of(chosen)}')"
        assert [one.event for one in log.faults(edit)] == chosen


def test_a_deleted_record_is_named(log: Log) -> None:
    for number in (*some(log, "deleted"), log.waiting[0]):
        assert log.first(f"DELETE FROM {EVENTS} WHERE id = {number}").event == number


def test_a_record_that_vanishes_before_its_seal_is_named_after_it_too(log: Log) -> None:
    number = log.waiting[1]
    with log.engine.connect() as connection:
        transaction = connection.begin()
        connection.execute(sa.text("SET LOCAL session_replication_role TO replica"))
        connection.execute(sa.text(f"DELETE FROM {EVENTS} WHERE id = {number}"))
        taken = uses.take_pending(connection, using.MOST)
        before = uses.newest_seal(connection)
        uses.add_seal(connection, using.sealed(before, taken, AT))
        found = list(using.faults_in(connection, log.head))
        transaction.rollback()
    assert [one.event for one in found] == [number]


def test_a_renumbered_record_and_two_exchanged_ones_are_named(log: Log) -> None:
    always = f"ALTER TABLE {EVENTS} ALTER id SET GENERATED BY DEFAULT"
    draw = random.Random(SEED)
    for _once in range(5):
        one, other = sorted(draw.sample(log.sealed, 2))
        moved = f"UPDATE {EVENTS} SET id = 1000000 WHERE id = {one}"
        assert log.first(always, moved).event == one
        swap = (
            f"UPDATE {EVENTS} SET id = {other} WHERE id = {one}",
            f"UPDATE {EVENTS} SET id = {one} WHERE id = 1000000",
        )
        away = f"UPDATE {EVENTS} SET id = 1000000 WHERE id = {other}"
        assert [fault.event for fault in log.faults(always, away, *swap)] == [one, other]


def test_an_inserted_record_is_named(log: Log) -> None:
    copy = (
        f"INSERT INTO {EVENTS} (id, use, phase, at, user_id, unit, provider, entry, resource,"
        " grant_no, mode, level, size, outcome) OVERRIDING SYSTEM VALUE SELECT {id},"
        " gen_random_uuid(), phase, at, user_id, unit, provider, entry, resource, grant_no, mode,"
        f" level, size, outcome FROM {EVENTS} WHERE id = {log.sealed[0]}"
    )
    assert log.first(copy.replace("{id}", "500000")).event == 500000
    # In the place of one that was taken away, so that their number is as before.
    gone = f"DELETE FROM {EVENTS} WHERE id = {log.sealed[3]}"
    assert [one.event for one in log.faults(gone, copy.replace("{id}", "500000"))] == [
        log.sealed[3],
        500000,
    ]
    # Taken off the list, so that no seal will ever cover it.
    listed = f"DELETE FROM {PENDING} WHERE event = {log.waiting[0]}"
    assert log.first(listed).event == log.waiting[0]


@pytest.mark.parametrize("column", SEAL_EDITS)
def test_an_edited_seal_is_named(log: Log, column: str) -> None:
    for number in (1, BATCHES // 2, BATCHES):
        edit = f"UPDATE {SEALS} SET {column} = {SEAL_EDITS[column]} WHERE number = {number}"
        assert log.first(edit).seal == number


def test_missing_renumbered_and_exchanged_seals_are_named(log: Log) -> None:
    for number in range(1, BATCHES + 1):
        assert log.first(f"DELETE FROM {SEALS} WHERE number = {number}").seal == number
        assert log.first(f"UPDATE {SEALS} SET number = 99 WHERE number = {number}").seal == number
    for number in range(1, BATCHES):
        exchange = (
            f"UPDATE {SEALS} SET number = -1 WHERE number = {number}",
            f"UPDATE {SEALS} SET number = {number} WHERE number = {number + 1}",
            f"UPDATE {SEALS} SET number = {number + 1} WHERE number = -1",
        )
        assert log.first(*exchange).seal == number


def test_a_cut_tail_is_told_whatever_was_cut(log: Log) -> None:
    for kept in range(BATCHES):
        last = max((*(number for batch in log.batches[:kept] for number in batch), 0))
        events = f"DELETE FROM {EVENTS} WHERE id > {last}"
        pending_too = f"DELETE FROM {PENDING}"
        seals = f"DELETE FROM {SEALS} WHERE number > {kept}"
        first = log.batches[kept][0]
        assert log.first(events, pending_too).event == first
        assert log.first(events).event == first
        assert log.first(seals).seal == kept + 1
        assert first in {one.event for one in log.faults(seals)}
        whole = log.faults(events, pending_too, seals)
        assert [(one.seal, one.event) for one in whole] == [(kept + 1, None)]


def test_an_older_table_put_back_is_told_even_when_the_log_went_on(log: Log) -> None:
    kept = BATCHES - 3
    last = log.batches[kept - 1][-1]
    back = (
        (
            f"CREATE TEMPORARY TABLE old_event ON COMMIT DROP AS SELECT * FROM {EVENTS}"
            f" WHERE id <= {last}"
        ),
        (
            f"CREATE TEMPORARY TABLE old_seal ON COMMIT DROP AS SELECT * FROM {SEALS}"
            f" WHERE number <= {kept}"
        ),
        f"TRUNCATE {EVENTS}, {SEALS}, {PENDING}",
        f"INSERT INTO {EVENTS} OVERRIDING SYSTEM VALUE SELECT * FROM old_event",
        f"INSERT INTO {SEALS} SELECT * FROM old_seal",
    )
    assert [(one.seal, one.event) for one in log.faults(*back)] == [(kept + 1, None)]
    # The seals alone, and the records alone.
    assert log.first(*back[:2], f"TRUNCATE {SEALS}", back[4]).seal == kept + 1
    assert log.first(*back[:2], f"TRUNCATE {EVENTS}", back[3]).event == log.batches[kept][0]
    # New uses are sealed on top of the old table until it is as long as before.
    with log.engine.connect() as connection:
        transaction = connection.begin()
        connection.execute(sa.text("SET LOCAL session_replication_role TO replica"))
        for statement in back:
            connection.execute(sa.text(statement))
        for step in range(4):
            number = 900_000 + step
            connection.execute(
                sa.text(
                    f"INSERT INTO {EVENTS} OVERRIDING SYSTEM VALUE SELECT {number},"
                    " gen_random_uuid(), phase, at, user_id, unit, provider, entry, resource,"
                    f" grant_no, mode, level, size, outcome FROM old_event WHERE id = {last}"
                )
            )
            connection.execute(sa.text(f"INSERT INTO {PENDING} VALUES ({number})"))
            taken = uses.take_pending(connection, using.MOST)
            uses.add_seal(connection, using.sealed(uses.newest_seal(connection), taken, AT))
        found = list(using.faults_in(connection, log.head))
        transaction.rollback()
    assert [(one.seal, one.event) for one in found] == [(BATCHES, None)]
    assert "库外签名" in found[0].zh


def test_a_chain_written_anew_is_told_by_the_head_alone(log: Log) -> None:
    changed = log.batches[2][0]
    with log.engine.connect() as connection:
        transaction = connection.begin()
        connection.execute(sa.text("SET LOCAL session_replication_role TO replica"))
        connection.execute(sa.text(f"UPDATE {EVENTS} SET user_id = 'y' WHERE id = {changed}"))
        connection.execute(sa.text(f"DELETE FROM {SEALS}"))
        for batch in log.batches:
            digests = sorted(uses.digests(connection, batch).items())
            uses.add_seal(connection, using.sealed(uses.newest_seal(connection), digests, AT))
        found = list(using.faults_in(connection, log.head))
        without = list(using.faults_in(connection, None))
        transaction.rollback()
    assert (found[0].seal, without) == (BATCHES, [])


def set_of(numbers: list[int]) -> str:
    return "{" + ",".join(map(str, numbers)) + "}"
