"""Ten cities side by side: two sites and eight recordings, of which one is slow and one is dead."""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from deploy.recorded.cities import CITIES, make_recordings, registrations, server_of
from deploy.recorded.feed import RecordedNode
from deploy.recorded.server import RecordedServer, serving
from deploy.stack.sites import environment
from tests.federation.syncing import CODES, REPOSITORY, Syncer, command, rule_for
from tests.integration.api import client, sql
from tests.integration.stack_env import StackInfo

ENTRIES = 120
SLOW, DEAD = "350400", "350900"
SLOW_S = 4.0
HEALTHY = (*CODES.values(), *(code for code in CITIES if code not in (SLOW, DEAD)))


@contextmanager
def dripping_server() -> Iterator[tuple[str, threading.Event]]:
    """Begin an answer and never come to its end: a byte every other second until the event."""
    listener = socket.create_server(("127.0.0.1", 0))
    enough = threading.Event()

    def drip(connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            connection.sendall(b"HTTP/1.1 200 OK\r\nX-Dripping: ")
            while not enough.wait(2):
                connection.sendall(b".")

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=drip, args=listener.accept()[:1], daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", enough
    finally:
        enough.set()
        listener.close()


@pytest.fixture(scope="module")
def recorded(
    stack: StackInfo, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RecordedServer]:
    """Eight registered recordings; at the end they are empty, taken away and forgotten."""
    folder = tmp_path_factory.mktemp("recorded")
    make_recordings(stack.stack, folder, CITIES, ENTRIES)
    with serving(server_of(folder, 0)) as server:
        base = f"http://127.0.0.1:{server.server_address[1]}"
        _register(stack, folder, registrations(folder, CITIES, base))
        try:
            yield server
        finally:
            _forget(stack, server)


def _register(stack: StackInfo, folder: Path, rows: list[dict[str, Any]]) -> None:
    file = folder / "nodes.json"
    file.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
    done = command(stack, "node", "add", str(file))
    assert done.returncode == 0, done.stdout + done.stderr


def _forget(stack: StackInfo, server: RecordedServer) -> None:
    server.slowness.clear()
    _move(stack, DEAD, server.address(DEAD))
    for code, node in server.nodes.items():
        server.nodes[code] = RecordedNode(code, node.signing_key, ())
    words = [word for code in CITIES for word in ("--node", code)]
    done = command(stack, "sync", *words, "--approve-withdrawals", "--json")
    sql(stack, "province", "DELETE FROM fjgov_sync_run WHERE node = ANY(%s)", list(CITIES))
    sql(stack, "province", "DELETE FROM fjgov_node WHERE code = ANY(%s)", list(CITIES))
    assert done.returncode in (0, 1), done.stdout + done.stderr


def _move(stack: StackInfo, code: str, address: str) -> None:
    """Let the province look for a node at another port of this machine."""
    sql(
        stack,
        "province",
        "UPDATE fjgov_node SET address = %s, allow = %s WHERE code = %s",
        address,
        json.dumps([rule_for(address.rpartition("/")[0] if address.count("/") > 2 else address)]),
        code,
    )


@contextmanager
def following(stack: StackInfo, *words: str) -> Iterator[Iterator[str]]:
    """Run `ckan fjgov …` at the province and read its answers while it goes on."""
    program = str(Path(sys.executable).parent / "ckan")
    process = subprocess.Popen(
        [program, "-c", str(stack.inis["province"]), "fjgov", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=environment(),
        cwd=REPOSITORY,
    )
    assert process.stdout
    try:
        yield (line for line in process.stdout if line.startswith("{"))
    finally:
        process.stdout.close()
        process.wait(timeout=120)


def _reports(output: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines() if line.startswith("{")]


def _listed(stack: StackInfo) -> dict[str, int]:
    rows = sql(
        stack,
        "province",
        "SELECT extras ->> 'home_node', count(*) FROM package WHERE type = 'dataset'"
        " AND state = 'active' AND NOT private GROUP BY 1",
    )
    return {code: number for code, number in rows if code in HEALTHY or code in CITIES}


@pytest.mark.slow
def test_a_slow_and_a_dead_node_hold_up_nobody(
    stack: StackInfo, recorded: RecordedServer, syncer: Syncer
) -> None:
    recorded.slowness[SLOW] = SLOW_S
    codes = [DEAD, SLOW, *HEALTHY]
    words = [word for code in codes for word in ("--node", code)]
    reports = {}
    with dripping_server() as (address, enough):
        _move(stack, DEAD, address)
        with following(stack, "sync", *words, "--jobs", "3", "--json") as lines:
            for row in map(json.loads, lines):
                reports[row["node"]] = row["state"]
                if not enough.is_set() and reports.keys() >= set(HEALTHY):
                    # Whoever waits for answers keeps nobody waiting: all others are through.
                    assert DEAD not in reports
                    enough.set()
    assert reports == dict.fromkeys((SLOW, *HEALTHY), "verified") | {DEAD: "failed"}
    listed = _listed(stack)
    assert {code: listed[code] for code in CITIES if code != DEAD} == dict.fromkeys(
        (code for code in CITIES if code != DEAD), ENTRIES
    )
    report = syncer.index_report()
    assert (report["missing"], report["ghosts"], report["stale"]) == ([], [], [])


@pytest.mark.slow
def test_the_dead_node_comes_back_and_all_ten_are_equal(
    stack: StackInfo, recorded: RecordedServer
) -> None:
    recorded.slowness.clear()
    _move(stack, DEAD, recorded.address(DEAD))
    before = dict(recorded.requests)
    done = command(stack, "sync", "--json")
    reports = {row["node"]: row for row in _reports(done.stdout)}
    assert {row["state"] for row in reports.values()} == {"verified"}
    assert done.returncode == 0
    assert reports[DEAD]["counts"]["added"] > ENTRIES
    # The others had nothing new: one request each.
    others = [code for code in CITIES if code != DEAD]
    assert {code: recorded.requests[code] - before[code] for code in others} == dict.fromkeys(
        others, 1
    )
    assert _listed(stack)[DEAD] == ENTRIES
    found = client(stack, "province", "staff").action.package_search(
        fq='home_node:"350128"', rows=1
    )
    assert found["count"] == ENTRIES
