"""Rows of the table of measurements, and the file that keeps the last value of each."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

HEADER = ("name", "unit", "value", "baseline", "floor", "ratio", "floor_share", "target", "holds")


@dataclass(frozen=True, slots=True)
class BenchRow:
    """One measurement.

    Attributes:
        name: fixed name others may script against.
        unit: of value, baseline and floor.
        value: ours; baseline: the stock way; floor: the raw limit; the same run measured all.
        ratio: value / baseline; floor_share: value / floor as a rate.
        target: what must hold, in words; holds: whether it does.
        note: conditions that a reader must know.
    """

    name: str
    unit: str
    value: float
    baseline: float | None = None
    floor: float | None = None
    ratio: float | None = None
    floor_share: float | None = None
    target: str = ""
    holds: bool = True
    note: str = ""


def merge(path: Path, rows: Iterable[BenchRow]) -> None:
    """Replace the rows of the same names in the file and keep all others."""
    known: list[dict[str, Any]] = json.loads(path.read_text("utf-8")) if path.exists() else []
    new = {row.name: asdict(row) for row in rows}
    kept = [item for item in known if item["name"] not in new]
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps([*kept, *new.values()], ensure_ascii=False, indent=1)
    path.write_text(f"{text}\n", encoding="utf-8")


def table(rows: Iterable[BenchRow]) -> str:
    """Give the rows as aligned text, each note on a line of its own."""
    cells = [HEADER]
    notes = []
    for row in rows:
        values = asdict(row)
        cells.append(tuple(_shown(values[name]) for name in HEADER))
        notes.append(f"{row.name}: {row.note}")
    widths = [max(len(line[column]) for line in cells) for column in range(len(HEADER))]
    lines = [
        "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip()
        for line in cells
    ]
    return "\n".join([*lines, "", *notes])


def _shown(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "NO"
    return f"{value:.3g}" if isinstance(value, float) else str(value)
