"""Values of a file as a mounted table holds them, by the 数据类型 and 数据长度 of their 信息项.

A value is read strictly: what could mean two things is refused, never guessed. The text that comes
out is what PostgreSQL takes for the type of the column, and reading it again gives the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

from ckanext.fjgov.core.errors import InvalidValue
from ckanext.fjgov.core.exchange import faults
from ckanext.fjgov.core.exchange.tables import DATE, DECIMAL, FLAG, INTEGER, MOMENT, TEXT

Reader = Callable[[str], str]

# Code of the list `item_types` -> kind of the column.
KIND_OF: Mapping[str, str] = {
    "C": TEXT,
    "M": TEXT,
    "G": TEXT,
    "N": DECIMAL,
    "Y": DECIMAL,
    "B": DECIMAL,
    "F": DECIMAL,
    "I": INTEGER,
    "D": DATE,
    "T": MOMENT,
    "L": FLAG,
}
# Types whose values may be written with an exponent; elsewhere one means that digits were lost.
_FLOATING = frozenset({"B", "F"})
_MOST_DIGITS = 1000
_HIGHEST = 2**63 - 1
# The rules are of Fujian: a time without a zone is its own.
_HOME = timezone(timedelta(hours=8))

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_INTEGER = re.compile(r"([+-]?)([0-9]{1,30})(?:\.0{1,30})?")
_DECIMAL = re.compile(r"([+-]?)([0-9]+)(?:\.([0-9]+))?")
_EXPONENT = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?[eE][+-]?[0-9]{1,3}")
_DAY = re.compile(
    r"([0-9]{4})(?:-([0-9]{1,2})-([0-9]{1,2})|/([0-9]{1,2})/([0-9]{1,2})"
    r"|([0-9]{2})([0-9]{2})|年([0-9]{1,2})月([0-9]{1,2})日)"
)
_MIDNIGHT = re.compile(r"[T ]00:00(?::00(?:\.0{1,9})?)?")
_TIME = re.compile(
    r"(.+?)[T ]+([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,6})0{0,3})?)?"
    r"(?:(Z)|([+-])([0-9]{2})(?::?([0-9]{2}))?)?"
)
_COMPACT = re.compile(r"([0-9]{8})([0-9]{2})([0-9]{2})([0-9]{2})")
_FLAGS = {
    **dict.fromkeys(("1", "true", "t", "yes", "y", "是", "真"), "true"),
    **dict.fromkeys(("0", "false", "f", "no", "n", "否", "假"), "false"),
}


class BadValue(InvalidValue):
    """A value breaks what its item declares.

    Attributes:
        rule: of `faults`.
    """

    def __init__(self, rule: str, zh: str, en: str) -> None:
        super().__init__(zh, en)
        self.rule = rule


def reader_of(code: str, length: int | None) -> Reader:
    """Give what reads the values of an item; it gets trimmed texts that are not empty.

    Args:
        code: of the list `item_types`.
        length: most characters of a text, most digits of a number; None for no limit.

    Returns:
        A function that gives the text for the database and raises BadValue.

    Raises:
        KeyError: no such type.
    """
    kind = KIND_OF[code]
    if kind == TEXT:
        return lambda text: _text(text, length)
    if kind == DECIMAL:
        return lambda text: _decimal(text, length, floating=code in _FLOATING)
    if kind == INTEGER:
        return lambda text: _integer(text, length)
    return {DATE: _date, MOMENT: _moment, FLAG: _flag}[kind]


def _text(text: str, length: int | None) -> str:
    if length is not None and len(text) > length:
        raise BadValue(
            faults.LENGTH,
            f"长度 {len(text)} 超过信息项规定的 {length}",
            f"{len(text)} characters, at most {length}",
        )
    if not text.isprintable() and _CONTROL.search(text):
        raise BadValue(faults.CHARACTERS, "含有控制字符", "holds a control character")
    return text


def _integer(text: str, length: int | None) -> str:
    match = _INTEGER.fullmatch(text)
    if match is None:
        raise BadValue(faults.KIND, "应为整数，如 120", "must be a whole number such as 120")
    number = int(match[1] + match[2])
    _check_digits(len(str(abs(number))), length)
    if not -_HIGHEST <= number <= _HIGHEST:
        raise BadValue(faults.LENGTH, "整数过大", "the number is too large")
    return str(number)


def _decimal(text: str, length: int | None, *, floating: bool) -> str:
    match = _DECIMAL.fullmatch(text)
    if match is None and floating and _EXPONENT.fullmatch(text):
        return _decimal(format(Decimal(text), "f"), length, floating=False)
    if match is None:
        raise BadValue(
            faults.KIND,
            "应为数值，如 120.50，不带千分位、单位和指数",
            "must be a number such as 120.50, without thousands separators, units, exponents",
        )
    sign, whole, part = match[1], match[2].lstrip("0") or "0", match[3]
    _check_digits(len(whole) + len(part or ""), length)
    number = f"{whole}.{part}" if part else whole
    return f"-{number}" if sign == "-" and number.strip("0.") else number


def _check_digits(digits: int, length: int | None) -> None:
    most = length or _MOST_DIGITS
    if digits > most:
        raise BadValue(
            faults.LENGTH,
            f"共 {digits} 位数字，超过信息项规定的 {most} 位",
            f"{digits} digits, at most {most}",
        )


def _date(text: str) -> str:
    match = _DAY.match(text)
    day = _day_of(match) if match else None
    if match is None or day is None or not _is_day_end(text[match.end() :]):
        raise BadValue(
            faults.KIND, "应为日期，如 2026-01-31", "must be a real day such as 2026-01-31"
        )
    return day.isoformat()


def _is_day_end(rest: str) -> bool:
    return not rest or _MIDNIGHT.fullmatch(rest) is not None


def _day_of(match: re.Match[str]) -> date | None:
    parts = [int(part) for part in match.groups() if part is not None]
    try:
        return date(*parts)
    except ValueError:
        return None


def _moment(text: str) -> str:
    compact = _COMPACT.fullmatch(text)
    if compact:
        text = f"{compact[1]} {compact[2]}:{compact[3]}:{compact[4]}"
    found = _instant(text)
    if found is None:
        raise BadValue(
            faults.KIND,
            "应为日期时间，如 2026-01-31 08:30:00",
            "must be day and time such as 2026-01-31 08:30:00",
        )
    return found.isoformat(sep=" ")


def _instant(text: str) -> datetime | None:
    """Read day and time as the time of Fujian, without a zone."""
    match = _TIME.fullmatch(text)
    day = _DAY.fullmatch(match[1] if match else text)
    known = _day_of(day) if day else None
    if known is None:
        return None
    if match is None:
        return datetime(known.year, known.month, known.day)  # noqa: DTZ001 - of the home zone
    hour, minute, second = (int(match[place] or 0) for place in (2, 3, 4))
    micro = int((match[5] or "").ljust(6, "0"))
    try:
        found = datetime(  # noqa: DTZ001 - of the home zone
            known.year, known.month, known.day, hour, minute, second, micro
        )
        if not (match[6] or match[7]):
            return found
        offset = timedelta(hours=int(match[8] or 0), minutes=int(match[9] or 0))
        zone = timezone(-offset if match[7] == "-" else offset)
        return found.replace(tzinfo=zone).astimezone(_HOME).replace(tzinfo=None)
    except (ValueError, OverflowError):
        return None


def _flag(text: str) -> str:
    known = _FLAGS.get(text.lower())
    if known is None:
        raise BadValue(
            faults.KIND, "应为逻辑值：是、否或 1、0", "must be a truth value: true, false, 1, 0"
        )
    return known
