"""Bring a stack up, tell its state, and take down what was started."""

from __future__ import annotations

import shutil
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from deploy.stack.keys import Secrets
from deploy.stack.postgres import Postgres
from deploy.stack.process import Processes, Service, StackError, wait_until
from deploy.stack.redis import RedisServer
from deploy.stack.settings import LOOPBACK, Node, Settings
from deploy.stack.sites import Sites
from deploy.stack.solr import Solr

PORT_VARIABLES = {
    "postgres": "FJGOV_PG_PORT",
    "redis": "FJGOV_REDIS_PORT",
    "solr": "FJGOV_SOLR_PORT",
}
STARTING = 4
# The service of cities without a site.
RECORDED = "recorded"


class Stack:
    """All services of one base folder.

    Args: `settings` says where and on which ports; `say` receives progress lines.
    """

    def __init__(self, settings: Settings, say: Callable[[str], None] = print) -> None:
        self.settings = settings
        self.say = say
        self.lock = threading.Lock()
        settings.base.mkdir(parents=True, exist_ok=True)
        self.secrets = Secrets(settings.base)
        # Every secret is made here, in one thread, before services start side by side.
        for name in ("postgres", "redis", "solr", "database:fjgov_template"):
            self.secrets.get(name)
        for node in settings.nodes:
            for kind in ("secret_key", "token", "csrf"):
                self.secrets.get(f"{kind}:{node.key}")
            for role in (node.database, node.datastore_reader):
                self.secrets.get(f"database:{role}")
        self.processes = Processes(settings.base)
        self.postgres = Postgres(settings, self.secrets)
        self.redis = RedisServer(settings, self.secrets)
        self.solr = Solr(settings, self.secrets)
        self.sites = Sites(settings, self.secrets, self.postgres, self.redis, self.solr)
        self.new_databases: list[str] = []

    @classmethod
    def load(cls, base: Path, say: Callable[[str], None] = print) -> Stack:
        """Return the stack that lives in `base`. Raises: FileNotFoundError if there is none."""
        return cls(Settings.load(base), say)

    def up(self, seed: Callable[[Stack], None] | None = None) -> None:
        """Start whatever does not run, then call `seed`. Harmless when all is up.

        Raises: StackError with what to do; services already started stay up for a next try.
        """
        begin = time.monotonic()
        self.settings.save()
        if self.postgres.elsewhere:
            self.say(
                f"postgres 用户进不了 {self.settings.base}，数据库放在 {self.postgres.data} / "
                "the database lives there because its account cannot enter the folder"
            )
        with ThreadPoolExecutor(max_workers=3) as pool:
            solr = pool.submit(self._start_solr)
            redis = pool.submit(self._start_redis)
            self._start_postgres()
            redis.result()
            for node in self.settings.nodes:
                self.sites.write_ini(node)
            self.new_databases = self.sites.ensure_databases()
            if self.new_databases:
                self._say_done("数据库 databases", begin, ", ".join(self.new_databases))
            list(pool.map(self.sites.migrate, self.settings.nodes))
            solr.result()
        self._start_sites()
        if seed is not None:
            seed(self)
        self._say_done("全部就绪 all ready", begin)

    def _start(self, service: Service, port: int, variable: str) -> bool:
        """Start `service`, after making sure that nobody else holds its port."""
        present = self.processes.running(service.name)
        if present and present[1] != service.mark:
            self.processes.stop(service.name)
            present = None
        # Children of a killed server let go of its port within a second or two.
        if present is None and port and not wait_until(lambda: not is_taken(port), 5.0):
            raise StackError(
                f"端口 {port}（{service.name}）被其他程序占用；请停止该程序，或设置环境变量 "
                f"{variable} 换一个端口 / port {port} is taken by another program: stop it or set "
                f"{variable}"
            )
        return self.processes.start(service)

    def bring(self, name: str, service: Service, port: int, healthy: Callable[[], bool]) -> None:
        """Start `service` on a port that nobody else holds, and wait until it answers.

        Raises: StackError with the variable that sets another port, or with the end of its log.
        """
        begin = time.monotonic()
        variable = PORT_VARIABLES.get(name) or f"FJGOV_{name.partition('-')[0].upper()}_PORT"
        started = self._start(service, port, variable)
        self.processes.await_healthy(name, healthy, 120)
        self._say_done(name, begin, "" if started else "已在运行 already running")

    def _start_postgres(self) -> None:
        self.postgres.create()
        service, port = self.postgres.service(), self.settings.ports.postgres
        self.bring("postgres", service, port, self.postgres.healthy)

    def _start_redis(self) -> None:
        self.bring("redis", self.redis.service(), self.settings.ports.redis, self.redis.healthy)

    def _start_solr(self) -> None:
        self.bring("solr", self.solr.service(), self.settings.ports.solr, self.solr.healthy)

    def _start_sites(self) -> None:
        """Start all sites, a few side by side: two cores load ten no faster."""
        plan = [(node, self.sites.services(node)) for node in self.settings.nodes]
        with ThreadPoolExecutor(max_workers=STARTING) as pool:
            list(pool.map(lambda item: self._bring_site(item[0], item[1][0]), plan))
        for _node, (_web, *others) in plan:
            # A worker needs seconds to load; readers need the pages first.
            for service in others:
                self._start(service, 0, "")

    def _bring_site(self, node: Node, web: Service) -> None:
        self.bring(web.name, web, node.port, partial(self.sites.healthy, node))

    def revive(self, name: str) -> None:
        """Start one killed service again; the others stay as they are.

        Args: `name` is `postgres`, `redis`, `solr` or `<key>-web`. Sites find their connections
        to a database that was away dead at the first request; this waits until they answer again.
        """
        shared = {
            self.postgres.name: self._start_postgres,
            self.redis.name: self._start_redis,
            self.solr.name: self._start_solr,
        }
        if name in shared:
            shared[name]()
            chosen = self.settings.nodes if name == self.postgres.name else ()
        else:
            chosen = (self.settings.node(name.removesuffix("-web")),)
        for node in chosen:
            self._bring_site(node, self.sites.services(node)[0])

    def restart(self, keys: list[str]) -> None:
        """Restart all processes of the named sites (all sites when none is named).

        New migrations are applied while a site is down: its new code expects them.
        """
        chosen = [self.settings.node(key) for key in keys] or list(self.settings.nodes)
        for node in chosen:
            self.sites.write_ini(node)
            web, *others = self.sites.services(node)
            for service in (*others, web):
                self.processes.stop(service.name)
            self.sites.migrate(node)
            self._bring_site(node, web)
            for service in others:
                self._start(service, 0, "")

    def down(self) -> list[str]:
        """End every process this stack started, sites first; keep the data."""
        order = {"postgres": 3, "redis": 2, "solr": 2}
        groups: dict[int, list[str]] = {}
        for name in self.processes.names():
            groups.setdefault(order.get(name, 1), []).append(name)
        ended = []
        for rank in sorted(groups):
            with ThreadPoolExecutor(max_workers=8) as pool:
                results = list(pool.map(self.processes.stop, groups[rank]))
            ended += [name for name, was in zip(groups[rank], results, strict=True) if was]
        return ended

    def destroy(self) -> None:
        """Take the stack down and remove its folder and cluster (tests)."""
        self.down()
        if self.postgres.elsewhere:
            shutil.rmtree(self.postgres.data.parent, ignore_errors=True)
        shutil.rmtree(self.settings.base, ignore_errors=True)

    def status(self) -> list[tuple[str, int | None, str, str]]:
        """Return (service, process id, health, address) of everything that belongs here."""
        probes: list[tuple[str, Callable[[], bool], str]] = [
            ("postgres", self.postgres.healthy, f"{LOOPBACK}:{self.settings.ports.postgres}"),
            ("redis", self.redis.healthy, f"{LOOPBACK}:{self.settings.ports.redis}"),
            ("solr", self.solr.healthy, self.solr.url),
        ]
        for node in self.settings.nodes:
            probes.append((f"{node.key}-web", partial(self.sites.healthy, node), node.url))
            # A worker answers no requests: that it runs is all there is to ask.
            others = self.sites.services(node)[1:]
            probes += [(service.name, lambda: True, "") for service in others]
        if self.settings.recorded:
            port = self.settings.ports.recorded
            address = f"http://{LOOPBACK}:{port}/<{','.join(self.settings.recorded)}>"
            probes.append((RECORDED, partial(is_taken, port), address))

        def row(probe: tuple[str, Callable[[], bool], str]) -> tuple[str, int | None, str, str]:
            name, healthy, address = probe
            running = self.processes.running(name)
            if running is None:
                return name, None, "已停止 stopped", address
            return name, running[0], "正常 ok" if healthy() else "无应答 no answer", address

        with ThreadPoolExecutor(max_workers=len(probes)) as pool:
            return list(pool.map(row, probes))

    def _say_done(self, what: str, begin: float, note: str = "") -> None:
        self.say(f"  ✓ {what:<18} {time.monotonic() - begin:5.1f} s  {note}".rstrip())


def is_taken(port: int) -> bool:
    """Return whether somebody listens on `port` of the loopback address."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((LOOPBACK, port)) == 0
