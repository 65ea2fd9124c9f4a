"""Parts of a compiled order: statements with what they count, and the query of the result."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ckanext.fjgov.core.exchange.tables import TEXT
from ckanext.fjgov.core.exchange.typed_values import Value
from ckanext.fjgov.core.processing.spec import Line


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement.

    Attributes:
        values: bound by name.
        lines: of the report; the row that the statement gives has a number for each.
    """

    sql: str
    values: Mapping[str, Value] = field(default_factory=dict)
    lines: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class Output:
    """The query of the result, and its columns: name and kind of value."""

    query: str
    columns: tuple[tuple[str, str], ...]
    values: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    """All of an order: statements in their order, then the result."""

    statements: tuple[Statement, ...]
    output: Output


@dataclass(frozen=True, slots=True)
class Cell:
    """A column inside DuckDB: its name there, its title, and the kind of its values."""

    name: str
    title: str
    kind: str


@dataclass(frozen=True, slots=True)
class Side:
    """One of two tables that are compared, with its columns by item."""

    place: int
    name: str
    columns: Mapping[str, Cell]


def counted(
    numbers: str, source: str, lines: tuple[Line, ...], values: Mapping[str, Value] | None = None
) -> Statement:
    """Give the statement that counts something for the report."""
    return Statement(f"SELECT {numbers} FROM {source}", values or {}, lines)


def is_there(keys: Iterable[Cell], prefix: str = "") -> str:
    """Give the condition that no part of a key is empty; it is never NULL."""
    return " AND ".join(
        f"coalesce({prefix}{cell.name}, '') <> ''"
        if cell.kind == TEXT
        else f"{prefix}{cell.name} IS NOT NULL"
        for cell in keys
    )


def text_list(cells: Iterable[Cell]) -> str:
    """Give names of columns with commas."""
    return ", ".join(cell.name for cell in cells)


def unique_names(titles: Sequence[str]) -> list[str]:
    """Give titles of columns such that none comes twice; readers of files ignore case."""
    names: list[str] = []
    taken: set[str] = set()
    for title in titles:
        name, number = title, 2
        while name.casefold() in taken:
            name, number = f"{title}_{number}", number + 1
        taken.add(name.casefold())
        names.append(name)
    return names
