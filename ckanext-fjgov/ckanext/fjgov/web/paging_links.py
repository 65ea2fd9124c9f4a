"""Tell the next page of an action's answer in a `Link` header (RFC 8288), for calls by GET."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

from flask import g, has_request_context, request

from ckanext.fjgov.core.api.actions import PREFIX
from ckanext.fjgov.core.api.paging import following
from ckanext.fjgov.logic import settings

# Name under which a request keeps its link.
LINK: Final = "fjgov_next_page"


def note(action: str, *, context: Any, result: Any, **_rest: Any) -> None:
    """Keep the address of the next page, when the action was called by an address itself."""
    if "api_version" not in context or not has_request_context() or request.method != "GET":
        return
    if (request.view_args or {}).get("logic_function") != action:
        return
    more = following(action, request.args.to_dict(), result)
    if more is not None:
        address = f"{settings.node().site_url}{PREFIX}{action}?{urlencode(more)}"
        setattr(g, LINK, f'<{address}>; rel="next"')
