"""Count working days (工作日) and say when something falls due.

The day of receipt is day 0; the n-th working day after it, 24:00 in China, is the limit
(民法典 201, 203). Legal clocks of 《福建省政务信息共享管理办法》 (Art. 26, 27) count this way.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from itertools import islice
from zoneinfo import ZoneInfo

from ckanext.fjgov.core.errors import InvalidValue

CHINA = ZoneInfo("Asia/Shanghai")
MOST_DAYS = 1000
_ONE_DAY = timedelta(days=1)
_SATURDAY = 5


class InvalidPeriod(InvalidValue):
    """A number of working days that nobody can wait for, or a time without its zone."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """When something falls due.

    Attributes:
        received_on: day 0, in China.
        days: working days that were given.
        last_day: the last of them.
        due_at: its end as an instant, UTC.
        provisional: 暂定: a year on the way has no notice yet, so that the day may move.
        version: of the calendar's years that were counted through; another text, other days.
    """

    received_on: date
    days: int
    last_day: date
    due_at: datetime
    provisional: bool
    version: str

    def is_past(self, now: datetime) -> bool:
        """Tell whether the limit has passed; a provisional one never has."""
        return not self.provisional and now >= self.due_at


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """Which days are worked.

    Attributes:
        off: days off that are not worked for another reason than the week's end.
        work: days at a week's end that are worked instead (调休).
        known: years whose notice is loaded; the others are estimates.
    """

    off: frozenset[date]
    work: frozenset[date]
    known: frozenset[int]

    def is_working_day(self, day: date) -> bool:
        """Tell whether a day is worked; ask `known` for whether that is sure."""
        return day in self.work or (day.weekday() < _SATURDAY and day not in self.off)

    def deadline(self, received: datetime, days: int) -> Deadline:
        """Give the limit of a period.

        Args:
            received: an instant with its zone; the day of receipt is that day in China.
            days: working days, 1 to 1,000.

        Raises:
            InvalidPeriod: no such number of days, or an instant without a zone.

        Cost: one look-up for each day on the way.
        """
        if received.tzinfo is None:
            raise InvalidPeriod("收到时间缺少时区", "the time of receipt has no time zone")
        if not 1 <= days <= MOST_DAYS:
            raise InvalidPeriod(
                f"工作日数须为 1 至 {MOST_DAYS}，现为 {days}",
                f"working days must be 1 to {MOST_DAYS}, not {days}",
            )
        start = received.astimezone(CHINA).date()
        last = next(islice(self._worked_after(start), days - 1, None))
        return self._deadline(start, days, last)

    def days_after(self, start: date, end: date) -> int:
        """Count the working days after `start` up to and with `end`; 0 when there are none."""
        count = 0
        for day in self._worked_after(start):
            if day > end:
                return count
            count += 1
        return count

    def version(self, first: int, last: int) -> str:
        """Name what the calendar says of some years: 12 hex digits of a digest over them."""
        said = [
            f"{day}{mark}"
            for mark, days in (("-", self.off), ("+", self.work))
            for day in sorted(days)
            if first <= day.year <= last
        ]
        said += [f"{year}!" for year in range(first, last + 1) if year in self.known]
        return hashlib.sha256("\n".join(said).encode()).hexdigest()[:12]

    def _worked_after(self, start: date) -> Iterator[date]:
        day = start
        while True:
            day += _ONE_DAY
            if self.is_working_day(day):
                yield day

    def _deadline(self, start: date, days: int, last: date) -> Deadline:
        midnight = datetime.combine(last + _ONE_DAY, time(), CHINA)
        return Deadline(
            received_on=start,
            days=days,
            last_day=last,
            due_at=midnight.astimezone(timezone.utc),
            provisional=not self.known.issuperset(range(start.year, last.year + 1)),
            version=self.version(start.year, last.year),
        )
