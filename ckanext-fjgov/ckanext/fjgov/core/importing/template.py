"""The import template, derived from the schema so that a field is declared once.

Headers are the Chinese labels of the fields. Lists stand in one cell, separated by `|`; repeating
fields stand in detail sheets of an xlsx, joined by 序号, and as JSON in one cell of a CSV. A code
is read with or without its label; a CSV holds bare codes. The template is an ordinary mapping:
`map_book` reads it like any other.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from typing import Literal

from ckanext.fjgov.core.catalog.rules import Finding
from ckanext.fjgov.core.catalog.schema_model import FieldModel, Obligation, SchemaModel
from ckanext.fjgov.core.catalog.vocabulary import load_vocabulary
from ckanext.fjgov.core.errors import InvalidSchema

from .choices import Choices, Lists, choices_of
from .mapping import FieldMap, ImportMapping, Profile, RemovalMap, RowsMap, UnitMap
from .problems import OLDER_FORM, warning
from .rows import Book

Form = Literal["csv", "xlsx"]
SEQUENCE = "序号"
ACTION = "操作"
WITHDRAW = "撤销"
# Of the entries; the main sheet of each directory has the name of its schema.
MAIN_SHEET = "政务信息目录"
RESOURCES = "resources"
RESOURCE_SHEET = "在线资源"
SEPARATOR = "|"
_NOT_A_COLUMN = frozenset({"owner_org", "provider_code"})
_SYSTEM_COLUMNS = frozenset({"identifier", "issued"})
# The word that marks a header for those who do not see its colour.
OBLIGATION_WORDS: dict[Obligation, str] = {"M": "（必填）", "C": "（按规则填）"}
_MARKED = re.compile(r"\s*[（(](?:必填|按规则填)[）)]$")


def template_mapping(
    schema: SchemaModel,
    form: Form,
    profile: Profile = "strict",
    lists: Lists = load_vocabulary,
) -> ImportMapping:
    """Return the template of one form as a mapping.

    Args:
        schema: of the directory.
        form: where the repeating fields go; resources stand in an xlsx only.
        profile: rules the import will run under.
        lists: the code lists of the node.

    Raises:
        InvalidSchema: two fields share a label, so that headers would not be unique.
    """
    own = [field for field in schema.fields if _is_column(field)]
    labels = [field.label_zh for field in schema.fields]
    if len(set(labels)) != len(labels):
        raise InvalidSchema("字段标签重复，无法生成模板", "two fields of the schema share a label")
    known: dict[str, Choices] = {}
    build = partial(_field, lists=lists, known=known)
    fields = [build(field) for field in own if field.kind != "rows"]
    fields.sort(key=lambda spec: spec.target != "identifier")
    rows = [_rows(field, form, tuple(map(build, _stated(field.subfields)))) for field in own
            if field.kind == "rows"]  # fmt: skip
    if form == "xlsx" and schema.resource_fields:
        columns = tuple(map(build, schema.resource_fields))
        rows.append(RowsMap(RESOURCES, columns, sheet=RESOURCE_SHEET, key=(SEQUENCE,)))
    return ImportMapping(
        name="template",
        profile=profile,
        fields=tuple(fields),
        unit=UnitMap(
            column=schema.field("owner_org").label_zh,
            code_column=schema.field("provider_code").label_zh,
        ),
        rows=tuple(rows),
        ignore={SEQUENCE: "只用于连接附表 / joins the detail sheets"},
        removal=RemovalMap(ACTION, frozenset({WITHDRAW})),
        sheet=schema.label_zh if form == "xlsx" else "",
        is_template=True,
        record_type=schema.record_type,
    )


def header_of(template: ImportMapping) -> list[str]:
    """Return the headers of the main sheet in writing order."""
    first = [SEQUENCE] if any(rows.sheet for rows in template.rows) else []
    own = [spec.column for spec in template.fields]
    unit = [template.unit.column, template.unit.code_column]
    nested = [rows.json_column for rows in template.rows if rows.json_column]
    return [*first, *own[:1], *unit, *own[1:], *nested, ACTION]


def _is_column(field: FieldModel) -> bool:
    if field.name in _NOT_A_COLUMN:
        return False
    return field.obligation != "S" or field.name in _SYSTEM_COLUMNS


def _stated(fields: Iterable[FieldModel]) -> list[FieldModel]:
    # The id of a row is the system's: it is carried over by name when the entry is matched.
    return [field for field in fields if field.obligation != "S"]


def _field(field: FieldModel, lists: Lists, known: dict[str, Choices]) -> FieldMap:
    # CKAN takes keywords as one comma-separated text; it stays one text here.
    is_list = field.is_list and field.stored_as is None
    if field.codelist and field.codelist not in known:
        known[field.codelist] = choices_of(lists(field.codelist))
    return FieldMap(
        target=field.name,
        column=field.label_zh,
        multi=is_list,
        split=SEPARATOR if is_list else "",
        escape=is_list,
        is_code=field.kind in ("code", "code_list", "text", "text_list"),
        choices=known[field.codelist] if field.codelist else None,
        is_day=field.kind == "date",
    )


def _rows(field: FieldModel, form: Form, columns: tuple[FieldMap, ...]) -> RowsMap:
    if form == "csv":
        return RowsMap(target=field.name, columns=columns, json_column=field.label_zh)
    return RowsMap(target=field.name, columns=columns, sheet=field.label_zh, key=(SEQUENCE,))


def plain_header(header: str) -> str:
    """Return a header of a workbook without the word that marks it as mandatory."""
    return _MARKED.sub("", header.strip())


def header_text(column: str, obligation: Obligation) -> str:
    """Return a header as the workbook shows it; `plain_header` undoes it."""
    return column + OBLIGATION_WORDS.get(obligation, "")


def fit_older_form(template: ImportMapping, book: Book) -> tuple[ImportMapping, list[Finding]]:
    """Leave out what a workbook of an earlier schema has no column for, and say what that is.

    A field whose column is missing is not touched by the import, and a column that the schema no
    longer has is not read.

    Returns:
        The mapping that fits the workbook, and one warning for each column that does not fit.

    Raises:
        ImportRefused: the main sheet is missing or its header cannot be used.
    """
    main = book.main(template.sheet)
    found: list[Finding] = []
    fields = tuple(spec for spec in template.fields if spec.column in main.header)
    found += [_missing(main.name, spec.column) for spec in template.fields if spec not in fields]
    rows = []
    surplus = _surplus(main.name, main.header, template.required_columns | {*template.ignore})
    for spec in template.rows:
        sheet = book.sheet(spec.sheet)
        if sheet is None:
            found.append(_missing(spec.sheet, ""))
            continue
        columns = tuple(column for column in spec.columns if column.column in sheet.header)
        found += [_missing(sheet.name, c.column) for c in spec.columns if c not in columns]
        surplus |= _surplus(
            sheet.name, sheet.header, {c.column for c in spec.columns} | {*spec.key}
        )
        rows.append(replace(spec, columns=columns))
    found += [_left_out(sheet, column) for sheet, column in surplus]
    ignore = dict(template.ignore) | {column: "模板旧版的列" for _, column in surplus}
    removal = template.removal
    if removal is not None and removal.column not in main.header:
        removal = None
    return replace(template, fields=fields, rows=tuple(rows), ignore=ignore, removal=removal), found


def without_missing_sheets(
    template: ImportMapping, book: Book
) -> tuple[ImportMapping, list[Finding]]:
    """Leave out detail sheets that a workbook without a version stamp does not have.

    Raises:
        ImportRefused: the header of a detail sheet cannot be used.
    """
    missing = [rows for rows in template.rows if rows.sheet and book.sheet(rows.sheet) is None]
    kept = tuple(rows for rows in template.rows if rows not in missing)
    return replace(template, rows=kept), [_missing(rows.sheet, "") for rows in missing]


def _surplus(
    sheet: str, header: Iterable[str], wanted: Iterable[str]
) -> dict[tuple[str, str], None]:
    known = frozenset(wanted)
    return {(sheet, column): None for column in header if column not in known}


def _missing(sheet: str, column: str) -> Finding:
    what_zh = f"列「{column}」" if column else "整个工作表"
    what_en = f"column {column!r}" if column else "the whole sheet"
    return warning(
        OLDER_FORM,
        "",
        f"工作表「{sheet}」按旧版模板制作，缺少{what_zh}，导入不改动其内容；请下载新版模板补填",
        f"sheet {sheet!r} was made from an older template and lacks {what_en}; what it would hold "
        "stays as it is; download the new template to fill it in",
    )


def _left_out(sheet: str, column: str) -> Finding:
    return warning(
        OLDER_FORM,
        "",
        f"工作表「{sheet}」的列「{column}」在现行模板中已没有，未读取；请改用新版模板",
        f"column {column!r} of sheet {sheet!r} is not in the present template and was not read; "
        "use the new template",
    )
