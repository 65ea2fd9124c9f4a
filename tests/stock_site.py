"""A stock CKAN 2.12 site beside the nodes of a stack: own database, Redis number and Solr core.

It has CKAN's own Solr schema and a configuration without a single setting of ours; it may run in
another virtual environment. Used to be harvested as a foreign source, to harvest our nodes with
stock clients, and as the baseline of measurements.
"""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import requests
from ckanapi import RemoteCKAN
from redis import Redis

from deploy.stack import Stack
from deploy.stack.keys import write_private
from deploy.stack.process import Service, fingerprint
from deploy.stack.settings import LOOPBACK, REPOSITORY, Node
from deploy.stack.sites import environment

ACCOUNT = "stock_admin"
CONFIGSET = REPOSITORY / "deploy" / "solr" / "configset"
SETUP = Path(__file__).with_name("stock_setup.py")
INI = """\
[DEFAULT]
debug = false

[app:main]
use = egg:ckan
{settings}

[loggers]
keys = root

[handlers]
keys = console

[formatters]
keys = generic

[logger_root]
level = WARNING
handlers = console

[handler_console]
class = StreamHandler
args = (sys.stderr,)
formatter = generic

[formatter_generic]
format = %(asctime)s %(levelname)-5.5s [%(name)s] %(message)s
"""


@dataclass(frozen=True)
class StockSite:
    """A running stock site.

    Attributes:
        stack: the stack whose PostgreSQL, Redis and Solr it uses.
        node: its place there (key, port, Redis number, database name).
        ini: its configuration file; url: its address; core: the address of its Solr core.
        token: API token of the sysadmin `account`.
        python: the interpreter of the environment it runs in.
    """

    stack: Stack
    node: Node
    ini: Path
    url: str
    core: str
    token: str
    python: Path
    account: str = ACCOUNT

    def client(self, *, anonymous: bool = False) -> RemoteCKAN:
        """Return an API client of the sysadmin, or of nobody."""
        return RemoteCKAN(self.url, apikey=None if anonymous else self.token)

    def ckan(self, *arguments: str, timeout: float = 600) -> str:
        """Run a `ckan` command of the site and return its standard output.

        Raises: RuntimeError with the last lines of its error output when it fails.
        """
        done = subprocess.run(
            self.command(*arguments),
            capture_output=True,
            text=True,
            check=False,
            env=self.environ(),
            cwd=self.ini.parent,
            timeout=timeout,
        )
        if done.returncode:
            raise RuntimeError(f"ckan {' '.join(arguments)} failed:\n{done.stderr[-2500:]}")
        return done.stdout

    def command(self, *arguments: str) -> list[str]:
        """Return the command line of a `ckan` command of the site."""
        # An environment that only adds to another one has no scripts of its own.
        start = "from ckan.cli.cli import ckan; ckan()"
        return [str(self.python), "-c", start, "-c", str(self.ini), *arguments]

    def environ(self) -> dict[str, str]:
        """Return the environment of the site's processes."""
        return _environ(self.python)

    def serve(self, name: str, *arguments: str) -> str:
        """Start a `ckan` command that stays (a queue consumer); return the name of its process.

        `stop` ends it, too; its output is `<stack>/logs/<name>.log`.
        """
        command = self.command(*arguments)
        service = Service(
            f"{self.node.key}-{name}",
            command,
            fingerprint(*command),
            self.environ(),
            self.ini.parent,
        )
        self.stack.processes.start(service)
        return service.name

    def settle(self) -> None:
        """Wait until searches see all that was indexed.

        Stock CKAN asks for a commit and does not wait for it; meanwhile `package_search` lacks the
        newest entries and `package_show` gives them without what plugins add to the index.
        """
        requests.get(
            f"{self.core}/update?commit=true&waitSearcher=true",
            auth=self.stack.solr.auth,
            timeout=30,
        ).raise_for_status()

    def stop(self) -> None:
        """End the site's processes; its data stay for a `start_stock_site` of the same key."""
        for name in self.stack.processes.names():
            if name.startswith(f"{self.node.key}-"):
                self.stack.processes.stop(name)

    def remove(self) -> None:
        """Stop the site and drop its data; the core stays with the stack, emptied."""
        self.stop()
        with Redis.from_url(self.stack.redis.url(self.node)) as queues:
            queues.flushdb()
        requests.post(
            f"{self.core}/update?commit=true",
            json={"delete": {"query": "*:*"}},
            auth=self.stack.solr.auth,
            timeout=30,
        ).raise_for_status()
        self.stack.postgres.drop_database(self.node.database)
        shutil.rmtree(self.ini.parent, ignore_errors=True)


