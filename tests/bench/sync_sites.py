"""A durable stack whose province is empty and whose city grows by the bulk path."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ckanapi import RemoteCKAN

from deploy.stack import Stack
from deploy.stack.settings import NODES, REPOSITORY, Node, free_port_settings
from deploy.stack.sites import environment
from tests.bench.sites import durability
from tests.federation.syncing import Outcome, Syncer
from tests.integration.stack_env import list_directly

CITY = "fuzhou"
CODE = "350100"
# Receives the small catalog of `flatness`; it is a node like any other.
RECEIVERS = ("province", "xiamen")
ACCOUNT = "bench_admin"


@dataclass
class SyncSites:
    """The running sites; receivers by key."""

    stack: Stack
    tokens: dict[str, str]
    cluster: str

    def node(self, key: str) -> Node:
        """Give a node by key."""
        return self.stack.settings.node(key)

    def site(self, key: str) -> RemoteCKAN:
        """Give a client of a site's sysadmin."""
        return RemoteCKAN(self.node(key).url, apikey=self.tokens[key])

    def grow(self, **arguments: int) -> float:
        """Write entries at the city (`load_city`); gives the seconds of writing."""
        return float(self.run("load_city", CITY, json.dumps(arguments))["seconds"])

    def settle(self) -> None:
        """Do now what follows a load some time after: quality checks, vacuum and analyze."""
        for node in self.stack.settings.nodes:
            ckan = str(Path(sys.executable).with_name("ckan"))
            subprocess.run(
                [ckan, "--config", str(self.ini(node.key)), "fjgov", "quality", "run"],
                capture_output=True,
                check=True,
                env=environment(),
                cwd=REPOSITORY,
            )
            link = self.stack.postgres.connect(node.database)
            with closing(link), link.cursor() as cursor:
                cursor.execute("VACUUM (ANALYZE)")

    def run(self, script: str, key: str, text: str = "") -> dict[str, Any]:
        """Run a script of this package inside a site; gives its answer."""
        done = subprocess.run(
            [sys.executable, "-m", f"tests.bench.{script}", str(self.ini(key))],
            input=text,
            capture_output=True,
            text=True,
            check=False,
            env=environment(),
            cwd=REPOSITORY,
        )
        if done.returncode:
            raise RuntimeError(f"{script} failed:\n{done.stderr[-1500:]}")
        return dict(json.loads(done.stdout.splitlines()[-1]))

    def ini(self, key: str) -> Path:
        """Give the configuration of a site."""
        return self.stack.settings.ini(self.node(key))

    def found(self, key: str, name: str, title: str) -> bool:
        """Tell whether search finds an entry under its present title."""
        answer = self.site(key).action.package_search(fq=f"name:{name}", rows=1)
        return any(row["title"] == title for row in answer["results"])

    def await_found(self, key: str, name: str, title: str, patience: float = 60.0) -> None:
        """Wait until search finds an entry."""
        end = time.monotonic() + patience
        while not self.found(key, name, title):
            if time.monotonic() > end:
                raise RuntimeError(f"search does not find {name}")
            time.sleep(0.05)


@dataclass
class Receiver:
    """A site that pulls the city, held open as a job worker holds it."""

    sites: SyncSites
    key: str
    syncer: Syncer
    peak_mb: float = 0.0

    def sync(self) -> Outcome:
        """Run one sync; what it held in memory at most is kept in `peak_mb`."""
        self.peak_mb = 0.0
        over = threading.Event()
        watcher = threading.Thread(target=self._watch, args=(over,))
        watcher.start()
        try:
            outcome = self.syncer.sync(CITY)
        finally:
            over.set()
            watcher.join()
        if outcome.state != "verified":
            raise RuntimeError(f"not verified: {outcome.report}")
        return outcome

    def _watch(self, over: threading.Event) -> None:
        # Adding up the pages of a process stops it for some milliseconds.
        while not over.wait(1):
            self.peak_mb = max(self.peak_mb, memory_mb(self.syncer.process.pid))


def memory_mb(pid: int) -> float:
    """Give the memory of a process and its children; what they share counts once."""
    total = 0.0
    for one in (pid, *_children(pid)):
        try:
            text = Path(f"/proc/{one}/smaps_rollup").read_text(encoding="ascii")
        except OSError:
            # It ended between two looks.
            continue
        total += sum(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:"))
    return total / 1024


def _children(pid: int) -> list[int]:
    try:
        words = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    except OSError:
        return []
    return [int(word) for word in words]


@contextmanager
def receiver(sites: SyncSites, key: str) -> Iterator[Receiver]:
    """Hold a receiving site open."""
    syncer = Syncer(sites.ini(key))
    try:
        yield Receiver(sites, key, syncer)
    finally:
        syncer.close()


@contextmanager
def sync_sites() -> Iterator[SyncSites]:
    """Start the stack in a folder of its own and remove everything at the end."""
    base = Path(tempfile.mkdtemp(prefix="fjgov-bench-"))
    chosen = free_port_settings(base, [NODES[key] for key in ("province", CITY, "xiamen")])
    for node in chosen.nodes:
        list_directly(chosen.base / node.key)
    stack = Stack(replace(chosen, durable=True, solr_heap="1g"), say=print)
    tokens: dict[str, str] = {}
    try:
        stack.up(lambda running: _seed(running, tokens))
        yield SyncSites(stack, tokens, durability(stack))
    finally:
        stack.destroy()
        shutil.rmtree(base, ignore_errors=True)


def _seed(stack: Stack, tokens: dict[str, str]) -> None:
    """Give every site a sysadmin and no records, and register the nodes with each other."""
    rows = []
    account = {
        "name": ACCOUNT, "password": secrets.token_urlsafe(16), "display": "压测", "unit_name": "",
        "role": "sysadmin", "primary": True,
    }  # fmt: skip
    for node in stack.settings.nodes:
        answer = stack.sites.run_task(
            stack.settings.ini(node), "load_samples", units=[], entries=[], accounts=[account]
        )
        tokens[node.key] = answer["tokens"][ACCOUNT]
        rows.append(_registration(node, answer["public_key"]))
    for node in stack.settings.nodes:
        stack.sites.run_task(stack.settings.ini(node), "register_nodes", nodes=rows)


def _registration(node: Node, key: str) -> dict[str, Any]:
    return {
        "code": node.code,
        "name": node.name,
        "level": node.level,
        "parent": node.parent or None,
        "address": node.url,
        "include": [node.code[:2] if node.level == "province" else node.code[:4]],
        "exclude": [],
        "prefixes": [node.prefix],
        "keys": [key],
    }


def records_wanted() -> int:
    """Give the size of the large catalog, 100,000 unless the environment says otherwise."""
    return int(os.environ.get("FJGOV_BENCH_RECORDS") or 100_000)
