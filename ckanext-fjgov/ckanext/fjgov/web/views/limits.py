"""How often one caller asks the interface, and what its answers tell beside their body.

Counted are `/api/` and `/fjgov/`, by account (all of its tokens together), else by address. What a
registered node signs is not counted. Without Redis requests are let through and logged: the catalog
must answer, and nothing is protected by this count but the machine. Data are paced apart, and that
count fails closed (`logic.exchange.pacing`).
"""

from __future__ import annotations

import logging
from typing import Any, Final

from flask import Blueprint, Response, g, jsonify, request
from redis.exceptions import RedisError

from ckanext.fjgov.core.federation.signature import REQUEST_HEADER
from ckanext.fjgov.logic import pace, settings
from ckanext.fjgov.logic.gateway import Refused
from ckanext.fjgov.logic.unavailable import ANSWER
from ckanext.fjgov.web.paging_links import LINK
from ckanext.fjgov.web.refusals import refusal, wants_page

COUNTED: Final = ("/api/", "/fjgov/")
FEED: Final = "fjgov_feed"
CONFLICT: Final = 409
TYPES: Final = {429: "Rate Limit Error", 503: "Unavailable Error"}
_HEADERS: Final = "fjgov_rate_headers"
log = logging.getLogger(__name__)

blueprint = Blueprint("fjgov_limits", __name__)


@blueprint.before_app_request
def count_requests() -> Response | None:
    """Refuse a caller who asked too often within a minute."""
    if not request.path.startswith(COUNTED) or _is_signed():
        return None
    user = getattr(g, "userobj", None)
    who = getattr(user, "id", None)
    most = settings.api_per_minute(known=bool(who))
    if not most:
        return None
    try:
        number, wait = pace.count(f"api:{who or request.remote_addr or ''}")
    except RedisError:
        log.exception("requests to the interface cannot be counted")
        return None
    left = max(0, most - number)
    headers = {"Limit": most, "Remaining": left, "Reset": wait, "Policy": f"{most};w={pace.WINDOW}"}
    setattr(g, _HEADERS, headers)
    return _refused(most, wait) if number > most else None


@blueprint.after_app_request
def tell(response: Response) -> Response:
    """Add what stands beside an answer: how many requests are left, and the next page."""
    for name, value in g.get(_HEADERS, {}).items():
        response.headers[f"RateLimit-{name}"] = str(value)
    if g.get(LINK) and response.status_code == 200:
        response.headers["Link"] = g.get(LINK)
    return response


@blueprint.after_app_request
def call_it_what_it_is(response: Response) -> Response:
    """Answer 429 or 503 where CKAN's API has only the status of a conflict for every refusal."""
    status, wait = g.get(ANSWER, (0, 0))
    if response.status_code != CONFLICT or status not in TYPES:
        return response
    body = response.get_json()
    body["error"]["__type"] = TYPES[status]
    answer = jsonify(body)
    answer.status_code = status
    if wait:
        answer.headers["Retry-After"] = str(wait)
    return answer


def _is_signed() -> bool:
    return request.blueprint == FEED and REQUEST_HEADER in request.headers


def _refused(most: int, wait: int) -> Response:
    zh = f"请求过于频繁：每分钟至多 {most} 次，请 {wait} 秒后再试"
    en = f"too many requests: at most {most} a minute; try again in {wait} seconds"
    if not request.path.startswith("/api/"):
        refused = Refused(429, "", zh, en, retry_after=wait)
        return refusal(refused, as_json=not wants_page())
    error: dict[str, Any] = {"__type": TYPES[429], "message": f"{zh} / {en}"}
    response = jsonify(success=False, error=error)
    response.status_code = 429
    response.headers["Retry-After"] = str(wait)
    return response
