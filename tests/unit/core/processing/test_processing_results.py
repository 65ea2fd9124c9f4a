"""What DuckDB makes of an order is what a plain model in Python makes of it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ckanext.fjgov.core.catalog.uscc import is_uscc, make_uscc
from ckanext.fjgov.core.exchange.tables import Column
from ckanext.fjgov.core.processing import cleaning
from ckanext.fjgov.core.processing.comparing import OUTCOME_WORDS
from ckanext.fjgov.core.processing.compiling import plan
from ckanext.fjgov.core.processing.spec import Table, parsed

ITEMS = ("id", "name", "day")
# Titles are data: what would end a quotation ends none.
ODD = "\"'; --"
TABLES = [
    Table("甲", tuple(Column(f"x{i}", one, one + ODD, "text") for i, one in enumerate(ITEMS))),
    Table("乙", tuple(Column(f"y{i}", one, one, "text") for i, one in enumerate(ITEMS))),
]
LETTERS = "aA１ｂ-－ 　x0\n'\"%$"
TEXTS = st.none() | st.text(LETTERS, max_size=4)
DAYS = st.none() | st.sampled_from(
    ["2026-01-05", "2026/1/5", "2026年1月5日", "20260105", "２０２６.１.５", "2026-02-30", "20261",
     "05-01-2026", " 2024-02-29 ", "2023-2-29", "202615", "", "无"]
)  # fmt: skip
ROWS = st.lists(st.tuples(TEXTS, TEXTS, DAYS), max_size=12)
RULE_NAMES = ["trim", "width", "upper", "code", "date"]
RULES = st.lists(st.sampled_from(RULE_NAMES), min_size=1, max_size=3,
                 unique=True)  # fmt: skip
Row = tuple[Any, ...]


def write(folder: Path, name: str, rows: Sequence[Row]) -> str:
    """Write rows as PostgreSQL's COPY does: NULL as nothing, texts in quotes."""
    path = folder / name
    with path.open("w", encoding="utf-8", newline="") as file:
        for number, row in enumerate(rows, 1):
            cells = ["" if one is None else '"' + one.replace('"', '""') + '"' for one in row]
            file.write(",".join([str(number), *cells]) + "\n")
    return str(path)


def carried_out(
    folder: Path, steps: Sequence[Any], *tables: Sequence[Row]
) -> tuple[list[Row], dict[Any, int]]:
    """Do the steps with DuckDB; gives rows and the numbers of the report."""
    spec = parsed({
        "inputs": [{"resource": "r", "items": list(ITEMS)} for _table in tables],
        "steps": list(steps),
    })  # fmt: skip
    files = [write(folder, f"{place}.csv", rows) for place, rows in enumerate(tables)]
    todo = plan(spec, TABLES[: len(tables)], files)
    told: dict[Any, int] = {}
    with duckdb.connect(":memory:") as connection:
        for statement in todo.statements:
            found = connection.execute(statement.sql, dict(statement.values))
            if statement.lines:
                for line, number in zip(statement.lines, found.fetchone() or (), strict=True):
                    told[line.what, line.input, line.title, line.rule] = number
        rows = connection.execute(todo.output.query, dict(todo.output.values)).fetchall()
    return rows, told


def cleaned(text: str | None, rule: str) -> str | None:
    """Say in plain words what a rule does."""
    if text is None:
        return None
    narrow = "".join(
        " " if one == "\u3000" else chr(ord(one) - 0xFEE0) if "！" <= one <= "～" else one
        for one in text
    )
    capital = "".join(one.upper() if "a" <= one <= "z" else one for one in text)
    if rule == "trim":
        return text.strip(cleaning.BLANKS)
    if rule == "width":
        return narrow
    if rule == "upper":
        return capital
    if rule == "code":
        upper = "".join(one.upper() if "a" <= one <= "z" else one for one in narrow)
        return "".join(one for one in upper if one not in cleaning.BETWEEN)
    return as_day(narrow) or text


def as_day(text: str) -> str | None:
    found = re.fullmatch(
        r"([12]\d{3})[-/.年](\d{1,2})[-/.月](\d{1,2})日?|([12]\d{3})(\d\d)(\d\d)",
        text.strip(cleaning.BLANKS),
        re.ASCII,
    )
    if not found:
        return None
    try:
        return date(*(int(one) for one in found.groups() if one)).isoformat()
    except ValueError:
        return None


def first_of_each(rows: Sequence[Row], keys: Sequence[int]) -> list[Row]:
    """Keep the first row of each key; where a part is empty the row stays."""
    seen: set[Row] = set()
    kept = []
    for row in rows:
        key = tuple(row[one] for one in keys)
        if all(key) and key in seen:
            continue
        seen.add(key)
        kept.append(row)
    return kept


