"""What the job worker runs."""

from __future__ import annotations

import logging

import ckan.plugins.toolkit as tk

from ckanext.fjgov.logic.sync import engine

log = logging.getLogger(__name__)


def run_sync(run_id: str, *, full: bool = False, forced: bool = False) -> None:
    """Carry out one queued run; its report is in the database."""
    try:
        report = engine.execute(run_id, full=full, forced=forced)
    except tk.ValidationError as error:
        # Its reason stands in the run's own report.
        log.warning("sync run %s did not start: %s", run_id, error)
        return
    log.info("sync run %s ended as %s", run_id, report["state"])
