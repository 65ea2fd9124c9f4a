"""Drain the change log with this node's settings."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import sqlalchemy as sa

from ckanext.fjgov.logic import settings
from ckanext.fjgov.logic.clock import utc_now
from ckanext.fjgov.model import change_log
from ckanext.fjgov.model.change_rows import CurrentRecord


def drain() -> int:
    """Take all pending notes into the log; the number of records that changed."""
    return change_log.drain_all(settings.shapes(), settings.high_water_mark(), utc_now)


def drain_in(
    connection: sa.Connection, prepared: Mapping[str, CurrentRecord] = MappingProxyType({})
) -> int:
    """Take pending notes into the log inside a transaction of the caller.

    Args:
        prepared: see `change_log.drain_in`.
    """
    return change_log.drain_in(
        connection, settings.shapes(), settings.high_water_mark(), utc_now(), prepared
    )
