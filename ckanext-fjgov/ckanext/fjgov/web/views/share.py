"""`/share/<resource id>`: the gateway in front of every real address."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, jsonify, redirect, request, stream_with_context

import ckan.plugins.toolkit as tk

from ckanext.fjgov.core.federation.errors import FetchError
from ckanext.fjgov.core.federation.ports import FETCHERS, FetchStream
from ckanext.fjgov.core.usage.events import Outcome, UseEvent
from ckanext.fjgov.logic import gateway, settings
from ckanext.fjgov.logic.sharing import access, systems, using

log = logging.getLogger(__name__)

PASSED_HEADERS = ("content-type", "last-modified")
# While data are on the way, the grant is looked at again after so many seconds.
RECHECK_SECONDS = 1.0

blueprint = Blueprint("fjgov_share", __name__)


class GrantEndedError(Exception):
    """A grant or a system's token was taken back, or ended, while data were on the way."""


@blueprint.route("/share/<resource_id>")
def share(resource_id: str) -> Any:
    """Stream what the caller may have; redirect to the home node; or refuse and name the rule."""
    try:
        system = systems.caller_of(request.headers.get("Authorization"))
    except systems.TokenRefusedError as error:
        answer = refusal(gateway.unidentified(error))
        answer.headers["WWW-Authenticate"] = "Bearer"
        return answer
    decision = gateway.decide(resource_id, getattr(tk.g, "userobj", None), system)
    if isinstance(decision, gateway.Elsewhere):
        return redirect(decision.address, code=302)
    if isinstance(decision, gateway.Refused):
        return refusal(decision)
    return _stream(decision)


def _stream(decision: gateway.Serve) -> Response:
    fetch = FETCHERS.get("resource")(settings.words("fjgov.fetch.allow"), settings.own_ports())
    stack = ExitStack()
    try:
        source = stack.enter_context(fetch.stream(decision.address))
    except FetchError as error:
        stack.close()
        return refusal(
            gateway.Refused(
                502,
                "",
                f"登记的地址暂不可用（{error.kind}），请联系信息发布单位",
                f"the registered address does not answer ({error.kind}); contact the provider",
            )
        )
    headers = _headers(source, decision.name)
    if request.method == "HEAD":
        stack.close()
        return Response(headers=headers)
    try:
        begun = using.begin(decision.used)
    except using.NotRecordedError:
        stack.close()
        log.exception("a use of %s could not be recorded", decision.used.resource)
        return refusal(gateway.NOT_RECORDED)
    pieces = _pieces(source, stack, begun, decision)
    return Response(stream_with_context(pieces), headers=headers)


def _headers(source: FetchStream, name: str) -> dict[str, str]:
    headers = {
        passed.title(): source.headers[passed]
        for passed in PASSED_HEADERS
        if passed in source.headers
    }
    headers["Cache-Control"] = "private, no-store"
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Content-Security-Policy"] = "sandbox"
    headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    return headers


def _pieces(
    source: FetchStream, stack: ExitStack, begun: UseEvent | None, decision: gateway.Serve
) -> Iterator[bytes]:
    """Give the data piece by piece, as long as grant and token hold, and record how it ended.

    Raises:
        GrantEndedError: it ended on the way; the connection breaks off, so that nobody takes what
            arrived for the whole.
    """
    grant, token = decision.used.grant, decision.token
    rests_on_something = bool(grant) or token is not None
    asked, size, outcome = time.monotonic(), 0, Outcome.BROKEN
    try:
        with stack:
            for piece in source:
                if rests_on_something and time.monotonic() - asked > RECHECK_SECONDS:
                    if not access.still_holds(grant, token):
                        outcome = Outcome.GRANT_ENDED
                        raise GrantEndedError(grant)
                    asked = time.monotonic()
                size += len(piece)
                yield piece
        outcome = Outcome.DONE
    finally:
        if begun is not None:
            using.end(begun, size, outcome)


def refusal(refused: gateway.Refused) -> Response:
    """Say why nothing is given, as a page or as JSON."""
    wants_json = request.accept_mimetypes.best == "application/json"
    if wants_json:
        response = jsonify(
            error=refused.status, article=refused.article, zh=refused.zh, en=refused.en
        )
    else:
        response = Response(
            tk.render("fjgov/share_refused.html", extra_vars={"refused": refused}),
            content_type="text/html; charset=utf-8",
        )
    response.status_code = refused.status
    response.headers["Cache-Control"] = "private, no-store"
    return response
