"""Look for unreachable cycles less often while a long run makes and drops many plain objects."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

# Python looks after every 700 new objects, which a page of records makes a thousand times over;
# what a run drops is nearly always freed at once, without such a look.
RARELY = (100_000, 50, 100)


@contextmanager
def collecting_rarely() -> Iterator[None]:
    """Collect rarely inside; what the process had set before holds again afterwards.

    Cost: saves about a twelfth of the CPU of a first load; cycles wait somewhat longer.
    """
    before = gc.get_threshold()
    gc.set_threshold(*RARELY)
    try:
        yield
    finally:
        gc.set_threshold(*before)
