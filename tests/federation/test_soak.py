"""30 random histories and 15 faults, the same ones every time; `make soak` does many more."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.federation.syncing import Syncer
from tests.integration.stack_env import StackInfo
from tests.soak.faults import Ground, fault_ground
from tests.soak.histories import Theatre, theatre
from tests.soak.shots import Shot, plan

SEED, HISTORIES, FAULTS = 20, 30, 15
# Chosen so that 15 faults hit every victim, most steps and several lies, and wait for no timeout.
FAULT_SEED = 3757
CHANGES, PAGE = 30, 10


@pytest.fixture(scope="module")
def played(stack: StackInfo, syncer: Syncer) -> Iterator[Theatre]:
    with theatre(stack, syncer) as found:
        yield found


@pytest.fixture(scope="module")
def ground(stack: StackInfo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    folder = tmp_path_factory.mktemp("faults")
    with fault_ground(stack, folder, changes=CHANGES, page=PAGE) as found:
        yield found


@pytest.mark.slow
@pytest.mark.parametrize("batch", range(0, HISTORIES, 10))
def test_after_random_histories_the_province_is_as_modelled(played: Theatre, batch: int) -> None:
    done = [played.play(number, SEED) for number in range(batch, batch + 10)]
    print("\n" + "\n".join(one.line() for one in done))
    assert not [one.line() for one in done if one.faults]


@pytest.mark.slow
@pytest.mark.parametrize(
    "shot",
    plan(FAULTS, FAULT_SEED),
    ids=lambda shot: f"{shot.victim}-{shot.moment}".replace(" ", "-"),
)
def test_a_fault_loses_and_doubles_nothing(ground: Ground, shot: Shot) -> None:
    hit = ground.fire(shot)
    print("\n" + hit.line())
    assert hit.faults == ()
