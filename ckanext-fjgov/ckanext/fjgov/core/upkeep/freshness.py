"""Whether the data behind an entry are as fresh as its cycle promises (M13, Art. 13).

The one rule behind R14, the mark on pages and the lists of overdue entries.  It is asked by date at
reading time; nothing is rewritten because a day has passed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from ckanext.fjgov.core.catalog.days import moment_day
from ckanext.fjgov.core.catalog.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Freshness:
    """How long the data of an entry count as fresh.

    Attributes:
        updated: day of the latest update, declared or seen by the exchange.
        fresh_until: last day on which they are not overdue.
    """

    updated: date
    fresh_until: date

    def is_overdue(self, today: date) -> bool:
        """Tell whether the cycle and its tolerance have passed."""
        return today > self.fresh_until

    def days_over(self, today: date) -> int:
        """Give the number of days since the last fresh one, 0 while they are fresh."""
        return max(0, (today - self.fresh_until).days)


def freshness(
    entry: Mapping[str, Any], cycles: Vocabulary, tolerance: int | None = None
) -> Freshness | None:
    """Say until when the data of an entry are fresh.

    Args:
        entry: with `frequency`, `data_updated_at` and rows of `exchange` (`last_sync_at`).
        cycles: the code list; a cycle without `days` never becomes overdue.
        tolerance: days beyond the cycle; None takes what the code list says of the cycle.

    Returns:
        None when nothing is promised or no update is known; a missing update is Q13's.
    """
    cycle = cycles.get(_text(entry.get("frequency")))
    if cycle is None or "days" not in cycle.extra:
        return None
    rows = entry.get("exchange")
    stated = [_text(entry.get("data_updated_at"))]
    stated += [
        _text(row.get("last_sync_at"))
        for row in (rows if isinstance(rows, list) else ())
        if isinstance(row, Mapping)
    ]
    days = [day for day in map(moment_day, stated) if day is not None]
    if not days:
        return None
    over = int(cycle.extra.get("tolerance_days", "0")) if tolerance is None else tolerance
    latest = max(days)
    return Freshness(latest, latest + timedelta(days=int(cycle.extra["days"]) + over))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
