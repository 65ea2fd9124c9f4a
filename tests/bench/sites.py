"""A durable stack of its own: one catalog node, and a stock CKAN site in the same cluster."""

from __future__ import annotations

import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from ckanapi import RemoteCKAN

import ckan

from deploy.seed import seed
from deploy.stack import Stack, credentials
from deploy.stack.settings import NODES, REPOSITORY, Node, free_port_settings
from deploy.stack.sites import environment

OURS = "fuzhou"
DURABLE = ("fsync", "synchronous_commit", "full_page_writes")
ACCOUNT = "bench_admin"
CONFIGSET = REPOSITORY / "deploy" / "solr" / "configset"
STOCK_SCHEMA = Path(ckan.__file__).parent / "config" / "solr" / "schema.xml"


@dataclass(frozen=True)
class BenchSites:
    """The running sites and the token of a sysadmin at each."""

    stack: Stack
    ours: RemoteCKAN
    stock: RemoteCKAN
    unit: str
    stock_core: str
    cluster: str


@contextmanager
def running_sites() -> Iterator[BenchSites]:
    """Start both sites in a folder of their own and remove everything at the end.

    Raises:
        RuntimeError: the cluster is not durable.
    """
    base = Path(tempfile.mkdtemp(prefix="fjgov-bench-"))
    # The last node is only a place for the stock site: its port, database and Redis number.
    place = Node("stock", "000000", "city", "stock CKAN", "00000", "", "stock CKAN", 0, 9)
    chosen = free_port_settings(base, [NODES[OURS], place])
    node, stock = chosen.nodes
    stack = Stack(replace(chosen, nodes=(node,), durable=True), say=print)
    try:
        stack.up(seed)
        cluster = _durability(stack)
        core = stack.solr.add_core("stock", _stock_configset(base))
        token = _start_stock(stack, stock, core)
        account = credentials.read(base)[OURS]["sysadmin"]
        registrar = credentials.read(base)[OURS]["registrar"]
        yield BenchSites(
            stack=stack,
            ours=RemoteCKAN(node.url, apikey=account["token"]),
            stock=RemoteCKAN(stock.url, apikey=token),
            unit=registrar["unit"],
            stock_core=core,
            cluster=cluster,
        )
    finally:
        stack.destroy()
        shutil.rmtree(base, ignore_errors=True)


def _durability(stack: Stack) -> str:
    """Assert that a commit is on disk when it returns, and say so."""
    link = stack.postgres.connect()
    try:
        with link.cursor() as cursor:
            values = {}
            for name in DURABLE:
                cursor.execute(f"SHOW {name}")
                row = cursor.fetchone()
                values[name] = row[0] if row else "?"
    finally:
        link.close()
    if set(values.values()) != {"on"}:
        raise RuntimeError(f"the cluster is not durable: {values}")
    return ", ".join(f"{name}={value}" for name, value in values.items())


def _stock_configset(base: Path) -> Path:
    """Lay CKAN's own schema beside our index settings, which decide no analysis."""
    folder = base / "stock-configset"
    folder.mkdir()
    shutil.copy(STOCK_SCHEMA, folder / "schema.xml")
    shutil.copy(CONFIGSET / "solrconfig.xml", folder)
    for name in ("protwords.txt", "synonyms.txt", "stopwords.txt"):
        (folder / name).write_text("", encoding="utf-8")
    return folder


def _start_stock(stack: Stack, node: Node, core: str) -> str:
    """Start CKAN without any extension on its own database and core; return a token."""
    stack.secrets.get(f"database:{node.database}")
    for kind in ("secret_key", "token", "csrf"):
        stack.secrets.get(f"{kind}:{node.key}")
    stack.postgres.create_database(node.database)
    folder = stack.settings.base / node.key
    folder.mkdir(parents=True)
    overrides = {
        "ckan.plugins": "",
        "solr_url": core,
        "ckan.locale_default": "en",
        "ckan.auth.create_unowned_dataset": "true",
        # As our node has it; CKAN's default of one hard commit a record would be slower.
        "ckan.search.solr_commit": "false",
    }
    text = "\n".join(f"{name} = {value}" for name, value in overrides.items())
    (folder / "override.ini").write_text(text, encoding="utf-8")
    ini = stack.sites.write_ini(node)
    stack.sites.run_task(ini, "migrate")
    web, _worker = stack.sites.services(node)
    stack.processes.start(web)
    stack.processes.await_healthy(web.name, partial(stack.sites.healthy, node), 120)
    _ckan(ini, "user", "add", ACCOUNT, "email=bench@mail.example", f"password={_password()}")
    _ckan(ini, "sysadmin", "add", ACCOUNT)
    return _ckan(ini, "user", "token", "add", ACCOUNT, "bench", "-q").split()[-1]


def _password() -> str:
    return secrets.token_urlsafe(16)


def _ckan(ini: Path, *arguments: str) -> str:
    command = [str(Path(sys.executable).parent / "ckan"), "-c", str(ini), *arguments]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env=environment(), cwd=REPOSITORY
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(arguments[:2])} failed:\n{done.stderr[-1500:]}")
    return done.stdout
