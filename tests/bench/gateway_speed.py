"""A file through the gateway under a grant, beside stock CKAN's download of the same file."""

from __future__ import annotations

import hashlib
import os
import secrets
import socket
import statistics
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests

from tests.bench.rows import BenchRow
from tests.bench.sites import OURS, BenchSites
from tests.integration.api import overridden
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
    with overridden(stack, OURS, {"fjgov.mount.max_bytes": str(2 * SIZE)}):
        ways = {"ours": _shared(stack, path), "stock": _uploaded(sites, path)}
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
                " each; ours under a grant that is looked at again every second, with a record of"
                " the use on disk before the first byte; stock sends its file by the kernel;"
                f" {os.cpu_count()} processors for site and reader"
            ),
        )
    ]


def _shared(stack: StackInfo, path: Path) -> tuple[str, dict[str, str]]:
    people = people_of(stack)
    entry = restricted(stack)
    resource = entry["resources"][0]["id"]
    with path.open("rb") as file:
        answer = requests.post(
            f"{stack.urls[OURS]}/api/3/action/fjgov_mount_create",
            data={"id": resource, "kind": "file", "filename": path.name},
            files={"upload": file},
            headers={"Authorization": str(people.registrar.apikey)},
            timeout=300,
        )
    answer.raise_for_status()
    granted(people, entry)
    return f"{stack.urls[OURS]}/share/{resource}", {"Authorization": str(people.asking.apikey)}


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
