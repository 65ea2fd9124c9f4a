"""Write a modelled catalog into a city: by SQL where speed counts, by its API as people do.

The statements go through the same triggers as every other write. Backups are what `pg_dump` and
`pg_restore` do to the database, without their minutes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg2
import requests
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

from ckanext.fjgov.model.database import SEQUENCER_LOCK
from tests.factories import make_entry
from tests.integration.api import client
from tests.integration.stack_env import StackInfo
from tests.soak.model import COLUMNS, City, Entry, Unit

BACKUP = "soak_backup"
# Neither is part of what a city's operator restores: migrations, and who asked when.
NOT_RESTORED = ("alembic_version", "fjgov_alembic_version", "fjgov_nonce")


@dataclass
class Hand:
    """Writes one city's side of a history; the caller changes the model first.

    Attributes:
        link: an open connection to the city's database.
    """

    stack: StackInfo
    city: City
    link: Connection

    @contextmanager
    def _work(self) -> Iterator[Cursor]:
        with self.link, self.link.cursor() as cursor:
            yield cursor

    def put_unit(self, unit: Unit) -> None:
        """Insert a unit or give it its modelled values."""
        extras = {
            name: value
            for name, value in unit.fields.items()
            if name not in ("title", "description")
        }
        values = (
            unit.name, unit.fields["title"], unit.fields.get("description", ""), unit.state,
            json.dumps(self._stored(extras)),
        )  # fmt: skip
        with self._work() as cursor:
            cursor.execute(
                'INSERT INTO "group" (id, name, title, description, state, extras, type,'
                " is_organization, approval_status) VALUES (%s, %s, %s, %s, %s, %s,"
                " 'organization', true, 'approved') ON CONFLICT (id) DO UPDATE SET"
                " name = excluded.name, title = excluded.title, state = excluded.state,"
                " description = excluded.description, extras = excluded.extras",
                (unit.id, *values),
            )

    def put(self, *entries: Entry) -> None:
        """Insert entries or give them their modelled values, all in one commit."""
        with self._work() as cursor:
            for entry in entries:
                self._put(cursor, entry)
                entry.bare = False

    def _put(self, cursor: Cursor, entry: Entry) -> None:
        record = entry.record()["fields"]
        extras = {name: value for name, value in record.items() if name not in COLUMNS}
        cursor.execute(
            "INSERT INTO package (id, name, title, notes, type, state, private, owner_org, extras,"
            " metadata_created, metadata_modified) VALUES (%s, %s, %s, %s, 'dataset', %s, false,"
            " %s, %s, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC') ON CONFLICT (id)"
            " DO UPDATE SET name = excluded.name, title = excluded.title, notes = excluded.notes,"
            " state = excluded.state, owner_org = excluded.owner_org, extras = excluded.extras,"
            " metadata_modified = excluded.metadata_modified",
            (
                entry.id, entry.name, record["title"], record["notes"], entry.state, entry.unit.id,
                json.dumps(self._stored(extras)),
            ),
        )  # fmt: skip
        cursor.execute("DELETE FROM resource WHERE package_id = %s", (entry.id,))
        for place, resource in enumerate(entry.resources):
            cursor.execute(
                "INSERT INTO resource (id, package_id, position, url, name, description, format,"
                " hash, extras, state) VALUES (%s, %s, %s, %s, %s, '', %s, '', %s, 'active')",
                (
                    resource["id"], entry.id, place, f"/share/{resource['id']}", resource["name"],
                    resource["format"], json.dumps({"mode": resource["mode"]}),
                ),
            )  # fmt: skip
        cursor.execute("DELETE FROM package_tag WHERE package_id = %s", (entry.id,))
        for tag in entry.tags:
            cursor.execute(
                "WITH known AS (SELECT id FROM tag WHERE name = %(tag)s AND vocabulary_id IS NULL),"
                " fresh AS (INSERT INTO tag (id, name) SELECT gen_random_uuid()::text, %(tag)s"
                " WHERE NOT EXISTS (SELECT FROM known) RETURNING id)"
                " INSERT INTO package_tag (id, package_id, tag_id, state)"
                " SELECT gen_random_uuid()::text, %(entry)s, id, 'active'"
                " FROM (SELECT id FROM known UNION ALL SELECT id FROM fresh) t",
                {"tag": tag, "entry": entry.id},
            )

    def _stored(self, extras: dict[str, Any]) -> dict[str, str]:
        text = {
            name: value if isinstance(value, str) else json.dumps(value)
            for name, value in extras.items()
        }
        return text | {"home_node": self.city.code}

    def purge(self, *entries: Entry) -> None:
        """Delete every row of entries."""
        ids = [entry.id for entry in entries]
        with self._work() as cursor:
            for statement in (
                "DELETE FROM resource WHERE package_id = ANY(%s)",
                "DELETE FROM package_tag WHERE package_id = ANY(%s)",
                "DELETE FROM member WHERE table_name = 'package' AND table_id = ANY(%s)",
                "DELETE FROM package WHERE id = ANY(%s)",
            ):
                cursor.execute(statement, (ids,))

    def uproot(self) -> None:
        """Take everything of the history out again, the city's own index included."""
        ids = [unit.id for unit in self.city.units.values()]
        chosen = "SELECT id FROM package WHERE owner_org = ANY(%s)"
        with self._as_restorer() as cursor:
            cursor.execute(f"DROP SCHEMA IF EXISTS {BACKUP} CASCADE")
        with self._work() as cursor:
            for statement in (
                f"DELETE FROM resource WHERE package_id IN ({chosen})",
                f"DELETE FROM package_tag WHERE package_id IN ({chosen})",
                f"DELETE FROM member WHERE table_name = 'package' AND table_id IN ({chosen})",
                "DELETE FROM package WHERE owner_org = ANY(%s)",
                "UPDATE \"group\" SET state = 'deleted' WHERE id = ANY(%s)",
            ):
                cursor.execute(statement, (ids,))
        names = " ".join(unit.name for unit in self.city.units.values())
        requests.post(
            f"{self.stack.solr_url}/{self.stack.nodes[self.city.key].core}/update",
            json={"delete": {"query": f"organization:({names})"}},
            auth=self.stack.solr_auth,
            timeout=30,
        ).raise_for_status()

    def create_by_api(self, unit: Unit, title: str) -> Entry:
        """Register and list an entry as a registrar's program does."""
        values = make_entry(title=title, owner_org=unit.name, provider_code=None)
        answer = self._site().action.package_create(**values, state="active")
        fields = {
            name: value for name, value in values.items() if name not in ("owner_org", "tag_string")
        }
        tags = str(values["tag_string"]).split(",")
        return Entry(answer["id"], answer["identifier"], unit, fields, tags, bare=True)

    def patch_by_api(self, entry: Entry) -> None:
        """Give an entry its modelled title and abstract through the API."""
        changes = {name: entry.fields[name] for name in COLUMNS}
        self._site().action.package_patch(id=entry.id, **changes)
        entry.bare = True

    def withdraw_by_api(self, entry: Entry) -> None:
        """Withdraw (撤销) an entry through the API."""
        self._site().action.package_delete(id=entry.id)

    def purge_by_api(self, entry: Entry) -> None:
        """Remove an entry for good through the API."""
        self._site().action.dataset_purge(id=entry.id)

    def _site(self) -> Any:
        return client(self.stack, self.city.key, "sysadmin")

    @contextmanager
    def _as_restorer(self, isolation: str = "READ COMMITTED") -> Iterator[Cursor]:
        """Triggers and constraints rest, as while `pg_restore` works; one commit at the end.

        No sequencer is at work meanwhile: the city's scheduler takes notes into the log when it
        likes.
        """
        link = self.stack.stack.postgres.connect(self.stack.nodes[self.city.key].database)
        link.autocommit = False
        try:
            with link, link.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_lock(%s)", (SEQUENCER_LOCK,))
                link.commit()
                link.set_session(isolation_level=isolation)
                cursor.execute("SET LOCAL session_replication_role = replica")
                yield cursor
        finally:
            link.close()

    def back_up(self) -> None:
        """Keep a copy of the whole database at one moment; an older one is replaced."""
        with self._as_restorer("REPEATABLE READ") as cursor:
            cursor.execute(f"DROP SCHEMA IF EXISTS {BACKUP} CASCADE")
            cursor.execute(f"CREATE SCHEMA {BACKUP}")
            for table in _tables(cursor):
                cursor.execute(f'CREATE TABLE {BACKUP}."{table}" AS TABLE public."{table}"')

    def restore(self) -> None:
        """Put the kept copy in the place of everything written since."""
        with self._as_restorer() as cursor:
            for table in _tables(cursor):
                cursor.execute(f'DELETE FROM public."{table}"')
                cursor.execute(
                    f'INSERT INTO public."{table}" OVERRIDING SYSTEM VALUE TABLE {BACKUP}."{table}"'
                )


def _tables(cursor: Cursor) -> list[str]:
    cursor.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> ALL(%s)"
        " ORDER BY tablename",
        (list(NOT_RESTORED),),
    )
    return [row[0] for row in cursor.fetchall()]


def open_hand(stack: StackInfo, city: City) -> Hand:
    """Open the database of a city for writing; close `link` at the end."""
    return Hand(stack, city, psycopg2.connect(stack.dsns[city.key]))
