"""The judged queries at the province, where all three sample catalogs are one."""

from __future__ import annotations

from tests.integration.search_calls import all_entries, by_reference, judged, reader
from tests.integration.stack_env import StackInfo

TARGET = 0.85


def test_judged_queries_are_answered(stack: StackInfo) -> None:
    site = reader(stack)
    score = judged(site, by_reference(stack, all_entries(site)))
    print(f"\n{score.table()}")
    assert score.asked.total() >= 120
    assert score.share >= TARGET, score.table()
    # No kind of query may fail as a whole behind a good average.
    weakest = min(score.found[kind] / score.asked[kind] for kind in score.asked)
    assert weakest >= 0.7, score.table()
