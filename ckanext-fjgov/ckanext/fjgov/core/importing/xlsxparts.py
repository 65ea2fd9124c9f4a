"""The parts of an xlsx around its sheets: names, relations, shared texts and number formats.

It must not read a part that `xlsxsafe` has not passed.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from xml.etree.ElementTree import Element, fromstring
from xml.parsers import expat

from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format

from ckanext.fjgov.core.xml_parser import parser_for

from .problems import ImportRefused
from .rows import Limits

FIRST_PIECE, PIECE = 16 * 1024, 256 * 1024
# Tells the parser that nothing follows.
LAST = True
_RELATIONSHIP = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_ZERO_PADDED = re.compile(r"^0{2,}$")
_TRUE = frozenset({"1", "true", "on"})


@dataclass(frozen=True, slots=True)
class SheetPart:
    """One sheet of the workbook in file order."""

    name: str
    part: str
    is_visible: bool


@dataclass(frozen=True, slots=True)
class Workbook:
    """What `workbook.xml` says.

    Attributes:
        sheets: worksheets in file order; other kinds of sheets are left out.
        is_1904: days are counted from 1904-01-01.
    """

    sheets: tuple[SheetPart, ...]
    is_1904: bool


@dataclass(frozen=True, slots=True)
class NumberFormat:
    """How a number is shown: as a day, or padded with zeros to `width` digits."""

    is_day: bool = False
    width: int = 0


def local(name: str) -> str:
    """Return the name of an element without its namespace."""
    return name.rpartition("}")[2].rpartition(" ")[2]


def read_xml(archive: zipfile.ZipFile, part: str) -> Element:
    """Parse one small part."""
    return fromstring(archive.read(part))  # noqa: S314 - xlsxsafe has refused any DOCTYPE


def read_workbook(archive: zipfile.ZipFile) -> Workbook:
    """Read names, states and parts of the worksheets.

    Raises:
        KeyError, ValueError, SyntaxError: damaged parts.
    """
    targets = {
        relation.get("Id", ""): relation
        for relation in read_xml(archive, "xl/_rels/workbook.xml.rels")
    }
    sheets, is_1904 = [], False
    for element in read_xml(archive, "xl/workbook.xml").iter():
        name = local(element.tag)
        if name == "workbookPr":
            is_1904 = element.get("date1904", "") in _TRUE
        relation = targets.get(_relation_of(element)) if name == "sheet" else None
        if relation is None or not relation.get("Type", "").endswith("/worksheet"):
            continue
        target = relation.get("Target", "")
        path = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        visible = element.get("state", "visible") == "visible"
        sheets.append(SheetPart(element.get("name", ""), path, visible))
    return Workbook(tuple(sheets), is_1904)


def _relation_of(element: Element) -> str:
    found = [value for key, value in element.attrib.items() if local(key) == "id"]
    return element.get(_RELATIONSHIP) or (found[0] if found else "")


def read_formats(archive: zipfile.ZipFile) -> tuple[NumberFormat, ...]:
    """Return the number format of each cell style, by its index."""
    if "xl/styles.xml" not in archive.namelist():
        return ()
    root = read_xml(archive, "xl/styles.xml")
    codes = dict(BUILTIN_FORMATS)
    for element in root.iter():
        if local(element.tag) == "numFmt":
            codes[int(element.get("numFmtId", "0"))] = element.get("formatCode", "")
    found: list[NumberFormat] = []
    for group in root:
        if local(group.tag) == "cellXfs":
            found = [_format(codes.get(int(xf.get("numFmtId", "0")), "")) for xf in group]
    return tuple(found)


def _format(code: str) -> NumberFormat:
    if _ZERO_PADDED.match(code):
        return NumberFormat(width=len(code))
    return NumberFormat(is_day=bool(code) and bool(is_date_format(code)))


def read_shared_texts(archive: zipfile.ZipFile, limits: Limits) -> list[str]:
    """Return the shared texts, cleaned as cells are; phonetic hints are left out.

    Raises:
        ImportRefused: a text is longer than the limit.

    Cost: one pass; memory of the texts.
    """
    if "xl/sharedStrings.xml" not in archive.namelist():
        return []
    reader = _SharedTexts(limits)
    feed(archive, "xl/sharedStrings.xml", reader.start, reader.end, reader.text)
    return reader.texts


class _SharedTexts:
    def __init__(self, limits: Limits) -> None:
        self.texts: list[str] = []
        self._limits = limits
        self._chunks: list[str] = []
        self._wanted = False
        self._phonetic = 0

    def start(self, name: str, _: dict[str, str]) -> None:
        kind = local(name)
        if kind == "si":
            self._chunks = []
        elif kind == "rPh":
            self._phonetic += 1
        elif kind == "t":
            self._wanted = not self._phonetic

    def end(self, name: str) -> None:
        kind = local(name)
        if kind == "si":
            self.texts.append(clean_cell("".join(self._chunks), self._limits))
        elif kind == "rPh":
            self._phonetic -= 1
        elif kind == "t":
            self._wanted = False

    def text(self, data: str) -> None:
        if self._wanted:
            self._chunks.append(data)


def clean_cell(text: str, limits: Limits) -> str:
    """Return a text of a cell trimmed, with one kind of line break.

    Raises:
        ImportRefused: it is longer than the limit.
    """
    if len(text) > limits.cell_chars:
        raise ImportRefused(
            "cell-too-long",
            f"有单元格超过 {limits.cell_chars} 个字符，请精简后导入",
            f"a cell is longer than {limits.cell_chars} characters; shorten it",
        )
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.strip()


def feed(
    archive: zipfile.ZipFile,
    part: str,
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None],
    text: Callable[[str], None],
) -> None:
    """Run one part through a parser, piece by piece.

    Raises:
        ValueError: it is not well-formed XML.
    """
    parser = new_parser(start, end, text)
    try:
        with archive.open(part) as stream:
            while piece := stream.read(PIECE):
                parser.Parse(piece)
            parser.Parse(b"", LAST)
    except expat.ExpatError as problem:
        raise ValueError(f"{part}: {problem}") from problem


def new_parser(
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None],
    text: Callable[[str], None],
) -> expat.XMLParserType:
    """Return a parser for a part; names are `namespace name`, and a DOCTYPE is refused again."""
    return parser_for(_refuse_doctype, start, end, text)


def _refuse_doctype(*_declared: object) -> None:
    raise ValueError("DOCTYPE")
