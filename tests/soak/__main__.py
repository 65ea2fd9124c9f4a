"""`python -m tests.soak [--kills N] [--seed S] [--changes N]`: kills in the middle of runs.

Results go to `.run/soak.json` after every kill; a campaign of the same commit and seed goes on
where it was interrupted.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from deploy.stack.settings import run_settings
from tests.integration.stack_env import attach, running_stack
from tests.soak.kills import Hit, plan, shooting_range
from tests.soak.results import Results, commit

ATTACH = "FJGOV_TEST_STACK"
ALIVE_SHARE = 0.8


def main() -> int:
    """Run what is left of a campaign; return 1 when anything was lost or too few runs were hit."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak")
    parser.add_argument("--kills", type=int, default=24)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--changes", type=int, default=600)
    parser.add_argument("--page", type=int, default=100)
    wish = parser.parse_args()
    results = Results(
        run_settings().base / "soak.json", commit(), wish.seed, changes=wish.changes, page=wish.page
    )
    left = [shot for shot in plan(wish.kills, wish.seed) if shot.number not in results.numbers()]
    if left:
        with ExitStack() as scope:
            folder = Path(scope.enter_context(tempfile.TemporaryDirectory(prefix="fjgov-soak-")))
            known = os.environ.get(ATTACH)
            stack = (
                attach(Path(known))
                if known
                else scope.enter_context(running_stack(folder / "stack"))
            )
            (folder / "work").mkdir()
            layout = {"changes": wish.changes, "page": wish.page}
            found = scope.enter_context(shooting_range(stack, folder / "work", **layout))
            print(f"{wish.changes} changes a run, {found.seconds:.1f} s undisturbed", flush=True)
            for shot in left:
                hit = found.fire(shot)
                results.add(hit)
                print(_line(hit), flush=True)
    print(results.summary())
    return 0 if results.holds(wish.kills, ALIVE_SHARE) else 1


def _line(hit: Hit) -> str:
    moment = hit.shot.step or f"{hit.shot.share:.0%} of the time"
    alive = "alive" if hit.alive else "over"
    faults = "; ".join(hit.faults) or "ok"
    return (
        f"{hit.shot.number:3} {hit.shot.victim:<5} at {moment:<16} run {alive} ({hit.ended_as}),"
        f" rest {hit.rest}, read {hit.fetched}, {hit.state}, {hit.seconds:.0f} s: {faults}"
    )


if __name__ == "__main__":
    sys.exit(main())
