"""A way out that counts what came in, so that a run can show its bytes on the wire."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from ckanext.fjgov.core.federation.ports import OK, Fetch, FetchResult, FetchStream


@dataclass
class MeteredFetch:
    """Passes every call on (`ports.Fetch`).

    Attributes:
        received: bytes of the bodies of whole answers as they came on the wire.
    """

    inner: Fetch
    received: int = 0

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
        """Read a whole answer; see `ports.Fetch.get`."""
        return self._counted(
            self.inner.get(
                url,
                headers,
                accept=accept,
                max_bytes=max_bytes,
                expect=expect,
                attempts=attempts,
                follow=follow,
            )
        )

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
        """Send a body once; see `ports.Fetch.post`."""
        return self._counted(
            self.inner.post(
                url,
                body,
                headers,
                content_type=content_type,
                accept=accept,
                max_bytes=max_bytes,
                expect=expect,
            )
        )

    def stream(
        self, url: str, headers: Mapping[str, str] | None = None, *, expect: Collection[int] = OK
    ) -> AbstractContextManager[FetchStream]:
        """Open an answer for reading piece by piece; see `ports.Fetch.stream`."""
        return self.inner.stream(url, headers, expect=expect)

    def _counted(self, answer: FetchResult) -> FetchResult:
        self.received += answer.received_bytes
        return answer
