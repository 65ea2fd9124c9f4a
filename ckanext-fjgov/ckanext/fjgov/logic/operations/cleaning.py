"""Remove old runs, notes, alarms, nonces, keys, uploads and files, as settings say."""

from __future__ import annotations

from datetime import datetime, timedelta

import ckan.plugins.toolkit as tk

from ckanext.fjgov.logic import settings
from ckanext.fjgov.logic.exchange import unmounting, whole
from ckanext.fjgov.model import (
    batch_keys,
    call_keys,
    mails,
    mount_runs,
    operations,
    retention,
    uploads,
)
from ckanext.fjgov.model.database import own_transaction

# A nonce must outlive the minute in which its request is valid, whatever the settings say.
LEAST_NONCE_HOURS = 1


def clean(now: datetime) -> dict[str, int]:
    """Remove what is older than the settings allow; gives how many rows of each kind.

    The newest run of each node, runs with an open review, open alarms and the audit stay.
    """
    with own_transaction() as connection:
        removed = {
            "notes": retention.remove_notes(connection, now - _days("note_days")),
            "runs": retention.remove_runs(connection, now - _days("run_days")),
            "alarms": retention.remove_alarms(connection, now - _days("alarm_days")),
            "nonces": retention.remove_nonces(connection, now - _nonce_time()),
            "batches": batch_keys.remove(connection, now - _days("batch_days")),
            "calls": call_keys.remove(connection, now - settings.idempotency_time()),
            "mails": mails.remove(connection, now - _days("mail_days")),
            "uploads": uploads.remove(connection, now - _days("upload_days")),
            "faults": mount_runs.forget_values(connection, now - _days("upload_days")),
        }
        operations.note_cleaning(connection, now)
    removed["files"] = whole.remove_old(now)
    removed["mounts"] = unmounting.sweep()
    return removed


def _days(name: str) -> timedelta:
    keys = {
        "note_days": "fjgov.keep.note_days",
        "run_days": "fjgov.keep.run_days",
        "alarm_days": "fjgov.keep.alarm_days",
        "batch_days": "fjgov.keep.batch_days",
        "mail_days": "fjgov.keep.mail_days",
        "upload_days": "fjgov.keep.upload_days",
    }
    return timedelta(days=max(1, int(tk.config.get(keys[name]))))


def _nonce_time() -> timedelta:
    return timedelta(hours=max(LEAST_NONCE_HOURS, int(tk.config.get("fjgov.keep.nonce_hours"))))
