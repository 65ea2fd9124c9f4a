"""Rules of cleaning a column of text, as expressions of DuckDB.

Each takes the name of a column and gives an expression that holds nothing a user wrote.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ckanext.fjgov.core.catalog.uscc import ALPHABET, LENGTH

# Blank characters that people type or systems export: ASCII, no-break, ideographic, zero width.
BLANKS = " \t\n\r\v\f\u00a0\u3000\u200b\ufeff"
WIDE = "".join(map(chr, range(0xFF01, 0xFF5F))) + "\u3000"
NARROW = "".join(map(chr, range(0x21, 0x7F))) + " "
LOWER = "abcdefghijklmnopqrstuvwxyz"
# What people put between the parts of a code.
BETWEEN = BLANKS + "-－—–_/.·"
# Without signs between them the parts have all their digits, or nobody could tell them apart.
PLAIN_FORM = r"^([12][0-9]{3})([0-9]{2})([0-9]{2})$"
SIGNED_FORM = r"^([12][0-9]{3})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?$"
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECKS = "10X98765432"


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of cleaning.

    Attributes:
        zh, en: its name.
        expression: gives the cleaned value of a column; what it cannot read stays as it is.
        unfit: tells which cleaned values are still not what the rule is about; None where
            everything is.
    """

    zh: str
    en: str
    expression: Callable[[str], str]
    unfit: Callable[[str], str] | None = None


def literal(text: str) -> str:
    """Give a constant of this module as SQL."""
    return "'" + text.replace("'", "''") + "'"


def _trim(name: str) -> str:
    return f"trim({name}, {literal(BLANKS)})"


def _width(name: str) -> str:
    return f"translate({name}, {literal(WIDE)}, {literal(NARROW)})"


def _upper(name: str) -> str:
    return f"translate({name}, {literal(LOWER)}, {literal(LOWER.upper())})"


def _code(name: str) -> str:
    return f"translate({_upper(_width(name))}, {literal(BETWEEN)}, '')"


def _date(name: str) -> str:
    return f"coalesce({_as_date(name)}, {name})"


def _as_date(name: str) -> str:
    text = _trim(_width(name))
    parts = [
        f"coalesce(nullif(regexp_extract({text}, {literal(SIGNED_FORM)}, {group}), ''),"
        f" regexp_extract({text}, {literal(PLAIN_FORM)}, {group}))"
        for group in (1, 2, 3)
    ]
    day = f"try_cast({parts[0]} || '-' || {parts[1]} || '-' || {parts[2]} AS DATE)"
    return f"strftime({day}, '%Y-%m-%d')"


def _no_date(name: str) -> str:
    return f"coalesce({name}, '') <> '' AND {_as_date(name)} IS NULL"


def _no_uscc(name: str) -> str:
    """Tell which are no 统一社会信用代码 by their form and check character (GB 32100)."""
    total = " + ".join(
        f"(strpos({literal(ALPHABET)}, substr({name}, {place + 1}, 1)) - 1) * {pow(3, place, 31)}"
        for place in range(LENGTH - 1)
    )
    check = f"substr({literal(ALPHABET)}, CAST((31 - ({total}) % 31) % 31 AS INTEGER) + 1, 1)"
    return (
        f"coalesce({name}, '') <> '' AND NOT (regexp_full_match({name}, '[{ALPHABET}]{{18}}')"
        f" AND substr({name}, 18, 1) = {check})"
    )


def _no_id_number(name: str) -> str:
    """Tell which are no 公民身份号码 by their form and check character (GB 11643)."""
    total = " + ".join(
        f"(strpos('0123456789', substr({name}, {place}, 1)) - 1) * {weight}"
        for place, weight in enumerate(_ID_WEIGHTS, 1)
    )
    check = f"substr('{_ID_CHECKS}', CAST(({total}) % 11 AS INTEGER) + 1, 1)"
    return (
        f"coalesce({name}, '') <> '' AND NOT (regexp_full_match({name}, '[0-9]{{17}}[0-9X]')"
        f" AND substr({name}, 18, 1) = {check})"
    )


RULES: Mapping[str, Rule] = {
    "trim": Rule("去除首尾空白", "trim blanks", _trim),
    "width": Rule("全角转半角", "full to half width", _width),
    "upper": Rule("字母转大写", "capitals", _upper),
    "code": Rule("代码规范（去空格和连接符、半角、大写）", "normalised codes", _code),
    "uscc": Rule("统一社会信用代码规范并校验", "credit codes", _code, _no_uscc),
    "id_number": Rule("公民身份号码规范并校验", "citizen numbers", _code, _no_id_number),
    "date": Rule("日期统一为年-月-日", "ISO dates", _date, _no_date),
}
