"""Find what an action or a worker was asked about."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

import ckan.plugins.toolkit as tk

from ckanext.fjgov.model import runs


def found_run(connection: sa.Connection, run_id: str) -> dict[str, Any]:
    """Give the row of a run.

    Raises:
        ObjectNotFound: there is none.
    """
    row = runs.find(connection, run_id)
    if row is None:
        raise tk.ObjectNotFound(f"没有运行 {run_id} / there is no run {run_id}")
    return row
