"""What the job worker runs."""

from __future__ import annotations

import logging

from ckanext.fjgov.logic.sync import engine

log = logging.getLogger(__name__)


def run_sync(run_id: str, *, full: bool = False, forced: bool = False) -> None:
    """Carry out one queued run; its report is in the database."""
    report = engine.execute(run_id, full=full, forced=forced)
    log.info("sync run %s ended as %s", run_id, report["state"])
