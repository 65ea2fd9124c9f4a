"""Connections whose address is checked when they are made, under one deadline for everything.

The host is resolved here, each address is judged, and exactly a judged address is connected, so
that a second look-up cannot lead elsewhere; Host header and certificate check keep the name.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from ipaddress import ip_address
from typing import Any

import httpcore

from ckanext.fjgov.core.federation.address import AddressPolicy
from ckanext.fjgov.core.federation.address_classes import IPAddress
from ckanext.fjgov.core.federation.errors import BlockedAddress, ConnectionFailed, FetchTimeout

# What one read of a connection takes at most: a round through the parser costs the same for less.
AT_ONCE = 1024 * 1024

# (host, port) -> IP addresses as text.
Resolver = Callable[[str, int], Sequence[str]]
Clock = Callable[[], float]


class Deadline:
    """A moment after which nothing of one fetch may go on."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock = clock
        self._at = clock() + seconds

    def left(self) -> float:
        """Give the remaining seconds; 0 or less when it has passed."""
        return self._at - self._clock()

    def cap(self, timeout: float | None) -> float:
        """Give a step's own timeout, shortened to what is left.

        Raises:
            FetchTimeout: nothing is left.
        """
        left = self.left()
        if left <= 0:
            raise FetchTimeout("超过总时限，已中止", "the total deadline passed")
        return left if timeout is None else min(timeout, left)


def system_resolver(host: str, port: int) -> list[str]:
    """Ask the operating system for the addresses of a host."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


class CheckedBackend(httpcore.NetworkBackend):
    """Resolves, judges and connects for one fetch."""

    def __init__(self, policy: AddressPolicy, resolver: Resolver, deadline: Deadline) -> None:
        self._policy = policy
        self._resolver = resolver
        self._deadline = deadline
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect the first permitted address of a host that answers.

        Raises:
            BlockedAddress: none of its addresses is permitted; nothing was sent.
        """
        failure: httpcore.NetworkError | httpcore.TimeoutException | None = None
        for address in self._permitted(host, port, timeout):
            try:
                stream = self._plain.connect_tcp(
                    str(address), port, self._deadline.cap(timeout), local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
                continue
            self._check_peer(stream, host, port)
            return DeadlineStream(stream, self._deadline)
        raise failure or httpcore.ConnectError("no address")

    def _permitted(self, host: str, port: int, timeout: float | None) -> list[IPAddress]:
        found = self._resolve(host, port, timeout)
        refusals = {address: self._refusal(host, address, port) for address in found}
        permitted = [address for address, refusal in refusals.items() if refusal is None]
        for refusal in refusals.values():
            if refusal is not None and not permitted:
                raise refusal
        return permitted

    def _refusal(self, host: str, address: IPAddress, port: int) -> BlockedAddress | None:
        try:
            self._policy.check(host, address, port)
        except BlockedAddress as error:
            return error
        return None

    def _resolve(self, host: str, port: int, timeout: float | None) -> list[IPAddress]:
        try:
            return [ip_address(host)]
        except ValueError:
            names = _within(self._deadline.cap(timeout), lambda: self._resolver(host, port))
        # A zone such as `%eth0` says only by which card to go.
        return list(dict.fromkeys(ip_address(text.partition("%")[0]) for text in names))

    def _check_peer(self, stream: httpcore.NetworkStream, host: str, port: int) -> None:
        peer = stream.get_extra_info("server_addr")
        refusal = self._refusal(host, ip_address(str(peer[0]).partition("%")[0]), port)
        if refusal is not None:
            stream.close()
            raise refusal


class DeadlineStream(httpcore.NetworkStream):
    """A connection on which no single step outlives the deadline, however slowly bytes drip."""

    def __init__(self, inner: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._inner = inner
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read some bytes: of a long answer more at once than is asked for, which costs less."""
        return self._inner.read(max(max_bytes, AT_ONCE), self._deadline.cap(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write all bytes."""
        self._inner.write(buffer, self._deadline.cap(timeout))

    def close(self) -> None:
        """Close the connection."""
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        """Go on encrypted, under the same deadline."""
        inner = self._inner.start_tls(ssl_context, server_hostname, self._deadline.cap(timeout))
        return DeadlineStream(inner, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        """Pass on what is known about the connection."""
        return self._inner.get_extra_info(info)


def tls_context(ca_file: str | None = None) -> ssl.SSLContext:
    """Give settings for TLS: certificates and names checked, TLS 1.2 or newer.

    Args:
        ca_file: PEM file of a certification authority trusted besides the system's own, such as
            the one of the government network.
    """
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca_file is not None:
        context.load_verify_locations(cafile=ca_file)
    return context


@cache
def default_tls_context() -> ssl.SSLContext:
    """Give the settings with the system's authorities; loading these takes a while, once."""
    return tls_context()


def _within(seconds: float, work: Callable[[], Sequence[str]]) -> Sequence[str]:
    """Run a look-up that has no timeout of its own; a late answer is thrown away."""
    answers: list[Sequence[str]] = []
    errors: list[OSError] = []

    def run() -> None:
        try:
            answers.append(work())
        except OSError as error:
            errors.append(error)
        except UnicodeError as error:
            errors.append(OSError(str(error)))

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    if answers:
        return answers[0]
    if errors:
        raise ConnectionFailed(
            "无法解析主机名", f"the host name does not resolve: {errors[0].strerror or 'no answer'}"
        )
    raise FetchTimeout("解析主机名超时", "resolving the host name took too long")
