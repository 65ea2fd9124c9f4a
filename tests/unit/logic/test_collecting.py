"""How often a process looks for unreachable cycles is its own again after long work."""

from __future__ import annotations

import gc
from contextlib import ExitStack

from ckanext.fjgov.logic.sync.collecting import RARELY, collecting_rarely


def test_the_threshold_holds_again_after_overlapping_work() -> None:
    before = gc.get_threshold()
    first, second = ExitStack(), ExitStack()
    first.enter_context(collecting_rarely())
    second.enter_context(collecting_rarely())
    assert gc.get_threshold() == RARELY
    first.close()
    assert gc.get_threshold() == RARELY
    second.close()
    assert gc.get_threshold() == before
