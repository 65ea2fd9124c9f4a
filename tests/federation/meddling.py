"""Somebody on the line between the province and a city who passes requests on, and meddles."""

from __future__ import annotations

import http.client
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import urlsplit

from tests.federation.syncing import address_of_city, rule_for
from tests.integration.stack_env import StackInfo
from tests.loopback import QuietServer, serving

CITY = "350100"
PASSED_ON = ("accept", "accept-encoding", "content-type", "if-none-match")


@dataclass
class Answer:
    """What the city answered, to be passed on; `promised` is a Content-Length that lies."""

    status: int
    headers: dict[str, str]
    body: bytes
    promised: int | None = None
    broken_after: int | None = None


Meddle = Callable[[int, str, Answer], Answer]


@dataclass
class Meddler:
    """The server in between; `paths` are the requests that came."""

    home: str
    meddle: Meddle
    paths: list[str] = field(default_factory=list)
    url: str = ""

    def answer(self, method: str, path: str, headers: Any, body: bytes) -> Answer:
        """Ask the city and change its answer."""
        self.paths.append(path)
        place = urlsplit(self.home)
        link = http.client.HTTPConnection(str(place.hostname), place.port, timeout=60)
        kept = {
            name: value
            for name, value in headers.items()
            if name.lower() in PASSED_ON or name.lower().startswith("x-fjgov")
        }
        try:
            link.request(method, path, body or None, kept)
            got = link.getresponse()
            names = ("content-type", "content-encoding", "etag")
            passed = {
                name: value
                for name, value in got.getheaders()
                if name.lower() in names or name.lower().startswith("x-fjgov")
            }
            answer = Answer(got.status, passed, got.read())
        finally:
            link.close()
        return self.meddle(len(self.paths), path, answer)


@contextmanager
def meddled(stack: StackInfo, meddle: Meddle) -> Iterator[Meddler]:
    """Let the province reach 福州 only through a meddler for the time of a block.

    Args: `meddle` gets the number of the request from 1, its path and the true answer.
    """
    meddler = Meddler(stack.urls["fuzhou"], meddle)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length)
            self._send(meddler.answer(self.command, self.path, self.headers, body))

        do_POST = do_GET

        def _send(self, answer: Answer) -> None:
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            promised = len(answer.body) if answer.promised is None else answer.promised
            self.send_header("Content-Length", str(promised))
            self.end_headers()
            if answer.broken_after is None:
                self.wfile.write(answer.body)
                return
            self.wfile.write(answer.body[: answer.broken_after])
            self.wfile.flush()
            # Zero seconds of lingering: the other side sees a reset, not an orderly end.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()

        def log_message(self, *_words: Any) -> None:
            return

    with serving(Handler, QuietServer) as port:
        meddler.url = f"http://127.0.0.1:{port}"
        with address_of_city(stack, meddler.url, [rule_for(meddler.url)]):
            yield meddler
