"""What tests of the fetch module share: limits, answers of servers, and a fetcher for them."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

from ckanext.fjgov.core.federation.address import node_policy, parse_allow
from ckanext.fjgov.harvesters.http import Fetcher
from ckanext.fjgov.harvesters.limits import FetchLimits

TYPE = "application/x-ndjson"
CALM = FetchLimits(max_bytes=200_000, ratio_floor=50_000, attempts=1)
QUICK = FetchLimits(connect_s=0.3, read_s=0.2, total_s=0.6, attempts=1)
# Far above the deadlines of QUICK, so that a busy machine does not fail the tests, and far below
# what the servers would take.
PROMPT_S = 4.0
BODY = b'{"ok":true}\n'
Serve = Callable[..., Any]


def answer(
    body: bytes = BODY, *headers: str, status: str = "200 OK", media_type: str = TYPE
) -> Callable[[socket.socket, bytes], None]:
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {media_type}", *headers]
    if not any(line.lower().startswith(("content-length", "transfer-")) for line in headers):
        lines.append(f"Content-Length: {len(body)}")
    data = "\r\n".join(lines).encode() + b"\r\n\r\n" + body
    return lambda connection, request: connection.sendall(data)


def redirect(location: str) -> Callable[[socket.socket, bytes], None]:
    return answer(b"", f"Location: {location}", status="302 Found")


def fetcher(*servers: Any, limits: FetchLimits = CALM, **options: Any) -> Fetcher:
    rules = [
        parse_allow(f"{network}:{server.port}")
        for server in servers
        for network in ("127.0.0.0/8", "[::1]/128")
    ]
    return Fetcher(node_policy(rules), limits, **options)


def get(client: Fetcher, url: str, **options: Any) -> bytes:
    return client.get(url, accept=(TYPE,), **options).body
