"""When a node's catalog is due: every so many minutes, or daily at an hour.

Times of the rules are those of Asia/Shanghai, which has kept UTC+8 without summer time since 1991;
a fixed offset says the same and cannot change. Slots start at local midnight, so that the next due
time follows from the rule and the present alone: nothing drifts, and nothing is lost with a queue.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from .errors import FederationError

LOCAL = timezone(timedelta(hours=8), "Asia/Shanghai")
DAY_MINUTES = 24 * 60
LEAST_GRACE = timedelta(minutes=10)
MOST_GRACE = timedelta(hours=1)
_EVERY = re.compile(r"every ([1-9][0-9]{0,3})", re.ASCII)
_DAILY = re.compile(r"daily ([01]?[0-9]|2[0-3])(?::([0-5][0-9]))?", re.ASCII)


class ScheduleRefused(FederationError):  # noqa: N818 - named like the errors beside it
    """A text is no schedule."""

    kind = "schedule"


@dataclass(frozen=True, slots=True)
class Every:
    """Every so many minutes (1 to 1,440), counted from local midnight."""

    minutes: int

    def __str__(self) -> str:
        return f"every {self.minutes}"


@dataclass(frozen=True, slots=True)
class Daily:
    """Once a day at a local time."""

    hour: int
    minute: int = 0

    def __str__(self) -> str:
        return f"daily {self.hour:02d}:{self.minute:02d}"


Schedule = Every | Daily


def parse_schedule(text: str) -> Schedule | None:
    """Read a schedule.

    Args:
        text: `every N` (minutes, 1 to 1,440), `daily H`, `daily HH:MM`, or `off` or "" for none.

    Raises:
        ScheduleRefused: anything else.
    """
    words = " ".join(text.split())
    if words in ("", "off"):
        return None
    every = _EVERY.fullmatch(words)
    if every and int(every[1]) <= DAY_MINUTES:
        return Every(int(every[1]))
    daily = _DAILY.fullmatch(words)
    if daily:
        return Daily(int(daily[1]), int(daily[2] or 0))
    raise ScheduleRefused(
        f"同步计划“{text}”无法识别，请写 every 分钟数（1 至 1440）、daily 时:分，或 off",
        f"“{text}” is no schedule: write every MINUTES (1 to 1440), daily HH:MM, or off",
    )


def next_due(schedule: Schedule, after: datetime) -> datetime:
    """Give the first due time strictly after a moment.

    Args:
        schedule: the rule.
        after: an aware time.

    Returns:
        An aware time in UTC. A slot of `every` that would pass midnight gives way to midnight.

    Raises:
        ValueError: `after` has no time zone.
    """
    if after.tzinfo is None:
        raise ValueError("the time must be aware")
    here = after.astimezone(LOCAL)
    midnight = here.replace(hour=0, minute=0, second=0, microsecond=0)
    if isinstance(schedule, Daily):
        due = midnight + timedelta(hours=schedule.hour, minutes=schedule.minute)
        found = due if due > here else due + timedelta(days=1)
    else:
        step = timedelta(minutes=schedule.minutes)
        found = midnight + ((here - midnight) // step + 1) * step
        found = min(found, midnight + timedelta(days=1))
    return found.astimezone(timezone.utc)


def period(schedule: Schedule) -> timedelta:
    """Give the longest time between two due times."""
    minutes = schedule.minutes if isinstance(schedule, Every) else DAY_MINUTES
    return timedelta(minutes=minutes)


def late_after(schedule: Schedule, last_good: datetime) -> datetime:
    """Give the moment from which a node is late.

    Args:
        schedule: the rule.
        last_good: when a run last came to its end, or when the rule was set if that is later.

    Returns:
        The due time after it plus a grace of one period, at least 10 minutes, at most one hour.
    """
    grace = min(max(period(schedule), LEAST_GRACE), MOST_GRACE)
    return next_due(schedule, last_good) + grace
