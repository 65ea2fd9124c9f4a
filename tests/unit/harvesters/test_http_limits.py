"""Fault list rows 9 to 11: how long and how much."""

from __future__ import annotations

import gzip
import socket
import threading
import time
import tracemalloc
from collections.abc import Callable, Sequence

import pytest

from ckanext.fjgov.core.federation.address import node_policy
from ckanext.fjgov.core.federation.errors import (
    BadContent,
    BadStatus,
    ConnectionFailed,
    FetchTimeout,
    RatioExceeded,
    TooLarge,
)
from ckanext.fjgov.harvesters.http import Fetcher
from ckanext.fjgov.harvesters.limits import FetchLimits
from tests.unit.harvesters.fetching import (
    BODY,
    PROMPT_S,
    QUICK,
    TYPE,
    Serve,
    answer,
    fetcher,
    get,
)


class TestDeadlines:
    """Row 9."""

    def timed(self, action: Callable[[], object]) -> float:
        started = time.monotonic()
        with pytest.raises(FetchTimeout):
            action()
        return time.monotonic() - started

    def test_a_server_that_never_answers(self, serve: Serve) -> None:
        server = serve(lambda connection, request: server.wait(30))
        assert self.timed(lambda: get(fetcher(server, limits=QUICK), server.url())) < PROMPT_S

    @pytest.mark.parametrize("part", ["head", "body", "chunked"])
    def test_a_server_that_drips(self, serve: Serve, part: str) -> None:
        def script(connection: socket.socket, request: bytes) -> None:
            start = {
                "head": b"HTTP/1.1 200 OK\r\nX-Long: ",
                "body": f"HTTP/1.1 200 OK\r\nContent-Type: {TYPE}\r\n\r\n".encode(),
                "chunked": f"HTTP/1.1 200 OK\r\nContent-Type: {TYPE}\r\n"
                "Transfer-Encoding: chunked\r\n\r\n".encode(),
            }[part]
            connection.sendall(start)
            while not server.wait(0.05):
                connection.sendall(b"1\r\nx\r\n" if part == "chunked" else b"x")

        server = serve(script)
        assert self.timed(lambda: get(fetcher(server, limits=QUICK), server.url())) < PROMPT_S

    def test_a_tls_handshake_that_hangs(self, serve: Serve) -> None:
        server = serve(lambda connection, request: None)
        listener = socket.create_server(("127.0.0.1", 0))
        server.port = listener.getsockname()[1]
        try:
            url = f"https://127.0.0.1:{server.port}/"
            assert self.timed(lambda: get(fetcher(server, limits=QUICK), url)) < PROMPT_S
        finally:
            listener.close()

    def test_a_name_server_that_hangs(self) -> None:
        release = threading.Event()

        def resolver(host: str, port: int) -> Sequence[str]:
            release.wait(30)
            return []

        client = Fetcher(node_policy(), QUICK, resolver=resolver)
        assert self.timed(lambda: get(client, "http://node.example/")) < PROMPT_S
        release.set()

    def test_repeats_and_waits_stay_within_the_total(self, serve: Serve) -> None:
        server = serve(answer(b"", status="503 Busy"))
        slept: list[float] = []
        now = [0.0]

        def sleep(seconds: float) -> None:
            slept.append(seconds)
            now[0] += seconds

        limits = FetchLimits(total_s=4, attempts=9, backoff_s=0.5)
        client = fetcher(server, limits=limits, clock=lambda: now[0], sleep=sleep)
        with pytest.raises(BadStatus):
            get(client, server.url())
        assert slept == [0.5, 1.0, 2.0]
        assert server.connections == 4


def packed(data: bytes) -> bytes:
    """Pack without the time: a case has the same name whenever it is collected."""
    return gzip.compress(data, mtime=0)


class TestSizes:
    """Rows 10 and 11."""

    def test_a_declared_length_above_the_cap_is_not_read(self, serve: Serve) -> None:
        server = serve(answer(BODY, "Content-Length: 10737418240"))
        with pytest.raises(TooLarge):
            get(fetcher(server), server.url())

    def test_a_shorter_body_than_declared_is_an_error(self, serve: Serve) -> None:
        server = serve(answer(BODY, "Content-Length: 100"))
        with pytest.raises(ConnectionFailed):
            get(fetcher(server), server.url())

    @pytest.mark.parametrize("coding", ["identity", "chunked"])
    def test_an_endless_body_is_cut_at_the_cap(self, serve: Serve, coding: str) -> None:
        def script(connection: socket.socket, request: bytes) -> None:
            head = f"HTTP/1.1 200 OK\r\nContent-Type: {TYPE}\r\n"
            if coding == "chunked":
                head += "Transfer-Encoding: chunked\r\n"
            connection.sendall(head.encode() + b"\r\n")
            piece = b"x" * 8192
            while not server.wait(0):
                connection.sendall(b"2000\r\n" + piece + b"\r\n" if coding == "chunked" else piece)

        server = serve(script)
        with pytest.raises(TooLarge):
            get(fetcher(server), server.url())

    def test_a_gzip_bomb_is_cut_by_its_ratio_in_flat_memory(self, serve: Serve) -> None:
        bomb = gzip.compress(b"0" * 50_000_000)
        server = serve(answer(bomb, "Content-Encoding: gzip"))
        limits = FetchLimits(max_bytes=40_000_000, max_ratio=100, attempts=1)
        tracemalloc.start()
        try:
            with pytest.raises(RatioExceeded):
                get(fetcher(server, limits=limits), server.url())
            assert tracemalloc.get_traced_memory()[1] < 20_000_000
        finally:
            tracemalloc.stop()

    def test_unpacking_is_cut_at_the_cap(self, serve: Serve) -> None:
        body = gzip.compress(bytes(range(256)) * 2000)
        server = serve(answer(body, "Content-Encoding: gzip"))
        limits = FetchLimits(max_bytes=100_000, max_ratio=10_000, attempts=1)
        with pytest.raises(TooLarge):
            get(fetcher(server, limits=limits), server.url())

    def test_an_ordinary_compressed_answer_is_read(self, serve: Serve) -> None:
        body = BODY * 1000
        packed = gzip.compress(body)
        server = serve(answer(packed, "Content-Encoding: gzip"))
        result = fetcher(server).get(server.url(), accept=(TYPE,))
        assert (result.body, result.received_bytes) == (body, len(packed))
        assert b"Accept-Encoding: gzip" in server.requests[0]

    @pytest.mark.parametrize(
        ("body", "headers"),
        [
            (packed(packed(BODY)), ["Content-Encoding: gzip, gzip"]),
            (
                packed(packed(BODY)),
                ["Content-Encoding: gzip", "Content-Encoding: gzip"],
            ),
            (BODY, ["Content-Encoding: br"]),
            (BODY, ["Content-Encoding: deflate"]),
            (BODY, ["Content-Encoding: gzip"]),
            (packed(BODY)[:-4], ["Content-Encoding: gzip"]),
            (packed(BODY) + b"more", ["Content-Encoding: gzip"]),
        ],
    )
    def test_other_codings_and_damaged_data_are_refused(
        self, serve: Serve, body: bytes, headers: list[str]
    ) -> None:
        server = serve(answer(body, *headers))
        with pytest.raises(BadContent):
            get(fetcher(server), server.url())
