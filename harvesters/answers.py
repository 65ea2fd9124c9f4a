"""What is judged about an answer besides its size: status, media type, redirects, first bytes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from urllib.parse import urljoin

from ckanext.fjgov.core.federation.address import Target, check_url, redact_url
from ckanext.fjgov.core.federation.errors import BadContent, BadScheme, BadStatus


def joined(raw: Sequence[tuple[bytes, bytes]]) -> dict[str, str]:
    """Join repeated headers, so that a second Content-Encoding is seen and not lost."""
    headers: dict[str, str] = {}
    for name, value in raw:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    return headers


def next_hop(target: Target, location: str) -> Target:
    """Judge where a redirect leads.

    Raises:
        BadContent: it leads nowhere.
        BadScheme: to another scheme than http and https, or down from https to http.
        BlockedAddress: to an address that may not be written.
    """
    if not location:
        raise BadContent("重定向没有给出地址", "a redirect names no address", target.redacted())
    here = target.redacted() + target.path_query
    hop = check_url(urljoin(here, location))
    if target.scheme == "https" and hop.scheme == "http":
        raise BadScheme(
            "不允许从 https 重定向到 http",
            "a redirect from https to http is not followed",
            hop.redacted(),
        )
    return hop


def check_status(status: int, expect: Collection[int], url: str) -> None:
    """Accept only the expected statuses.

    Raises:
        BadStatus: any other.
    """
    if status not in expect:
        raise BadStatus(
            f"对方返回 HTTP {status}", f"the server answered HTTP {status}", redact_url(url), status
        )


def check_media_type(content_type: str, accept: Sequence[str], url: str) -> None:
    """Accept only the media types asked for; a login page comes as text/html with status 200.

    Raises:
        BadContent: any other, or none.
    """
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type not in accept:
        raise BadContent(
            f"内容类型为 {media_type[:60] or '未说明'}，应为 {'、'.join(accept)}"
            "（可能是登录页或错误页）",
            f"the media type is {media_type[:60] or 'not given'}, expected {', '.join(accept)} "
            "(perhaps a login or error page)",
            redact_url(url),
        )


def check_body(body: bytes, accept: Sequence[str], url: str) -> None:
    """Refuse an empty body, and a web page under the name of something else.

    Raises:
        BadContent: either.
    """
    if not body.strip():
        raise BadContent("内容为空", "the answer is empty", redact_url(url))
    start = body[:64].lstrip().lower()
    if "text/html" not in accept and start.startswith((b"<!doctype html", b"<html")):
        raise BadContent(
            "收到的是网页（可能是登录页）",
            "the answer is a web page (perhaps a login page)",
            redact_url(url),
        )
