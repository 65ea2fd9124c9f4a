"""Serve HTTP on a free port of this machine for the time of a block."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class QuietServer(ThreadingHTTPServer):
    """Says nothing of readers that hang up, and does not wait for them at the end."""

    daemon_threads = True

    def handle_error(self, *_words: object) -> None:
        """Readers that hang up in the middle are what some tests are about."""


@contextmanager
def serving(
    handler: type[BaseHTTPRequestHandler],
    make: type[ThreadingHTTPServer] = ThreadingHTTPServer,
) -> Iterator[int]:
    """Answer requests by `handler`; gives the port."""
    server = make(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
