"""Data on the way out: as long as what they rest on holds, and on record to the last byte."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence

from ckanext.fjgov.core.usage.events import Outcome, UseEvent
from ckanext.fjgov.logic.sharing import access, using

# While data are on the way, what they rest on is looked at again after so many seconds.
RECHECK_SECONDS = 1.0

Holds = Callable[[], bool]


class GrantEndedError(Exception):
    """A grant or a system's token was taken back, or ended, while data were on the way."""


def resting_on(*grants: str, token: int | None = None) -> Holds | None:
    """Give what tells whether all that a use rests on holds still; None when that is nothing.

    Args:
        grants: numbers; "" for none.
        token: of the system that uses; None for a person.
    """
    if token is None and not any(grants):
        return None
    return lambda: all(access.still_holds(one, token) for one in grants)


def recorded(
    pieces: Iterable[bytes],
    begun: Sequence[UseEvent | None],
    holds: Holds | None,
    close: Callable[[], None],
) -> Iterator[bytes]:
    """Give the data piece by piece, as long as they may be given, and record how it ended.

    Args:
        begun: the records of the use; None for one that could not be written.
        holds: tells whether they may be given still; None when they may to the end.
        close: gives back what the pieces come from.

    Raises:
        GrantEndedError: they may no longer; the connection breaks off, so that nobody takes what
            arrived for the whole.
    """
    asked, size, outcome = time.monotonic(), 0, Outcome.BROKEN
    try:
        for piece in pieces:
            if holds and time.monotonic() - asked > RECHECK_SECONDS:
                if not holds():
                    outcome = Outcome.GRANT_ENDED
                    raise GrantEndedError
                asked = time.monotonic()
            size += len(piece)
            yield piece
        outcome = Outcome.DONE
    finally:
        try:
            close()
        finally:
            for event in begun:
                if event is not None:
                    using.end(event, size, outcome)
