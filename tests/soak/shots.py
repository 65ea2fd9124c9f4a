"""Which faults are tried: kills at named steps and at moments of the clock, and bad answers."""

from __future__ import annotations

import random
from dataclasses import dataclass

from tests.soak.tricks import TRICKS

VICTIMS = ("sync", "city", "postgres", "solr", "redis")
STEPS = (
    "started", "fetched", "taken_away", "merged", "indexed", "retried", "recovered", "compared",
    "repaired", "finished",
)  # fmt: skip
# Steps that a run reaches once for each page.
REPEATED = ("fetched", "merged", "indexed")
BY_THE_CLOCK = "clock"
# Of ten faults so many are kills at a step, kills by the clock, and bad answers.
SHARES = {"step": 5, "clock": 2, "answer": 3}


@dataclass(frozen=True, slots=True)
class Shot:
    """One fault.

    Attributes:
        victim: `sync`, `city`, `postgres`, `solr`, `redis`, or `answer`.
        moment: a step, `clock`, or the name of a trick.
        share: how far through the repetitions of the step, the time or the answer, 0 to 1.
    """

    number: int
    victim: str
    moment: str
    share: float


def plan(number: int, seed: int) -> list[Shot]:
    """Draw the shots: each kind in turn, so that few cover as much as possible.

    Every pair of a victim and a step comes once in 50 kills at steps, every trick once in 20 bad
    answers, every victim once in 5 kills by the clock.
    """
    draw = random.Random(seed)
    kinds = [kind for kind, times in SHARES.items() for _ in range(times)]
    pairs = [(victim, step) for victim in VICTIMS for step in STEPS]
    tricks, victims = list(TRICKS), list(VICTIMS)
    for deck in (pairs, tricks, victims):
        draw.shuffle(deck)
    dealt = dict.fromkeys(SHARES, 0)
    shots = []
    for place in range(number):
        kind = kinds[place * 7 % len(kinds)]
        turn = dealt[kind]
        dealt[kind] += 1
        share = round(draw.random(), 3)
        if kind == "step":
            victim, moment = pairs[turn % len(pairs)]
        elif kind == "clock":
            victim, moment = victims[turn % len(victims)], BY_THE_CLOCK
        else:
            victim, moment = "answer", tricks[turn % len(tricks)]
        shots.append(Shot(place, victim, moment, share))
    return shots
