"""Index documents in bulk: the same documents that CKAN builds one by one, from set queries.

`documents` builds them, `posting` sends them, `outbox` serves the orders of merges.
"""

from __future__ import annotations

from ckanext.fjgov.logic.bulk_index.build import Batch, build, documents

__all__ = ["Batch", "build", "documents"]
