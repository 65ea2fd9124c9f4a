"""Ids of rows that nobody outside names, in the order of their making."""

from __future__ import annotations

import secrets
import time
import uuid
from collections.abc import Iterator
from itertools import count

# One bit less than the field has: counting on from there never leaves it.
_RANDOM_BITS = 73


def row_ids() -> Iterator[str]:
    """Give ids without end, each above the one before (UUID version 7, RFC 9562, 6.2).

    Rows that are appended together then stand together in every index of their id, instead of each
    on a page of its own; CKAN has two such indexes on keywords and on members.

    Cost: about three microseconds each.
    """
    milliseconds = time.time_ns() // 1_000_000
    for random in count(secrets.randbits(_RANDOM_BITS)):
        value = milliseconds << 80 | 7 << 76 | random >> 62 << 64 | 2 << 62 | random & (1 << 62) - 1
        yield str(uuid.UUID(int=value))
