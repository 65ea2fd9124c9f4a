"""The datastores of the sites: one database each for mounted tables, and an account that reads."""

from __future__ import annotations

from importlib.resources import files

from psycopg2 import sql

from deploy.stack.keys import Secrets
from deploy.stack.postgres import Postgres
from deploy.stack.settings import LOOPBACK, Node, Settings

PLUGIN = "datastore"
# A command of psql in CKAN's script; a connection of ours is in the database already.
_CONNECT = "\\connect "


class Datastores:
    """Databases beside those of the sites: the site writes, a role that only reads serves it."""

    def __init__(self, settings: Settings, secrets: Secrets, postgres: Postgres) -> None:
        self._port = settings.ports.postgres
        self._secrets = secrets
        self._postgres = postgres

    def urls(self, node: Node) -> dict[str, str]:
        """Give the addresses that the configuration of a site names, by placeholder."""
        place = f"{LOOPBACK}:{self._port}/{node.datastore}"
        return {
            "DATASTORE_WRITE_URL": self._url(node.database, place),
            "DATASTORE_READ_URL": self._url(node.datastore_reader, place),
        }

    def ensure(self, node: Node) -> bool:
        """Make the datastore of a node; return whether there was none. Cost: 0.3 s."""
        if self._postgres.owner_of(node.datastore) == node.database:
            return False
        self._postgres.drop_database(node.datastore)
        self._postgres.ensure_role(node.database)
        self._postgres.ensure_role(node.datastore_reader)
        self._postgres.make_database(node.datastore)
        inside = self._postgres.connect(node.datastore)
        try:
            with inside.cursor() as cursor:
                cursor.execute(_permissions(node))
        finally:
            inside.close()
        # Ownership is given last: it marks the database as complete.
        self._postgres.hand_over(node.datastore, node.database)
        return True

    def drop(self, node: Node) -> None:
        """Drop the datastore of a node."""
        self._postgres.drop_database(node.datastore)

    def _url(self, role: str, place: str) -> str:
        return f"postgresql://{role}:{self._secrets.get(f'database:{role}')}@{place}"


def _permissions(node: Node) -> sql.SQL:
    """Give CKAN's own script of permissions for a node."""
    template = files("ckanext.datastore").joinpath("set_permissions.sql").read_text("utf-8")
    lines = [line for line in template.splitlines() if not line.startswith(_CONNECT)]
    names = {
        # Nobody but its owner may connect to the site's database in any case.
        "maindb": node.datastore,
        "datastoredb": node.datastore,
        "mainuser": node.database,
        "writeuser": node.database,
        "readuser": node.datastore_reader,
    }
    quoted = {key: f'"{value}"' for key, value in names.items()}
    return sql.SQL("\n".join(lines).format(**quoted))
