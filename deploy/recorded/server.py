"""Serve recorded nodes on one port of the loopback address: `/<code>/fjgov/changes.ndjson` …"""

from __future__ import annotations

import gzip
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from ckanext.fjgov.core.errors import FjgovError
from ckanext.fjgov.core.federation.digest_feed import MEDIA_TYPE as JSON_TYPE
from ckanext.fjgov.core.federation.errors import FederationError
from ckanext.fjgov.core.federation.feed import MEDIA_TYPE as FEED_TYPE
from ckanext.fjgov.core.federation.keys import VerifyingKey
from ckanext.fjgov.core.federation.signature import (
    ANSWER_HEADER,
    REQUEST_HEADER,
    RequestClaims,
    verify_request,
)
from deploy.recorded.feed import Answer, RecordedNode

MAX_BODY_BYTES = 1_000_000
COMPRESS_FROM_BYTES = 1400
Slowness = Mapping[str, float]


class RecordedServer(ThreadingHTTPServer):
    """Answers for several recorded nodes.

    Attributes:
        nodes: by code.
        readers: keys of the nodes that may read, by code.
        slowness: seconds that a node takes for each answer, for tests of fair shares.
        requests: how many were answered, by code.
    """

    daemon_threads = True

    def __init__(
        self,
        port: int,
        nodes: Mapping[str, RecordedNode],
        readers: Mapping[str, tuple[VerifyingKey, ...]],
        slowness: Slowness | None = None,
    ) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.nodes = dict(nodes)
        self.readers = readers
        self.slowness = dict(slowness or {})
        self.requests = dict.fromkeys(nodes, 0)
        self._nonces: set[str] = set()
        self._lock = threading.Lock()

    def address(self, code: str) -> str:
        """Give the address under which a node is registered."""
        return f"http://127.0.0.1:{self.server_address[1]}/{code}"

    def claim(self, claims: RequestClaims) -> bool:
        """Take a nonce; False when it was used before."""
        with self._lock:
            fresh = claims.nonce not in self._nonces
            self._nonces.add(claims.nonce)
            return fresh

    def count(self, code: str) -> None:
        """Count an answer."""
        with self._lock:
            self.requests[code] += 1


class _Handler(BaseHTTPRequestHandler):
    server: RecordedServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._serve(b"")

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", "0"))
        if length > MAX_BODY_BYTES:
            self._send(Answer(413, b"{}"), JSON_TYPE)
            return
        self._serve(self.rfile.read(length))

    def log_message(self, *_words: Any) -> None:
        return

    def _serve(self, body: bytes) -> None:
        target = urlsplit(self.path)
        code, _, rest = target.path.strip("/").partition("/")
        node = self.server.nodes.get(code)
        if node is None:
            self._send(Answer(404, b"{}"), JSON_TYPE)
            return
        try:
            claims = self._claims(code, body)
            answer, media_type = _answer(node, rest, claims, dict(parse_qsl(target.query)), body)
        except (FederationError, FjgovError) as error:
            self._send(Answer(403, str(error).encode()), JSON_TYPE)
            return
        except (ValueError, TypeError) as error:
            self._send(Answer(400, str(error).encode()), JSON_TYPE)
            return
        time.sleep(self.server.slowness.get(code, 0.0))
        self.server.count(code)
        self._send(answer, media_type)

    def _claims(self, code: str, body: bytes) -> RequestClaims:
        claims = verify_request(
            self.headers.get(REQUEST_HEADER),
            keys=self.server.readers,
            audience=code,
            method=self.command,
            path_query=self.path,
            body=body,
            now=datetime.now(timezone.utc),
        )
        if not self.server.claim(claims):
            raise ValueError("replayed")
        return claims

    def _send(self, answer: Answer, media_type: str) -> None:
        content = answer.body
        self.send_response(answer.status)
        if len(content) >= COMPRESS_FROM_BYTES and "gzip" in self.headers.get(
            "Accept-Encoding", ""
        ):
            content = gzip.compress(content, compresslevel=5)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(content)))
        if answer.signature:
            self.send_header(ANSWER_HEADER, answer.signature)
        self.end_headers()
        self.wfile.write(content)


def _answer(
    node: RecordedNode, path: str, claims: RequestClaims, query: Mapping[str, str], body: bytes
) -> tuple[Answer, str]:
    if path == "fjgov/changes.ndjson":
        answer = node.changes(claims, query)
        return answer, FEED_TYPE if answer.status == 200 else JSON_TYPE
    if path == "fjgov/digest.json":
        return node.digests(claims, query.get("prefix", "")), JSON_TYPE
    if path == "fjgov/records.ndjson":
        return node.records(claims, body), FEED_TYPE
    return Answer(404, b"{}"), JSON_TYPE


@contextmanager
def serving(server: RecordedServer) -> Iterator[RecordedServer]:
    """Serve in a thread for the time of a block."""
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
