"""Read the yearly notices on holidays: the shipped ones, and those that an operator loads."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from ckanext.fjgov.core.errors import InvalidDataFile
from ckanext.fjgov.core.worktime.calendar import WorkCalendar

FILE = "workdays.json"
_PACKAGE = "ckanext.fjgov.vocabularies"
# Not `off`: YAML takes that word for a truth value.
OFF, WORK = "days_off", "days_worked"
_KEYS = frozenset({"year", "notice", OFF, WORK})
FIRST_YEAR, LAST_YEAR = 2004, 2100
# Days off in every year (《全国年节及纪念日放假办法》): a notice without them is not whole.
_ALWAYS_OFF = ((1, 1), (5, 1), (10, 1), (10, 2), (10, 3))
# A notice also moves days of the last week before its year, and of the first after it.
_BEFORE, _AFTER = (12, 24), (1, 10)
_SATURDAY = 5


class InvalidNotice(InvalidDataFile):
    """A file of working days breaks its form."""


@dataclass(frozen=True, slots=True)
class Notice:
    """What one notice says (国务院办公厅关于部分节假日安排的通知).

    Attributes:
        year: the year it is for.
        notice: its number, for example 国办发明电〔2025〕7号.
        off: days off, week's ends among them or not.
        work: days at a week's end that are worked (调休上班).
    """

    year: int
    notice: str
    off: frozenset[date]
    work: frozenset[date]


def calendar_of(loaded: Iterable[Notice] = ()) -> WorkCalendar:
    """Put shipped and loaded notices together; of two that speak of a day, the loaded one counts.

    Args:
        loaded: notices in the order of loading; each replaces what is shipped for its year.
    """
    shipped, estimated = _shipped()
    notices = list(loaded)
    years = {notice.year for notice in notices}
    off = {day for day in shipped.off | estimated if day.year not in years}
    work = {day for day in shipped.work if day.year not in years}
    for notice in sorted(notices, key=lambda one: one.year):
        off = (off - notice.work) | notice.off
        work = (work - notice.off) | notice.work
    return WorkCalendar(
        off=frozenset(day for day in off if day.weekday() < _SATURDAY),
        work=frozenset(work),
        known=shipped.known | years,
    )


def shipped_years() -> tuple[int, ...]:
    """Give the years whose notice is shipped."""
    return tuple(sorted(_shipped()[0].known))


def parse_notice(text: str, today: date) -> Notice:
    """Read a notice that an operator loads.

    Args:
        text: YAML with `year`, `notice` (its number) and two lists of days (YYYY-MM-DD),
            `days_off` and `days_worked`.
        today: a notice is for a year that has begun, or for the next one.

    Raises:
        InvalidNotice: naming the field, the day and the rule.
    """
    try:
        told = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise _bad("yaml", f"不是有效的 YAML（{error}）", f"not valid YAML ({error})") from error
    if not isinstance(told, dict) or told.keys() != _KEYS:
        raise _bad(
            "keys",
            f"须有且仅有 year、notice、{OFF}、{WORK} 四项",
            f"it must have year, notice, {OFF} and {WORK}, and nothing else",
        )
    year = told["year"]
    if type(year) is not int or not FIRST_YEAR <= year <= min(today.year + 1, LAST_YEAR):
        zh = f"须为 {FIRST_YEAR} 至 {today.year + 1} 的年份"
        raise _bad("year", zh, f"must be a year from {FIRST_YEAR} to {today.year + 1}")
    number = told["notice"]
    if not isinstance(number, str) or not number.strip():
        raise _bad("notice", "须写明通知文号", "the number of the notice is missing")
    notice = Notice(year, number.strip(), _days(told, OFF, year), _days(told, WORK, year))
    _check(notice)
    return notice


def _days(told: Mapping[str, Any], field: str, year: int) -> frozenset[date]:
    values = told[field]
    if not isinstance(values, list):
        raise _bad(field, "须为日期列表", "must be a list of days")
    days = [_day(value, field) for value in values]
    for day in days:
        if not date(year - 1, *_BEFORE) <= day <= date(year + 1, *_AFTER):
            raise _bad(field, f"{day} 不在 {year} 年前后", f"{day} is not about {year}")
    twice = sorted(day for day in set(days) if days.count(day) > 1)
    if twice:
        raise _bad(field, f"{twice[0]} 重复", f"{twice[0]} is given twice")
    return frozenset(days)


def _day(value: Any, field: str) -> date:
    if type(value) is date:
        return value
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise _bad(field, f"{value!r} 不是 YYYY-MM-DD 日期", f"{value!r} is no day") from error


def _check(notice: Notice) -> None:
    both = sorted(notice.off & notice.work)
    if both:
        raise _bad(WORK, f"{both[0]} 既放假又上班", f"{both[0]} is both off and worked")
    weekdays = sorted(day for day in notice.work if day.weekday() < _SATURDAY)
    if weekdays:
        zh = f"{weekdays[0]} 不是周六、周日，无需调休"
        raise _bad(WORK, zh, f"{weekdays[0]} is no Saturday or Sunday: it is worked anyway")
    missing = [day for at in _ALWAYS_OFF if (day := date(notice.year, *at)) not in notice.off]
    if missing:
        zh = f"缺少法定节假日 {missing[0]}"
        raise _bad(OFF, zh, f"the statutory holiday {missing[0]} is missing")


def _bad(field: str, zh: str, en: str) -> InvalidNotice:
    return InvalidNotice(f"工作日文件 {field}：{zh}", f"working days, {field}: {en}")


@cache
def _shipped() -> tuple[WorkCalendar, frozenset[date]]:
    """Read the shipped file: the calendar of its notices, and estimated days off."""
    told = json.loads(files(_PACKAGE).joinpath(FILE).read_text("utf-8"))
    calendar = WorkCalendar(
        off=_of(told["years"], "off"),
        work=_of(told["years"], "work"),
        known=frozenset(map(int, told["years"])),
    )
    return calendar, _of(told["estimated"], "off")


def _of(years: Mapping[str, Mapping[str, list[str]]], kind: str) -> frozenset[date]:
    return frozenset(
        date.fromisoformat(f"{year}-{day}") for year, days in years.items() for day in days[kind]
    )
