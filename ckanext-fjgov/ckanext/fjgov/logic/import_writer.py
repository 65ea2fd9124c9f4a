"""Carry out the plans of an import in batches, and keep the lines of its report in order."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.fjgov.core.importing.gbrows import is_gb_xml
from ckanext.fjgov.core.importing.places import Places
from ckanext.fjgov.core.importing.plan import PlannedRow
from ckanext.fjgov.core.importing.problems import is_blocking
from ckanext.fjgov.core.importing.report import ReportRow, report_row
from ckanext.fjgov.core.importing.units import UnitRef
from ckanext.fjgov.logic import first_load, import_revisions, indexing, settings
from ckanext.fjgov.logic.batch import PAGE, Batch, Candidate, Outcome, Terms
from ckanext.fjgov.logic.batch.terms import findings_of_refusal
from ckanext.fjgov.logic.entry_rules import log_secrecy
from ckanext.fjgov.logic.sync.index_process import IndexProcess

if TYPE_CHECKING:
    from ckanext.fjgov.logic.importing import ImportRequest

Progress = Callable[[int, dict[str, int]], None]
# Columns of CKAN's own table keep their old value unless an empty one is sent.
_COLUMNS = ("title", "notes")
# Fewer rows are indexed sooner than a process is made for them.
_MANY = 100
LISTED, DRAFT = "active", "draft"
_REFUSALS = (tk.ValidationError, tk.NotAuthorized, tk.ObjectNotFound)


class ImportWriter:
    """Takes plans row by row; what is to be written waits until a page is full.

    Args:
        request: what is imported, and for whom.
        progress: called after each row with the number of rows done and counts by outcome.
        places: finds the cells of findings.
        beside: ends the process from which the index follows, None for an index that is brought
            to all of it at the end.
    """

    def __init__(
        self,
        request: ImportRequest,
        progress: Progress | None,
        places: Places,
        beside: ExitStack | None = None,
    ) -> None:
        self._request = request
        self._report = partial(report_row, places=places)
        self._progress = progress
        self._beside = beside
        self._index: IndexProcess | None = None
        self._site_user = str(tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"])
        self._user = request.user or self._site_user
        terms = Terms(
            self._user,
            trusted=request.trusted,
            # The template is a unit's own registration; others speak of another source.
            source_dates=bool(request.mapping) or is_gb_xml(request.data),
            first_load=request.first_load,
        )
        may_list = request.first_load or not settings.review_required()
        self._state = request.state if may_list else DRAFT
        self._batch = Batch(terms)
        self._rows: list[ReportRow | None] = []
        self._waiting: list[tuple[int, PlannedRow]] = []
        self._units: set[str] = set()
        self._told = 0
        self._counts: dict[str, int] = {}

    def write(self, planned: PlannedRow) -> None:
        """Carry out one plan, now or with its page."""
        if not self._request.dry_run and import_revisions.is_due(planned):
            self.settle()
            self._rows.append(self._revise(planned))
        elif not self._request.dry_run and planned.action in ("create", "update"):
            self._write_later(planned)
        elif not self._request.dry_run and planned.action == "remove":
            self.settle()
            self._rows.append(self._remove(planned))
        else:
            if planned.action == "refuse" and not self._request.dry_run:
                log_secrecy(self._request.user, planned.findings)
            self._rows.append(self._report(planned))
        self._tell()

    def settle(self) -> None:
        """Write what waits."""
        waiting, self._waiting = self._waiting, []
        kind = self._request.directory
        found = [_candidate(planned, kind, self._state) for _, planned in waiting]
        outcomes = self._batch.write(found)
        for (place, planned), outcome in zip(waiting, outcomes, strict=True):
            self._rows[place] = self._line(planned, outcome)
        self._follow(len(waiting))
        self._tell()

    def finish(self) -> tuple[ReportRow, ...]:
        """Write what waits, bring the index to it, and give all lines."""
        # For what is written last no process is begun.
        beside, self._beside = self._beside, None
        self.settle()
        if beside is not None:
            beside.close()
        if not self._request.dry_run:
            indexing.drain_outbox()
        if self._request.first_load and not self._request.dry_run:
            source = hashlib.sha256(self._request.data).hexdigest()
            first_load.note(self._user, self._counts.get("listed", 0), source)
        return tuple(row for row in self._rows if row is not None)

    def _follow(self, written: int) -> None:
        """Let the index follow what was committed, from a process that the first page begins."""
        if self._index is None and self._beside is not None and written >= _MANY:
            self._index = self._beside.enter_context(IndexProcess())
        if self._index is not None and written:
            self._index.wake()

    def _write_later(self, planned: PlannedRow) -> None:
        try:
            if planned.unit is not None and planned.unit.is_new:
                self._create_unit(planned.unit)
        except _REFUSALS as problem:
            model.Session.rollback()
            self._rows.append(self._report(planned, extra=findings_of_refusal(problem)))
            return
        self._waiting.append((len(self._rows), planned))
        self._rows.append(None)
        if len(self._waiting) == PAGE:
            self.settle()

    def _revise(self, planned: PlannedRow) -> ReportRow:
        try:
            is_new = import_revisions.save(planned, self._request.user)
        except _REFUSALS as problem:
            model.Session.rollback()
            return self._report(planned, extra=findings_of_refusal(problem))
        return self._report(planned if is_new else replace(planned, action="unchanged"))

    def _remove(self, planned: PlannedRow) -> ReportRow:
        context = {"user": self._user, "ignore_auth": self._request.trusted}
        try:
            tk.get_action("package_delete")(context, {"id": _package_id(planned)})
        except _REFUSALS as problem:
            model.Session.rollback()
            return self._report(planned, extra=findings_of_refusal(problem))
        return self._report(planned)

    def _create_unit(self, unit: UnitRef) -> None:
        if unit.key in self._units:
            return
        # As the site, so that nobody becomes a member of a unit by importing its entries.
        context = {"user": self._site_user, "ignore_auth": True}
        data = {"title": unit.title, "uscc": unit.uscc, **unit.fields}
        tk.get_action("organization_create")(context, data)
        self._units.add(unit.key)

    def _line(self, planned: PlannedRow, outcome: Outcome) -> ReportRow:
        if outcome.status == "revised":
            return self._report(planned, outcome.identifier, outcome.findings)
        if outcome.status != "refused":
            return self._report(planned, outcome.identifier)
        # What the rules warned of is in the plan already.
        return self._report(planned, extra=filter(is_blocking, outcome.findings))

    def _tell(self) -> None:
        """Count the rows that are done, in order; those behind a waiting row wait as well."""
        while self._told < len(self._rows):
            row = self._rows[self._told]
            if row is None:
                return
            self._told += 1
            self._counts[row.outcome] = self._counts.get(row.outcome, 0) + 1
            if self._progress:
                self._progress(self._told, self._counts)


def _candidate(planned: PlannedRow, record_type: str, state: str) -> Candidate:
    """Give a planned row as a record.

    Args:
        record_type: of the directory.
        state: of a new one.
    """
    data: dict[str, Any] = {**planned.entry, "type": record_type, "tags": []}
    if planned.action == "create":
        return Candidate({**data, "state": state})
    for name in _COLUMNS:
        data.setdefault(name, "")
    return Candidate(data, _package_id(planned))


def _package_id(planned: PlannedRow) -> str:
    return str(planned.existing.entry["id"]) if planned.existing else ""
