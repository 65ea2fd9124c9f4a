"""Random histories of two cities, played against a stack and against a plain-Python model.

A history draws its steps from its own seed, so that any one of them can be played again alone.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

from ckanext.fjgov.core.catalog.uscc import make_uscc
from tests.federation.syncing import CODES, PREFIXES, Syncer
from tests.integration.stack_env import StackInfo
from tests.soak.checking import Checker, open_checker
from tests.soak.model import City, new_unit
from tests.soak.moves import Moves
from tests.soak.writing import open_hand

STEPS_A_HISTORY = (8, 16)
UNITS, FIRST_ENTRIES = 2, 3
# How often each kind of step is drawn.
WEIGHTS = {
    "create": 6, "create_many": 2, "edit": 8, "tags": 2, "resources": 4, "restrict": 5, "open": 3,
    "withdraw": 5, "relist": 3, "purge": 3, "rename": 3, "move": 2, "api_create": 1, "api_edit": 1,
    "api_withdraw": 1, "api_purge": 1, "back_up": 3, "restore": 3, "sync": 8, "sync_both": 3,
    "write_during_sync": 2,
}  # fmt: skip
HELD_AT = ("started", "fetched", "merged", "indexed", "compared")


@dataclass(frozen=True, slots=True)
class Played:
    """One history and what came of it.

    Attributes:
        steps: what was done, in words.
        syncs: runs on the way.
        faults: what was not as modelled; empty when all is well.
    """

    number: int
    seed: int
    steps: tuple[str, ...]
    syncs: int
    restores: int
    seconds: float
    faults: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Give a plain dict."""
        return asdict(self)

    def line(self) -> str:
        """Say in one line what was done and found."""
        done = " ".join(step.partition(" ")[0] for step in self.steps)
        found = "; ".join(self.faults) or "ok"
        return f"history {self.number:3} seed {self.seed}: {self.seconds:4.1f} s, {done}: {found}"


@dataclass
class Theatre:
    """Where histories are played: a stack, the held province and open databases."""

    stack: StackInfo
    syncer: Syncer
    checker: Checker

    def play(self, number: int, seed: int) -> Played:
        """Play one history to its end and clear it away."""
        begin = time.monotonic()
        history = _History(number, random.Random(f"{seed}:{number}"), theatre=self)
        try:
            faults = history.run()
        finally:
            history.close()
        return Played(
            number, seed, tuple(history.steps), history.syncs, history.restores,
            round(time.monotonic() - begin, 2), tuple(faults),
        )  # fmt: skip


@contextmanager
def theatre(stack: StackInfo, syncer: Syncer) -> Iterator[Theatre]:
    """Open what histories need for the time of a block."""
    checker = open_checker(stack)
    try:
        yield Theatre(stack, syncer, checker)
    finally:
        for link in checker.links.values():
            link.close()


@dataclass
class _History(Moves):
    theatre: Theatre = field(kw_only=True)
    at_sync: dict[str, City] = field(default_factory=dict)
    steps: list[str] = field(default_factory=list)
    syncs: int = 0

    def run(self) -> list[str]:
        """Draw and do the steps; gives what was not as modelled, and stops at the first of it."""
        for key, code in CODES.items():
            city = City(key, code, PREFIXES[key])
            self.cities[key], self.hands[key] = city, open_hand(self.theatre.stack, city)
            self.at_sync[key] = city.kept()
            for serial in range(UNITS):
                unit = new_unit(city, make_uscc("11", code, f"H{self.number:05d}{serial:02d}"))
                city.units[unit.code] = unit
                self.hands[key].put_unit(unit)
            for _ in range(FIRST_ENTRIES):
                self.create(city, self.hands[key])
        for _ in range(self.draw.randint(*STEPS_A_HISTORY)):
            faults = self._step()
            if faults:
                return faults
        return self._settle() or self._clear_away()

    def close(self) -> None:
        """Leave the cities as they were, whatever happened, and give back what is open."""
        for key, hand in self.hands.items():
            hand.uproot()
            hand.link.close()
            self.theatre.syncer.sync(key, forced=True)

    def _step(self) -> list[str]:
        key = self.draw.choice(list(self.cities))
        kind = self.draw.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        self.steps.append(f"{kind} {key}")
        if kind == "sync":
            return self._sync(key)
        if kind == "sync_both":
            return [fault for each in self.cities for fault in self._sync(each)]
        if kind == "write_during_sync":
            return self._write_during_sync(key)
        self.write(kind, key)
        return []

    def _write_during_sync(self, key: str) -> list[str]:
        """Write while a run is held at a step: it may take the change along or leave it."""
        step = self.draw.choice(HELD_AT)
        kind = self.draw.choice(["edit", "withdraw", "restrict", "create", "purge"])
        self.steps[-1] += f" {kind} at {step}"
        if step in ("merged", "indexed"):
            self.edit(self.cities[key], self.hands[key])
        with self.theatre.syncer.stopped_at(step, key, must=False) as held:
            self.write(kind, key)
        self.syncs += 1
        state = held.report["state"]
        return [] if state in ("verified", "repaired") else [f"{key}: held run {held.report}"]

    def _sync(self, key: str) -> list[str]:
        city = self.cities[key]
        outcome = self.theatre.syncer.sync(key)
        self.syncs += 1
        before, self.at_sync[key] = self.at_sync[key], city.kept()
        if outcome.state not in ("verified", "repaired"):
            return [f"{key}: the run ended as {outcome.state}: {outcome.report}"]
        was_restored = key in self.restored
        self.restored.discard(key)
        if outcome.state == "repaired" and not was_restored:
            return [f"{key}: repaired without a restore: {outcome.report['differences'][:5]}"]
        listed = {e.identifier for e in city.entries.values() if e.listed}
        gone = [e for e in before.entries.values() if e.identifier not in listed]
        return list(self.theatre.checker.faults(city, city, gone))

    def _settle(self) -> list[str]:
        """Sync both cities: all is as modelled, nothing is doubled, and nothing is left to do."""
        faults = [fault for key in self.cities for fault in self._sync(key)]
        faults += self.theatre.checker.doubled()
        for key, city in self.cities.items():
            faults += self.theatre.checker.unequal(city)
            again = self.theatre.syncer.sync(key)
            if (again.state, again.counts, again.report["requests"]) != ("verified", {}, 1):
                faults.append(f"{key}: a further run found something to do: {again.report}")
        return faults + _index_faults(self.theatre.syncer)

    def _clear_away(self) -> list[str]:
        faults: list[str] = []
        for key, city in self.cities.items():
            hand = self.hands[key]
            hand.uproot()
            city.entries.clear()
            for unit in city.units.values():
                unit.state = "deleted"
            faults += self._sync(key)
        return faults


def _index_faults(syncer: Syncer) -> list[str]:
    report = syncer.index_report()
    return [
        f"index {name}: {report[name][:5]}"
        for name in ("missing", "ghosts", "stale")
        if report[name]
    ]
