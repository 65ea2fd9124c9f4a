"""Which kills of uses are tried: what is killed, and at which point of the uses on the way."""

from __future__ import annotations

import random
from dataclasses import dataclass

# The source was asked (the begin is about to be written), the first byte has come, part of the
# data has come, the source has sent its last byte (the end is about to be written), or any time.
MOMENTS = ("asked", "first", "middle", "sent", "clock")
VICTIMS = ("worker", "postgres")
# Of so many kills one is of the database, the others of the process that serves the site.
ONE_IN = 10


@dataclass(frozen=True, slots=True)
class UseShot:
    """One kill while uses are on the way.

    Attributes:
        victim: `worker` or `postgres`.
        moment: one of `MOMENTS`.
        share: how far into the moment, 0 to 1.
        first: index of the resource whose use decides about the moment.
        is_warm: the worker has answered a request before; a fresh one takes longer at each point.
    """

    number: int
    victim: str
    moment: str
    share: float
    first: int
    is_warm: bool


def plan(number: int, seed: int, *, database: bool = True) -> list[UseShot]:
    """Draw the kills; every moment comes once in five.

    Args:
        database: kill it once in ten, too; that takes as long as twenty others.
    """
    draw = random.Random(f"uses-{seed}")
    shots: list[UseShot] = []
    for place in range(number):
        if place % len(MOMENTS) == 0:
            deck = draw.sample(MOMENTS, len(MOMENTS))
        victim = VICTIMS[database and place % ONE_IN == ONE_IN // 2]
        moment = deck[place % len(MOMENTS)]
        share, first = round(draw.random(), 3), draw.randrange(4)
        shots.append(UseShot(place, victim, moment, share, first, is_warm=bool(draw.randrange(3))))
    return shots
