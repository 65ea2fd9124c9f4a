"""One kill of each kind in the middle of a run; `make soak` fires many more."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.stack_env import StackInfo
from tests.soak.kills import Range, Shot, shooting_range

CHANGES, PAGE = 150, 50


@pytest.fixture(scope="module")
def ground(stack: StackInfo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Range]:
    folder = tmp_path_factory.mktemp("kills")
    with shooting_range(stack, folder, changes=CHANGES, page=PAGE) as found:
        yield found


@pytest.mark.slow
@pytest.mark.parametrize(
    "shot",
    [
        Shot(0, "sync", "merged", 0.5),
        Shot(1, "city", "fetched", 0.0),
        Shot(2, "solr", "merged", 0.0),
    ],
    ids=lambda shot: shot.victim,
)
def test_a_kill_loses_and_doubles_nothing(ground: Range, shot: Shot) -> None:
    hit = ground.fire(shot)
    assert (hit.alive, hit.faults) == (True, ())
    assert hit.fetched <= hit.rest + hit.page
