"""Keep the index documents of a unit's entries in step with the unit itself.

CKAN leaves them as they are when an organization is renamed, and `package_show` answers from them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

import ckan.plugins.toolkit as tk

from ckanext.fjgov.logic import indexing
from ckanext.fjgov.model import merge
from ckanext.fjgov.model.database import own_transaction

Action = Callable[[Any, Any], Any]


@tk.chained_action
def organization_update(next_action: Action, context: Any, data_dict: dict[str, Any]) -> Any:
    """Change a unit; the job worker brings the documents of its entries up to date."""
    answer = next_action(context, data_dict)
    unit_id = answer if isinstance(answer, str) else answer["id"]
    with own_transaction() as connection:
        rows = connection.execute(
            sa.text("SELECT id FROM package WHERE owner_org = :id AND state <> 'deleted'"),
            {"id": unit_id},
        )
        ids = [row.id for row in rows]
        merge.queue_index(connection, ids)
    if ids:
        tk.enqueue_job(indexing.drain_outbox, title=f"index of unit {unit_id}")
    return answer
