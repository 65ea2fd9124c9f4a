"""Read the cells of one worksheet part, row by row, without evaluating anything.

A formula is a finding and its stored result is not used: a result computed elsewhere, maybe long
ago, is not a declared value. Source: ECMA-376, part 1, 18.3.1.
"""

from __future__ import annotations

import datetime as dt
import math
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple
from xml.parsers import expat

from openpyxl.utils import column_index_from_string
from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH, from_excel

from .problems import DIGITS_LOST, ERROR_CELL, FORMULA, ZEROS_LOST
from .rows import Limits
from .xlsxparts import FIRST_PIECE, LAST, PIECE, NumberFormat, clean_cell, local, new_parser

EXACT_DIGITS = 15
LAST_ROW = 1_048_576
LAST_COLUMN = 16_384
_GENERAL = NumberFormat()
# Elements that mean something here; all others are passed over.
_KINDS = {"c": "c", "v": "text", "t": "text", "f": "f", "rPh": "rPh", "row": "row"}

Problem = tuple[str, str, str]
_PLAIN = frozenset({"s", "inlineStr", "str"})
_AS_TEXT: dict[str, Callable[[str], str]] = {
    "d": lambda text: text.removesuffix("T00:00:00"),
    "b": lambda text: "TRUE" if text == "1" else "FALSE",
}


class Cell(NamedTuple):
    """One filled cell: column from 0, text, whether it was a number, and (rule, zh, en)."""

    column: int
    text: str
    is_number: bool = False
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class Around:
    """What reading a sheet needs of the workbook."""

    texts: list[str]
    formats: tuple[NumberFormat, ...]
    is_1904: bool
    limits: Limits


def read_cells(
    archive: zipfile.ZipFile, part: str, around: Around
) -> Iterator[tuple[int, list[Cell]]]:
    """Yield number and filled cells of each row that holds anything, in file order.

    Raises:
        ValueError, KeyError, IndexError: the part is damaged.
        ImportRefused: a cell is longer than the limit.

    Cost: about 4 µs a cell; memory of one piece of the part.
    """
    reader = _Rows(around)
    parser = new_parser(reader.start, reader.end, reader.text)
    try:
        with archive.open(part) as stream:
            # Who looks for the header only needs the first rows.
            size = FIRST_PIECE
            while piece := stream.read(size):
                parser.Parse(piece)
                yield from reader.take()
                size = PIECE
            parser.Parse(b"", LAST)
            yield from reader.take()
    except expat.ExpatError as problem:
        raise ValueError(f"{part}: {problem}") from problem


