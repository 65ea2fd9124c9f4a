"""A few kills in the middle of uses, the same ones every time; `make soak` does more of them."""

from __future__ import annotations

from tests.integration.stack_env import StackInfo
from tests.integration.test_uses import verify
from tests.soak.use_shots import MOMENTS, plan
from tests.soak.uses import use_ground

SEED, KILLS = 1, 8


def test_no_byte_is_without_its_begin_whenever_the_worker_is_killed(stack: StackInfo) -> None:
    shots = plan(KILLS, SEED, database=False)
    assert {shot.moment for shot in shots} == set(MOMENTS)
    with use_ground(stack) as ground:
        hits = [ground.fire(shot) for shot in shots]
        print(f"\nseed {SEED}\n" + "\n".join(hit.line() for hit in hits))
        assert not [hit.line() for hit in hits if hit.faults]
        # Kills that cut off nothing would prove nothing.
        assert sum(hit.ended for hit in hits) < sum(hit.begun for hit in hits)
        assert "未见结束" in ground.page_of_uses()
    assert verify(stack) == (0, [])
