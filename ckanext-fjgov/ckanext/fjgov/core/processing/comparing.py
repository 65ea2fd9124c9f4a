"""比对: two tables held against one another by a key, as statements of DuckDB."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ckanext.fjgov.core.exchange import filters
from ckanext.fjgov.core.exchange.tables import TEXT
from ckanext.fjgov.core.processing.spec import (
    DIFFERENT,
    FIRST,
    OUTCOMES,
    SAME,
    SECOND,
    Line,
    Step,
)
from ckanext.fjgov.core.processing.statements import (
    Cell,
    Output,
    Side,
    Statement,
    counted,
    is_there,
    text_list,
    unique_names,
)

# As the result says them: in the language of the data.
OUTCOME_WORDS = {SAME: "一致", DIFFERENT: "不一致", FIRST: "仅在表一", SECOND: "仅在表二"}
OUTCOME_TITLE, DIFFERING_TITLE = "比对结果", "不一致的信息项"
BETWEEN = "、"


def comparison(step: Step, first: Side, second: Side) -> tuple[list[Statement], Output]:
    """Give the statements of a comparison, and its result.

    A key with an empty part belongs to no other row. Of several rows with one key in a table the
    first is compared; the others are counted and left out.
    """
    keys = [(first.columns[one], second.columns[other]) for one, other in step.keys]
    pairs = [(first.columns[one], second.columns[other]) for one, other in step.pairs]
    made = [
        *_unrepeated(first, [one for one, _other in keys]),
        *_unrepeated(second, [other for _one, other in keys]),
        Statement(_joined(first, second, keys, pairs)),
    ]
    lines = [Line(code) for code in OUTCOMES]
    lines += [Line("differing", title=one.title) for one, _other in pairs]
    counts = [f"count(*) FILTER (WHERE outcome = '{code}')" for code in OUTCOMES]
    counts += [
        f"count(*) FILTER (WHERE outcome = '{DIFFERENT}' AND d{place})"
        for place in range(len(pairs))
    ]
    made.append(counted(", ".join(counts), "result", tuple(lines)))
    return made, _output(step, first, second, pairs)


def _unrepeated(side: Side, keys: Sequence[Cell]) -> Iterator[Statement]:
    there = is_there(keys)
    yield Statement(
        f"CREATE TABLE k{side.place} AS SELECT min(n) AS n, count(*) AS many FROM {side.name}"
        f" WHERE {there} GROUP BY {text_list(keys)}"
    )
    yield counted(
        "coalesce(sum(many) - count(*), 0),"
        f" (SELECT count(*) FROM {side.name}) - coalesce(sum(many), 0)",
        f"k{side.place}",
        (Line("repeated", side.place), Line("keyless", side.place)),
    )
    yield Statement(
        f"CREATE VIEW v{side.place} AS SELECT * FROM {side.name}"
        f" WHERE NOT ({there}) OR n IN (SELECT n FROM k{side.place})"
    )


def _joined(
    first: Side,
    second: Side,
    keys: Sequence[tuple[Cell, Cell]],
    pairs: Sequence[tuple[Cell, Cell]],
) -> str:
    joins = " AND ".join(
        f"{_comparable('f', one, other)} = {_comparable('s', other, one)}" for one, other in keys
    )
    differs = [
        f"{_comparable('f', one, other)} IS DISTINCT FROM {_comparable('s', other, one)}"
        for one, other in pairs
    ]
    outcome = (
        f"CASE WHEN s.n IS NULL THEN '{FIRST}' WHEN f.n IS NULL THEN '{SECOND}'"
        f" WHEN {' OR '.join(differs) or 'false'} THEN '{DIFFERENT}' ELSE '{SAME}' END"
    )
    columns = [
        "f.n AS fn",
        "s.n AS sn",
        f"{outcome} AS outcome",
        *(f"f.{one.name} AS f{one.name}" for one in first.columns.values()),
        *(f"s.{one.name} AS s{one.name}" for one in second.columns.values()),
        *(f"{differ} AS d{place}" for place, differ in enumerate(differs)),
        *(f"{_either(one, other)} AS k{place}" for place, (one, other) in enumerate(keys)),
    ]
    return (
        f"CREATE TABLE result AS SELECT {', '.join(columns)}"
        f" FROM v{first.place} f FULL JOIN v{second.place} s ON {joins}"
    )


def _either(one: Cell, other: Cell) -> str:
    """Give a part of the key, from whichever table has the row."""
    if one.kind == other.kind:
        return f"coalesce(f.{one.name}, s.{other.name})"
    return f"coalesce(CAST(f.{one.name} AS VARCHAR), CAST(s.{other.name} AS VARCHAR))"


def _comparable(prefix: str, cell: Cell, other: Cell) -> str:
    """Give a value such that an empty text is no value, and kinds that differ meet as text."""
    name = f"{prefix}.{cell.name}"
    if cell.kind not in (other.kind, TEXT):
        name = f"CAST({name} AS VARCHAR)"
    return f"nullif({name}, '')" if TEXT in (cell.kind, other.kind) else name


def _output(step: Step, first: Side, second: Side, pairs: Sequence[tuple[Cell, Cell]]) -> Output:
    """Give outcome and key, what was compared side by side, then the other columns of both."""
    keys = [(first.columns[one], second.columns[other]) for one, other in step.keys]
    shown: list[tuple[str, str, str]] = [
        (_outcome_words(), OUTCOME_TITLE, TEXT),
        (_differing(pairs), DIFFERING_TITLE, TEXT),
        *(
            (f"k{place}", one.title, one.kind if one.kind == other.kind else TEXT)
            for place, (one, other) in enumerate(keys)
        ),
    ]
    for one, other in pairs:
        shown.append((f"f{one.name}", f"{one.title}（表一）", one.kind))
        shown.append((f"s{other.name}", f"{other.title}（表二）", other.kind))
    seen = [{pair[side].name for pair in [*keys, *pairs]} for side in (0, 1)]
    for side, prefix, words, shown_already in (
        (first, "f", "表一", seen[0]),
        (second, "s", "表二", seen[1]),
    ):
        shown += [
            (f"{prefix}{cell.name}", f"{cell.title}（{words}）", cell.kind)
            for cell in side.columns.values()
            if cell.name not in shown_already
        ]
    names = unique_names([title for _expression, title, _kind in shown])
    columns = ", ".join(
        f"{expression} AS {filters.quoted(name, filters.DUCKDB)}"
        for (expression, _title, _kind), name in zip(shown, names, strict=True)
    )
    given = ", ".join(f"'{code}'" for code in step.give)
    return Output(
        f"SELECT {columns} FROM result WHERE outcome IN ({given}) ORDER BY fn NULLS LAST, sn",
        tuple((name, kind) for name, (_e, _t, kind) in zip(names, shown, strict=True)),
        {},
    )


def _outcome_words() -> str:
    cases = " ".join(f"WHEN '{code}' THEN '{word}'" for code, word in OUTCOME_WORDS.items())
    return f"CASE outcome {cases} END"


def _differing(pairs: Sequence[tuple[Cell, Cell]]) -> str:
    """Give the titles of what differs; titles are quoted, since they are data."""
    if not pairs:
        return "CAST(NULL AS VARCHAR)"
    names = ", ".join(
        f"CASE WHEN d{place} THEN {_quoted(one.title)} END"
        for place, (one, _other) in enumerate(pairs)
    )
    return f"CASE WHEN outcome = '{DIFFERENT}' THEN concat_ws('{BETWEEN}', {names}) END"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
