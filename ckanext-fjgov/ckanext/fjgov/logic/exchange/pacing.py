"""How often one user asks the exchange in a minute; counted in Redis for the whole site."""

from __future__ import annotations

import logging

from redis.exceptions import RedisError

from ckanext.fjgov.logic import pace, settings
from ckanext.fjgov.logic.gateway import Refused
from ckanext.fjgov.logic.pace import WINDOW

log = logging.getLogger(__name__)


def refusal(who: str, grant: str) -> Refused | None:
    """Count a request, and refuse it when there were too many; fails closed without Redis.

    Args:
        who: id of the account, or the address of somebody without one.
        grant: number of the grant that is used; "" without one.

    Cost: one round trip to Redis.
    """
    most = settings.query_per_minute()
    if not most:
        return None
    try:
        count, wait = pace.count(f"{who}:{grant}")
    except RedisError:
        log.exception("the pace of the exchange cannot be counted")
        return Refused(
            503,
            "",
            "数据服务暂不可用，请稍后再试",
            "the service is not available now; try again later",
            retry_after=WINDOW,
        )
    if count <= most:
        return None
    return Refused(
        429,
        "",
        f"请求过于频繁：每分钟至多 {most} 次，请 {wait} 秒后再试",
        f"too many requests: at most {most} a minute; try again in {wait} seconds",
        retry_after=wait,
    )
