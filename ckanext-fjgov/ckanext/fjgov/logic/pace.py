"""Requests counted by the minute in Redis, for the whole site."""

from __future__ import annotations

import time

import ckan.plugins.toolkit as tk
from ckan.lib.redis import connect_to_redis

WINDOW = 60


def count(name: str) -> tuple[int, int]:
    """Count one more of a name; gives how many this minute has, and the seconds left of it.

    Raises:
        redis.exceptions.RedisError: nothing could be counted.

    Cost: one round trip to Redis.
    """
    now = int(time.time())
    key = f"fjgov:{tk.config['ckan.site_id']}:pace:{name}:{now // WINDOW}"
    pipe = connect_to_redis().pipeline()
    pipe.incr(key)
    pipe.expire(key, 2 * WINDOW)
    return int(pipe.execute()[0]), WINDOW - now % WINDOW
