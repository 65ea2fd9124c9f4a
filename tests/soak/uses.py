"""Kill what serves uses while they are on the way, and look at the records they have left.

A shot lets four clients fetch from the gateway at once, two under a grant and two without one,
and kills the site's worker or PostgreSQL with SIGKILL at its moment. Whoever then has a byte must
have a begin in the database.
"""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlsplit

import psycopg2
import requests
from ckanapi import CKANAPIError, RemoteCKAN

from deploy.stack.process import wait_until
from tests.integration.api import create_listed, open_entry, overridden
from tests.integration.gateway_source import CONTENT, Source, host_and_port, serving
from tests.integration.guangxi_node import ckan
from tests.integration.sharing_cases import NODE, granted, people_of, published
from tests.integration.stack_env import StackInfo
from tests.soak.use_shots import UseShot

PIECES, PAUSE_S = 40, 0.002
# How long after its moment a kill falls at most: longer than a commit takes.
SPREAD_S = 0.03
PATIENCE_S = 60.0
TRIES = 10
STEP_S = 0.2
RECORDS = (
    "SELECT resource, phase, outcome, size, use FROM fjgov_usage.fjgov_use_event"
    " WHERE id > %s AND entry = ANY(%s) ORDER BY id"
)


class PacedSource(Source):
    """Sends its file in pieces and says when it was asked and when the last piece was sent."""

    asked: ClassVar[dict[str, threading.Event]] = {}
    sent: ClassVar[dict[str, threading.Event]] = {}

    @classmethod
    def clear(cls, paths: list[str]) -> None:
        """Forget what was told before."""
        cls.asked = {path: threading.Event() for path in paths}
        cls.sent = {path: threading.Event() for path in paths}

    def do_GET(self) -> None:
        """Answer as a system that takes its time."""
        size = len(CONTENT) // PIECES
        self.send_response(200)
        self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()
        self.asked[self.path].set()
        # Whoever asked may be dead by now.
        with suppress(OSError):
            for place in range(0, len(CONTENT), size):
                self.wfile.write(CONTENT[place : place + size])
                time.sleep(PAUSE_S)
            self.sent[self.path].set()


class Client(threading.Thread):
    """Fetches one resource over a bare connection and counts what comes behind the head."""

    def __init__(self, url: str, resource: str, token: str) -> None:
        super().__init__(daemon=True)
        place = urlsplit(url)
        self._address = (str(place.hostname), int(place.port or 80))
        lines = [f"GET /share/{resource} HTTP/1.1", f"Host: {place.netloc}", "Connection: close"]
        lines += [f"Authorization: {token}"] if token else []
        self._request = "\r\n".join([*lines, "", ""]).encode()
        self.resource = resource
        self.is_public = not token
        self.status = 0
        self.body = 0
        self.first = threading.Event()
        self.middle = threading.Event()

    def run(self) -> None:
        """Read to the end, whatever that is."""
        head = b""
        with (
            suppress(OSError),
            socket.create_connection(self._address, timeout=PATIENCE_S) as link,
        ):
            link.sendall(self._request)
            while data := link.recv(65536):
                if not self.status:
                    head += data
                    top, end, data = head.partition(b"\r\n\r\n")
                    if not end:
                        continue
                    self.status = int(top.split()[1])
                self.body += len(data)
                if self.body:
                    self.first.set()
                if self.body > len(CONTENT) // 2:
                    self.middle.set()


