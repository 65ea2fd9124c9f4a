"""Values that people write, as the kind of their column reads them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from ckanext.fjgov.core.exchange.tables import DATE, DECIMAL, FLAG, INTEGER, MOMENT, TEXT
from ckanext.fjgov.core.worktime.calendar import CHINA

Value = str | int | Decimal | date | datetime | bool
LONGEST = 1000
# Within what PostgreSQL, DuckDB and JSON readers hold exactly.
MOST_INTEGER = 2**63 - 1
_INTEGER = re.compile(r"[+-]?[0-9]{1,19}")
_DECIMAL = re.compile(r"[+-]?[0-9]{1,18}(\.[0-9]{1,18})?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_FLAGS = {"true": True, "1": True, "是": True, "false": False, "0": False, "否": False}
# Names of the kinds, as refusals say them.
KIND_WORDS: Mapping[str, tuple[str, str]] = {
    TEXT: (f"文字，不超过 {LONGEST} 字", f"text of at most {LONGEST} characters"),
    INTEGER: ("整数", "an integer"),
    DECIMAL: ("数值", "a number"),
    DATE: ("日期（年-月-日）", "a date, YYYY-MM-DD"),
    MOMENT: ("时间（年-月-日T时:分:秒）", "a time, YYYY-MM-DDTHH:MM:SS"),
    FLAG: ("是或否（true、false）", "true or false"),
}


class UnfitError(ValueError):
    """A value is not of the kind that its column holds."""


def typed(value: Any, kind: str) -> Value:
    """Read a value, given as JSON has it or as text, as one of a kind.

    Raises:
        UnfitError: it is not of this kind, or of no known kind.
    """
    reader = _READERS.get(kind)
    if reader is None or not is_plain(value):
        raise UnfitError(kind)
    try:
        return reader(value)
    except (ValueError, InvalidOperation, OverflowError) as error:
        raise UnfitError(kind) from error


def is_plain(value: Any) -> bool:
    """Tell whether a value is a short text or a number that every reader takes."""
    if isinstance(value, str):
        return len(value) <= LONGEST and "\x00" not in value and _is_encodable(value)
    return isinstance(value, bool | int | float)


def _is_encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise UnfitError(TEXT)
    return value


def _integer(value: Any) -> int:
    text = _number(value, INTEGER)
    if not _INTEGER.fullmatch(text) or abs(int(text)) > MOST_INTEGER:
        raise UnfitError(INTEGER)
    return int(text)


def _decimal(value: Any) -> Decimal:
    text = _number(value, DECIMAL)
    if not _DECIMAL.fullmatch(text):
        raise UnfitError(DECIMAL)
    return Decimal(text)


def _number(value: Any, kind: str) -> str:
    if isinstance(value, bool):
        raise UnfitError(kind)
    if isinstance(value, float):
        # As JSON had it, without an exponent; a whole number is one, however it was written.
        return format(Decimal(str(value)), "f").removesuffix(".0")
    return str(value)


def _date(value: Any) -> date:
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        raise UnfitError(DATE)
    return date.fromisoformat(value)


def _moment(value: Any) -> datetime:
    if not isinstance(value, str) or not _DATE.match(value):
        raise UnfitError(MOMENT)
    found = datetime.fromisoformat(value)
    # Tables hold the time of day in China, without a zone.
    return found.astimezone(CHINA).replace(tzinfo=None) if found.tzinfo else found


def _flag(value: Any) -> bool:
    found = value if isinstance(value, bool) else _FLAGS.get(str(value).lower())
    if found is None:
        raise UnfitError(FLAG)
    return found


_READERS: Mapping[str, Callable[[Any], Value]] = {
    TEXT: _text,
    INTEGER: _integer,
    DECIMAL: _decimal,
    DATE: _date,
    MOMENT: _moment,
    FLAG: _flag,
}
