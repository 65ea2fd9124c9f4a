"""`/fjgov/stream…`: the changes of the catalog as linked data, in pages that never change (M45d).

What a page holds depends on its address alone, never on who asks: the stream of everybody and that
of officials are two streams, and the second is refused to others.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import quote

from flask import Blueprint, Response, request

from ckanext.fjgov.core.export.facts import Audience
from ckanext.fjgov.core.export.fragments import SYNTAXES, Syntax
from ckanext.fjgov.core.export.stream import (
    POLLING_SECONDS,
    Stream,
    page_document,
    root_document,
)
from ckanext.fjgov.logic import event_stream, settings
from ckanext.fjgov.logic.gateway import Refused
from ckanext.fjgov.web import helpers
from ckanext.fjgov.web.catching_up import brought_up
from ckanext.fjgov.web.negotiating import wanted_ending
from ckanext.fjgov.web.refusals import refusal

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment
    from werkzeug.datastructures import Headers

blueprint = Blueprint("fjgov_streams", __name__)

# A page is asked for by a number of at most so many digits.
_MOST_DIGITS = 12
_FOR_EVER = "public, max-age=31536000, immutable"
_FOR_NOW = f"public, max-age={POLLING_SECONDS}"
_NO_STREAM = Refused(
    404,
    "",
    "没有这一变更流，可能已另起；请从 /fjgov/stream 重新读取",
    "there is no such stream, or it has begun anew: read again from /fjgov/stream",
)
_NO_SYNTAX = Refused(
    404,
    "",
    "没有这种格式，可用 ttl、jsonld、nt、rdf",
    "no such format; there are ttl, jsonld, nt, rdf",
)
_OFFICIALS_ONLY = Refused(
    403,
    "",
    "公务人员的变更流仅供有任职的人员读取；公开的变更流见 /fjgov/stream",
    "this stream is for people with an appointment; that of everybody is /fjgov/stream",
)
_BAD_NUMBER = Refused(
    400, "", "页码应为不小于 1 的整数", "the number of a page is a whole number from 1"
)


@blueprint.route("/fjgov/stream")
def entrance() -> Response:
    """Lead to the root in the syntax that the reader asks for."""
    asked = "?audience=officials" if _asks_for_officials() else ""
    return _led(f"{_site()}/fjgov/stream{_ending()}{asked}")


@blueprint.route("/fjgov/stream.<ending>")
def root(ending: str) -> Response:
    """The root: how the stream is to be read, and where its first page is."""
    syntax = SYNTAXES.get(ending)
    if syntax is None:
        return _no(_NO_SYNTAX)
    audience: Audience = "officials" if _asks_for_officials() else "public"
    if not _may_read(audience):
        return _no(_OFFICIALS_ONLY)
    if (behind := brought_up(audience)) is not None:
        return behind
    stream = event_stream.of_audience(audience)
    if stream is None:
        return _no(_NO_STREAM)
    links = {"first": 1, "last": stream.last_page(event_stream.count(stream))}
    return _document(stream, root_document(stream, syntax), syntax, links, is_full=False)


@blueprint.route("/fjgov/stream/<stream>")
def named(stream: str) -> Response:
    """Lead from the name of a stream to its root."""
    found = event_stream.of_id(stream)
    if found is None:
        return _no(_NO_STREAM)
    return _led(str(found.root(_ending().removeprefix("."))))


@blueprint.route("/fjgov/stream/<stream>/<page>")
def member(stream: str, page: str) -> Response:
    """Lead from the name of a member to the page on which it stands."""
    return _led(f"{_site()}/fjgov/stream/{quote(stream)}/{quote(page)}{_ending()}")


@blueprint.route("/fjgov/stream/<stream>/<page>.<ending>")
def page(stream: str, page: str, ending: str) -> Response:
    """One page; a full one is the same for ever."""
    syntax, number = SYNTAXES.get(ending), _number(page)
    if syntax is None or number is None:
        return _no(_NO_SYNTAX if syntax is None else _BAD_NUMBER)
    found = _readable(stream)
    if isinstance(found, Stream) and event_stream.count(found) < found.numbers(number)[1]:
        if (behind := brought_up(found.audience)) is not None:
            return behind
        # It may have ended by that.
        found = _readable(stream)
    return _page(found, number, syntax) if isinstance(found, Stream) else _no(found)


def _page(stream: Stream, number: int, syntax: Syntax) -> Response:
    members, count = event_stream.page(stream, number)
    last = stream.last_page(count)
    if number > last:
        return _no(_beyond(last))
    is_full = len(members) == stream.size
    links = ({"prev": number - 1} if number > 1 else {}) | ({"next": number + 1} if is_full else {})
    body = page_document(stream, number, members, syntax)
    return _document(stream, body, syntax, links, is_full=is_full)


def _number(text: str) -> int | None:
    """Give the number of a page; None when it is none. Leading zeros would be another address."""
    is_number = text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS
    return int(text) if is_number and not text.startswith("0") else None


def _beyond(last: int) -> Refused:
    return Refused(
        404, "", f"没有这一页，最后一页为第 {last} 页", f"no such page; the last one is {last}"
    )


def _no(refused: Refused) -> Response:
    return refusal(refused, as_json=True)


def _readable(stream: str) -> Stream | Refused:
    found = event_stream.of_id(stream)
    if found is None:
        return _NO_STREAM
    return found if _may_read(found.audience) else _OFFICIALS_ONLY


def _may_read(audience: Audience) -> bool:
    return audience == "public" or bool(helpers.person().is_staff)


def _asks_for_officials() -> bool:
    return request.args.get("audience") == "officials"


def _ending() -> str:
    return wanted_ending() or ".ttl"


def _site() -> str:
    return settings.node().site_url


def _led(address: str) -> Response:
    return Response(status=303, headers={"Location": address, "Vary": "Accept"})


def _document(
    stream: Stream, body: bytes, syntax: Syntax, links: Mapping[str, int], *, is_full: bool
) -> Response:
    """Send a document with its links; officials' documents are kept by nobody on the way."""
    headers = {"ETag": f'"{hashlib.sha256(body).hexdigest()[:32]}"'}
    if links:
        headers["Link"] = ", ".join(
            f'<{stream.page(number, syntax.ending)}>; rel="{name}"'
            for name, number in links.items()
        )
    kind: type[Response] = Response
    if stream.audience == "public":
        kind = _Kept
        headers["Cache-Control"] = _FOR_EVER if is_full else _FOR_NOW
    else:
        headers |= {"Cache-Control": "private, no-store", "Vary": "Authorization, Cookie"}
    if headers["ETag"] in request.headers.get("If-None-Match", ""):
        return kind(status=304, headers=headers)
    return kind(body, headers=headers, content_type=syntax.media)


class _Kept(Response):
    """An answer that is the same for everybody: it stays `public`.

    CKAN adds `private` to every answer of a site, and the session adds `Vary: Cookie`, after all
    that a view could do about it. An answer that sets a cookie stays as they made it.
    """

    def get_wsgi_headers(self, environ: WSGIEnvironment) -> Headers:
        """Give the headers as they are sent."""
        headers = super().get_wsgi_headers(environ)
        if "Set-Cookie" not in headers:
            self.cache_control.private = None
            headers["Cache-Control"] = self.cache_control.to_header()
            headers.remove("Vary")
        return headers
