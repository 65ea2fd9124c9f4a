"""The working days (工作日) that this site counts with: shipped notices and loaded ones."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from ckanext.fjgov.core.cases.outcome import Applied
from ckanext.fjgov.core.worktime.calendar import CHINA, WorkCalendar
from ckanext.fjgov.core.worktime.notices import calendar_of, parse_notice, shipped_years
from ckanext.fjgov.logic.cases import keeping
from ckanext.fjgov.logic.cases.deciding import note_in_audit
from ckanext.fjgov.logic.clock import local_today, utc_now
from ckanext.fjgov.model import audit, work_notices
from ckanext.fjgov.model.database import (
    CALENDAR_LOCK,
    lock_until_commit,
    own_transaction,
    snapshot,
)
from ckanext.fjgov.model.work_notices import LoadedNotice

EVENT = "work_notice_loaded"


def calendar() -> WorkCalendar:
    """Give the calendar as it stands now. Cost: one statement and some milliseconds."""
    with snapshot() as connection:
        loaded = work_notices.current(connection)
    return calendar_of(one.notice for one in loaded)


def years() -> list[dict[str, Any]]:
    """List the years whose notice is known, with where it came from, in order."""
    with snapshot() as connection:
        loaded = {one.notice.year: one for one in work_notices.current(connection)}
    return [_year(year, loaded.get(year)) for year in sorted({*shipped_years(), *loaded.keys()})]


def load(text: str, user: str, *, dry_run: bool) -> dict[str, Any]:
    """Load the notice of one year, or say what it would change.

    Args:
        text: the file, see `core.worktime.notices.parse_notice`.
        user: name of the account that loads it.
        dry_run: nothing is kept.

    Returns:
        `year`, `notice`, `dry_run` and `changed`: the days that are worked now and were not
        (`worked`), and the other way round (`off`), as YYYY-MM-DD; `cases`: in how many cases a
        limit was counted again.

    Raises:
        InvalidNotice: the file breaks its form; nothing was kept.
    """
    notice = parse_notice(text, local_today())
    now = utc_now()
    moved: list[Applied] = []
    with own_transaction() as connection:
        # Whoever starts a clock with the calendar of before has committed when this is held.
        lock_until_commit(connection, CALENDAR_LOCK)
        loaded = [one.notice for one in work_notices.current(connection)]
        before = calendar_of(loaded)
        after = calendar_of([*(one for one in loaded if one.year != notice.year), notice])
        if not dry_run:
            work_notices.add(connection, LoadedNotice(notice, user, now))
            moved = keeping.recount(connection, after, now)
    changed = _changed(before, after)
    if not dry_run:
        audit.append(EVENT, user, {"year": str(notice.year), "notice": notice.notice}, now)
        for applied in moved:
            note_in_audit(applied, user)
    return {
        "year": notice.year,
        "notice": notice.notice,
        "dry_run": dry_run,
        "changed": changed,
        "cases": len(moved),
    }


def due(received: datetime, days: int) -> dict[str, Any]:
    """Say when a period of working days ends; a time without zone is one of China.

    Raises:
        InvalidPeriod: no such number of days.
    """
    aware = received if received.tzinfo else received.replace(tzinfo=CHINA)
    deadline = calendar().deadline(aware, days)
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in asdict(deadline).items()
    }


def _year(year: int, loaded: LoadedNotice | None) -> dict[str, Any]:
    if loaded is None:
        return {"year": year, "origin": "shipped", "notice": "", "loaded_by": "", "loaded_at": ""}
    return {
        "year": year,
        "origin": "loaded",
        "notice": loaded.notice.notice,
        "loaded_by": loaded.loaded_by,
        "loaded_at": loaded.loaded_at.isoformat(),
    }


def _changed(before: WorkCalendar, after: WorkCalendar) -> dict[str, list[str]]:
    touched = sorted((before.off ^ after.off) | (before.work ^ after.work))
    return {
        "worked": [str(day) for day in touched if after.is_working_day(day)],
        "off": [str(day) for day in touched if not after.is_working_day(day)],
    }
