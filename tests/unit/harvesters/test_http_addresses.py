"""Fault list rows 1 to 8: where a fetch may go, first and by redirect."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from ckanext.fjgov.core.federation.address import node_policy, parse_allow, resource_policy
from ckanext.fjgov.core.federation.errors import (
    BadContent,
    BadScheme,
    BadStatus,
    BlockedAddress,
    RedirectLoop,
)
from ckanext.fjgov.harvesters.http import Fetcher
from tests.unit.harvesters.fetching import (
    BODY,
    CALM,
    TYPE,
    Serve,
    answer,
    fetcher,
    get,
    redirect,
)


class TestAddresses:
    """Rows 1 to 4 and 6 to 8."""

    @pytest.mark.parametrize(
        "host",
        [
            "127.0.0.1",
            "localhost",
            "0.0.0.0",
            "[::1]",
            "[::]",
            "169.254.169.254",
            "100.100.100.200",
            "[::ffff:7f00:1]",
            "[2002:7f00:1::]",
            "[64:ff9b::7f00:1]",
            "0177.0.0.1",
            "2130706433",
            "0x7f000001",
            "10.0.0.1",
        ],
    )
    def test_forbidden_addresses_are_refused_before_connecting(
        self, serve: Serve, host: str
    ) -> None:
        server = serve(answer())
        with pytest.raises(BlockedAddress):
            get(Fetcher(node_policy(), CALM), f"http://{host}:{server.port}/")
        assert server.connections == 0

    def test_a_rule_of_the_resource_flavour_does_not_open_loopback(self, serve: Serve) -> None:
        server = serve(answer())
        policy = resource_policy([parse_allow(f"127.0.0.0/8:{server.port}")])
        with pytest.raises(BlockedAddress):
            get(Fetcher(policy, CALM), server.url())
        assert server.connections == 0

    @pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6])
    def test_a_rule_of_the_node_flavour_does(self, serve: Serve, family: Any) -> None:
        server = serve(answer(), family=family)
        assert get(fetcher(server), server.url("/a?b=c")) == BODY
        head = server.requests[0].decode().split("\r\n")
        assert head[0] == "GET /a?b=c HTTP/1.1"
        assert f"Host: {server.host}:{server.port}" in head

    def test_the_checked_address_is_the_connected_one(self, serve: Serve) -> None:
        """A name that changes its address between two look-ups is looked up once."""
        server = serve(answer())
        answers = [["127.0.0.1"], ["10.0.0.1"]]
        client = fetcher(server, resolver=lambda host, port: answers.pop(0))
        assert get(client, f"http://node.example:{server.port}/") == BODY
        assert answers == [["10.0.0.1"]]
        with pytest.raises(BlockedAddress):
            get(client, f"http://node.example:{server.port}/")
        assert server.connections == 1
        assert f"Host: node.example:{server.port}".encode() in server.requests[0]

    def test_of_several_addresses_only_permitted_ones_are_tried(self, serve: Serve) -> None:
        server = serve(answer())
        client = fetcher(
            server, resolver=lambda host, port: ["10.0.0.1", "169.254.169.254", "127.0.0.1"]
        )
        assert get(client, f"http://node.example:{server.port}/") == BODY

    def test_a_dead_address_is_followed_by_the_next(self, serve: Serve) -> None:
        server = serve(answer())
        client = fetcher(server, resolver=lambda host, port: ["::1", "127.0.0.1"])
        assert get(client, f"http://node.example:{server.port}/") == BODY

    def test_proxies_of_the_environment_are_not_used(
        self, serve: Serve, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        server, proxy = serve(answer()), serve(answer(b"proxy"))
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url())
        assert get(fetcher(server), server.url()) == BODY
        assert proxy.connections == 0

    def test_credentials_in_a_url_are_refused_and_not_shown(self, serve: Serve) -> None:
        server = serve(answer())
        url = server.url("/path?token=hidden").replace("://", "://user:secret@")
        with pytest.raises(BlockedAddress) as caught:
            get(fetcher(server), url)
        text = str(caught.value)
        assert "secret" not in text
        assert "hidden" not in text
        assert f"http://127.0.0.1:{server.port}" in text
        assert server.connections == 0


class TestRedirects:
    """Row 5."""

    def test_a_permitted_hop_is_followed(self, serve: Serve) -> None:
        last = serve(answer())
        first = serve(redirect(last.url("/new")))
        result = fetcher(first, last).get(first.url(), {"X-Fjgov-Request": "token"}, accept=(TYPE,))
        assert result.body == BODY
        assert b"X-Fjgov-Request" in first.requests[0]
        assert b"X-Fjgov-Request" not in last.requests[0]

    def test_headers_do_not_come_back_by_way_of_another_site(self, serve: Serve) -> None:
        servers: list[Any] = []

        def away(connection: socket.socket, request: bytes) -> None:
            redirect(servers[0].url("/stolen"))(connection, request)

        def start(connection: socket.socket, request: bytes) -> None:
            step = answer() if b"/stolen" in request else redirect(servers[1].url())
            step(connection, request)

        servers += [serve(start), serve(away)]
        home, other = servers
        client = fetcher(home, other)
        client.get(home.url(), {"Authorization": "token"}, accept=(TYPE,))
        assert [b"Authorization" in request for request in home.requests] == [True, False]

    def test_a_forbidden_hop_is_refused(self, serve: Serve) -> None:
        last = serve(answer())
        first = serve(redirect(last.url()))
        with pytest.raises(BlockedAddress):
            get(fetcher(first), first.url())
        assert last.connections == 0

    @pytest.mark.parametrize(
        "location",
        ["file:///etc/hosts", "ftp://example.cn/", "gopher://example.cn/", "javascript:x"],
    )
    def test_other_schemes_are_refused(self, serve: Serve, location: str) -> None:
        server = serve(redirect(location))
        with pytest.raises(BadScheme):
            get(fetcher(server), server.url())

    def test_a_loop_ends_after_five_hops(self, serve: Serve) -> None:
        server = serve(redirect("/again"))
        with pytest.raises(RedirectLoop):
            get(fetcher(server), server.url())
        assert server.connections == 6

    def test_a_redirect_to_nowhere_is_refused(self, serve: Serve) -> None:
        server = serve(answer(b"", status="302 Found"))
        with pytest.raises(BadContent):
            get(fetcher(server), server.url())

    def test_a_signed_request_is_not_redirected(self, serve: Serve) -> None:
        server = serve(redirect("/again"))
        with pytest.raises(BadStatus) as caught:
            get(fetcher(server), server.url(), follow=False)
        assert (caught.value.status, server.connections) == (302, 1)
