"""A catalog of its own to write change-log tests against: tables and triggers, no site.

CKAN's models are only used for their engine; the change log asks for nothing else.
"""

from __future__ import annotations

import itertools
import json
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import psycopg2
import sqlalchemy as sa

from ckan.model import meta

from ckanext.fjgov.core.catalog.canonical import RecordShape
from ckanext.fjgov.core.catalog.schema_model import load_schema
from ckanext.fjgov.core.catalog.uscc import make_uscc
from ckanext.fjgov.core.federation.digest import Digest, digest_key, digest_of
from ckanext.fjgov.model import change_log, feed
from ckanext.fjgov.model.change_rows import Shapes
from ckanext.fjgov.model.database import snapshot
from ckanext.fjgov.model.high_water import HighWaterMark
from tests.integration.stack_env import StackInfo

NODE = "350100"
_numbers = itertools.count(1)
_engine_lock = threading.Lock()


def shapes() -> Shapes:
    """Give the shapes of this extension's schemas at node 350100."""
    entry, unit = (
        RecordShape(
            json_fields=frozenset(item.name for item in schema.fields if item.is_structured),
            local_fields=frozenset(item.name for item in schema.fields if not item.catalogued),
        )
        for schema in (load_schema("catalog_entry.yaml"), load_schema("unit.yaml"))
    )
    return Shapes(entry=entry, unit=unit, node=NODE)


@dataclass
class LogSite:
    """One catalog: its database, its mark outside of it, and a reader's position."""

    dsn: str
    mark: HighWaterMark
    shapes: Shapes = field(default_factory=shapes)

    def drain(self) -> int:
        """Take all pending notes into the log."""
        return change_log.drain_all(self.shapes, self.mark, _now)

    def changes(self, since: int = 0, limit: int = 100_000) -> list[feed.LogRow]:
        """Give rows of the log after a cursor, as the feed does."""
        with snapshot() as connection:
            return feed.changes(connection, NODE, since, limit)

    def head(self) -> feed.Head:
        """Give where the log stands."""
        with snapshot() as connection:
            return feed.head(connection)

    def digest(self) -> Digest:
        """Give the digest that is kept incrementally."""
        with snapshot() as connection:
            return feed.digest(connection, NODE)

    def digest_from_scratch(self) -> Digest:
        """Give the digest of what the log lists."""
        rows = [row for row in self.changes() if row.op == "put"]
        return digest_of({digest_key(row.kind, row.key): row.hash for row in rows})

    def run(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Run one statement in a transaction of its own."""
        with self.transaction() as cursor:
            cursor.execute(statement, values or None)
            return list(cursor.fetchall()) if cursor.description else []

    @contextmanager
    def transaction(self) -> Iterator[Any]:
        """Give a cursor; commits at the end, rolls back on an error."""
        link = psycopg2.connect(self.dsn)
        try:
            with link, link.cursor() as cursor:
                yield cursor
        finally:
            link.close()

    def add_unit(self, title: str = "福州市示例局") -> tuple[str, str]:
        """Insert a unit; gives its id and USCC."""
        number = next(_numbers)
        unit_id, code = str(uuid.uuid4()), make_uscc("11", "350100", f"MB{number:06d}")
        self.run(
            'INSERT INTO "group" (id, name, title, type, is_organization, approval_status, state,'
            " extras) VALUES (%s, %s, %s, 'organization', true, 'approved', 'active', %s)",
            unit_id,
            f"u-{code.lower()}",
            title,
            json.dumps({"uscc": code, "home_node": NODE, "division": "350100"}),
        )
        return unit_id, code


def new_identifier() -> str:
    """Give an identifier that no other record of these tests has."""
    return f"35100/T{next(_numbers):06d}"


def insert_entry(
    cursor: Any, unit_id: str | None, title: str, *, state: str = "active", identifier: str = ""
) -> tuple[str, str]:
    """Insert an entry with one resource; gives its id and identifier."""
    package_id, identifier = str(uuid.uuid4()), identifier or new_identifier()
    cursor.execute(
        "INSERT INTO package (id, name, title, type, state, private, owner_org, extras,"
        " metadata_created, metadata_modified)"
        " VALUES (%s, %s, %s, 'dataset', %s, false, %s, %s, now(), now())",
        (
            package_id,
            f"{identifier.replace('/', '-').lower()}-{package_id[:6]}",
            title,
            state,
            unit_id,
            json.dumps({"identifier": identifier, "home_node": NODE, "theme": '["ZRB00"]'}),
        ),
    )
    cursor.execute(
        "INSERT INTO resource (id, package_id, position, url, name, description, format, hash,"
        " state, extras) VALUES (%s, %s, 0, '/share/x', '数据', '', 'CSV', '', 'active', '{}')",
        (str(uuid.uuid4()), package_id),
    )
    return package_id, identifier


@contextmanager
def log_site(stack: StackInfo, folder: Path) -> Iterator[LogSite]:
    """Hold an empty migrated catalog for the time of a block."""
    name = f"fjgov_log_{uuid.uuid4().hex[:8]}"
    postgres = stack.stack.postgres
    postgres.create_database(name, template="fjgov_template")
    port = stack.stack.settings.ports.postgres
    secret = stack.stack.secrets.get(f"database:{name}")
    dsn = f"postgresql://{name}:{secret}@127.0.0.1:{port}/{name}"
    site = LogSite(dsn, HighWaterMark(folder / f"{name}.json"))
    try:
        with engine_at(dsn):
            site.drain()
            yield site
    finally:
        postgres.drop_database(name)


@contextmanager
def engine_at(dsn: str) -> Iterator[None]:
    """Let CKAN's engine speak to one database."""
    with _engine_lock:
        before = meta.engine
        meta.engine = sa.create_engine(dsn, pool_size=5)
        try:
            yield
        finally:
            meta.engine.dispose()
            meta.engine = before


def _now() -> datetime:
    return datetime.now(timezone.utc)