class _Rows:
    """Handlers of the parser; finished rows wait in `_done`.

    They run for every tag of a sheet: what a tag means is looked up once for each of its names.
    """

    def __init__(self, around: Around) -> None:
        self._around = around
        self._kinds: dict[str, str] = {}
        self._columns: dict[str, int] = {}
        self._done: list[tuple[int, list[Cell]]] = []
        self._number = 0
        self._cells: list[Cell] = []
        self._column = -1
        self._type = "n"
        self._style = "0"
        self._chunks: list[str] = []
        self._wanted = False
        self._phonetic = False
        self._formula = False

    def take(self) -> list[tuple[int, list[Cell]]]:
        done, self._done = self._done, []
        return done

    def start(self, name: str, attributes: dict[str, str]) -> None:
        kind = self._kinds.get(name)
        if kind is None:
            kind = self._kinds[name] = _KINDS.get(local(name), "")
        if kind == "c":
            self._column = self._place(attributes.get("r", ""))
            self._type = attributes.get("t", "n")
            self._style = attributes.get("s", "0")
            self._chunks, self._formula = [], False
        elif kind == "text":
            self._wanted = not self._phonetic
        elif not kind:
            return
        elif kind == "f":
            self._formula = True
        elif kind == "rPh":
            self._phonetic = True
        else:
            number = int(attributes.get("r", self._number + 1))
            if not self._number < number <= LAST_ROW:
                raise ValueError(f"row {number} after row {self._number}")
            self._number, self._cells, self._column = number, [], -1

    def end(self, name: str) -> None:
        kind = self._kinds[name]
        if kind == "text":
            self._wanted = False
        elif kind == "c":
            cell = self._cell()
            if cell is not None:
                self._cells.append(cell)
        elif not kind:
            return
        elif kind == "rPh":
            self._phonetic = False
        elif kind == "row" and self._cells:
            self._done.append((self._number, self._cells))

    def text(self, data: str) -> None:
        if self._wanted:
            self._chunks.append(data)

    def _place(self, reference: str) -> int:
        if not reference:
            return self._column + 1
        letters = reference.rstrip("0123456789")
        column = self._columns.get(letters)
        if column is None:
            column = self._columns[letters] = column_index_from_string(letters) - 1
        if not self._column < column < LAST_COLUMN:
            raise ValueError(f"cell {reference} out of order")
        return column

    def _cell(self) -> Cell | None:
        column, kind = self._column, self._type
        if self._formula:
            return Cell(column, "", problem=_FORMULA_CELL)
        chunks = self._chunks
        text = chunks[0] if len(chunks) == 1 else "".join(chunks)
        if kind == "s" and text:
            text = self._around.texts[int(text)]
        elif kind != "s":
            text = clean_cell(text, self._around.limits)
        if not text:
            return None
        if kind in _PLAIN:
            return Cell(column, text)
        if kind in _AS_TEXT:
            return Cell(column, _AS_TEXT[kind](text))
        if kind == "e":
            return Cell(column, "", problem=_error_cell(text))
        formats, number = self._around.formats, int(self._style)
        style = formats[number] if number < len(formats) else _GENERAL
        return _number_cell(column, text, style, is_1904=self._around.is_1904)


_FORMULA_CELL = (
    FORMULA,
    "是公式，未计算，文件中缓存的结果也未采用；请粘贴为数值",
    "is a formula: it was not calculated and its stored result was not used; paste it as a value",
)


def _error_cell(text: str) -> Problem:
    return ERROR_CELL, f"是错误值 {text}，请改正", f"is the error value {text}; correct it"


def _number_cell(column: int, text: str, style: NumberFormat, *, is_1904: bool) -> Cell:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"number {text}")
    if style.is_day:
        return Cell(column, _day(value, is_1904=is_1904))
    if not value.is_integer():
        return Cell(column, repr(value), is_number=True)
    whole = int(text) if text.lstrip("-").isdigit() else int(value)
    if len(str(abs(whole))) > EXACT_DIGITS:
        return Cell(column, "", is_number=True, problem=_digits_lost(value))
    if len(str(whole)) < style.width:
        lost = _zeros_lost(whole, str(whole).zfill(style.width))
        return Cell(column, str(whole), is_number=True, problem=lost)
    return Cell(column, str(whole), is_number=True)


def _day(value: float, *, is_1904: bool) -> str:
    moment = from_excel(value, MAC_EPOCH if is_1904 else WINDOWS_EPOCH)
    if not isinstance(moment, dt.datetime):
        return str(moment)
    whole_day = (moment.hour, moment.minute, moment.second) == (0, 0, 0)
    return moment.strftime("%Y-%m-%d" if whole_day else "%Y-%m-%d %H:%M:%S")


def _digits_lost(value: float) -> Problem:
    zh = (
        f"是数值 {value:.15G}，超过 {EXACT_DIGITS} 位的代码以数值保存会丢失末位；"
        "请设为文本格式后重新填写"
    )
    en = (
        f"is the number {value:.15G}: codes of more than {EXACT_DIGITS} digits lose their last "
        "digits as numbers; format the cell as text and enter the code again"
    )
    return DIGITS_LOST, zh, en


def _zeros_lost(whole: int, shown: str) -> Problem:
    zh = f"显示为 {shown}，实际是数值 {whole}，前导零已丢失；请设为文本格式并填写 {shown}"
    en = (
        f"shows {shown} but stores the number {whole}, leading zeros are lost; "
        f"format the cell as text and enter {shown}"
    )
    return ZEROS_LOST, zh, en
