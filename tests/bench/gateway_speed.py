"""A file through the gateway under a grant, beside stock CKAN's download of the same file."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import secrets
import socket
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.bench.rows import BenchRow
from tests.bench.sites import OURS, BenchSites
from tests.integration.api import overridden
from tests.integration.gateway_source import Server, host_and_port, own_address
from tests.integration.sharing_cases import granted, people_of, restricted
from tests.integration.stack_env import StackInfo, attach

SIZE, TIMES, MOST = 200_000_000, 7, 1.10
PIECE = 1024 * 1024


def gateway_file(sites: BenchSites) -> list[BenchRow]:
    """Fetch the same file from both sites in turn."""
    stack = attach(sites.stack.settings.base)
    path = stack.base / "gateway_file.bin"
    with path.open("wb") as file:
        for _piece in range(SIZE // 1_000_000):
            file.write(secrets.token_bytes(1_000_000))
    wanted = hashlib.sha256(path.read_bytes()).hexdigest()
    with _source(path) as source, overridden(stack, OURS, _allowed(source)):
        ways = {"ours": _shared(stack, source), "stock": _uploaded(sites, path)}
        for address, headers in ways.values():
            if _fetched(address, headers, check=True)[1] != wanted:
                raise RuntimeError(f"other bytes than the file's come from {address}")
        times: dict[str, list[float]] = {name: [] for name in ways}
        for _once in range(TIMES):
            for name, (address, headers) in ways.items():
                times[name].append(_fetched(address, headers)[0])
    path.unlink()
    ours, stock = (statistics.median(times[name]) for name in ("ours", "stock"))
    return [
        BenchRow(
            name="gateway_file",
            unit="s",
            value=round(ours, 3),
            baseline=round(stock, 3),
            ratio=round(ours / stock, 2),
            target=f"≤ {MOST:g} × stock download",
            holds=ours <= MOST * stock,
            note=(
                f"median of {TIMES}, {SIZE // 1_000_000} MB over loopback, one worker of gunicorn"
                " each; ours reads the file over HTTP from the unit's own system, under a grant"
                " that is looked at again every second; stock sends its own disk's file by the"
                f" kernel; {os.cpu_count()} processors for source, site and reader"
            ),
        )
    ]


def _allowed(source: str) -> dict[str, str]:
    return {"fjgov.fetch.allow": ":".join(host_and_port(f"{source}/"))}


def _shared(stack: StackInfo, source: str) -> tuple[str, dict[str, str]]:
    people = people_of(stack)
    entry = restricted(stack, f"{source}/file.bin")
    granted(people, entry)
    address = f"{stack.urls[OURS]}/share/{entry['resources'][0]['id']}"
    return address, {"Authorization": str(people.asking.apikey)}


def _uploaded(sites: BenchSites, path: Path) -> tuple[str, dict[str, str]]:
    package = sites.stock.action.package_create(name="gateway-file")
    with path.open("rb") as file:
        made: dict[str, Any] = sites.stock.action.resource_create(
            package_id=package["id"], name="file.bin", upload=file
        )
    return str(made["url"]), {"Authorization": str(sites.stock.apikey)}


def _fetched(address: str, headers: dict[str, str], *, check: bool = False) -> tuple[float, str]:
    """Read an answer to its end as cheaply as can be; gives seconds and, if wished, the digest.

    Raises:
        RuntimeError: it is not the whole file.
    """
    place = urlsplit(address)
    lines = [f"GET {place.path} HTTP/1.0", f"Host: {place.netloc}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    digest, size, head = hashlib.sha256(), 0, b""
    buffer = bytearray(PIECE)
    begin = time.perf_counter()
    with socket.create_connection((str(place.hostname), int(place.port or 80))) as link:
        link.sendall("\r\n".join([*lines, "", ""]).encode())
        while b"\r\n\r\n" not in head:
            head += link.recv(65536)
        first = head.partition(b"\r\n\r\n")[2]
        size = len(first)
        digest.update(first)
        while number := link.recv_into(buffer):
            size += number
            if check:
                digest.update(memoryview(buffer)[:number])
    seconds = time.perf_counter() - begin
    if size != SIZE:
        raise RuntimeError(f"{size} bytes came: {head[:200]!r}")
    return seconds, digest.hexdigest()


@contextmanager
def _source(path: Path) -> Iterator[str]:
    """Serve a file from a process of its own, as the system of a unit does."""
    place = own_address()
    if place is None:
        raise RuntimeError("this machine has no address but loopback and link-local ones")
    server = Server(place, _handler(path))
    worker = multiprocessing.get_context("fork").Process(target=server.serve_forever, daemon=True)
    worker.start()
    try:
        yield f"http://{server.place}:{server.server_port}"
    finally:
        worker.kill()
        worker.join()
        server.server_close()


def _handler(path: Path) -> type[BaseHTTPRequestHandler]:
    class FileHandler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/octet-stream")
            self.send_header("Content-Length", str(path.stat().st_size))
            self.end_headers()
            self.wfile.flush()
            with path.open("rb") as file:
                self.connection.sendfile(file)

        def log_message(self, *_arguments: Any) -> None:
            """Say nothing."""

    return FileHandler
