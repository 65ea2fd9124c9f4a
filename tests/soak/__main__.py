"""`python -m tests.soak [--histories N] [--faults N] [--uses N] [--seed S] [--part K/N]`.

Results go to `.run/soak.json` after each history and each fault; a campaign of the same commit
and seed goes on where it was interrupted.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from deploy.stack.settings import run_settings
from tests.federation.syncing import CODES, Syncer, with_settings
from tests.integration.stack_env import StackInfo, attach, running_stack
from tests.soak import use_shots
from tests.soak.faults import fault_ground
from tests.soak.histories import theatre
from tests.soak.results import FAULTS, HISTORIES, USES, Results, commit
from tests.soak.shots import Shot, plan
from tests.soak.uses import use_ground

ATTACH = "FJGOV_TEST_STACK"
PAGE = 7
# After so many kills of uses the verifier looks at the whole log.
CHECKED_AFTER = 25


def main() -> int:
    """Do what is left of a campaign; return 1 when something was found or is still left."""
    wish = _wish()
    path = Path(wish.results) if wish.results else run_settings().base / "soak.json"
    results = Results(path, wish.commit or commit(), wish.seed)
    part, parts = (int(word) for word in wish.part.split("/"))
    histories = [
        number
        for number in range(wish.histories)
        if number not in results.numbers(HISTORIES) and number % parts == part - 1
    ]
    shots = [
        shot
        for shot in plan(wish.faults, wish.seed)
        if shot.number not in results.numbers(FAULTS) and shot.number % parts == part - 1
    ]
    kills = [
        kill
        for kill in use_shots.plan(wish.uses, wish.seed)
        if kill.number not in results.numbers(USES) and kill.number % parts == part - 1
    ]
    if histories or shots or kills:
        with _stack() as (stack, folder):
            if histories:
                _histories(stack, folder, histories, results)
            if shots:
                _faults(stack, folder, wish.changes, results, shots)
            if kills:
                _uses(stack, results, kills)
    print(f"{results.summary()} -> {path}")
    return 0 if results.holds(wish.histories, wish.faults, wish.uses) else 1


def _wish() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.soak")
    parser.add_argument("--histories", type=int, default=500)
    parser.add_argument("--faults", type=int, default=100)
    parser.add_argument("--uses", type=int, default=100, help="kills in the middle of uses")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--changes", type=int, default=120, help="entries changed before a fault")
    parser.add_argument("--part", default="1/1", help="K/N: only every Nth, from the Kth on")
    parser.add_argument("--results", default="", help="file; .run/soak.json when left out")
    parser.add_argument(
        "--commit", default="", help="name of what is tested; asked of git if empty"
    )
    return parser.parse_args()


@contextmanager
def _stack() -> Iterator[tuple[StackInfo, Path]]:
    with ExitStack() as scope:
        folder = Path(scope.enter_context(tempfile.TemporaryDirectory(prefix="fjgov-soak-")))
        known = os.environ.get(ATTACH)
        stack = (
            attach(Path(known)) if known else scope.enter_context(running_stack(folder / "stack"))
        )
        (folder / "work").mkdir()
        yield stack, folder / "work"


def _histories(stack: StackInfo, folder: Path, numbers: list[int], results: Results) -> None:
    syncer = Syncer(with_settings(stack, folder, **{"fjgov.sync.page_size": PAGE}))
    try:
        for city in CODES:
            syncer.sync(city, forced=True)
        with theatre(stack, syncer) as found:
            for number in numbers:
                played = found.play(number, results.seed)
                results.add(HISTORIES, number, played.to_json())
                print(played.line(), flush=True)
    finally:
        syncer.close()


def _faults(
    stack: StackInfo, folder: Path, changes: int, results: Results, shots: list[Shot]
) -> None:
    with fault_ground(stack, folder, changes=changes, page=max(1, changes // 6)) as found:
        print(f"{changes} changes a run, {found.seconds:.1f} s undisturbed", flush=True)
        for shot in shots:
            hit = found.fire(shot)
            results.add(FAULTS, shot.number, hit.to_json())
            print(hit.line(), flush=True)


def _uses(stack: StackInfo, results: Results, kills: list[use_shots.UseShot]) -> None:
    with use_ground(stack) as found:
        print(f"four uses take {found.typical_s:.2f} s undisturbed", flush=True)
        for place, kill in enumerate(kills, start=1):
            hit = found.fire(kill)
            if place % CHECKED_AFTER == 0 or place == len(kills):
                hit = found.checked(hit)
            results.add(USES, kill.number, hit.to_json())
            print(hit.line(), flush=True)


if __name__ == "__main__":
    sys.exit(main())
