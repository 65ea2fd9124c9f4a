"""Cases that were overtaken: an entry was listed, unlisted or withdrawn past its open review.

That happens while no review is required, by an operator's first load, and by a purge. The case
ends in the transaction of that write, with who did what as its reason.
"""

from __future__ import annotations

import sqlalchemy as sa

from ckanext.fjgov.core.access.visibility import State
from ckanext.fjgov.core.cases.engine import conclude
from ckanext.fjgov.core.cases.outcome import Applied
from ckanext.fjgov.core.cases.types.entry_review import ENTRY_REVIEW, LISTED_STATES, OVERTAKE
from ckanext.fjgov.logic.cases.deciding import locked_case
from ckanext.fjgov.logic.clock import utc_now
from ckanext.fjgov.model import cases, revisions

_DONE = {
    State.LISTED.value: ("直接发布", "listed directly"),
    State.DRAFT.value: ("直接改为草稿", "turned into a draft directly"),
    State.WITHDRAWN.value: ("直接撤销", "withdrawn directly"),
}


def end_overtaken(
    connection: sa.Connection, package_id: str, state: str, user: str
) -> Applied | None:
    """End the open review of an entry that is being given another state past it.

    The caller holds the lock of the review, commits, and writes the audit.

    Args:
        state: of the entry from now on.
        user: name of the account that writes.

    Returns:
        None when no case is open, or the open one stands where the entry will.

    Cost: one statement when there is none.
    """
    number = cases.open_number(connection, ENTRY_REVIEW.name, package_id)
    if number is None:
        return None
    case = locked_case(connection, number)
    is_gone = state == State.WITHDRAWN.value
    if not is_gone and (case.state in LISTED_STATES) == (state == State.LISTED.value):
        return None
    zh, en = _DONE[state]
    reason = f"目录未经本事项，由 {user} {zh} / the entry was {en} by {user}"
    applied = conclude(case, OVERTAKE, reason, utc_now())
    cases.store(connection, applied)
    revisions.remove(connection, package_id)
    return applied
