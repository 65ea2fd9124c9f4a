"""Notices on working days that were loaded here; the latest of a year counts, all of them stay."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from ckanext.fjgov.core.worktime.notices import Notice


@dataclass(frozen=True, slots=True)
class LoadedNotice:
    """A notice, and who loaded it when."""

    notice: Notice
    loaded_by: str
    loaded_at: datetime


def add(connection: sa.Connection, loaded: LoadedNotice) -> None:
    """Keep a notice; it replaces an earlier one of its year, which stays as history."""
    notice = loaded.notice
    connection.execute(
        sa.text(
            "INSERT INTO fjgov_work_notice"
            " (year, notice, days_off, days_worked, loaded_by, loaded_at)"
            " VALUES (:year, :notice, CAST(:off AS date[]), CAST(:work AS date[]), :by, :at)"
        ),
        {
            "year": notice.year,
            "notice": notice.notice,
            "off": sorted(notice.off),
            "work": sorted(notice.work),
            "by": loaded.loaded_by,
            "at": loaded.loaded_at,
        },
    )


def current(connection: sa.Connection) -> list[LoadedNotice]:
    """Give the notice that counts of each year that one was loaded for, in order of years."""
    rows = connection.execute(
        sa.text(
            "SELECT DISTINCT ON (year) year, notice, days_off, days_worked, loaded_by, loaded_at"
            " FROM fjgov_work_notice ORDER BY year, id DESC"
        )
    )
    return [
        LoadedNotice(
            Notice(row.year, row.notice, frozenset(row.days_off), frozenset(row.days_worked)),
            row.loaded_by,
            row.loaded_at,
        )
        for row in rows
    ]
