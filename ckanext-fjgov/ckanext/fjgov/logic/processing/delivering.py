"""Decide what `/share/jobs/<number>/…` gives: a result, while all of its grants hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ckanext.fjgov.core.access.decision import Denied
from ckanext.fjgov.logic.gateway import Refused
from ckanext.fjgov.logic.processing import files, inputs, keeping
from ckanext.fjgov.logic.readers import person_of
from ckanext.fjgov.logic.sharing.using import Used
from ckanext.fjgov.model import processing
from ckanext.fjgov.model.database import session_connection

NOT_FOUND = Refused(
    404, "", "没有该加工结果，请核对编号", "there is no such result; check the number"
)
_BY_STATE = {
    processing.EXPIRED: Refused(
        410,
        "第二十二条",
        "加工结果已到期，或所依据的授权已终止，结果已删除",
        "the result was removed, since its time or a grant has ended",
    ),
}
_NOT_DONE = Refused(
    409, "", "加工未完成，或没有结果", "the job is not done, or ended without a result"
)
READ_MEMORY = "200MiB"


@dataclass(frozen=True, slots=True)
class Ready:
    """A result that may be given now.

    Attributes:
        uses: what the records say, one for each table that it was made of.
        grants: that must go on holding while it is given.
    """

    number: str
    folder: str
    report: dict[str, Any]
    uses: Sequence[Used]
    grants: Sequence[str]


def decide(number: str, user: Any) -> Refused | Ready:
    """Decide about a result and one caller, as if all of its tables were read again now."""
    person = person_of(user)
    job = processing.find(session_connection(), number)
    if job is None or not keeping.is_seen_by(person, job):
        return NOT_FOUND
    if job["state"] != processing.DONE:
        return _BY_STATE.get(job["state"], _NOT_DONE)
    decided = inputs.decide_all(person, job["spec"])
    if isinstance(decided, Denied):
        return Refused(403, decided.article, decided.zh, decided.en)
    return Ready(
        number=number,
        folder=job["folder"],
        report=job["report"],
        uses=[one.used(person) for one in decided],
        grants=sorted({one.grant.number for one in decided if one.grant}),
    )


def rows_of(path: Path, limit: int, offset: int) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Give names of the columns and some rows of a result, in their order.

    Cost: reads the row groups that hold these rows.
    """
    import duckdb

    with duckdb.connect(":memory:") as connection:
        quoted = str(path).replace("'", "''")
        for setting in (
            f"memory_limit = '{READ_MEMORY}'",
            "threads = 1",
            "autoload_known_extensions = false",
            "autoinstall_known_extensions = false",
            f"allowed_paths = ['{quoted}']",
            "enable_external_access = false",
        ):
            connection.execute(f"SET {setting}")
        found = connection.execute(
            "SELECT * EXCLUDE (file_row_number)"
            " FROM read_parquet($file, file_row_number = true)"
            " WHERE file_row_number >= $first AND file_row_number < $past"
            " ORDER BY file_row_number",
            {"file": str(path), "first": offset, "past": offset + limit},
        )
        return [column[0] for column in found.description], found.fetchall()


def path_of(ready: Ready, code: str) -> Path:
    """Give where a result is, in one of `files.FORMATS`."""
    return files.result_path(ready.folder, code)
