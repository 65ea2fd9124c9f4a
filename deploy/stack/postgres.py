"""A PostgreSQL 15 cluster of the stack's own; the host's clusters are never touched."""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg2
from psycopg2 import extensions, sql

from ckanext.fjgov.core.usage.protecting import SCHEMA, opening, owner_for, protection
from deploy.stack.keys import Secrets
from deploy.stack.process import Service, StackError, fingerprint
from deploy.stack.settings import LOOPBACK, Node, Settings

ADMIN = "fjgov_admin"
TEMPLATE = "fjgov_template"


def binaries() -> Path:
    """Return the folder of the server programs.

    Raises: StackError when PostgreSQL 15 or newer is not installed.
    """
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=_version)
    usable = [path.parent for path in found if _version(path) >= 15]
    if not usable:
        raise StackError("没有找到 PostgreSQL 15，请运行 make run / PostgreSQL 15 is missing")
    # The version the design was proved on is preferred over a newer one beside it.
    return usable[0]


def _version(path: Path) -> float:
    return float(path.parts[-3]) if path.parts[-3].replace(".", "", 1).isdigit() else 0.0


class Postgres:
    """The cluster of one stack."""

    name = "postgres"

    def __init__(self, settings: Settings, secrets: Secrets) -> None:
        self._settings = settings
        self._secrets = secrets
        # PostgreSQL refuses to run as root; Debian's package brings an account for it.
        self.account = "postgres" if os.geteuid() == 0 else None
        self.data = self._place() / "data"

    def _place(self) -> Path:
        """Return the folder for the cluster: below the base, or elsewhere if unreachable."""
        inside = self._settings.base / "postgres"
        if self.account is None or _reachable(self._settings.base, self.account):
            return inside
        root = Path("/var/tmp") if self._settings.durable else Path(tempfile.gettempdir())
        tag = hashlib.sha256(str(self._settings.base).encode()).hexdigest()[:10]
        return root / f"fjgov-postgres-{tag}"

    @property
    def elsewhere(self) -> bool:
        """Whether the cluster had to be put outside the base folder."""
        return not self.data.is_relative_to(self._settings.base)

    def create(self) -> bool:
        """Initialise the cluster unless it exists; return whether it was made. Cost: ~2 s."""
        if (self.data / "PG_VERSION").exists():
            return False
        place = self.data.parent
        shutil.rmtree(self.data, ignore_errors=True)
        place.mkdir(parents=True, exist_ok=True)
        secret = place / ".password"
        secret.touch(mode=0o600)
        secret.write_text(self._secrets.get("postgres"), encoding="utf-8")
        if self.account:
            owner = pwd.getpwnam(self.account)
            for path in (place, secret):
                os.chown(path, owner.pw_uid, owner.pw_gid)
        place.chmod(0o700)
        # A half-made cluster must not be taken for a whole one after an interruption.
        draft = place / "new"
        shutil.rmtree(draft, ignore_errors=True)
        command = [
            str(binaries() / "initdb"),
            f"--pgdata={draft}",
            f"--username={ADMIN}",
            f"--pwfile={secret}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            # The same order as that of C.UTF-8, compared as bytes.
            "--lc-collate=C",
            "--data-checksums",
        ]
        if not self._settings.durable:
            command.append("--no-sync")
        account = {"user": self.account, "group": self.account} if self.account else {}
        done = subprocess.run(
            command,
            cwd=place,
            capture_output=True,
            text=True,
            check=False,
            extra_groups=[] if self.account else None,
            **account,  # type: ignore[call-overload]  # Keywords of two accepted shapes.
        )
        secret.unlink()
        if done.returncode:
            raise StackError(f"初始化数据库集群失败 / initdb failed:\n{done.stderr}")
        draft.rename(self.data)
        return True

    def service(self) -> Service:
        """Return how to run the server."""
        options = {
            "listen_addresses": LOOPBACK,
            "port": self._settings.ports.postgres,
            # Loopback with a password is the only way in; a socket would have to lie somewhere.
            "unix_socket_directories": "",
            "max_connections": 200,
            "shared_buffers": "512MB",
            "effective_cache_size": "1GB",
            "work_mem": "16MB",
            "maintenance_work_mem": "128MB",
            "max_wal_size": "2GB",
            # Entries are long texts; lz4 takes a tenth off a first load and is no larger on disk.
            "default_toast_compression": "lz4",
            "random_page_cost": 1.1,
            "jit": "off",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "log_line_prefix": "%m [%p] %u@%d ",
            "log_checkpoints": "off",
            # The text of a failed statement may hold an address or a password.
            "log_min_error_statement": "panic",
        }
        if not self._settings.durable:
            options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        command = [str(binaries() / "postgres"), "-D", str(self.data)]
        for key, value in options.items():
            command += ["-c", f"{key}={value}"]
        return Service(
            self.name,
            command,
            fingerprint(*command),
            {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
            self.data.parent,
            self.account,
            signal.SIGINT,
        )

    def connect(self, database: str = "postgres") -> extensions.connection:
        """Open an autocommitting administrator's connection to `database`."""
        link = psycopg2.connect(
            host=LOOPBACK,
            port=self._settings.ports.postgres,
            user=ADMIN,
            password=self._secrets.get("postgres"),
            dbname=database,
            connect_timeout=3,
        )
        link.autocommit = True
        return link

    def healthy(self) -> bool:
        """Return whether the server answers as ours."""
        try:
            self.connect().close()
        except psycopg2.OperationalError:
            return False
        return True

    def dsn(self, node: Node | None = None) -> str:
        """Return the address of a node's database, or of the template when `node` is None."""
        name = node.database if node else TEMPLATE
        secret = self._secrets.get(f"database:{name}")
        return f"postgresql://{name}:{secret}@{LOOPBACK}:{self._settings.ports.postgres}/{name}"

    def has_database(self, name: str) -> bool:
        """Return whether a database called `name` exists."""
        return bool(self.owner_of(name))

    def create_database(self, name: str, *, template: str = "") -> None:
        """Create database `name` and a role of that name which owns it and all in it.

        Args: `template` is a database to copy, whose objects pass to the new role.
        """
        role = sql.Identifier(name)
        self.ensure_role(name)
        self.make_database(name, template=template)
        inside = self.connect(name)
        try:
            with inside.cursor() as cursor:
                if template:
                    cursor.execute(
                        sql.SQL("REASSIGN OWNED BY {} TO {}").format(
                            sql.Identifier(template), sql.Identifier(name)
                        )
                    )
                cursor.execute(sql.SQL("ALTER SCHEMA public OWNER TO {}").format(role))
        finally:
            inside.close()
        # Ownership is given last: it marks the copy as complete.
        self.hand_over(name, name)

    def ensure_role(self, name: str) -> None:
        """Create a role that may log in with its secret, or give an existing one that secret."""
        with self.administering() as cursor:
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (name,))
            verb = sql.SQL("ALTER ROLE" if cursor.fetchone() else "CREATE ROLE")
            secret = sql.Literal(self._secrets.get(f"database:{name}"))
            cursor.execute(
                sql.SQL("{} {} LOGIN PASSWORD {}").format(verb, sql.Identifier(name), secret)
            )

    def make_database(self, name: str, *, template: str = "") -> None:
        """Create a database that nobody but its owner may connect to: sites see their own data."""
        with self.administering() as cursor:
            database, source = sql.Identifier(name), sql.Identifier(template or "template0")
            cursor.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {} ENCODING 'UTF8'").format(database, source)
            )
            cursor.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))

    def hand_over(self, name: str, role: str) -> None:
        """Give a database to the role that owns it from now on."""
        with self.administering() as cursor:
            cursor.execute(
                sql.SQL("ALTER DATABASE {} OWNER TO {}").format(
                    sql.Identifier(name), sql.Identifier(role)
                )
            )

    def owner_of(self, name: str) -> str:
        """Return the role that owns a database; "" when there is none of that name."""
        with self.administering() as cursor:
            cursor.execute(
                "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = %s", (name,)
            )
            row = cursor.fetchone()
            return str(row[0]) if row else ""

    @contextmanager
    def administering(self) -> Iterator[extensions.cursor]:
        """Hold a cursor of the administrator, whose statements stand at once."""
        link = self.connect()
        try:
            with link.cursor() as cursor:
                yield cursor
        finally:
            link.close()

    def open_usage(self, name: str) -> None:
        """Let the role of database `name` alter the log of uses, for the time of a migration."""
        if self._usage_owner(name) == owner_for(name):
            self._run(name, [opening(name)])

    def protect_usage(self, name: str) -> None:
        """Hand the log of uses in database `name` to a role of its own, unless it has it."""
        if self._usage_owner(name):
            self._run(name, protection(name))

    def _usage_owner(self, name: str) -> str:
        """Return who owns the log of uses; "" before the migration that makes its schema."""
        link = self.connect(name)
        try:
            with link.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = %s",
                    (SCHEMA,),
                )
                row = cursor.fetchone()
                return str(row[0]) if row else ""
        finally:
            link.close()

    def _run(self, database: str, statements: Iterable[str]) -> None:
        link = self.connect(database)
        link.autocommit = False
        try:
            with link, link.cursor() as cursor:
                for statement in statements:
                    cursor.execute(statement)
        finally:
            link.close()

    def drop_database(self, name: str) -> None:
        """Drop database `name` if it exists, ending connections to it."""
        with self.administering() as cursor:
            cursor.execute(
                sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
            )


def _reachable(folder: Path, account: str) -> bool:
    """Return whether `account` may pass through `folder` and all folders above it."""
    folder.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        ["/usr/bin/test", "-x", str(folder)],
        check=False,
        user=account,
        group=account,
        extra_groups=[],
        cwd="/",
    )
    return done.returncode == 0
