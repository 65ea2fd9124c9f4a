"""Import a table of entries: read, plan, check, and write through the same actions as the API.

What a row means is decided in `core.importing`; here are the database behind it and the writing.
Every row stands alone: a refused one leaves the others as they are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.fjgov.core.catalog.rules import Finding, Profile, normalise_entry
from ckanext.fjgov.core.importing.apply import map_book
from ckanext.fjgov.core.importing.mapping import ImportMapping
from ckanext.fjgov.core.importing.mapping_file import parse_mapping
from ckanext.fjgov.core.importing.plan import PlannedRow, plan_rows
from ckanext.fjgov.core.importing.problems import FOREIGN_UNIT, NOT_SAVED, error
from ckanext.fjgov.core.importing.report import ImportReport, ReportRow, report_row
from ckanext.fjgov.core.importing.rows import Book
from ckanext.fjgov.core.importing.table import open_table
from ckanext.fjgov.core.importing.template import template_mapping
from ckanext.fjgov.core.importing.units import UnitRef, UnitRegister
from ckanext.fjgov.logic import indexing, settings
from ckanext.fjgov.logic.clock import utc_now
from ckanext.fjgov.logic.entry_rules import SECRECY_RULE, SOURCE_DATES, check_stored
from ckanext.fjgov.logic.import_lookup import DbLookup, known_units
from ckanext.fjgov.model import audit, merge
from ckanext.fjgov.model.database import session_connection

Progress = Callable[[int, dict[str, int]], None]
# Columns of CKAN's own table keep their old value unless an empty one is sent.
_COLUMNS = ("title", "notes")
_FORGET_AFTER = 50
# As `Finding.message` writes it.
_RULE_MESSAGE = re.compile(r"\[([A-Z]+[0-9]+)\] (.+?) / (.+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """What is to be imported, how, and for whom.

    Attributes:
        data: the whole file, CSV or xlsx.
        mapping: text of the mapping file; empty for a file in the form of the template.
        user: name of the account that is written as creator and in the audit.
        dry_run: plan and report only.
        profile: severity profile of a dry run; empty for the node's own, which every save uses.
        units: web names of the only units whose rows may go on, None for all of the node.
    """

    data: bytes
    mapping: str
    user: str
    dry_run: bool = True
    profile: str = ""
    units: frozenset[str] | None = None


def run_import(request: ImportRequest, progress: Progress | None = None) -> ImportReport:
    """Import a file and say what became of every row.

    Args:
        request: what and how.
        progress: called after each row with the number of rows done and counts by outcome.

    Raises:
        ImportRefused: the file or the mapping cannot be used; nothing was written.

    Cost: one action call a written row, and its document in the index at the end.
    """
    profile = _profile(request)
    mapping, book = _open(request, profile)
    plan = plan_rows(
        map_book(book, mapping),
        mapping,
        UnitRegister(known_units(settings.node().code), settings.node().prefix),
        DbLookup(),
        lambda entry, unit: tuple(_check(entry, unit, profile)),
    )
    writer = _Writer(request)
    rows: list[ReportRow] = []
    counts: dict[str, int] = {}
    for planned in plan:
        row = writer.write(_within(planned, request.units))
        rows.append(row)
        counts[row.outcome] = counts.get(row.outcome, 0) + 1
        if progress:
            progress(len(rows), counts)
    writer.finish()
    return ImportReport(tuple(rows), book.findings, request.dry_run)


def _profile(request: ImportRequest) -> Profile:
    wanted = request.profile if request.dry_run and request.profile else settings.node().profile
    return "inventory" if wanted == "inventory" else "strict"


def _open(request: ImportRequest, profile: Profile) -> tuple[ImportMapping, Book]:
    """Read mapping and table. The node's profile rules, whatever the mapping was written for."""
    if request.mapping:
        mapping = replace(parse_mapping(request.mapping), profile=profile)
        return mapping, open_table(request.data, encoding=mapping.encoding)
    book = open_table(request.data)
    entry_schema, _unit_schema = settings.schemas()
    return template_mapping(entry_schema, "csv" if book.kind == "csv" else "xlsx", profile), book


def _check(entry: Mapping[str, Any], unit: UnitRef, profile: Profile) -> list[Finding]:
    """Check an entry as `package_create` will see it, with the provider's code filled in."""
    whole = normalise_entry(entry)
    if unit.uscc:
        whole.setdefault("provider_code", unit.uscc)
    own = frozenset(code for name in ("identifier", "guide_code") if (code := whole.get(name)))
    return check_stored(whole, unit_code=unit.uscc or None, profile=profile, own=own)


