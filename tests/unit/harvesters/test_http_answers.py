"""Fault list row 12: what counts as an answer; retries and streams."""

from __future__ import annotations

import socket
import threading
from typing import Any

import pytest

from ckanext.fjgov.core.federation.address import node_policy
from ckanext.fjgov.core.federation.errors import (
    BadContent,
    BadStatus,
    ConnectionFailed,
    FetchError,
    TooLarge,
)
from ckanext.fjgov.harvesters.http import Fetcher
from ckanext.fjgov.harvesters.limits import FetchLimits
from tests.unit.harvesters.fetching import (
    BODY,
    CALM,
    TYPE,
    Serve,
    answer,
    fetcher,
    get,
)


class TestContent:
    """Row 12."""

    PAGE = b"<!DOCTYPE html><title>Login</title>"

    @pytest.mark.parametrize(
        ("script", "error"),
        [
            (answer(PAGE, media_type="text/html; charset=utf-8"), BadContent),
            (answer(PAGE), BadContent),
            (answer(b"\n <html>"), BadContent),
            (answer(b""), BadContent),
            (answer(b" \r\n"), BadContent),
            (answer(BODY, media_type="application/json"), BadContent),
            (answer(b"", status="204 No Content"), BadStatus),
            (answer(BODY, status="500 Error"), BadStatus),
            (answer(BODY, status="404 Not Found"), BadStatus),
            (answer(BODY, status="206 Partial Content"), BadStatus),
        ],
    )
    def test_what_was_not_asked_for_is_a_failure(
        self, serve: Serve, script: Any, error: type[FetchError]
    ) -> None:
        server = serve(script)
        with pytest.raises(error) as caught:
            get(fetcher(server), server.url())
        assert caught.value.zh
        assert caught.value.en
        assert server.connections == 1

    @pytest.mark.parametrize(
        "data", [b"", b"garbage\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"]
    )
    def test_what_is_not_http_is_a_failure(self, serve: Serve, data: bytes) -> None:
        server = serve(lambda connection, request: connection.sendall(data))
        with pytest.raises(ConnectionFailed):
            get(fetcher(server), server.url())

    def test_expected_statuses_are_answers(self, serve: Serve) -> None:
        server = serve(answer(BODY, "ETag: x", status="409 Conflict"))
        result = fetcher(server).get(server.url(), accept=(TYPE,), expect={200, 409})
        assert (result.status, result.body, result.headers["etag"]) == (409, BODY, "x")

    def test_not_modified_has_no_body(self, serve: Serve) -> None:
        server = serve(answer(b"", status="304 Not Modified"))
        result = fetcher(server).get(server.url(), accept=(TYPE,), expect={200, 304})
        assert (result.status, result.body) == (304, b"")


class TestRetries:
    def test_a_passing_fault_is_tried_again(self, serve: Serve) -> None:
        steps = [answer(b"", status="503 Busy"), lambda connection, request: None, answer()]

        def script(connection: socket.socket, request: bytes) -> None:
            steps.pop(0)(connection, request)

        server = serve(script)
        slept: list[float] = []
        limits = FetchLimits(attempts=3, backoff_s=0.25)
        assert get(fetcher(server, limits=limits, sleep=slept.append), server.url()) == BODY
        assert slept == [0.25, 0.5]

    def test_other_faults_are_not(self, serve: Serve) -> None:
        server = serve(answer(status="404 Not Found"))
        with pytest.raises(BadStatus):
            get(fetcher(server, limits=FetchLimits(attempts=3)), server.url())
        assert server.connections == 1

    def test_a_post_is_sent_once(self, serve: Serve) -> None:
        server = serve(answer(status="503 Busy"))
        client = fetcher(server, limits=FetchLimits(attempts=3))
        with pytest.raises(BadStatus):
            client.post(server.url(), b"[]", content_type="application/json", accept=(TYPE,))
        assert server.connections == 1
        assert server.requests[0].endswith(b"\r\n\r\n[]")
        assert b"Content-Type: application/json" in server.requests[0]

    def test_nobody_there(self, serve: Serve) -> None:
        server = serve(answer())
        server.stop()
        with pytest.raises(ConnectionFailed):
            get(fetcher(server), server.url())

    def test_a_name_without_an_address(self) -> None:
        def resolver(host: str, port: int) -> list[str]:
            raise socket.gaierror(-2, "Name or service not known")

        for source in (resolver, lambda host, port: []):
            with pytest.raises(ConnectionFailed):
                get(Fetcher(node_policy(), CALM, resolver=source), "http://node.example/")


class TestStream:
    def test_pieces_come_as_they_arrive(self, serve: Serve) -> None:
        go_on = threading.Event()

        def script(connection: socket.socket, request: bytes) -> None:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\n\r\nfirst")
            go_on.wait(5)
            connection.sendall(b"second")

        server = serve(script)
        with fetcher(server).stream(server.url(), {"Range": "bytes=0-"}) as stream:
            pieces = iter(stream)
            assert (stream.status, stream.headers["content-type"]) == (200, "text/csv")
            assert next(pieces) == b"first"
            go_on.set()
            assert b"".join(pieces) == b"second"
        assert b"Range: bytes=0-" in server.requests[0]
        assert b"Accept-Encoding: identity" in server.requests[0]

    def test_limits_hold_while_streaming(self, serve: Serve) -> None:
        body = b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 300_000
        server = serve(lambda connection, request: connection.sendall(body))
        with (
            pytest.raises(TooLarge),
            fetcher(server).stream(server.url()) as stream,
        ):
            for _ in stream:
                pass

    def test_a_break_in_the_middle_is_an_error(self, serve: Serve) -> None:
        server = serve(answer(b"x" * 10, "Content-Length: 100"))
        with (
            pytest.raises(ConnectionFailed),
            fetcher(server).stream(server.url()) as stream,
        ):
            list(stream)

    def test_other_statuses_are_refused(self, serve: Serve) -> None:
        server = serve(answer(status="403 Forbidden"))
        with pytest.raises(BadStatus), fetcher(server).stream(server.url()):
            pass

    def test_an_unread_stream_is_closed(self, serve: Serve) -> None:
        server = serve(answer(b"x" * 100_000))
        with fetcher(server).stream(server.url()) as stream:
            assert next(iter(stream))
