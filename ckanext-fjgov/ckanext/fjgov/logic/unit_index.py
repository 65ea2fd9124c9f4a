"""Keep the index documents of a unit's entries in step with the unit itself.

CKAN leaves them as they are when an organization is renamed, and `package_show` answers from them.
"""

from __future__ import annotations

import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.fjgov.logic import indexing
from ckanext.fjgov.model import merge
from ckanext.fjgov.model.database import own_transaction


def follow_unit(reference: str) -> None:
    """Let the job worker bring the documents of a unit's entries up to date.

    Args:
        reference: name or id of a unit whose change is committed.
    """
    unit = model.Group.get(reference)
    if unit is None or not unit.is_organization:
        return
    with own_transaction() as connection:
        rows = connection.execute(
            sa.text("SELECT id FROM package WHERE owner_org = :id AND state <> 'deleted'"),
            {"id": unit.id},
        )
        ids = [row.id for row in rows]
        merge.queue_index(connection, ids)
    if ids:
        tk.enqueue_job(indexing.drain_outbox, title=f"index of {unit.name}")
