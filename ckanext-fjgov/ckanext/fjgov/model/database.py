"""The transaction of the running request, and those apart from it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

import sqlalchemy as sa

import ckan.model as ckan_model

SEQUENCER_LOCK = 728_301
AUDIT_LOCK = 728_302
COUNTER_LOCK = 728_303
OUTBOX_LOCK = 728_305
BATCH_LOCK = 728_306
QUALITY_LOCK = 728_309
COLLECTION_LOCK = 728_312
COLLECTION_PULL_LOCK = 728_313
USAGE_LOCK = 728_314
PROCESSING_LOCK = 728_321
DUMP_LOCK = 728_322
OPERATIONS_LOCK = 728_341
SCHEDULER_LOCK = 728_342
CALENDAR_LOCK = 728_343


@contextmanager
def own_transaction() -> Iterator[sa.Connection]:
    """Give a connection whose work is committed at the end, whatever the caller's session does."""
    with ckan_model.meta.engine.begin() as connection:
        yield connection


@contextmanager
def single_statements() -> Iterator[sa.Connection]:
    """Give a connection on which each statement is a transaction of its own: one round trip.

    The connections are kept for such statements: to change what a connection does with its
    statements, and back, costs more than a statement.
    """
    # A forked process must not speak on its parent's connections.
    with _single_engine(ckan_model.meta.engine.url, os.getpid()).connect() as connection:
        yield connection


@lru_cache(maxsize=2)
def _single_engine(url: sa.URL, _process: int) -> sa.Engine:
    return sa.create_engine(
        url,
        isolation_level="AUTOCOMMIT",
        pool_size=2,
        pool_pre_ping=True,
        pool_reset_on_return=None,
    )


@contextmanager
def snapshot() -> Iterator[sa.Connection]:
    """Give a read-only connection on which all reads see one moment of the database."""
    engine = ckan_model.meta.engine.execution_options(isolation_level="REPEATABLE READ")
    with engine.connect() as connection, connection.begin():
        connection.execute(sa.text("SET TRANSACTION READ ONLY"))
        yield connection


def lock_until_commit(connection: sa.Connection, key: int, *, shared: bool = False) -> None:
    """Wait for an advisory lock that the end of the transaction gives back.

    Args:
        shared: others may share it; who wants it alone waits for all of them.
    """
    take = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
    connection.execute(sa.text(f"SELECT {take}(:key)"), {"key": key})


@contextmanager
def session_lock(*key: int, wait: bool) -> Iterator[bool]:
    """Hold an advisory lock that outlives transactions and ends with its holder's process.

    Args:
        key: one number, or two that each fit into 32 bits.
        wait: False to go on without the lock when somebody else holds it.

    Returns:
        Whether it is held.
    """
    values = {f"key{place}": number for place, number in enumerate(key)}
    kind = "integer" if len(key) > 1 else "bigint"
    numbers = ", ".join(f"CAST(:{name} AS {kind})" for name in values)
    take = "pg_advisory_lock" if wait else "pg_try_advisory_lock"
    with ckan_model.meta.engine.connect() as connection:
        answer = connection.execute(sa.text(f"SELECT {take}({numbers})"), values).scalar_one()
        # One who waits is told nothing, and has it.
        held = wait or bool(answer)
        connection.commit()
        try:
            yield held
        finally:
            if held:
                connection.execute(sa.text(f"SELECT pg_advisory_unlock({numbers})"), values)
                connection.commit()


def session_connection() -> sa.Connection:
    """Give the connection of the running request, so that side rows commit with CKAN's own."""
    connection: sa.Connection = ckan_model.Session.connection()
    return connection


@contextmanager
def request_transaction() -> Iterator[sa.Connection]:
    """Give the connection of the running request; all that was done is committed, or nothing.

    An action of CKAN that commits at its own end commits what was done before it, too.
    """
    try:
        yield session_connection()
        ckan_model.repo.commit()
    except BaseException:
        ckan_model.Session.rollback()
        raise