@dataclass(frozen=True, slots=True)
class UseHit:
    """What one kill did.

    Attributes:
        bytes: of each client, behind the head of its answer.
        begun, ended: records of these uses.
        faults: what should not be, in words; empty when all is well.
    """

    shot: UseShot
    bytes: tuple[int, ...]
    begun: int
    ended: int
    seconds: float
    faults: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Give a plain dict."""
        return asdict(self)

    def line(self) -> str:
        """Say in one line what was done and found."""
        shot = self.shot
        return (
            f"use {shot.number}: {shot.victim} at {shot.moment} {shot.share}: bytes"
            f" {self.bytes}, {self.begun} begun, {self.ended} ended, {self.seconds:.1f} s"
            f" {list(self.faults) or 'ok'}"
        )


@dataclass
class UseGround:
    """A site with four resources whose uses are cut off.

    Attributes:
        resources: id, path at the source, and token of who fetches it ("" for the public).
        provider: reads the uses of its information.
    """

    stack: StackInfo
    entries: list[str]
    resources: list[tuple[str, str, str]]
    provider: RemoteCKAN
    typical_s: float = 0.5
    _mark: int = field(default=0)

    def fire(self, shot: UseShot) -> UseHit:
        """Start four uses, kill, bring back what was killed, and look at the records."""
        begin = time.monotonic()
        [(self._mark,)] = self._rows("SELECT coalesce(max(id), 0) FROM fjgov_usage.fjgov_use_event")
        if shot.is_warm:
            requests.get(f"{self.stack.urls[NODE]}/api/3/action/status_show", timeout=PATIENCE_S)
        clients = self._start()
        self._await_moment(shot, clients)
        self._kill(shot.victim)
        for client in clients:
            client.join(PATIENCE_S)
        records = self._rows(RECORDS, self._mark, self.entries)
        return UseHit(
            shot=shot,
            bytes=tuple(client.body for client in clients),
            begun=sum(row[1] == "begin" for row in records),
            ended=sum(row[1] == "end" for row in records),
            seconds=round(time.monotonic() - begin, 2),
            faults=(*_faults(shot.victim, clients, records), *self._unshown()),
        )

    def checked(self, hit: UseHit) -> UseHit:
        """Seal what waits, let the verifier look at the whole log, and add what it finds."""
        sealed = ckan(self.stack, "fjgov", "usage", "seal", key=NODE)
        done = ckan(self.stack, "fjgov", "usage", "verify", key=NODE)
        found = [one.stdout + one.stderr for one in (sealed, done) if one.returncode]
        return replace(hit, faults=(*hit.faults, *found))

    def undisturbed(self) -> float:
        """Let four uses go to their end; gives the seconds until all had everything."""
        begin = time.monotonic()
        for client in (clients := self._start()):
            client.join(PATIENCE_S)
        self.typical_s = time.monotonic() - begin
        if any(client.body < len(CONTENT) for client in clients):
            raise RuntimeError(f"an undisturbed use is cut off: {[one.body for one in clients]}")
        return self.typical_s

    def page_of_uses(self) -> str:
        """Give the newest uses as the provider's page shows them."""
        answer = requests.get(
            f"{self.stack.urls[NODE]}/fjgov/uses?side=provider",
            headers={"Authorization": str(self.provider.apikey)},
            timeout=PATIENCE_S,
        )
        answer.raise_for_status()
        return answer.text

    def _start(self) -> list[Client]:
        PacedSource.clear([path for _id, path, _token in self.resources])
        url = self.stack.urls[NODE]
        clients = [Client(url, resource, token) for resource, _path, token in self.resources]
        for client in clients:
            client.start()
        return clients

    def _await_moment(self, shot: UseShot, clients: list[Client]) -> None:
        client, path = clients[shot.first], self.resources[shot.first][1]
        if shot.moment == "clock":
            time.sleep(shot.share * self.typical_s)
            return
        event = {
            "asked": PacedSource.asked[path],
            "first": client.first,
            "middle": client.middle,
            "sent": PacedSource.sent[path],
        }[shot.moment]
        begin = time.monotonic()
        while not event.wait(STEP_S) and client.is_alive():
            if time.monotonic() - begin > PATIENCE_S:
                raise TimeoutError(f"no use came to {shot.moment}")
        time.sleep(shot.share * SPREAD_S)

    def _kill(self, victim: str) -> None:
        if victim == "postgres":
            present = self.stack.stack.processes.running("postgres")
            self.stack.stack.processes.kill("postgres")
            # A stack of another process collects its dead itself.
            wait_until(lambda: not present or not Path(f"/proc/{present[0]}").exists(), PATIENCE_S)
            self.stack.stack.revive("postgres")
            return
        found = self._workers()
        for pid in found:
            os.kill(pid, signal.SIGKILL)
        if not wait_until(lambda: bool(self._workers() - found), PATIENCE_S):
            raise TimeoutError("no new worker was started")

    def _workers(self) -> set[int]:
        running = self.stack.stack.processes.running(f"{NODE}-web")
        if running is None:
            raise RuntimeError("the site does not run")
        children = Path(f"/proc/{running[0]}/task/{running[0]}/children")
        return {int(word) for word in children.read_text(encoding="utf-8").split()}

    def _unshown(self) -> Iterator[str]:
        """Compare what the provider is shown with the records: no end, no outcome."""
        cut = self._rows(
            "SELECT use FROM fjgov_usage.fjgov_use_event b WHERE phase = 'begin' AND id > %s"
            " AND entry = ANY(%s) AND NOT EXISTS (SELECT FROM fjgov_usage.fjgov_use_event e"
            " WHERE e.use = b.use AND e.phase = 'end')",
            self._mark,
            self.entries,
        )
        shown = [row for entry in self.entries for row in self._listed(entry)]
        open_ = {row["use"] for row in shown if row["ended_at"] is None and row["outcome"] == ""}
        for (use,) in cut:
            if str(use) not in open_:
                yield f"use {use} has no end and is not shown as such"

    def _listed(self, entry: str) -> list[dict[str, Any]]:
        """List the newest uses; after a database came back, connections are found dead first."""
        for _try in range(TRIES):
            with suppress(CKANAPIError):
                return list(self.provider.action.fjgov_use_list(entry=entry, limit=10)["results"])
            time.sleep(0.5)
        raise RuntimeError("the site does not list uses")

    def _rows(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        link = psycopg2.connect(self.stack.dsns[NODE])
        try:
            with link, link.cursor() as cursor:
                cursor.execute(statement, values or None)
                return list(cursor.fetchall())
        finally:
            link.close()


def _faults(victim: str, clients: list[Client], records: list[tuple[Any, ...]]) -> Iterator[str]:
    begun = {row[4] for row in records if row[1] == "begin"}
    for client in clients:
        mine = [row for row in records if row[0] == client.resource]
        begins = [row for row in mine if row[1] == "begin"]
        # What is open to all is given without its record while there is no database to take it.
        excused = victim == "postgres" and client.is_public
        if client.status == 200 and client.body and len(begins) != 1 and not excused:
            yield f"{client.body} bytes of {client.resource} and {len(begins)} begins"
        if len(begins) > 1:
            yield f"{len(begins)} begins of one use of {client.resource}"
        for _resource, phase, outcome, size, use in mine:
            if phase == "end" and use not in begun:
                yield f"use {use} has an end and no begin"
            if outcome == "done" and size != len(CONTENT):
                yield f"use {use} is done with {size} bytes"


@contextmanager
def use_ground(stack: StackInfo) -> Iterator[UseGround]:
    """Publish a restricted and an open entry, grant the first, and serve their files."""
    with serving(PacedSource) as source:
        allowed = {"fjgov.fetch.allow": ":".join(host_and_port(f"{source}/"))}
        with overridden(stack, NODE, allowed):
            people = people_of(stack)
            paths = [f"/{number}.csv" for number in range(4)]
            PacedSource.clear(paths)
            rows = [
                {"name": path[1:], "mode": "direct", "url": f"{source}{path}"} for path in paths
            ]
            closed = create_listed(stack, NODE, resources=rows[:2], **published("direct"))
            public = create_listed(stack, NODE, resources=rows[2:], **open_entry())
            granted(people, closed)
            token = str(people.asking.apikey)
            resources = [
                (resource["id"], path, words)
                for resource, path, words in zip(
                    [*closed["resources"], *public["resources"]],
                    paths,
                    [token, token, "", ""],
                    strict=True,
                )
            ]
            ground = UseGround(stack, [closed["id"], public["id"]], resources, people.providing)
            ground.undisturbed()
            ground.undisturbed()
            yield ground
