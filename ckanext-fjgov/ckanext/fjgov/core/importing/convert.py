"""Turn the text of one cell into the value of one field, by its mapping and nothing else.

A value that does not fit is never repaired: it becomes a finding that names the cell and, where one
is plain, a suggestion.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable

from ckanext.fjgov.core.catalog.rules import Finding

from .mapping import CHINESE_DATE, FieldMap
from .problems import BAD_DATE, BAD_NUMBER, UNMAPPED_VALUE, error
from .rows import Row
from .typed import choose, numeric_cell

Value = str | list[str]
_PLAIN = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_GROUPED = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?")
_CHINESE_YMD = re.compile(
    r"([〇零○一二三四五六七八九]{4})年([一二三四五六七八九十]{1,2})月([一二三四五六七八九十]{1,3})[日号]"
)
_DIGITS = {**{c: i for i, c in enumerate("〇一二三四五六七八九")}, "零": 0, "○": 0}


def convert_cell(spec: FieldMap, row: Row) -> tuple[Value | None, list[Finding]]:
    """Return the value of one field in one row, None when there is none, and what was wrong.

    Cost: O(length of the cell).
    """
    if spec.constant is not None:
        return _shape(spec, spec.constant), []
    text = row.cells.get(spec.column, "")
    if not text:
        return (None if spec.when_empty is None else _shape(spec, spec.when_empty)), []
    if spec.column not in row.numeric:
        known = plain_value(spec, text)
        if known is not None:
            return known, []
    findings: list[Finding] = []
    if spec.column in row.numeric:
        damaged = numeric_cell(spec, row, text)
        findings += [damaged] if damaged else []
    values: list[str] = []
    for part in split_cell(text, spec.split, escape=spec.escape):
        found, problem = _convert(spec, row, part)
        values.extend(v for v in found if v not in values)
        if problem is not None:
            findings.append(problem)
    if any(finding.severity == "error" for finding in findings) or not values:
        return None, findings
    return (values if spec.multi else values[0]), findings


def plain_value(spec: FieldMap, text: str) -> Value | None:
    """Return the value of a filled cell that needs no closer look, None for one that does.

    Args:
        spec: of a field without a constant.
        text: of a cell that was no number.
    """
    if spec.split and (spec.split in text or "\\" in text):
        return None
    if spec.choices is not None:
        value = spec.choices.codes.get(text)
    else:
        value = None if spec.values is not None or spec.dates or spec.number else text
    return [value] if spec.multi and value is not None else value


def split_cell(text: str, separator: str, *, escape: bool) -> list[str]:
    """Return the trimmed, non-empty parts of a cell."""
    if not separator:
        return [text]
    if not escape or "\\" not in text:
        return [part.strip() for part in text.split(separator) if part.strip()]
    parts, current, index = [], "", 0
    while index < len(text):
        if text[index] == "\\" and index + 1 < len(text):
            current += text[index + 1]
            index += 2
        elif text.startswith(separator, index):
            parts.append(current)
            current = ""
            index += len(separator)
        else:
            current += text[index]
            index += 1
    return [part.strip() for part in [*parts, current] if part.strip()]


def join_cell(values: list[str], separator: str) -> str:
    """Return the cell that `split_cell(…, escape=True)` reads back."""
    return separator.join(
        value.replace("\\", "\\\\").replace(separator, f"\\{separator}") for value in values
    )


def _shape(spec: FieldMap, value: str | tuple[str, ...]) -> Value:
    if spec.multi or isinstance(value, tuple):
        return list(value) if isinstance(value, tuple) else [value]
    return value


def _convert(spec: FieldMap, row: Row, text: str) -> tuple[tuple[str, ...], Finding | None]:
    if spec.values is not None:
        return _mapped(spec, row, text)
    if spec.choices is not None:
        return choose(spec, spec.choices, row, text)
    if spec.dates:
        return _one(spec, row, text, parse_date(text, spec.dates), _bad_date)
    if spec.number:
        return _one(spec, row, text, parse_number(text, spec.thousands), _bad_number)
    return (text,), None


def _one(
    spec: FieldMap,
    row: Row,
    text: str,
    value: str | None,
    problem: Callable[[FieldMap, Row, str], Finding],
) -> tuple[tuple[str, ...], Finding | None]:
    return ((value,), None) if value is not None else ((), problem(spec, row, text))


def _mapped(spec: FieldMap, row: Row, text: str) -> tuple[tuple[str, ...], Finding | None]:
    codes = (spec.values or {}).get(text)
    if codes is not None:
        return codes, None
    zh_place, en_place = row.place(spec.column)
    return (), error(
        UNMAPPED_VALUE,
        spec.target,
        f"{zh_place}的值「{text}」不在值对照表中；请改正该值或在映射文件的 {spec.target} "
        "中补充对照",
        f"{en_place}: {text!r} is not in the value map of {spec.target}; "
        "correct the value or add it to the mapping",
    )


def parse_date(text: str, formats: tuple[str, ...]) -> str | None:
    """Return CCYY-MM-DD (GB/T 7408) for a text in one of the declared formats, else None."""
    for declared in formats:
        if declared == CHINESE_DATE:
            found = _chinese_date(text)
            if found is not None:
                return found
            continue
        try:
            # Only the calendar day is kept, as written: the standard knows no time zone here.
            return dt.datetime.strptime(text, declared).date().isoformat()  # noqa: DTZ007 see above
        except ValueError:
            continue
    return None


def _chinese_date(text: str) -> str | None:
    match = _CHINESE_YMD.fullmatch(text)
    if match is None:
        return None
    year = int("".join(str(_DIGITS[c]) for c in match.group(1)))
    month, day = _chinese_number(match.group(2)), _chinese_number(match.group(3))
    try:
        return dt.date(year, month or 0, day or 0).isoformat()
    except ValueError:
        return None


def _chinese_number(text: str) -> int | None:
    tens, ten, ones = text.partition("十")
    if not ten:
        return _DIGITS.get(text)
    head = 1 if not tens else _DIGITS.get(tens)
    tail = 0 if not ones else _DIGITS.get(ones)
    return None if head is None or tail is None else head * 10 + tail


def parse_number(text: str, thousands: str) -> str | None:
    """Return the number without its group separators, else None.

    Groups must be whole: `1,23` is a typing error, not 123.
    """
    if _PLAIN.fullmatch(text):
        return text
    if thousands and thousands in text and "," not in text.replace(thousands, ""):
        grouped = text.replace(thousands, ",")
        if _GROUPED.fullmatch(grouped):
            return grouped.replace(",", "")
    return None


def _bad_date(spec: FieldMap, row: Row, text: str) -> Finding:
    zh_place, en_place = row.place(spec.column)
    return error(
        BAD_DATE,
        spec.target,
        f"{zh_place}的值「{text}」不是声明格式（{'、'.join(spec.dates)}）的日期；请改为如 "
        "2026-01-31",
        f"{en_place}: {text!r} is no date in the declared formats "
        f"({', '.join(spec.dates)}); write it like 2026-01-31",
    )


def _bad_number(spec: FieldMap, row: Row, text: str) -> Finding:
    zh_place, en_place = row.place(spec.column)
    with_unit = re.fullmatch(r"([\d,.]+)\s*\D+", text)
    hint_zh = f"，是否为 {with_unit.group(1)}（数字列不写单位）" if with_unit else ""
    hint_en = f", did you mean {with_unit.group(1)} without the unit" if with_unit else ""
    return error(
        BAD_NUMBER,
        spec.target,
        f"{zh_place}的值「{text}」不是数字{hint_zh}；请改正",
        f"{en_place}: {text!r} is not a plain number{hint_en}; correct it",
    )
