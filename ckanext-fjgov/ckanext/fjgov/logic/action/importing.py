"""Actions of import and export."""

from __future__ import annotations

import base64
import binascii
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.fjgov.core.catalog.directories import record_schemas
from ckanext.fjgov.core.catalog.schema_model import ENTRY_TYPE
from ckanext.fjgov.core.importing.problems import ExportRefused, ImportRefused
from ckanext.fjgov.core.importing.report import as_dict
from ckanext.fjgov.logic import exporting, importing, settings
from ckanext.fjgov.logic.auth import IMPORTERS, WRITERS
from ckanext.fjgov.logic.readers import Person, person_in

FORMS = ("csv", "xlsx")


def fjgov_import_run(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Import records from CSV, xlsx or GB/T 21063.3 XML; every row is reported on its own.

    The platform operator may import; a registrar may try a file of the own unit (dry run).

    :param upload: the file, in a multipart request
    :param content: the file as base64 text, when there is no `upload`
    :param directory: type of the records: `dataset` (default) or one of the other directories,
        which take a file in the form of their template only
    :param mapping: text of the mapping file; left out for a file in the form of the template
    :param dry_run: report only, nothing is saved (default true)
    :param profile: `strict` or `inventory`, for a dry run only (default: the node's own)
    :param unit: web name of the only unit whose rows may be imported
    :param first_load: list new entries without a review (建库导入), technicians only; otherwise,
        where a review is required, new entries become drafts (default false)
    :param defaults: text of the file of defaults for what XML of GB/T 21063.3 lacks
    :param marked: give a copy of the workbook with the findings marked in it (default false)

    Returns a dict with `dry_run`, `totals` by outcome, `rules` (rule: severity: rows), `findings`
    around the rows, and `rows` with number, identifier, unit, title, outcome, changed, findings;
    a finding names its `sheet` and `cell` where the file has such. With `marked`, the copy is in
    `marked` as base64 text, None for a CSV.
    """
    dry_run = tk.asbool(data_dict.get("dry_run", True))
    first_load = tk.asbool(data_dict.get("first_load", False))
    tk.check_access("fjgov_import_run", context, {"dry_run": dry_run, "first_load": first_load})
    request = importing.ImportRequest(
        data=content_of(data_dict),
        mapping=_text(data_dict.get("mapping")),
        user=context.get("user") or "",
        dry_run=dry_run,
        profile=_text(data_dict.get("profile")),
        units=_units(context, _text(data_dict.get("unit"))),
        defaults=_text(data_dict.get("defaults")),
        first_load=first_load,
        directory=directory_of(data_dict),
    )
    try:
        report = importing.run_import(request)
        answer = as_dict(report)
        if tk.asbool(data_dict.get("marked", False)):
            copy = importing.marked_copy(request.data, report)
            answer["marked"] = None if copy is None else base64.b64encode(copy).decode("ascii")
    except ImportRefused as refused:
        raise tk.ValidationError({"upload": [str(refused)]}) from refused
    return answer


@tk.side_effect_free
def fjgov_template_show(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Give the workbook to register records with, made from the schema and code lists in force.

    :param directory: type of the records (default `dataset`)

    Returns a dict with `format` (`xlsx`), `filename`, `content` (base64), and what its version
    stamp says: `schema`, `digest`, `made_on`, `node`.
    """
    tk.check_access("fjgov_template_show", context, data_dict)
    directory = directory_of(data_dict)
    data, stamp = exporting.empty_workbook(directory)
    return {
        "format": "xlsx",
        "filename": template_name(directory, stamp.made_on, stamp.digest),
        "content": base64.b64encode(data).decode("ascii"),
        "schema": stamp.schema,
        "digest": stamp.digest,
        "made_on": stamp.made_on,
        "node": stamp.node,
    }


def template_name(directory: str, made_on: str, digest: str) -> str:
    """Give the file name of a template; it tells versions apart in a folder of downloads."""
    return f"fjgov-template-{directory}-{made_on}-{digest[:8]}.xlsx"


@tk.side_effect_free
def fjgov_entry_export(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Export the listed records that the caller may see, in the form of the import template.

    :param format: `csv` (default) or `xlsx`
    :param directory: type of the records (default `dataset`)
    :param unit: web name of one unit
    :param node: code of the home node, `all` for every node (default: this node)

    Returns a dict with `format`, `count` and `content` (text of a CSV, base64 text of an xlsx).
    """
    tk.check_access("fjgov_entry_export", context, data_dict)
    form = _text(data_dict.get("format")) or "csv"
    if form not in FORMS:
        raise tk.ValidationError({"format": ["应为 csv 或 xlsx / must be csv or xlsx"]})
    directory = directory_of(data_dict)
    node = _text(data_dict.get("node")) or settings.node().code
    unit = _text(data_dict.get("unit"))
    for name, value in (("unit", unit), ("node", node)):
        if not all(letter.isalnum() or letter in "-_" for letter in value):
            raise tk.ValidationError({name: ["含有不允许的字符 / holds characters not allowed"]})
    try:
        data, count = exporting.export_entries(
            context,
            "xlsx" if form == "xlsx" else "csv",
            directory=directory,
            unit=unit,
            node="" if node == "all" else node,
        )
    except ExportRefused as refused:
        raise tk.ValidationError({"format": [str(refused)]}) from refused
    content = data.decode("utf-8") if form == "csv" else base64.b64encode(data).decode("ascii")
    return {"format": form, "count": count, "content": content}


def _units(context: Any, wanted: str) -> frozenset[str] | None:
    """Give the units whose rows the caller may import, None for all units of the node."""
    person = person_in(context)
    if context.get("ignore_auth") or person.is_sysadmin or _imports_all(person):
        return frozenset([wanted]) if wanted else None
    own = {
        group.name
        for unit, roles in person.roles.items()
        if roles.intersection(WRITERS) and (group := model.Group.get(unit)) is not None
    }
    return frozenset(own & {wanted} if wanted else own)


def _imports_all(person: Person) -> bool:
    return any(roles.intersection(IMPORTERS) for roles in person.roles.values())


def directory_of(data_dict: dict[str, Any]) -> str:
    """Give the type of records that a call speaks of, entries when it says nothing.

    Raises:
        ValidationError: there is no such directory.
    """
    directory = _text(data_dict.get("directory")) or ENTRY_TYPE
    known = record_schemas()
    if directory not in known:
        names = ", ".join(known)
        raise tk.ValidationError({"directory": [f"应为 {names} 之一 / must be one of {names}"]})
    return directory


def content_of(data_dict: dict[str, Any]) -> bytes:
    """Give the file of a call, from `upload` or from `content`.

    Raises:
        ValidationError: `content` is no base64 text.
    """
    upload = data_dict.get("upload")
    if hasattr(upload, "read"):
        data: bytes = upload.read()
        return data
    try:
        return base64.b64decode(_text(data_dict.get("content")), validate=True)
    except (binascii.Error, ValueError) as problem:
        raise tk.ValidationError(
            {"content": ["文件内容应为 base64 文本 / the file must be base64 text"]}
        ) from problem


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""