def start_stock_site(
    stack: Stack,
    key: str = "stock",
    *,
    plugins: str = "",
    python: Path | None = None,
    settings: Mapping[str, str] | None = None,
    redis_db: int = 15,
    web: bool = True,
) -> StockSite:
    """Start a stock CKAN on services of `stack`. Cost: about 30 s for a new key, later 8 s.

    Args: `key` names its database, core, folder and processes and must not be one of the stack's
    nodes. `plugins` is the plugin list. `python` is the interpreter of another environment that
    has CKAN and gunicorn. `settings` are further lines of its configuration. Sites side by side
    need different `redis_db`. Without `web` only the command line works.
    """
    node = Node(key, "000000", "city", key, "00000", "", key, free_port(), redis_db)
    chosen = python or Path(sys.executable)
    folder = stack.settings.base / key
    folder.mkdir(parents=True, exist_ok=True)
    core = stack.solr.add_core(f"stock_{key}", _stock_configset(folder, chosen))
    if not stack.postgres.has_database(node.database):
        stack.postgres.create_database(node.database)
    ini = folder / "ckan.ini"
    values = _values(stack, node, core, folder) | {"ckan.plugins": plugins} | dict(settings or {})
    lines = "\n".join(f"{name} = {value}" for name, value in values.items())
    write_private(ini, INI.format(settings=lines))
    return run_site(stack, node, core, ini, chosen, web=web)


def run_site(
    stack: Stack, node: Node, core: str, ini: Path, python: Path, *, web: bool = True
) -> StockSite:
    """Prepare the database that a configuration names, and serve the site."""
    site = StockSite(stack, node, ini, node.url, core, _prepare(python, ini), python)
    if web:
        service = _web(site)
        stack.processes.start(service)
        stack.processes.await_healthy(service.name, partial(stack.sites.healthy, node), 120)
    return site


def _values(stack: Stack, node: Node, core: str, folder: Path) -> dict[str, str]:
    """Return what a site needs to start, in CKAN's defaults wherever there is one."""
    user, password = stack.solr.auth
    secret = stack.secrets.get(f"secret_key:{node.key}")
    return {
        "ckan.site_id": node.site_id,
        "ckan.site_url": node.url,
        "ckan.site_title": node.title,
        "ckan.storage_path": str(folder / "storage"),
        "sqlalchemy.url": stack.postgres.dsn(node),
        # redis-py 8 gives up after 5 s without news, which ends ckanext-harvest's consumers.
        "ckan.redis.url": f"{stack.redis.url(node)}?socket_timeout=86400",
        "solr_url": core,
        "solr_user": user,
        "solr_password": password,
        # As our nodes have it, for tests; CKAN itself makes one hard commit a record.
        "ckan.search.solr_commit": "false",
        "SECRET_KEY": secret,
        "WTF_CSRF_SECRET_KEY": secret,
        "api_token.jwt.encode.secret": f"string:{secret}",
        "api_token.jwt.decode.secret": f"string:{secret}",
        "SESSION_COOKIE_NAME": f"stock_{node.key}",
        "ckan.auth.create_unowned_dataset": "true",
    }


def _stock_configset(folder: Path, python: Path) -> Path:
    """Lay CKAN's own schema beside our index settings, which decide no analysis."""
    target = folder / "configset"
    target.mkdir(exist_ok=True)
    shutil.copy(_package(python, "ckan") / "config" / "solr" / "schema.xml", target)
    shutil.copy(CONFIGSET / "solrconfig.xml", target)
    for name in ("protwords.txt", "synonyms.txt", "stopwords.txt"):
        (target / name).write_text("", encoding="utf-8")
    return target


def _package(python: Path, name: str) -> Path:
    """Return the folder of package `name` in the environment of `python`."""
    code = f"import importlib.util as u; print(u.find_spec({name!r}).submodule_search_locations[0])"
    done = subprocess.run(
        [str(python), "-c", code], capture_output=True, text=True, check=True, env=_environ(python)
    )
    return Path(done.stdout.strip())


def _prepare(python: Path, ini: Path) -> str:
    done = subprocess.run(
        [str(python), str(SETUP), str(ini), ACCOUNT, secrets.token_urlsafe(16)],
        capture_output=True,
        text=True,
        check=False,
        env=_environ(python),
        cwd=ini.parent,
    )
    if done.returncode:
        raise RuntimeError(f"stock site could not be prepared:\n{done.stderr[-2500:]}")
    return done.stdout.split()[-1]


def _web(site: StockSite) -> Service:
    command = [
        str(site.python),
        "-m",
        "gunicorn",
        "deploy.wsgi:application",
        f"--bind={LOOPBACK}:{site.node.port}",
        "--worker-class=gthread",
        "--workers=1",
        "--threads=4",
        "--preload",
        f"--config={REPOSITORY / 'deploy' / 'gunicorn_conf.py'}",
        "--timeout=180",
        "--log-level=warning",
        f"--chdir={REPOSITORY}",
    ]
    environ = site.environ() | {"CKAN_INI": str(site.ini)}
    mark = fingerprint(*command, site.ini.read_text(encoding="utf-8"))
    return Service(f"{site.node.key}-web", command, mark, environ, REPOSITORY)


def _environ(python: Path) -> dict[str, str]:
    """Return a clean environment whose scripts are those beside `python`."""
    kept = environment()
    path = f"{python.parent}:{os.environ.get('PATH', '/usr/bin:/bin')}"
    return {**kept, "PATH": path}


def free_port() -> int:
    """Give a port of the loopback address that is free now."""
    with socket.socket() as listener:
        listener.bind((LOOPBACK, 0))
        return int(listener.getsockname()[1])
