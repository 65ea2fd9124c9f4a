"""15 faults in the middle of a run, the same ones every time; `make soak` does more of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.stack_env import StackInfo
from tests.soak.faults import Ground, fault_ground
from tests.soak.shots import BY_THE_CLOCK, plan

SEED, FAULTS, CHANGES = 1, 15, 120


@pytest.fixture(scope="module")
def ground(stack: StackInfo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    folder: Path = tmp_path_factory.mktemp("faults")
    with fault_ground(stack, folder, changes=CHANGES, page=CHANGES // 6) as found:
        yield found


@pytest.mark.slow
@pytest.mark.parametrize("batch", range(0, FAULTS, 5))
def test_the_run_after_a_fault_finds_everything_in_order(ground: Ground, batch: int) -> None:
    hits = [ground.fire(shot) for shot in plan(FAULTS, SEED)[batch : batch + 5]]
    print(f"\nseed {SEED}\n" + "\n".join(hit.line() for hit in hits))
    assert not [hit.line() for hit in hits if hit.faults]
    # At a step the run is held until the fault has fallen; one that fell later proves nothing.
    assert [hit.line() for hit in hits if not hit.alive and hit.shot.moment != BY_THE_CLOCK] == []
