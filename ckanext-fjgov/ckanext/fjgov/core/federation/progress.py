"""How far a run is, in numbers that people read."""

from __future__ import annotations


def rate_of(records: int, seconds: float) -> float:
    """Give records per second, 0 when no time has passed."""
    return round(records / seconds, 1) if seconds > 0 else 0.0


def percent_of(since: int | None, cursor: int | None, head: int | None) -> int | None:
    """Give how much of the log between start and head is applied, 0 to 100.

    Args:
        since: cursor at the start of the run.
        cursor: cursor now; None before the first page is applied.
        head: end of the node's log, when it is known.

    Returns:
        None when the head is unknown; 100 when there is nothing to apply. Sequence numbers of
        records that changed again are skipped, so the share is of the way and not of the work.
    """
    if since is None or head is None:
        return None
    if head <= since:
        return 100
    return max(0, min(100, (100 * ((cursor or since) - since)) // (head - since)))
