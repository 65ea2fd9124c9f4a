"""Import a table of records of one directory: read, plan, check, and write in batches.

What a row means is decided in `core.importing`; here are the database behind it and the writing,
under the rules of the API.
Every row stands alone: a refused one leaves the others as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any, Literal

from ckanext.fjgov.core.catalog.directories import record_schemas
from ckanext.fjgov.core.catalog.rules import Finding, Profile, normalise_record
from ckanext.fjgov.core.catalog.schema_model import ENTRY_TYPE, SchemaModel
from ckanext.fjgov.core.importing.apply import MappedRow, map_book
from ckanext.fjgov.core.importing.gbrows import gb_mapping, is_gb_xml
from ckanext.fjgov.core.importing.mapping import ImportMapping
from ckanext.fjgov.core.importing.mapping_file import parse_mapping
from ckanext.fjgov.core.importing.marking import mark_workbook
from ckanext.fjgov.core.importing.places import Places
from ckanext.fjgov.core.importing.plan import Check, PlannedRow, plan_rows
from ckanext.fjgov.core.importing.problems import FOREIGN_UNIT, ImportRefused, error, is_blocking
from ckanext.fjgov.core.importing.report import ImportReport
from ckanext.fjgov.core.importing.rows import Book
from ckanext.fjgov.core.importing.stamp import read_stamp, schema_digest
from ckanext.fjgov.core.importing.table import open_table
from ckanext.fjgov.core.importing.template import (
    RESOURCES,
    Form,
    fit_older_form,
    plain_header,
    template_mapping,
    without_missing_sheets,
)
from ckanext.fjgov.core.importing.units import UnitRef, UnitRegister
from ckanext.fjgov.logic import directory_rules, settings
from ckanext.fjgov.logic.collection.checking import record_findings
from ckanext.fjgov.logic.entry_rules import check_stored
from ckanext.fjgov.logic.exporting import code_lists
from ckanext.fjgov.logic.gb_import import read_gb
from ckanext.fjgov.logic.import_lookup import PagedLookup, known_units
from ckanext.fjgov.logic.import_writer import ImportWriter, Progress
from ckanext.fjgov.logic.rdf_import import read_records
from ckanext.fjgov.logic.sync.collecting import collecting_rarely
from ckanext.fjgov.model.collection_records import RECORD_TYPE


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """What is to be imported, how, and for whom.

    Attributes:
        data: the whole file: CSV, xlsx, XML of GB/T 21063.3, or RDF.
        is_rdf: whether the file is one of our own officials' RDF documents.
        mapping: text of the mapping file; empty for a file in the form of the template.
        user: name of the account that is written as creator and in the audit.
        dry_run: plan and report only.
        profile: severity profile of a dry run; empty for the node's own, which every save uses.
        units: web names of the only units whose rows may go on, None for all of the node.
        defaults: text of the file of defaults for new entries read from XML, may be empty.
        state: that new entries are to have: `active` (目录已发布) or `draft` (草稿).
        trusted: whether the person was asked for the right to write all of it; each unit is else
            asked about.
        first_load: list new entries without a review (建库导入); the audit names who decided it.
        directory: type of the records. Mapping files and XML speak of entries only.
        beside: let the index follow a long import from a process of its own; for commands, which
            have no other threads.
    """

    data: bytes
    mapping: str
    user: str
    dry_run: bool = True
    profile: str = ""
    units: frozenset[str] | None = None
    defaults: str = ""
    state: Literal["draft", "active"] = "active"
    trusted: bool = True
    first_load: bool = False
    directory: str = ENTRY_TYPE
    beside: bool = False
    is_rdf: bool = False


@collecting_rarely()
def run_import(request: ImportRequest, progress: Progress | None = None) -> ImportReport:
    """Import a file and say what became of every row.

    Args:
        request: what and how.
        progress: called after each row with the number of rows done and counts by outcome.

    Raises:
        ImportRefused: the file or the mapping cannot be used; nothing was written.

    Cost: a few statements for a page of rows, some 4 ms of CPU a row, and its document in the
    index at the end, or meanwhile.
    """
    with ExitStack() as beside:
        return _run(request, progress, beside if request.beside else None)


def _run(
    request: ImportRequest, progress: Progress | None, beside: ExitStack | None
) -> ImportReport:
    profile = _profile(request)
    known = known_units(settings.node().code)
    mapping, rows, around = _read(request, profile, known)
    writer = ImportWriter(request, progress, Places(mapping), beside)
    units = UnitRegister(known, settings.node().prefix)
    lookup = PagedLookup(writer.settle, request.directory)
    check = _checker(request.directory, profile)
    plan = plan_rows(
        lookup.over(rows),
        mapping,
        units,
        lookup,
        check,
    )
    for planned in plan:
        within = _within(planned, request.units)
        if within.existing and within.action in ("update", "remove"):
            lookup.touch(str(within.existing.entry["id"]))
        writer.write(within)
    return ImportReport(writer.finish(), around, request.dry_run)


def marked_copy(data: bytes, report: ImportReport) -> bytes | None:
    """Give a copy of a workbook with the findings of its report in it, None for another file.

    Raises:
        ImportRefused: the workbook cannot be loaded whole.
    """
    return mark_workbook(data, report) if data[:2] == b"PK" else None


def _profile(request: ImportRequest) -> Profile:
    wanted = request.profile if request.dry_run and request.profile else settings.node().profile
    return "inventory" if wanted == "inventory" else "strict"


def _read(
    request: ImportRequest, profile: Profile, units: list[UnitRef]
) -> tuple[ImportMapping, Iterator[MappedRow], tuple[Finding, ...]]:
    """Give the mapping, the rows under it, and what was found around them."""
    if request.is_rdf:
        return *read_records(request.data, request.directory, profile), ()
    is_xml = is_gb_xml(request.data)
    if request.directory != ENTRY_TYPE and (request.mapping or is_xml):
        raise ImportRefused(
            "entries-only",
            "映射文件和 GB/T 21063.3 XML 只用于政务信息目录；其他目录请使用各自的登记簿",
            "mapping files and GB/T 21063.3 XML are for the catalog of entries; other directories "
            "have a workbook of their own",
        )
    if is_xml:
        rows = read_gb(request.data, request.defaults, units, profile)
        return gb_mapping(profile), rows, ()
    mapping, book = _open(request, profile)
    return mapping, map_book(book, mapping), book.findings


def _open(request: ImportRequest, profile: Profile) -> tuple[ImportMapping, Book]:
    """Read mapping and table. The node's profile rules, whatever the mapping was written for."""
    if request.mapping:
        mapping = replace(parse_mapping(request.mapping), profile=profile)
        return mapping, open_table(request.data, encoding=mapping.encoding)
    book = open_table(request.data, rename=plain_header)
    schema = record_schemas()[request.directory]
    form: Form = "csv" if book.kind == "csv" else "xlsx"
    template = template_mapping(schema, form, profile, code_lists())
    if form == "csv":
        return template, book
    _refuse_other_directory(book, schema)
    stamp = read_stamp(book.stamp)
    if stamp is None:
        template, found = without_missing_sheets(template, book)
    elif stamp.digest != schema_digest(schema):
        template, found = fit_older_form(template, book)
    else:
        found = []
    return template, replace(book, findings=(*book.findings, *found))


