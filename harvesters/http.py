"""The one way out: every request that this site sends to others goes through `Fetcher`.

Proxy settings of the environment are not read. Remote text is remote user input: the caller gets
bytes within limits, or an error that says in Chinese and English what was wrong.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import httpcore

from ckanext.fjgov.core.federation.address import AddressPolicy, Target, check_url, redact_url
from ckanext.fjgov.core.federation.errors import RedirectLoop, TooLarge
from ckanext.fjgov.core.federation.ports import OK, FetchResult, FetchStream

from .answers import check_body, check_media_type, check_status, joined, next_hop
from .connection import (
    CheckedBackend,
    Clock,
    Deadline,
    Resolver,
    default_tls_context,
    system_resolver,
)
from .decoding import LimitedBody
from .limits import DEFAULT_LIMITS, FetchLimits
from .retry import repeat
from .transport_errors import translated

USER_AGENT = "ckanext-fjgov"
REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class _Request:
    method: str
    url: str
    headers: Mapping[str, str]
    accept: Sequence[str] = ()
    expect: Collection[int] = OK
    max_bytes: int = 0
    body: bytes = b""
    follow: bool = True


class OpenStream:
    """An answer being read piece by piece (`ports.FetchStream`)."""

    def __init__(
        self, status: int, headers: Mapping[str, str], body: LimitedBody, url: str
    ) -> None:
        self.status = status
        self.headers = headers
        self.body = body
        self._url = url

    def __iter__(self) -> Iterator[bytes]:
        with translated(self._url):
            yield from self.body


class Fetcher:
    """Reads addresses under one policy and one set of limits; safe to share between threads."""

    def __init__(
        self,
        policy: AddressPolicy,
        limits: FetchLimits = DEFAULT_LIMITS,
        *,
        clock: Clock = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        resolver: Resolver = system_resolver,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """Prepare fetching; nothing is connected yet.

        Args:
            policy: what may be contacted.
            limits: see `FetchLimits`.
            clock, sleep, resolver: for tests.
            tls: settings from `connection.tls_context`.

        Raises:
            ValueError: `tls` does not check certificates or allows TLS older than 1.2.
        """
        self._policy = policy
        self._limits = limits
        self._clock = clock
        self._sleep = sleep
        self._resolver = resolver
        self._tls = tls or default_tls_context()
        if (
            self._tls.verify_mode is not ssl.CERT_REQUIRED
            or not self._tls.check_hostname
            or self._tls.minimum_version < ssl.TLSVersion.TLSv1_2
        ):
            raise ValueError("TLS must check certificates and names and start at version 1.2")

    def get(
        self,
        url: str,
        headers: Mapping[str, str] | None = None,
        *,
        accept: Sequence[str],
        max_bytes: int | None = None,
        expect: Collection[int] = OK,
        attempts: int | None = None,
        follow: bool = True,
    ) -> FetchResult:
        """Read a whole answer.

        Args:
            url: http or https.
            headers: added to those of every request; not sent on to another site.
            accept: media types that are understood; any other is refused.
            max_bytes: instead of the limit's.
            expect: statuses that are understood; any other is refused.
            attempts: instead of the limit's; 1 for requests that must not be repeated.
            follow: whether redirects are followed.

        Raises:
            FetchError: one of its kinds; the text names the host, never path or credentials.
        """
        request = _Request(
            "GET",
            url,
            {"Accept": ", ".join(accept), **(headers or {})},
            accept,
            expect,
            max_bytes or self._limits.max_bytes,
            follow=follow,
        )
        deadline = Deadline(self._clock, self._limits.total_s)

        def wait(failures: int) -> bool:
            pause = self._limits.backoff_s * 2 ** (failures - 1)
            if deadline.left() <= pause:
                return False
            self._sleep(pause)
            return True

        tries = attempts or self._limits.attempts
        return repeat(lambda: self._complete(request, deadline), tries, wait)

    def post(
        self,
        url: str,
        body: bytes,
        headers: Mapping[str, str] | None = None,
        *,
        content_type: str,
        accept: Sequence[str],
        max_bytes: int | None = None,
        expect: Collection[int] = OK,
    ) -> FetchResult:
        """Send a body once and read the whole answer; never repeated, never redirected.

        Raises:
            FetchError: as `get`.
        """
        sent = {"Accept": ", ".join(accept), "Content-Type": content_type, **(headers or {})}
        request = _Request(
            "POST",
            url,
            sent,
            accept,
            expect,
            max_bytes or self._limits.max_bytes,
            body,
            follow=False,
        )
        deadline = Deadline(self._clock, self._limits.total_s)
        return self._complete(request, deadline)

    @contextmanager
    def stream(
        self, url: str, headers: Mapping[str, str] | None = None, *, expect: Collection[int] = OK
    ) -> Iterator[FetchStream]:
        """Open an answer of any media type for reading piece by piece, tried once.

        Raises:
            FetchError: as `get`, also while iterating.
        """
        request = _Request(
            "GET",
            url,
            {"Accept-Encoding": "identity", **(headers or {})},
            max_bytes=self._limits.max_bytes,
        )
        deadline = Deadline(self._clock, self._limits.total_s)
        with self._open(request, deadline) as answer:
            check_status(answer.status, expect, url)
            yield answer

    def _complete(self, request: _Request, deadline: Deadline) -> FetchResult:
        with self._open(request, deadline) as answer:
            check_status(answer.status, request.expect, request.url)
            if answer.status == 304:
                return FetchResult(answer.status, answer.headers, b"", 0)
            media_type = answer.headers.get("content-type", "")
            check_media_type(media_type, request.accept, request.url)
            body = b"".join(answer)
        check_body(body, request.accept, request.url)
        return FetchResult(answer.status, answer.headers, body, answer.body.received)

    @contextmanager
    def _open(self, request: _Request, deadline: Deadline) -> Iterator[OpenStream]:
        """Follow redirects to the answer; each hop is judged like a first address."""
        target = check_url(request.url)
        for _ in range(self._limits.max_redirects + 1):
            with self._send(request, target, deadline) as response:
                headers = joined(response.headers)
                if not request.follow or response.status not in REDIRECTS:
                    yield self._limited(response, headers, target, request.max_bytes)
                    return
            hop = next_hop(target, headers.get("location", ""))
            if hop.origin() != target.origin():
                # Credentials and signatures in the caller's headers are for the first site only.
                request = replace(request, headers={})
            target = hop
        raise RedirectLoop(
            f"重定向超过 {self._limits.max_redirects} 次",
            f"more than {self._limits.max_redirects} redirects",
            redact_url(request.url),
        )

    @contextmanager
    def _send(
        self, request: _Request, target: Target, deadline: Deadline
    ) -> Iterator[httpcore.Response]:
        backend = CheckedBackend(self._policy, self._resolver, deadline)
        url = httpcore.URL(
            scheme=target.scheme,
            host=target.host,
            port=target.port,
            target=target.path_query,
        )
        headers: dict[bytes | str, bytes | str] = {"Accept-Encoding": "gzip"}
        headers.update(request.headers.items())
        headers.update(
            {"Host": target.authority(), "User-Agent": USER_AGENT, "Connection": "close"}
        )
        with (
            translated(target.redacted()),
            httpcore.HTTPConnection(
                url.origin, ssl_context=self._tls, network_backend=backend
            ) as connection,
            connection.stream(
                request.method,
                url,
                headers=headers,
                content=request.body or None,
                extensions={"timeout": self._limits.timeouts()},
            ) as response,
        ):
            yield response

    def _limited(
        self,
        response: httpcore.Response,
        headers: Mapping[str, str],
        target: Target,
        max_bytes: int,
    ) -> OpenStream:
        declared = headers.get("content-length", "")
        if declared.isdecimal() and int(declared[:20]) > max_bytes:
            raise TooLarge(
                f"对方声明的长度超过 {max_bytes} 字节",
                f"the declared length is above {max_bytes} bytes",
            )
        body = LimitedBody(
            response.iter_stream(),
            headers.get("content-encoding", ""),
            max_bytes=max_bytes,
            max_ratio=self._limits.max_ratio,
            ratio_floor=self._limits.ratio_floor,
        )
        return OpenStream(response.status, headers, body, target.redacted())
