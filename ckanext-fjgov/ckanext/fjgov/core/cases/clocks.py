"""Run clocks in working days: start, stand still, go on, end; and count again with another year.

A day during which a clock stood still, be it for an hour, is not counted: what is left goes on
with the first working day after the day on which it goes on [own].
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from ckanext.fjgov.core.cases.records import Clock, Pause
from ckanext.fjgov.core.cases.table import ClockRule
from ckanext.fjgov.core.worktime.calendar import CHINA, WorkCalendar

_ONE_DAY = timedelta(days=1)


def started(rule: ClockRule, days: int, calendar: WorkCalendar, at: datetime) -> Clock:
    """Start a clock at the receipt.

    Raises:
        InvalidPeriod: the days are not 1 to 1,000.
    """
    deadline = calendar.deadline(at, days)
    return Clock(
        name=rule.name,
        article=rule.article,
        owner=rule.owner,
        days=days,
        started=at,
        last_day=deadline.last_day,
        due_at=deadline.due_at,
        calendar=deadline.version,
        provisional=deadline.provisional,
    )


def paused(clock: Clock, at: datetime, reason: str) -> Clock:
    """Let a clock stand still; one that does already, or has ended, stays as it is."""
    if not clock.is_running:
        return clock
    return replace(clock, pauses=(*clock.pauses, Pause(at, reason)))


def resumed(clock: Clock, calendar: WorkCalendar, at: datetime) -> Clock:
    """Let a clock go on; one that does not stand still stays as it is."""
    if not clock.is_paused or clock.done or clock.lapsed:
        return clock
    pauses = (*clock.pauses[:-1], replace(clock.pauses[-1], ended=at))
    return counted(replace(clock, pauses=pauses), calendar)


def stopped(clock: Clock, at: datetime) -> Clock:
    """Note that the owner has acted, be it after the end."""
    return clock if clock.done else replace(clock, done=at)


def counted(clock: Clock, calendar: WorkCalendar) -> Clock:
    """Count the limit of an open clock with a calendar. Cost: one look-up for each day."""
    begin, left = clock.started, clock.days
    for pause in clock.pauses:
        last_whole_day = pause.began.astimezone(CHINA).date() - _ONE_DAY
        left -= calendar.days_after(begin.astimezone(CHINA).date(), last_whole_day)
        if pause.ended is None:
            break
        begin = pause.ended
    # A calendar that came later may say that more days had passed than were given.
    deadline = calendar.deadline(begin, max(1, left))
    first_year = clock.started.astimezone(CHINA).year
    years = range(first_year, deadline.last_day.year + 1)
    return replace(
        clock,
        last_day=deadline.last_day,
        due_at=deadline.due_at,
        calendar=calendar.version(first_year, deadline.last_day.year),
        provisional=not calendar.known.issuperset(years),
    )
