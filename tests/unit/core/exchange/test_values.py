"""Values of files by the type and length of their items."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.fjgov.core.catalog.vocabulary import load_vocabulary
from ckanext.fjgov.core.exchange.tables import KINDS
from ckanext.fjgov.core.exchange.values import KIND_OF, BadValue, reader_of

GOOD = [
    ("C", 4, "示例甲乙", "示例甲乙"),
    ("C", None, "两\n行", "两\n行"),
    ("M", None, "备注" * 500, "备注" * 500),
    ("N", 5, "120.50", "120.50"),
    ("N", 3, "000120", "120"),
    ("N", None, "+7", "7"),
    ("N", None, "-0.0", "0.0"),
    ("N", None, "-0.5", "-0.5"),
    ("Y", 14, "1234567890.12", "1234567890.12"),
    ("B", None, "1.5e3", "1500"),
    ("F", None, "-2E-3", "-0.002"),
    ("I", None, "0042", "42"),
    ("I", None, "-9223372036854775807", "-9223372036854775807"),
    # A whole number that a program kept as a float.
    ("I", None, "12.0", "12"),
    ("D", None, "2026-01-31", "2026-01-31"),
    ("D", None, "2026/1/3", "2026-01-03"),
    ("D", None, "20260131", "2026-01-31"),
    ("D", None, "2026年1月31日", "2026-01-31"),
    ("D", None, "2026-01-31 00:00:00", "2026-01-31"),
    ("D", None, "2024-02-29", "2024-02-29"),
    ("T", None, "2026-01-31T08:30", "2026-01-31 08:30:00"),
    ("T", None, "2026-01-31 08:30:05.25", "2026-01-31 08:30:05.250000"),
    ("T", None, "20260131083005", "2026-01-31 08:30:05"),
    ("T", None, "2026-01-31", "2026-01-31 00:00:00"),
    # Without a zone a time is Fujian's own.
    ("T", None, "2026-01-31T00:30:00Z", "2026-01-31 08:30:00"),
    ("T", None, "2026-01-31T08:30:00+08:00", "2026-01-31 08:30:00"),
    ("T", None, "2026-01-31T08:30:00-0330", "2026-01-31 20:00:00"),
    ("L", None, "是", "true"),
    ("L", None, "FALSE", "false"),
    ("L", None, "0", "false"),
]
BAD = [
    ("C", 3, "示例甲乙", "length"),
    ("C", None, "a\x07b", "characters"),
    ("C", None, "a\0b", "characters"),
    ("N", 4, "120.50", "length"),
    ("N", None, "1,200", "kind"),
    ("N", None, "12元", "kind"),
    ("N", None, "1.2e17", "kind"),
    ("N", None, "１２", "kind"),
    ("N", None, ".5", "kind"),
    ("N", None, "NaN", "kind"),
    ("I", None, "12.5", "kind"),
    ("I", None, "9223372036854775808", "length"),
    ("I", 2, "120", "length"),
    ("D", None, "2026-02-30", "kind"),
    ("D", None, "2026-1", "kind"),
    ("D", None, "26-01-31", "kind"),
    ("D", None, "2026-01-31 08:00", "kind"),
    ("D", None, "31/01/2026", "kind"),
    ("T", None, "2026-01-31 25:00", "kind"),
    ("T", None, "08:30", "kind"),
    ("T", None, "2026-01-31T08:30:00+99:00", "kind"),
    ("L", None, "也许", "kind"),
    ("L", None, "2", "kind"),
]


@pytest.mark.parametrize(("code", "length", "text", "expected"), GOOD)
def test_good_values(code: str, length: int | None, text: str, expected: str) -> None:
    assert reader_of(code, length)(text) == expected


@pytest.mark.parametrize(("code", "length", "text", "rule"), BAD)
def test_bad_values_name_their_rule(code: str, length: int | None, text: str, rule: str) -> None:
    with pytest.raises(BadValue) as caught:
        reader_of(code, length)(text)
    assert caught.value.rule == rule
    assert caught.value.zh
    assert caught.value.en


def test_every_type_of_the_code_list_has_a_kind() -> None:
    assert set(KIND_OF) == set(load_vocabulary("item_types").concepts)
    assert set(KIND_OF.values()) == set(KINDS)


@given(st.sampled_from(sorted(KIND_OF)), st.text(min_size=1, max_size=40))
def test_whatever_is_read_is_read_the_same_again(code: str, text: str) -> None:
    read = reader_of(code, None)
    try:
        found = read(text)
    except BadValue:
        return
    assert read(found) == found


@given(st.integers(-(2**63) + 1, 2**63 - 1))
def test_whole_numbers_come_back(number: int) -> None:
    assert int(reader_of("I", None)(str(number))) == number


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**12)))
def test_numbers_come_back(number: Decimal) -> None:
    assert Decimal(reader_of("N", None)(format(number, "f"))) == number


@given(st.dates(min_value=date(1, 1, 1)), st.sampled_from(("%Y-%m-%d", "%Y/%m/%d", "%Y%m%d")))
def test_days_come_back(day: date, form: str) -> None:
    text = day.strftime(form).rjust(len("2026-01-31") - 2 * (form == "%Y%m%d"), "0")
    assert date.fromisoformat(reader_of("D", None)(text)) == day


@given(st.datetimes(min_value=datetime(2, 1, 1), max_value=datetime(9998, 1, 1)))
def test_moments_come_back(moment: datetime) -> None:
    for separator in "T ":
        read = reader_of("T", None)(moment.isoformat(sep=separator))
        assert datetime.fromisoformat(read) == moment
