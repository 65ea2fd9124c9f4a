"""Days as records write them (GB/T 7408)."""

from __future__ import annotations

import re
from datetime import date

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# A day, or the day with a time after it as exchange systems report it.
_MOMENT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ][0-9:.]{5,15}(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?"
)
_FIRST_YEAR, _LAST_YEAR = 1900, 2999


def parse_day(text: str) -> date | None:
    """Read CCYY-MM-DD (GB/T 7408) of the years 1900 to 2999; None when it is no such day."""
    if not _DATE.fullmatch(text):
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if _FIRST_YEAR <= day.year <= _LAST_YEAR else None


def moment_day(text: str) -> date | None:
    """Read a day, or the day of a time as exchange systems report it; None when it is neither."""
    match = _MOMENT.fullmatch(text)
    return parse_day(match.group(1)) if match else None
