"""Dates, freshness and census figures: rules D1, R14 and R11."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cache

from ckanext.fjgov.core.catalog.days import moment_day, parse_day
from ckanext.fjgov.core.catalog.rules.check import Check
from ckanext.fjgov.core.catalog.schema_model import load_schema
from ckanext.fjgov.core.upkeep.freshness import freshness

PLAIN_NUMBER = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,6})?")
_CENSUS = (
    ("census_total_gb", ("census_shared_gb", "census_open_gb")),
    ("census_total_records", ("census_shared_records", "census_open_records")),
)
_NOT_IN_FUTURE = ("issued", "data_updated_at")


def check_upkeep(check: Check) -> None:
    """Apply D1, R14 and R11."""
    check_dates(check)
    for name in _NOT_IN_FUTURE:
        day = parse_day(check.text(name))
        if day is not None and day > check.facts.today:
            check.report(
                "R14", name, f"{day} 晚于今天，请核对", f"{day} is in the future: check it"
            )
    _check_freshness(check)
    _check_census(check)


def check_dates(check: Check) -> None:
    """Apply D1 to every date of the record."""
    for name, columns in _date_fields(check.schema.name):
        if not columns and (text := check.text(name)) and parse_day(text) is None:
            _report_date(check, name, text, "")
        for row in check.rows(name) if columns else ():
            for column in columns:
                text = row.get(column, "")
                if text and moment_day(text) is None:
                    _report_date(check, name, text, column)


@cache
def _date_fields(schema: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Give the names of date fields (no columns) and of fields with date columns."""
    fields = []
    for field in load_schema(schema).fields:
        columns = tuple(column.name for column in field.subfields if column.kind == "date")
        if columns or field.kind == "date":
            fields.append((field.name, columns))
    return tuple(fields)


def _report_date(check: Check, name: str, text: str, column: str) -> None:
    check.report(
        "D1",
        name,
        f"“{text[:40]}”不是有效日期，应如 2010-11-12",
        f"{text[:40]!r} is no valid day: write it as 2010-11-12",
        column,
    )


def _check_freshness(check: Check) -> None:
    found = freshness(check.record, check.vocabulary("cycles"), check.facts.tolerance_days)
    if found is not None and found.is_overdue(check.facts.today):
        cycle = check.vocabulary("cycles").concepts[check.text("frequency")]
        check.report(
            "R14",
            "data_updated_at",
            f"最近更新于 {found.updated}，按“{cycle.zh}”已逾期，请更新信息",
            f"last updated on {found.updated}, overdue for the cycle {cycle.en!r}: update the data",
        )


def _check_census(check: Check) -> None:
    for total, parts in _CENSUS:
        numbers: dict[str, Decimal] = {}
        for name in (total, *parts):
            text = check.text(name)
            if text and not PLAIN_NUMBER.fullmatch(text):
                check.report(
                    "R11",
                    name,
                    f"“{text[:40]}”应为不带单位的非负数字",
                    f"{text[:40]!r} must be a plain number, not negative and without a unit",
                )
            elif text:
                numbers[name] = Decimal(text)
        for name in parts:
            if name in numbers and total in numbers and numbers[name] > numbers[total]:
                label_zh, label_en = check.label(total)
                check.report(
                    "R11", name, f"不能大于{label_zh}，请核对", f"must not exceed {label_en!r}"
                )
