"""What the job worker does with an upload: check it, mark its copy, import it.

The right to write is asked for again when the job runs, not only when it was ordered.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.fjgov.core.importing.problems import ImportRefused
from ckanext.fjgov.core.importing.report import ImportReport, as_dict
from ckanext.fjgov.logic import importing
from ckanext.fjgov.logic.clock import utc_now
from ckanext.fjgov.logic.uploads import rights
from ckanext.fjgov.model import uploads
from ckanext.fjgov.model.database import own_transaction

TIMEOUT_S = 3600
# A job that was ordered so long ago at most may not have come to the queue yet.
GRACE_S = 20
STEP_S = 0.5
BROKEN = (
    "处理中出现故障，已写入的目录有效；请稍后再次导入，仍有故障请联系系统维护人员 / "
    "something failed; what was written stays. Import again later, or ask the technician"
)


def check(upload_id: str) -> None:
    """Try an upload, keep its report, then the copy with the marks."""
    _guarded(upload_id, _check)


def carry_out(upload_id: str) -> None:
    """Import an upload; rows that say what is stored already change nothing."""
    _guarded(upload_id, _carry_out)


def new_job_id() -> str:
    """Give the name of a job; each start has its own.

    The queue writes the end of a job under its name, and would take a later one of the same name
    for ended.
    """
    return f"fjgov-upload-{uuid.uuid4()}"


def _check(upload: Mapping[str, Any], request: importing.ImportRequest) -> None:
    report = importing.run_import(request, Progress(upload["id"]).note)
    has_marks = bool(report.findings) or any(row.findings for row in report.rows)
    _finish(upload["id"], "marking" if has_marks else "checked", report)
    if has_marks:
        copy = importing.marked_copy(request.data, report)
        with own_transaction() as connection:
            uploads.keep_marked(connection, upload["id"], copy, utc_now())


def _carry_out(upload: Mapping[str, Any], request: importing.ImportRequest) -> None:
    report = importing.run_import(request, Progress(upload["id"]).note)
    _finish(upload["id"], "imported", report)


def _finish(upload_id: str, state: str, report: ImportReport) -> None:
    with own_transaction() as connection:
        uploads.finish(connection, upload_id, state, as_dict(report), utc_now())


def _guarded(
    upload_id: str, job: Callable[[Mapping[str, Any], importing.ImportRequest], None]
) -> None:
    """Do a job, and write down why it did not end as it should."""
    with own_transaction() as connection:
        upload = uploads.find(connection, upload_id)
        data = uploads.content(connection, upload_id)
    if upload is None:
        return
    try:
        job(upload, _request(upload, data))
    except ImportRefused as refused:
        _stop(upload_id, "refused", str(refused))
    except tk.NotAuthorized as error:
        _stop(upload_id, "failed", str(error.message or ""))
    except BaseException:
        # The worker logs it with its place in the code.
        _stop(upload_id, "failed", BROKEN)
        raise


def _stop(upload_id: str, state: str, problem: str) -> None:
    model.Session.rollback()
    with own_transaction() as connection:
        uploads.stop(connection, upload_id, state, problem, utc_now())


def _request(upload: Mapping[str, Any], data: bytes) -> importing.ImportRequest:
    """Give the import on behalf of whoever ordered it, for the one unit that was chosen.

    Raises:
        NotAuthorized: the appointment has ended meanwhile.
    """
    user, unit = model.User.get(upload["user_id"]), model.Group.get(upload["unit_id"])
    rights.refuse_others(user, upload["unit_id"])
    return importing.ImportRequest(
        data=data,
        mapping="",
        user=user.name,
        dry_run=upload["state"] != "importing",
        units=frozenset([unit.name]),
        state="active" if upload["target"] == "active" else "draft",
        trusted=False,
        directory=upload["directory"],
    )


class Progress:
    """Writes now and then how many rows are done."""

    def __init__(self, upload_id: str) -> None:
        self._id = upload_id
        self._told_at = 0.0

    def note(self, done: int, counts: dict[str, int]) -> None:
        """Note that some rows are done; most calls only look at the clock."""
        now = time.monotonic()
        if now - self._told_at < STEP_S:
            return
        self._told_at = now
        with own_transaction() as connection:
            uploads.note_progress(connection, self._id, done, counts, utc_now())
