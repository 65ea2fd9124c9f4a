"""The present moment; the only place of this package that asks for it."""

from __future__ import annotations

from datetime import date, datetime, timezone
from zoneinfo import ZoneInfo

LOCAL_ZONE = ZoneInfo("Asia/Shanghai")


def utc_now() -> datetime:
    """Give the present moment, aware and in UTC."""
    return datetime.now(timezone.utc)


def local_today() -> date:
    """Give today's date in Asia/Shanghai, which all dates and clocks of the rules mean."""
    return datetime.now(LOCAL_ZONE).date()
