"""Write the workbook that officials fill in, empty as a template or filled as an export.

All of it is derived: columns and notes from the schema, drop-downs from the code lists, rules by
asking them. It shows what it is given: whoever calls it has removed what the reader may not see.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.packaging.custom import StringProperty
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.utils.exceptions import IllegalCharacterError
from openpyxl.worksheet.datavalidation import DataValidation

from ckanext.fjgov.core.catalog.schema_model import FieldModel, Obligation, SchemaModel

from .choices import Choices, Lists
from .mapping import FieldMap, ImportMapping
from .notes import note_rows
from .problems import ExportRefused
from .rows import DEFAULT_LIMITS
from .stamp import LISTS_SHEET, NOTES_SHEET, STAMP_SHEET, Stamp
from .template import ACTION, RESOURCES, SEPARATOR, SEQUENCE, WITHDRAW, header_of, header_text
from .writer import ExportEntry, cell_text, main_cells

XLSX_CELL_CHARS = 32_767
_COLOURS: Mapping[Obligation, str] = {"M": "F8CBAD", "C": "FFE699", "O": "DDEBF7", "S": "D9D9D9"}
_BOLD, _WRAP = Font(bold=True), Alignment(wrap_text=True, vertical="top")
_LONGEST_WIDTH = 42
_Column = tuple[str, Obligation, FieldMap | None]


@dataclass(frozen=True, slots=True)
class WorkbookForm:
    """What a workbook is made from.

    Attributes:
        template: `template_mapping(…, form="xlsx")` of the schema and the lists.
        schema, lists: of the node.
        stamp: written into a hidden sheet and the properties.
    """

    template: ImportMapping
    schema: SchemaModel
    lists: Lists
    stamp: Stamp

    def field(self, target: str, column: str = "") -> FieldModel:
        """Return the model of a field, of its column, or of a column of the resources."""
        if target == RESOURCES:
            return next(model for model in self.schema.resource_fields if model.name == column)
        model = self.schema.field(target)
        return model.subfield(column) if column else model


def write_workbook(entries: Iterable[ExportEntry], form: WorkbookForm, out: BinaryIO) -> int:
    """Write the workbook and return the number of entries in it.

    Args:
        entries: normalised entries, in writing order; none for an empty template.
        form: what it is made from.
        out: binary stream, written once at the end.

    Raises:
        ExportRefused: a value is longer than a cell can hold, or has a character XML cannot hold.

    Cost: some 15 µs a cell; the rows go to temporary files, not to memory.
    """
    book = Workbook(write_only=True)
    try:
        count = _Writer(book, form).write(entries)
    except ExportRefused:
        # Saving is what closes and removes the temporary files of a write-only workbook.
        book.save(io.BytesIO())
        raise
    _stamp(book, form)
    book.save(out)
    return count


class _Writer:
    def __init__(self, book: Workbook, form: WorkbookForm) -> None:
        self._book = book
        self._form = form
        self._lists: dict[str, tuple[int, Choices]] = {}

    def write(self, entries: Iterable[ExportEntry]) -> int:
        template = self._form.template
        notes = self._book.create_sheet(NOTES_SHEET)
        main = self._sheet(template.sheet, self._main_columns())
        details = {
            rows.target: self._sheet(
                rows.sheet, [(SEQUENCE, "M", None), *self._columns(rows.columns, rows.target)]
            )
            for rows in template.rows
        }
        header = header_of(template)
        number = 0
        for number, item in enumerate(entries, start=1):
            title = str(item.entry.get("title", ""))
            cells = main_cells(item, template, number)
            append(main, [cells.get(column, "") for column in header], title)
            for rows in template.rows:
                for row in item.entry.get(rows.target) or []:
                    values = [cell_text(s, row.get(s.target), labels=True) for s in rows.columns]
                    if any(values):
                        append(details[rows.target], [str(number), *values], title)
        self._code_lists()
        _notes(notes, self._form)
        return number

    def _main_columns(self) -> list[_Column]:
        template = self._form.template
        known = {column[0]: column for column in self._columns(template.fields)}
        others: dict[str, Obligation] = {
            template.unit.column: "M",
            template.unit.code_column: "S",
            SEQUENCE: "O",
            ACTION: "O",
        }
        return [known.get(name) or (name, others[name], None) for name in header_of(template)]

    def _columns(self, specs: Iterable[FieldMap], parent: str = "") -> list[_Column]:
        field = self._form.field
        models = [field(parent, s.target) if parent else field(s.target) for s in specs]
        return [(s.column, model.obligation, s) for s, model in zip(specs, models, strict=True)]

    def _sheet(self, name: str, columns: list[_Column]) -> Any:
        sheet = self._book.create_sheet(name)
        sheet.freeze_panes = "B2"
        for index, (column, obligation, spec) in enumerate(columns, start=1):
            letter = get_column_letter(index)
            shown = header_text(column, obligation)
            sheet.column_dimensions[letter].width = min(len(shown) * 2.2 + 4, _LONGEST_WIDTH)
            # Whatever is entered is text: codes keep their zeros, days stay as written.
            sheet.column_dimensions[letter].number_format = "@"
            place = f"{letter}2:{letter}{DEFAULT_LIMITS.rows + 1}"
            if spec is not None and spec.choices is not None:
                self._drop_down(sheet, place, spec, spec.choices)
            elif column == ACTION:
                rule = DataValidation(type="list", formula1=f'"{WITHDRAW}"', allow_blank=True)
                rule.add(place)
                sheet.data_validations.append(rule)
        head = []
        for column, obligation, _ in columns:
            cell = text_cell(sheet, header_text(column, obligation))
            cell.font, cell.alignment = _BOLD, _WRAP
            cell.fill = PatternFill("solid", fgColor=_COLOURS[obligation])
            head.append(cell)
        sheet.append(head)
        return sheet

    def _drop_down(self, sheet: Any, place: str, spec: FieldMap, choices: Choices) -> None:
        column, _ = self._lists.setdefault(choices.name, (len(self._lists) + 1, choices))
        letter = get_column_letter(column)
        source = f"{quote_sheetname(LISTS_SHEET)}!${letter}$2:${letter}${len(choices.offered) + 1}"
        rule = DataValidation(type="list", formula1=source, allow_blank=True)
        # Several codes in one cell are judged by the rules; some lists may be continued.
        rule.showErrorMessage = not spec.multi
        rule.errorStyle = "warning"
        rule.errorTitle, rule.error = "代码表", "请从下拉列表中选取"
        rule.showInputMessage = True
        rule.promptTitle = spec.column[:32]
        rule.prompt = f"可填多项，以 {SEPARATOR} 分隔" if spec.multi else "从列表中选取一项"
        rule.add(place)
        sheet.data_validations.append(rule)

    def _code_lists(self) -> None:
        sheet = self._book.create_sheet(LISTS_SHEET)
        sheet.sheet_state = "hidden"
        lists = [choices for _, choices in self._lists.values()]
        longest = max((len(choices.offered) for choices in lists), default=0)
        append(sheet, [self._form.lists(choices.name).title_zh for choices in lists], "")
        for index in range(longest):
            append(sheet, [c.offered[index] if index < len(c.offered) else "" for c in lists], "")


def append(sheet: Any, texts: list[str], title: str) -> None:
    """Append a row of texts to a write-only sheet; an empty text leaves its cell out.

    Raises:
        ExportRefused: naming the entry whose value does not fit.
    """
    cells = []
    for text in texts:
        if len(text) > XLSX_CELL_CHARS:
            raise ExportRefused(
                f"「{title}」有内容超过 {XLSX_CELL_CHARS} 个字符，xlsx 单元格放不下；请导出为 CSV",
                f"{title!r} has a value longer than {XLSX_CELL_CHARS} characters, more than "
                "an xlsx cell holds; export as CSV",
            )
        try:
            cells.append(text_cell(sheet, text) if text else None)
        except IllegalCharacterError as problem:
            raise ExportRefused(
                f"「{title}」含控制字符，无法写入 xlsx；请先删除",
                f"{title!r} holds a control character that xlsx cannot store; delete it first",
            ) from problem
    sheet.append(cells)


def text_cell(sheet: Any, text: str) -> Any:
    """Return a cell that holds a text and nothing else, whatever the text looks like."""
    cell = WriteOnlyCell(sheet, value=text)
    # A text that starts with `=` would otherwise become a formula.
    cell.data_type = "s"
    cell.number_format = "@"
    return cell


def _notes(sheet: Any, form: WorkbookForm) -> None:
    for letter, width in zip("ABCDEFGHI", (14, 26, 12, 26, 18, 16, 26, 60, 34), strict=True):
        sheet.column_dimensions[letter].width = width
    for kind, texts in note_rows(form.template, form.schema, form.field, form.lists, form.stamp):
        cells = [text_cell(sheet, text) for text in texts]
        for cell in cells:
            cell.alignment = _WRAP
            if kind == "head":
                cell.font = _BOLD
        if kind in _COLOURS:
            cells[2].fill = PatternFill("solid", fgColor=_COLOURS[kind])  # type: ignore[index]
        sheet.append(cells)


def _stamp(book: Workbook, form: WorkbookForm) -> None:
    stamp = form.stamp
    sheet = book.create_sheet(STAMP_SHEET)
    sheet.sheet_state = "veryHidden"
    for name, value in stamp.pairs():
        append(sheet, [name, value], "")
        # The stubs of the library do not know custom properties.
        properties: Any = vars(book)["custom_doc_props"]
        properties.append(StringProperty(name=f"fjgov-{name}", value=value))
    book.properties.title = f"{form.schema.label_zh}登记簿"
    book.properties.creator = stamp.node
    book.properties.version = stamp.digest
    book.properties.identifier = f"{stamp.schema} {stamp.digest} {stamp.made_on} {stamp.node}"
