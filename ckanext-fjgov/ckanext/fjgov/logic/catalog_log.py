"""Drain the change log with this node's settings."""

from __future__ import annotations

import sqlalchemy as sa

from ckanext.fjgov.logic import settings
from ckanext.fjgov.logic.clock import utc_now
from ckanext.fjgov.model import change_log


def drain() -> int:
    """Take all pending notes into the log; the number of records that changed."""
    return change_log.drain_all(settings.shapes(), settings.high_water_mark(), utc_now)


def drain_in(connection: sa.Connection) -> int:
    """Take pending notes into the log inside a transaction of the caller."""
    return change_log.drain_in(connection, settings.shapes(), settings.high_water_mark(), utc_now())