def _refuse_other_directory(book: Book, schema: SchemaModel) -> None:
    """Tell by its sheets that a workbook was made for another directory than the chosen one.

    Raises:
        ImportRefused: naming the directory to choose.
    """
    if schema.label_zh in book.sheets or schema.label_zh in book.unusable:
        return
    for other in record_schemas().values():
        if other.label_zh in book.sheets:
            raise ImportRefused(
                "other-directory",
                f"该文件是{other.label_zh}的登记簿，不是{schema.label_zh}；请选择相应的目录",
                f"this is a workbook of {other.label_en!r}, not of {schema.label_en!r}; choose "
                "that directory",
            )


def _checker(directory: str, profile: Profile) -> Check:
    """Give what checks a merged record as an action will see it, the provider's code filled in."""
    schema = record_schemas()[directory]

    def check(entry: Mapping[str, Any], unit: UnitRef) -> tuple[Finding, ...]:
        # CKAN's own keys of a stored record say nothing that a rule asks about.
        known = (*schema.by_name, *([RESOURCES] if schema.resource_fields else []))
        whole = {name: entry[name] for name in known if name in entry}
        if unit.uscc:
            whole.setdefault("provider_code", unit.uscc)
        if directory == ENTRY_TYPE:
            return tuple(_entry_findings(whole, unit, profile))
        return tuple(_record_findings(whole, schema, profile))

    return check


def _entry_findings(whole: Mapping[str, Any], unit: UnitRef, profile: Profile) -> list[Finding]:
    own = frozenset(code for name in ("identifier", "guide_code") if (code := whole.get(name)))
    return check_stored(whole, unit_code=unit.uscc or None, profile=profile, own=own)


def _record_findings(
    whole: Mapping[str, Any], schema: SchemaModel, profile: Profile
) -> list[Finding]:
    record = normalise_record(whole, schema)
    found = directory_rules.findings_of(record, schema, listed=True, held=False, profile=profile)
    if schema.record_type == RECORD_TYPE and not any(map(is_blocking, found)):
        found += record_findings(record, settings.node().code)
    return found


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
