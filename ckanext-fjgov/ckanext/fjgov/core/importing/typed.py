"""Cells of the template: codes shown with their labels, codes and days kept as numbers.

Nothing is repaired: what does not fit becomes a finding with a suggestion.
"""

from __future__ import annotations

import datetime as dt

from ckanext.fjgov.core.catalog.rules import Finding

from .choices import Choices
from .mapping import FieldMap
from .problems import BAD_DATE, UNMAPPED_VALUE, ZEROS_LOST, error, warning
from .rows import Row

# Serial numbers of 1980-01-01 and 2099-12-31; others are hardly meant as days.
_FIRST_SERIAL, _LAST_SERIAL = 29_221, 73_050
_SERIAL_EPOCH = dt.date(1899, 12, 30)


def choose(
    spec: FieldMap, choices: Choices, row: Row, text: str
) -> tuple[tuple[str, ...], Finding | None]:
    """Return the code that a cell shows; a text that is no choice is left to the rules."""
    code = choices.codes.get(text)
    if code is not None:
        return (code,), None
    head, _, label = text.partition(" ")
    if label and head in choices.shown:
        return _relabelled(spec, choices, row, text)
    meant = choices.suggestion(text)
    if not meant and spec.column in row.numeric:
        meant = choices.padded(text)
    if not meant:
        return (text,), None
    zh, en = row.place(spec.column)
    return (), error(
        UNMAPPED_VALUE,
        spec.target,
        f"{zh}（{spec.column}）的值「{text}」不在代码表中，是否为「{meant}」；请从下拉列表中选取",
        f"{en}: {text!r} is not in the code list {choices.name}, did you mean {meant!r}; choose "
        "from the list",
    )


def _relabelled(
    spec: FieldMap, choices: Choices, row: Row, text: str
) -> tuple[tuple[str, ...], Finding | None]:
    head, _, label = text.partition(" ")
    zh, en = row.place(spec.column)
    other = choices.codes.get(label.strip())
    if other is not None and other != head:
        return (), error(
            UNMAPPED_VALUE,
            spec.target,
            f"{zh}（{spec.column}）的代码「{head}」与名称「{label}」不是同一项，名称对应 {other}；"
            "请从下拉列表中选取",
            f"{en}: code {head!r} and label {label!r} are two entries of {choices.name}; choose "
            "from the list",
        )
    return (head,), warning(
        UNMAPPED_VALUE,
        spec.target,
        f"{zh}（{spec.column}）的名称「{label}」与代码表不一致，按代码读作「{choices.shown[head]}」；"
        "请核对",
        f"{en}: label {label!r} differs from the list, read by its code as "
        f"{choices.shown[head]!r}; please check",
    )


def numeric_cell(spec: FieldMap, row: Row, text: str) -> Finding | None:
    """Return what is wrong with a cell that holds a number where a code or a day belongs."""
    zh, en = row.place(spec.column)
    if spec.choices is not None:
        # A number that reads as a code of the list has lost nothing.
        return None
    if spec.is_day:
        shown = _day(text)
        hint_zh = f"，是否为 {shown}" if shown else ""
        hint_en = f", did you mean {shown}" if shown else ""
        return error(
            BAD_DATE,
            spec.target,
            f"{zh}（{spec.column}）是数值 {text}，不是日期{hint_zh}；请按 2026-01-31 的形式填写",
            f"{en} holds the number {text}, not a date{hint_en}; write it like 2026-01-31",
        )
    if not spec.is_code:
        return None
    return warning(
        ZEROS_LOST,
        spec.target,
        f"{zh}的代码「{text}」以数值保存，前导零可能丢失；请设为文本格式并核对",
        f"{en}: the code {text!r} is stored as a number and may have lost leading zeros; "
        "format the cell as text and check it",
    )


def numeric_unit_code(column: str, row: Row) -> Finding:
    """Return the refusal of a unit's credit code that is stored as a number."""
    zh, en = row.place(column)
    text = row.cells.get(column, "")
    return error(
        ZEROS_LOST,
        "provider_code",
        f"{zh}（{column}）的代码「{text}」以数值保存，前导零或末位可能丢失；"
        "请设为文本格式，按单位登记填写18位统一社会信用代码",
        f"{en}: the unit code {text!r} is stored as a number and may have lost digits; format the "
        "cell as text and enter all 18 characters",
    )


def _day(text: str) -> str:
    number = text.partition(".")[0]
    if not number.isdigit() or not _FIRST_SERIAL <= int(number[:9]) <= _LAST_SERIAL:
        return ""
    return (_SERIAL_EPOCH + dt.timedelta(days=int(number))).isoformat()
