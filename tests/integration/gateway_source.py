"""A system of a unit whose files the gateway may fetch, and how a program asks the gateway."""

from __future__ import annotations

import hashlib
import http.server
import ipaddress
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import requests
from ckanapi import RemoteCKAN

from ckanext.fjgov.core.federation.address_classes import AddressClass, class_of
from tests.integration.stack_env import StackInfo

CONTENT = b"".join(hashlib.sha256(bytes([n % 251, n // 251])).digest() for n in range(40_000))


def own_address() -> str | None:
    """Give an address of this machine that a node may be allowed to fetch from."""
    done = subprocess.run(["hostname", "-I"], capture_output=True, text=True, check=False)
    addresses = [ipaddress.ip_address(word) for word in done.stdout.split()]
    fetched = (AddressClass.INTRANET, AddressClass.PUBLIC)
    return next((str(address) for address in addresses if class_of(address) in fetched), None)


ETAG = '"file-1"'


class Server(http.server.ThreadingHTTPServer):
    """An HTTP server on an address of either family."""

    def __init__(self, address: str, handler: type[http.server.BaseHTTPRequestHandler]) -> None:
        six = ipaddress.ip_address(address).version == 6
        self.address_family = socket.AF_INET6 if six else socket.AF_INET
        super().__init__((address, 0), handler)
        self.place = f"[{address}]" if six else address


class Source(http.server.BaseHTTPRequestHandler):
    """Serves one file, as the system of a unit does."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        part = self.headers.get("Range", "").removeprefix("bytes=").partition("-")
        start = int(part[0]) if part[0] else 0
        is_part = bool(part[1]) and self.headers.get("If-Range", ETAG) == ETAG
        if is_part and start >= len(CONTENT):
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{len(CONTENT)}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        content = CONTENT[start:] if is_part else CONTENT
        self.send_response(206 if is_part else 200)
        if is_part:
            span = f"bytes {start}-{len(CONTENT) - 1}/{len(CONTENT)}"
            self.send_header("Content-Range", span)
        self.send_header("Content-Type", "text/csv; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("ETag", ETAG)
        self.send_header("Set-Cookie", "inner=secret")
        self.send_header("Server", "inner-system")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_arguments: Any) -> None:
        """Say nothing; the test reads answers, not logs."""


@contextmanager
def serving(handler: type[http.server.BaseHTTPRequestHandler]) -> Iterator[str]:
    """Serve on an address of this machine that others could reach; gives `http://host:port`."""
    address = own_address()
    if address is None:
        pytest.skip("this machine has no address but loopback and link-local ones")
    server = Server(address, handler)
    worker = threading.Thread(target=server.serve_forever, daemon=True)
    worker.start()
    try:
        yield f"http://{server.place}:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        worker.join()


def host_and_port(url: str) -> tuple[str, str]:
    """Give host, as a URL writes it, and port."""
    host, _colon, port = url.split("/")[2].rpartition(":")
    return host, port


def share(
    stack: StackInfo, resource: str, *, node: str = "fuzhou", site: RemoteCKAN | None = None
) -> requests.Response:
    """Ask the gateway as a program does."""
    headers = {"Accept": "application/json"}
    if site is not None and site.apikey:
        headers["Authorization"] = site.apikey
    return requests.get(
        f"{stack.urls[node]}/share/{resource}", headers=headers, timeout=60, allow_redirects=False
    )
