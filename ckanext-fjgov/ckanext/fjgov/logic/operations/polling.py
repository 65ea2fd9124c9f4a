"""Ask a node where its log ends, without taking anything over."""

from __future__ import annotations

from datetime import datetime

import ckan.plugins.toolkit as tk

from ckanext.fjgov.core.federation.errors import EpochChanged, FederationError
from ckanext.fjgov.logic.clock import utc_now
from ckanext.fjgov.logic.sharing import heads
from ckanext.fjgov.logic.sync import peers
from ckanext.fjgov.model import nodes, operations
from ckanext.fjgov.model.database import own_transaction


def poll(code: str) -> None:
    """Ask for one change after the cursor and remember the head and the age of that change.

    Raises:
        ValidationError: the node cannot be asked; says why.

    Cost: one request of about 1 kB when nothing is new.
    """
    with own_transaction() as connection:
        node = nodes.find(connection, code)
    if node is None:
        raise tk.ObjectNotFound(f"没有节点 {code} / there is no node {code}")
    now = utc_now()
    oldest: datetime | None = None
    try:
        page = peers.reader_of(node, now, fresh=False).changes(
            node.cursor_seq, 1, node.cursor_epoch or "", node.cursor_digest or ""
        )
        head = page.end.head
        heads.note(code, page.usage)
        if page.rows:
            oldest = datetime.fromisoformat(page.rows[0].at)
    except EpochChanged as changed:
        # The node was restored: all that can be said is where its log ends now.
        head = changed.head
    except (FederationError, OSError) as error:
        zh, en = getattr(error, "zh", str(error)), getattr(error, "en", str(error))
        raise tk.ValidationError(
            {"node": [f"无法询问节点 {code}：{zh} / node {code} cannot be asked: {en}"]}
        ) from error
    with own_transaction() as connection:
        operations.note_head(connection, code, seq=head, oldest=oldest, now=now)
