"""Wait for runs, and lose what Redis holds of them."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any, TypeVar

import redis

from tests.integration.api import client, sql
from tests.integration.stack_env import StackInfo

Found = TypeVar("Found")
ENDED = ("verified", "repaired", "unverified", "stopped", "failed", "cancelled", "skipped")


def eventually(look: Callable[[], Found | None], seconds: float = 90.0) -> Found:
    """Look again until there is something to see."""
    end = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.3)


def ended(stack: StackInfo, run: str) -> dict[str, Any]:
    """Wait for the end of a run."""
    site = client(stack, "province", "staff")

    def look() -> dict[str, Any] | None:
        row = site.action.fjgov_sync_show(id=run)
        return dict(row) if row["state"] in ENDED else None

    return eventually(look)


def lose_the_queue(stack: StackInfo, node: str = "province") -> int:
    """Delete everything that Redis holds of jobs, as a flush does; sessions stay for others."""
    text = stack.inis[node].read_text("utf-8")
    (address,) = re.findall(r"^ckan.redis.url\s*=\s*(\S+)", text, re.MULTILINE)
    link = redis.Redis.from_url(address)
    keys = [*link.scan_iter("rq:*"), *link.scan_iter("*fjgov-sync-*")]
    return int(link.delete(*keys)) if keys else 0


def audited(stack: StackInfo, event: str) -> list[tuple[str, str]]:
    """Give (actor, row) of the audit's rows of an event, the newest first."""
    rows = sql(
        stack,
        "province",
        "SELECT actor, convert_from(row_bytes, 'UTF8') FROM fjgov_audit WHERE event = %s"
        " ORDER BY seq DESC",
        event,
    )
    return [(row[0], row[1]) for row in rows]


def make_due(stack: StackInfo, code: str) -> None:
    """Let a node's next due time lie in the past."""
    sql(
        stack,
        "province",
        "UPDATE fjgov_operation SET next_due = now() - interval '1 second' WHERE node = %s",
        code,
    )
