"""A run that would take away too much: keep the list, ask a person, and hold to the answer."""

from __future__ import annotations

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.fjgov.core.federation.errors import FederationError
from ckanext.fjgov.core.federation.removals import Approval, Name, list_digest
from ckanext.fjgov.logic.clock import utc_now
from ckanext.fjgov.logic.sync.foreseeing import withdrawals
from ckanext.fjgov.logic.sync.run import Run
from ckanext.fjgov.model import reviews, run_control
from ckanext.fjgov.model.database import own_transaction, snapshot


def open_review(run: Run, run_id: str) -> None:
    """Store which listed records a stopped run would take away, all of them.

    The guard stops at the first page that is too much; the rest of the log is read here to name
    every record. A list that could not be read to its end says so, and an approval of it covers
    no more than it names. A list that was refused before is refused again without asking.

    Cost: one pass over the pages after the cursor, nothing is written of them.
    """
    # The statement that stopped the run may have left the session in a broken transaction.
    model.Session.rollback()
    names = set(run.removed)
    try:
        names |= _rest(run)
        is_complete = True
    except (FederationError, OSError):
        is_complete = False
    now = utc_now()
    with own_transaction() as connection:
        records = reviews.described(connection, run.node.code, sorted(names))
        digest = list_digest((kind, key) for kind, key, _, _ in records)
        before = reviews.refused_before(connection, run.node.code, digest)
        reviews.add(
            connection,
            run_id=run_id,
            node=run.node.code,
            digest=digest,
            records=records,
            is_complete=is_complete,
            now=now,
        )
        if before and is_complete:
            reviews.decide(
                connection,
                run_id,
                "refused",
                by=before["decided_by"],
                reason=before["reason"],
                now=now,
            )


def approval_of(node: str) -> Approval | None:
    """Give what a person approved of a node and no run has carried out since.

    A run that fails on the way leaves the approval to the next one; a run that comes to its end
    uses it up, so that the same records cannot go unasked another time.
    """
    with own_transaction() as connection:
        run_id = reviews.approved_of(connection, node, run_control.last_good(connection, node))
        return Approval(run_id, reviews.names(connection, run_id)) if run_id else None


def _rest(run: Run) -> set[Name]:
    """Give the withdrawals in the pages after the cursor."""
    if run.restored:
        # The guard was shown all differences at once; the cursor means nothing any more.
        return set()
    names: set[Name] = set()
    since, epoch = run.node.cursor_seq, run.node.cursor_epoch or ""
    digest = run.node.cursor_digest or ""
    while True:
        page = run.reader.changes(since, int(tk.config.get("fjgov.sync.page_size")), epoch, digest)
        with snapshot() as connection:
            names.update(withdrawals(connection, run.node.code, page.rows))
        if not page.end.more:
            return names
        since, epoch, digest = page.end.next, page.end.epoch, ""