QUICK = settings(max_examples=25, deadline=None,
                 suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip


@QUICK
@given(ROWS, RULES)
def test_cleaning(tmp_path: Path, rows: list[Row], rules: list[str]) -> None:
    got, told = carried_out(tmp_path, [{"do": "clean", "items": list(ITEMS), "rules": rules}], rows)
    changed: Counter[tuple[str, str]] = Counter()
    wanted = []
    for row in rows:
        cells = []
        for cell, column in zip(row, TABLES[0].columns, strict=True):
            value = cell
            for rule in rules:
                before, value = value, cleaned(value, rule)
                changed[column.title, rule] += before != value
            cells.append(value)
        wanted.append(tuple(cells))
    assert got == wanted
    for (what, _place, title, rule), number in told.items():
        if what == "cleaned":
            assert number == changed[title, rule]


@QUICK
@given(ROWS, st.lists(st.sampled_from(ITEMS), min_size=1, unique=True))
def test_no_two_rows_alike(tmp_path: Path, rows: list[Row], items: list[str]) -> None:
    got, told = carried_out(tmp_path, [{"do": "dedupe", "items": items}], rows)
    assert got == first_of_each(rows, [ITEMS.index(one) for one in items])
    assert told["repeated", 1, "", ""] == len(rows) - len(got)


@QUICK
@given(ROWS, ROWS, st.integers(1, 2))
def test_comparing(tmp_path: Path, first: list[Row], second: list[Row], parts: int) -> None:
    pairs = [[item, item] for item in ITEMS]
    step = {"do": "compare", "keys": pairs[:parts], "items": pairs[2:]}
    got, told = carried_out(tmp_path, [step], first, second)
    ours, theirs = (first_of_each(rows, range(parts)) for rows in (first, second))
    by_key = {row[:parts]: row for row in theirs if all(row[:parts])}
    wanted: Counter[Row] = Counter()
    for row in ours:
        other = by_key.pop(row[:parts], None) if all(row[:parts]) else None
        code = "first" if other is None else (
            "same" if (row[2] or None) == (other[2] or None) else "different")  # fmt: skip
        wanted[(OUTCOME_WORDS[code], row[2], other[2] if other else None)] += 1
    rest = list(by_key.values()) + [row for row in theirs if not all(row[:parts])]
    for row in rest:
        wanted[OUTCOME_WORDS["second"], None, row[2]] += 1
    # Outcome, what differs, the key, then the days side by side.
    assert Counter((row[0], *row[2 + parts : 4 + parts]) for row in got) == wanted
    for code, word in OUTCOME_WORDS.items():
        assert told[code, 0, "", ""] == sum(n for key, n in wanted.items() if key[0] == word)
    assert told["repeated", 1, "", ""] == len(first) - len(ours)
    assert told["keyless", 2, "", ""] == sum(not all(row[:parts]) for row in second)


VALID = make_uscc("11", "350100", "00000001")


@pytest.mark.parametrize(
    ("rule", "written", "stored", "fits"),
    [
        ("uscc", f" {VALID.lower()[:9]}－{VALID.lower()[9:]} ", VALID, True),
        ("uscc", VALID[:17] + ("1" if VALID[17] != "1" else "2"), None, False),
        ("uscc", VALID[:17], None, False),
        ("id_number", "11010519491231002x", "11010519491231002X", True),
        ("id_number", "110105 19491231 0021", "110105194912310021", False),
        ("id_number", "", "", True),
        ("date", "2026年2月30日", None, False),
        ("date", "2026.2.3", "2026-02-03", True),
    ],
)
def test_codes_are_normalised_and_checked(
    tmp_path: Path, rule: str, written: str, stored: str | None, fits: bool
) -> None:
    step = {"do": "clean", "items": ["id"], "rules": [rule]}
    [row], told = carried_out(tmp_path, [step], [(written, None, None)])
    assert row[0] == (written if stored is None else stored)
    assert told["unfit", 1, TABLES[0].columns[0].title, rule] == (not fits)


@QUICK
@given(st.text("0123456789ABCDEFGHJKLMNPQRTUWXY", min_size=8, max_size=8))
def test_the_check_character_is_that_of_the_catalog(tmp_path: Path, body: str) -> None:
    code = make_uscc("11", "350100", body)
    others = [code[:17] + last for last in "0123456789ABCDEFGHJKLMNPQRTUWXY"]
    step = {"do": "clean", "items": ["id"], "rules": ["uscc"]}
    _rows, told = carried_out(tmp_path, [step], [(one, None, None) for one in others])
    assert told["unfit", 1, TABLES[0].columns[0].title, "uscc"] == sum(
        not is_uscc(one) for one in others
    )


def test_a_filter_holds_values_that_are_no_sql(tmp_path: Path) -> None:
    rows = [("a", "'; DROP TABLE t1; --", None), ("b", "x", None)]
    step = {"do": "filter", "filter": [{"item": "name", "op": "eq", "value": rows[0][1]}]}
    got, told = carried_out(tmp_path, [step, {"do": "select", "items": ["id"]}], rows)
    assert (got, told["filtered", 1, "", ""]) == ([("a",)], 1)


def test_csv_of_postgresql_is_read_as_it_was_meant(tmp_path: Path) -> None:
    rows = [("", None, 'a,"b"\r\nc'), ("\\N", "NULL", "")]
    got, _told = carried_out(tmp_path, [], rows)
    assert got == rows
