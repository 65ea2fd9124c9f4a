"""Notices that an operator loads: what they change, and what is refused with which words."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
import yaml

from ckanext.fjgov.core.worktime.calendar import CHINA
from ckanext.fjgov.core.worktime.notices import InvalidNotice, Notice, calendar_of, parse_notice

TODAY = date(2026, 11, 23)
# Dates as a notice could say them; there is none for 2027 yet.
GOOD: dict[str, Any] = {
    "year": 2027,
    "notice": "国办发明电〔2026〕示例号",
    "days_off": [
        "2027-01-01",
        "2027-02-05",
        "2027-05-01",
        "2027-10-01",
        "2027-10-02",
        "2027-10-03",
    ],
    "days_worked": ["2027-01-30", "2026-12-26"],
}


def text(**changes: Any) -> str:
    return yaml.safe_dump({**GOOD, **changes}, allow_unicode=True)


def notice(**changes: Any) -> Notice:
    return parse_notice(text(**changes), TODAY)


def test_a_notice_is_read() -> None:
    assert notice() == Notice(
        year=2027,
        notice="国办发明电〔2026〕示例号",
        off=frozenset(date.fromisoformat(day) for day in GOOD["days_off"]),
        work=frozenset({date(2027, 1, 30), date(2026, 12, 26)}),
    )


def test_days_may_be_written_as_yaml_dates() -> None:
    assert parse_notice(text().replace("'", ""), TODAY) == notice()


def test_a_loaded_year_makes_limits_sure_and_moves_them() -> None:
    before, after = calendar_of(), calendar_of([notice()])
    at = datetime(2027, 1, 29, 9, tzinfo=CHINA)
    assert before.deadline(at, 1).last_day == date(2027, 2, 1)
    assert before.deadline(at, 1).provisional
    assert after.deadline(at, 1).last_day == date(2027, 1, 30)
    assert not after.deadline(at, 1).provisional
    # A day of the year before, which the notice speaks of as well.
    assert after.is_working_day(date(2026, 12, 26))
    assert not before.is_working_day(date(2026, 12, 26))
    # Estimates of the year are gone: what the notice does not name is worked.
    assert after.is_working_day(date(2027, 6, 9))
    assert not before.is_working_day(date(2027, 6, 9))


def test_a_loaded_year_replaces_the_shipped_one() -> None:
    corrected = notice(
        year=2026,
        days_off=["2026-01-01", "2026-05-01", "2026-10-01", "2026-10-02", "2026-10-03"],
        days_worked=["2026-02-28"],
    )
    calendar = calendar_of([corrected])
    assert not calendar.is_working_day(date(2026, 2, 14))
    assert calendar.is_working_day(date(2026, 2, 17))
    assert calendar.known == calendar_of().known


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"year": "2027"}, "year：须为 2004 至 2027 的年份"),
        ({"year": 2028}, "year：须为 2004 至 2027 的年份"),
        ({"notice": " "}, "notice：须写明通知文号"),
        ({"days_off": "2027-01-01"}, "days_off：须为日期列表"),
        ({"days_off": ["2027-02-30"]}, "days_off：'2027-02-30' 不是 YYYY-MM-DD 日期"),
        ({"days_off": [*GOOD["days_off"], "2028-05-01"]}, "days_off：2028-05-01 不在 2027 年前后"),
        ({"days_off": [*GOOD["days_off"], "2027-01-01"]}, "days_off：2027-01-01 重复"),
        ({"days_off": [*GOOD["days_off"], "2027-01-30"]}, "days_worked：2027-01-30 既放假又上班"),
        ({"days_worked": ["2027-01-29"]}, "days_worked：2027-01-29 不是周六、周日"),
        ({"days_off": GOOD["days_off"][:4]}, "days_off：缺少法定节假日 2027-10-02"),
        ({"more": 1}, "keys：须有且仅有"),
    ],
)
def test_what_is_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidNotice, match=words):
        notice(**changes)


def test_broken_yaml_is_refused() -> None:
    with pytest.raises(InvalidNotice, match="YAML"):
        parse_notice("year: [", TODAY)
