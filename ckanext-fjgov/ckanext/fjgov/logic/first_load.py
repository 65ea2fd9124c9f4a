"""First loads (建库导入): an operator lists what a unit has had for long, without a review.

Programs of the site alone take this way (decision 0018); the audit says who took it.
"""

from __future__ import annotations

from ckanext.fjgov.logic.clock import utc_now
from ckanext.fjgov.model import audit

EVENT = "first_load"


def note(user: str, listed: int, source: str) -> None:
    """Write a first load into the audit, after its commit.

    Args:
        user: name of the account that took the decision.
        listed: number of entries that it listed.
        source: what was loaded: `samples`, or the SHA-256 of a file.
    """
    audit.append(EVENT, user, {"listed": listed, "source": source}, utc_now())
