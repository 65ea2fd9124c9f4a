"""Tests side by side: whole lanes for processes with a stack each, so that no two share a site."""

from __future__ import annotations

from xdist.scheduler import LoadScopeScheduling

# What stands first in the collection is begun first. A lane keeps its order; the third one takes
# from the second, the longest, what needs least of what that one has written.
LANES = (
    ("federation", ("tests/federation/", "tests/harvested/")),
    ("pages", ("tests/integration/test_parity.py", "tests/pages/")),
    ("integration", ("tests/integration/",)),
)


class LaneScheduling(LoadScopeScheduling):
    """Give a process one lane after the other; files of unit tests fill what is left."""

    def _split_scope(self, nodeid: str) -> str:
        return lane_of(nodeid)


def lane_of(nodeid: str) -> str:
    """Give the name of the lane of a test; one that needs no stack goes by its file."""
    for name, starts in LANES:
        if nodeid.startswith(starts):
            return name
    return nodeid.partition("::")[0]
