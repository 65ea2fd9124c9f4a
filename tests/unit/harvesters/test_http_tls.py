"""Fault list row 13: certificates and protocol versions."""

from __future__ import annotations

import ssl
from typing import Any

import pytest

from ckanext.fjgov.core.federation.address import node_policy
from ckanext.fjgov.core.federation.errors import (
    BadScheme,
    TlsRefused,
)
from ckanext.fjgov.harvesters.connection import tls_context
from ckanext.fjgov.harvesters.http import Fetcher
from tests.unit.harvesters.fetching import (
    BODY,
    Serve,
    answer,
    fetcher,
    get,
    redirect,
)


class TestTls:
    """Row 13."""

    def read(self, server: Any, authority: Any, host: str = "127.0.0.1") -> bytes:
        client = fetcher(
            server,
            tls=tls_context(str(authority.ca_file)),
            resolver=lambda name, port: ["127.0.0.1"],
        )
        return get(client, f"https://{host}:{server.port}/")

    @pytest.mark.parametrize("host", ["127.0.0.1", "node.example"])
    def test_a_good_certificate(self, serve: Serve, authority: Any, host: str) -> None:
        server = serve(answer(), tls=authority.server_context(host))
        assert self.read(server, authority, host) == BODY

    @pytest.mark.parametrize(
        ("certificate", "host", "text"),
        [
            ({"days": -1}, "node.example", "证书已过期"),
            ({"self_signed": True}, "node.example", "证书为自签名"),
            ({}, "other.example", "证书与主机名不符"),
            ({}, "127.0.0.1", "证书与 IP 地址不符"),
        ],
    )
    def test_the_message_says_what_is_wrong(
        self, serve: Serve, authority: Any, certificate: dict[str, Any], host: str, text: str
    ) -> None:
        server = serve(answer(), tls=authority.server_context("node.example", **certificate))
        with pytest.raises(TlsRefused, match=text):
            self.read(server, authority, host)
        assert server.requests == []

    def test_an_unknown_issuer(self, serve: Serve, authority: Any) -> None:
        server = serve(answer(), tls=authority.server_context("127.0.0.1"))
        with pytest.raises(TlsRefused, match="签发机构不受信任"):
            get(fetcher(server), server.url())

    @pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
    def test_old_protocol_versions(self, serve: Serve, authority: Any) -> None:
        context = authority.server_context("127.0.0.1")
        context.set_ciphers("DEFAULT@SECLEVEL=0")
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
        server = serve(answer(), tls=context)
        with pytest.raises(TlsRefused, match=r"TLS 1\.2"):
            self.read(server, authority)

    def test_there_is_no_way_back_to_http(self, serve: Serve, authority: Any) -> None:
        plain = serve(answer())
        server = serve(redirect(plain.url()), tls=authority.server_context("127.0.0.1"))
        client = fetcher(server, plain, tls=tls_context(str(authority.ca_file)))
        with pytest.raises(BadScheme):
            get(client, server.url())
        assert plain.connections == 0

    def test_weak_settings_are_refused(self) -> None:
        unchecked = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        unchecked.check_hostname = False
        unchecked.verify_mode = ssl.CERT_NONE
        with pytest.raises(ValueError, match="TLS"):
            Fetcher(node_policy(), tls=unchecked)