def _within(planned: PlannedRow, units: frozenset[str] | None) -> PlannedRow:
    """Refuse a row of a unit that is not the caller's, and say nothing about what is stored."""
    if units is None or planned.unit is None or planned.unit.key in units:
        return planned
    finding = error(
        FOREIGN_UNIT,
        "owner_org",
        f"第 {planned.row.number} 行属于「{planned.unit.title}」，本次导入不含该单位；请删去该行",
        f"row {planned.row.number} belongs to {planned.unit.title!r}, which this import leaves "
        "out; delete the row",
    )
    return PlannedRow(planned.row, "refuse", findings=(finding,))


@dataclass
class _Writer:
    """Carries plans out, one transaction a row; the index follows from the outbox at the end."""

    request: ImportRequest
    site_user: str = field(init=False)
    created: set[str] = field(default_factory=set)
    written: int = 0

    def __post_init__(self) -> None:
        self.site_user = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]

    def write(self, planned: PlannedRow) -> ReportRow:
        """Carry out one plan and give its line of the report."""
        if self.request.dry_run:
            return report_row(planned)
        if planned.action == "refuse":
            self._log_secrecy(planned)
        if planned.action not in ("create", "update", "remove"):
            return report_row(planned)
        try:
            identifier = self._save(planned)
        except tk.ValidationError as problem:
            model.Session.rollback()
            return report_row(planned, extra=refusals(problem))
        self.written += 1
        if self.written % _FORGET_AFTER == 0:
            # CKAN's session would otherwise keep every row of the import in memory.
            model.Session.expunge_all()
        return report_row(planned, identifier)

    def finish(self) -> None:
        """Bring the index to what was written."""
        if self.written:
            indexing.drain_outbox()

    def _save(self, planned: PlannedRow) -> str:
        if planned.unit is not None and planned.unit.is_new:
            self._create_unit(planned.unit)
        context = self._context(self.request.user or self.site_user)
        if planned.action == "remove":
            package_id = self._package_id(planned)
            tk.get_action("package_delete")(context, {"id": package_id})
            return planned.existing.identifier if planned.existing else ""
        # The action then leaves commit and index to us: one document for one entry, in batches.
        context |= {"defer_commit": True, "return_id_only": True}
        # The template is a unit's own registration; a mapping file speaks of another source.
        context[SOURCE_DATES] = bool(self.request.mapping)
        package_id = self._apply(context, planned)
        merge.queue_index(session_connection(), [package_id])
        model.repo.commit()
        package = model.Package.get(package_id)
        return str((package.extras or {}).get("identifier", "")) if package else ""

    def _apply(self, context: dict[str, Any], planned: PlannedRow) -> str:
        data = dict(planned.entry)
        data["tags"] = []
        if planned.action == "create":
            data["state"] = "active"
            created: str = tk.get_action("package_create")(context, data)
            return created
        for name in _COLUMNS:
            data.setdefault(name, "")
        data["id"] = self._package_id(planned)
        changed: str = tk.get_action("package_update")(context, data)
        return changed

    def _package_id(self, planned: PlannedRow) -> str:
        return str(planned.existing.entry["id"]) if planned.existing else ""

    def _create_unit(self, unit: UnitRef) -> None:
        if unit.key in self.created:
            return
        # As the site, so that nobody becomes a member of a unit by importing its entries.
        data = {"title": unit.title, "uscc": unit.uscc, **unit.fields}
        tk.get_action("organization_create")(self._context(self.site_user), data)
        self.created.add(unit.key)

    def _context(self, user: str) -> dict[str, Any]:
        return {"user": user, "ignore_auth": True}

    def _log_secrecy(self, planned: PlannedRow) -> None:
        """Log the attempt without its content (Art. 33), as a save by API does."""
        fields = sorted({item.field for item in planned.findings if item.rule == SECRECY_RULE})
        if fields:
            audit.append("secrecy_refused", self.request.user, {"fields": fields}, utc_now())


def refusals(problem: tk.ValidationError) -> list[Finding]:
    """Give the errors of an action as findings; a message of a rule becomes its finding again."""
    found = []
    for name, messages in problem.error_dict.items():
        for message in _flat(messages):
            match = _RULE_MESSAGE.fullmatch(message)
            rule, zh, en = match.groups() if match else (NOT_SAVED, message, "refused while saving")
            found.append(error(rule, name, zh, en))
    return found


def _flat(messages: Any) -> Iterable[str]:
    if isinstance(messages, Mapping):
        for inner in messages.values():
            yield from _flat(inner)
    elif isinstance(messages, (list, tuple)):
        for inner in messages:
            yield from _flat(inner)
    else:
        yield str(messages)
