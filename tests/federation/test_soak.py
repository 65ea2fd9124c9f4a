"""30 random histories, the same ones every time; `make soak` does more, and faults beside them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.federation.syncing import Syncer
from tests.integration.stack_env import StackInfo
from tests.soak.histories import Theatre, theatre

SEED, HISTORIES = 20, 30


@pytest.fixture(scope="module")
def played(stack: StackInfo, syncer: Syncer) -> Iterator[Theatre]:
    with theatre(stack, syncer) as found:
        yield found


@pytest.mark.slow
@pytest.mark.parametrize("batch", range(0, HISTORIES, 10))
def test_after_random_histories_the_province_is_as_modelled(played: Theatre, batch: int) -> None:
    done = [played.play(number, SEED) for number in range(batch, batch + 10)]
    print("\n" + "\n".join(one.line() for one in done))
    assert not [one.line() for one in done if one.faults]
