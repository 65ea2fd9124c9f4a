"""A man in the middle between the province and a city.

Its trick is played on the first answers of a kind; what comes later passes unchanged.
"""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

import jwt
import requests

from ckanext.fjgov.core.federation.signature import ANSWER_HEADER, REQUEST_HEADER
from tests.loopback import QuietServer, serving
from tests.soak.tricks import Liar, Reply, Trick

PASSED = ("Content-Type", "ETag", ANSWER_HEADER)


@dataclass
class Proxy:
    """One proxy in front of a city.

    Attributes:
        played: how many answers were spoilt.
    """

    upstream: str
    trick: Trick
    share: float
    liar: Liar
    played: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def reply(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Reply:
        """Ask the city and spoil what it says."""
        kept = {name: headers[name] for name in (REQUEST_HEADER, "Content-Type") if name in headers}
        answer = requests.request(
            method, self.upstream + path, data=body, timeout=60,
            headers={**kept, "Accept-Encoding": "identity"},
        )  # fmt: skip
        found = {name: answer.headers[name] for name in PASSED if name in answer.headers}
        reply = Reply(answer.status_code, found, answer.content)
        if self.trick.path not in path:
            return reply
        with self.lock:
            if self.played >= self.trick.times:
                return reply
            self.played += 1
        return self.trick.spoil(reply, self.share, self.liar, _nonce(headers))


def _nonce(headers: dict[str, str]) -> str:
    token = headers.get(REQUEST_HEADER, "")
    if not token:
        return ""
    return str(jwt.decode(token, options={"verify_signature": False})["jti"])


@contextmanager
def lying(proxy: Proxy) -> Iterator[str]:
    """Serve a proxy for the time of a block; gives its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._pass(b"")

        def do_POST(self) -> None:
            self._pass(self.rfile.read(int(self.headers.get("Content-Length", "0"))))

        def _pass(self, body: bytes) -> None:
            reply = proxy.reply(self.command, self.path, dict(self.headers.items()), body)
            if reply.reset:
                linger = struct.pack("ii", 1, 0)
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                self.connection.close()
                return
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            half = len(reply.body) // 2
            self.wfile.write(reply.body[:half] if reply.pause_s else b"")
            time.sleep(reply.pause_s)
            rest = reply.body[half:] if reply.pause_s else reply.body
            self.wfile.write(rest[: len(rest) - reply.cut])

        def log_message(self, *_words: Any) -> None:
            return

    with serving(Handler, QuietServer) as port:
        yield f"http://127.0.0.1:{port}"
