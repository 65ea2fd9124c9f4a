"""Who asks at the gateway: an application system by its token, else whoever is signed in."""

from __future__ import annotations

from flask import Response, request

from ckanext.fjgov.logic import gateway
from ckanext.fjgov.logic.sharing import systems
from ckanext.fjgov.logic.sharing.systems import Caller, TokenRefusedError
from ckanext.fjgov.web.refusals import refusal


def calling_system() -> Caller | None:
    """Give the application system (应用系统, Art. 35) that shows its token; None for a person.

    Raises:
        TokenRefusedError: the token is worth nothing (`unidentified`).
    """
    return systems.caller_of(request.headers.get("Authorization"))


def unidentified(error: TokenRefusedError) -> Response:
    """Answer to a token that is worth nothing; the error handler of the gateway's views."""
    answer = refusal(gateway.unidentified(error))
    answer.headers["WWW-Authenticate"] = "Bearer"
    return answer
