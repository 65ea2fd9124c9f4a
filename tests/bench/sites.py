"""A durable stack of its own: one catalog node, and a stock CKAN site in the same cluster."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from ckanapi import RemoteCKAN

from deploy.seed import seed
from deploy.stack import Stack, credentials
from deploy.stack.settings import NODES, free_port_settings
from tests.integration.stack_env import list_directly
from tests.stock_site import start_stock_site

OURS = "fuzhou"
DURABLE = ("fsync", "synchronous_commit", "full_page_writes")


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
    ports = free_port_settings(base, [NODES[OURS]])
    (node,) = ports.nodes
    list_directly(ports.base / node.key)
    stack = Stack(replace(ports, durable=True), say=print)
    try:
        stack.up(seed)
        cluster = durability(stack)
        # In megabytes: what CKAN takes of itself is too little for the bench of a file.
        chosen = {"ckan.locale_default": "en", "ckan.max_resource_size": "300"}
        stock = start_stock_site(stack, settings=chosen)
        account = credentials.read(base)[OURS]["sysadmin"]
        registrar = credentials.read(base)[OURS]["registrar"]
        yield BenchSites(
            stack=stack,
            ours=RemoteCKAN(node.url, apikey=account["token"]),
            stock=stock.client(),
            unit=registrar["unit"],
            stock_core=stock.core,
            cluster=cluster,
        )
    finally:
        stack.destroy()
        shutil.rmtree(base, ignore_errors=True)


def durability(stack: Stack) -> str:
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
