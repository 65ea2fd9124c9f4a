"""Results of the quality checks by entry, with the figures of units and nodes beside them.

One writer at a time; figures are kept by what goes and what comes, never counted over a catalog.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import sqlalchemy as sa

from ckanext.fjgov.core.quality.likeness import LIKENESS_RULES
from ckanext.fjgov.core.quality.table import QualityFinding
from ckanext.fjgov.model.copying import copy_rows

Place = tuple[str, str]
ENTRIES = ""


@dataclass(frozen=True, slots=True)
class Result:
    """What the checks say of one entry, ready to be stored."""

    node: str
    key: str
    package_id: str
    unit: str
    hash: str
    facts: str
    share: Decimal
    missing: tuple[str, ...]
    guide_code: str
    updated_on: date | None
    fresh_until: date | None
    findings: tuple[QualityFinding, ...]
    marks: tuple[tuple[str, str], ...]
    place: str
    related: tuple[str, ...]


def replace(
    connection: sa.Connection, gone: Sequence[Place], results: Sequence[Result], now: datetime
) -> None:
    """Store results, and forget entries that are listed no more.

    Args:
        gone: (node, key) of entries that are listed no more.
        results: of entries to be stored, new ones and changed ones.

    Cost: some fifteen statements; they read the entries given, those that name one of them, and of
    those that look like one of them the ones whose flag may change.
    """
    places = {(one.node, one.key) for one in results} | set(gone)
    values = _places(places)
    counts: Counter[tuple[str, str, str]] = Counter()
    shares: Counter[tuple[str, str]] = Counter()
    _add_figures(connection, values, -1, counts, shares)
    touched_marks = _marks_of(connection, values)
    touched_codes = _codes_of(connection, values)
    connection.execute(_DELETE, values)
    _insert(connection, results, now)
    left = set(touched_marks)
    touched_marks |= _marks_of(connection, values)
    touched_codes |= _codes_of(connection, values)
    for row in _flip_marks(connection, touched_marks, left):
        if (row[0], row[1]) not in places:
            counts[row[0], row[2], row[3]] += row[4]
    for row in _flip_links(connection, touched_codes, values):
        if (row[0], row[1]) not in places:
            counts[row[0], row[2], "Q18"] += row[3]
    _add_figures(connection, values, 1, counts, shares)
    _store_figures(connection, counts, shares)


def _insert(connection: sa.Connection, results: Sequence[Result], now: datetime) -> None:
    copy_rows(
        connection,
        "fjgov_quality_result",
        ("node", "key", "package_id", "unit", "hash", "facts", "share", "missing", "guide_code",
         "updated_on", "fresh_until", "checked_at"),
        (
            (one.node, one.key, one.package_id, one.unit, one.hash, one.facts, str(one.share),
             json.dumps(one.missing), one.guide_code, _day(one.updated_on), _day(one.fresh_until),
             now.isoformat())
            for one in results
        ),
    )  # fmt: skip
    copy_rows(
        connection,
        "fjgov_quality_finding",
        ("node", "key", "rule", "zh", "en"),
        ((one.node, one.key, f.rule, f.zh, f.en) for one in results for f in one.findings),
    )
    copy_rows(
        connection,
        "fjgov_quality_mark",
        ("node", "key", "kind", "value", "unit", "place"),
        (
            (one.node, one.key, kind, value, one.unit, one.place)
            for one in results
            for kind, value in one.marks
        ),
    )
    copy_rows(
        connection,
        "fjgov_quality_link",
        ("node", "key", "code"),
        ((one.node, one.key, code) for one in results for code in one.related),
    )


def _flip_marks(
    connection: sa.Connection, touched: set[Place], left: set[Place]
) -> Iterable[tuple[str, str, str, str, int]]:
    """Set the flags of marks that somebody joined or left.

    Flags go up among those that are down only, and down only where an entry left, so that a mark of
    many entries is not read whole with each of them.

    Returns:
        (node, key, unit, rule, +1 or -1) of each flag that changed.
    """
    for column, place in (("near", 0), ("far", 1)):
        for statement, values, step in (
            (_UP[column], touched, 1),
            (_DOWN[column], left, -1),
        ):
            bound = {"kinds": [k for k, _ in values], "values": [v for _, v in values]}
            for row in connection.execute(statement, bound) if values else ():
                yield row.node, row.key, row.unit, LIKENESS_RULES[row.kind][place], step


def _flip_links(
    connection: sa.Connection, codes: set[str], values: Mapping[str, list[str]]
) -> list[tuple[str, str, str, int]]:
    """Say of codes that came or went, and of the entries' own links, whether they are lost now.

    Returns:
        (node, key, unit, change of the number of entries with a lost code).
    """
    bound = {"codes": sorted(codes), **values}
    before = {(row.node, row.key): row for row in connection.execute(_LINKERS, bound)}
    connection.execute(_LOSE, bound)
    after = {(row.node, row.key): row for row in connection.execute(_LINKERS, bound)}
    return [
        (*place, row.unit, int(row.lost) - int(before[place].lost))
        for place, row in after.items()
        if row.lost != before[place].lost
    ]


def _marks_of(connection: sa.Connection, values: Mapping[str, list[str]]) -> set[Place]:
    rows = connection.execute(
        sa.text(f"SELECT DISTINCT kind, value FROM fjgov_quality_mark WHERE {_IN}"), values
    )
    return {(row.kind, row.value) for row in rows}


def _codes_of(connection: sa.Connection, values: Mapping[str, list[str]]) -> set[str]:
    """Give the codes by which others may name the entries."""
    rows = connection.execute(
        sa.text(f"SELECT key, guide_code FROM fjgov_quality_result WHERE {_IN}"), values
    )
    return {code for row in rows for code in (row.key, row.guide_code) if code}


def _add_figures(
    connection: sa.Connection,
    values: Mapping[str, list[str]],
    sign: int,
    counts: Counter[tuple[str, str, str]],
    shares: Counter[tuple[str, str]],
) -> None:
    """Add or take away what the entries contribute to the figures of their units."""
    for row in connection.execute(_CONTRIBUTION, values):
        counts[row.node, row.unit, row.rule] += sign * row.number
    for row in connection.execute(_SHARES, values):
        counts[row.node, row.unit, ENTRIES] += sign * row.number
        # A Counter adds what can be added.
        shares[row.node, row.unit] += sign * row.share


def _store_figures(
    connection: sa.Connection,
    counts: Counter[tuple[str, str, str]],
    shares: Counter[tuple[str, str]],
) -> None:
    rows = [
        {
            "node": node,
            "unit": unit,
            "rule": rule,
            "entries": number,
            "share": str(shares[node, unit]) if rule == ENTRIES else "0",
        }
        for (node, unit, rule), number in counts.items()
        if number or (rule == ENTRIES and shares[node, unit])
    ]
    if rows:
        connection.execute(_ADD, {"rows": json.dumps(rows)})


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _places(places: Iterable[Place]) -> dict[str, list[str]]:
    ordered = sorted(places)
    return {"nodes": [node for node, _ in ordered], "keys": [key for _, key in ordered]}


_IN = "(node, key) IN (SELECT * FROM unnest(CAST(:nodes AS text[]), CAST(:keys AS text[])))"
_DELETE = sa.text(f"DELETE FROM fjgov_quality_result WHERE {_IN}")
_CONTRIBUTION = sa.text(
    "SELECT r.node, r.unit, s.rule, count(*) AS number FROM fjgov_quality_result r"
    " JOIN fjgov_quality_shown s ON s.node = r.node AND s.key = r.key"
    f" WHERE {_IN.replace('node, key', 'r.node, r.key', 1)} GROUP BY 1, 2, 3"
)
_SHARES = sa.text(
    "SELECT node, unit, count(*) AS number, sum(share) AS share FROM fjgov_quality_result"
    f" WHERE {_IN} GROUP BY 1, 2"
)
_ADD = sa.text(
    "INSERT INTO fjgov_quality_count AS c (node, unit, rule, entries, share)"
    " SELECT * FROM jsonb_to_recordset(CAST(:rows AS jsonb))"
    " AS r (node text, unit text, rule text, entries bigint, share numeric)"
    " ON CONFLICT (node, unit, rule) DO UPDATE"
    " SET entries = c.entries + EXCLUDED.entries, share = c.share + EXCLUDED.share"
)
_TOUCHED = "unnest(CAST(:kinds AS text[]), CAST(:values AS text[])) AS t (kind, value)"
_OTHER = {
    "near": "o.unit = m.unit AND (o.node, o.key) <> (m.node, m.key)",
    "far": "o.unit <> m.unit AND o.place = m.place",
}
_EXISTS = {
    column: "EXISTS (SELECT 1 FROM fjgov_quality_mark o"
    f" WHERE o.kind = m.kind AND o.value = m.value AND {condition})"
    for column, condition in _OTHER.items()
}
_FLIP = (
    "UPDATE fjgov_quality_mark m SET {column} = {to} FROM " + _TOUCHED + " WHERE m.kind = t.kind"
    " AND m.value = t.value AND m.{column} <> {to} AND {condition}"
    " RETURNING m.node, m.key, m.unit, m.kind"
)
_UP = {
    column: sa.text(_FLIP.format(column=column, to="true", condition=found))
    for column, found in _EXISTS.items()
}
_DOWN = {
    column: sa.text(_FLIP.format(column=column, to="false", condition=f"NOT {found}"))
    for column, found in _EXISTS.items()
}
_LINKED = f"(l.code = ANY(:codes) OR {_IN.replace('node, key', 'l.node, l.key', 1)})"
_LINKERS = sa.text(
    "SELECT a.node, a.key, r.unit, bool_or(a.lost) AS lost FROM fjgov_quality_link a"
    " JOIN fjgov_quality_result r ON r.node = a.node AND r.key = a.key"
    " WHERE (a.node, a.key) IN"
    f" (SELECT l.node, l.key FROM fjgov_quality_link l WHERE {_LINKED}) GROUP BY 1, 2, 3"
)
_LOSE = sa.text(
    "UPDATE fjgov_quality_link l SET lost = NOT EXISTS"
    " (SELECT 1 FROM fjgov_quality_result r WHERE r.key = l.code) AND NOT EXISTS"
    f" (SELECT 1 FROM fjgov_quality_result r WHERE r.guide_code = l.code) WHERE {_LINKED}"
)
