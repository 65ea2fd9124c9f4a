"""What a file that is to be mounted does wrong, told by row, column, value and rule."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from ckanext.fjgov.core.errors import FjgovError

# Rules of a value and of a table.
REQUIRED, KIND, LENGTH, CHARACTERS, SHAPE, UNIQUE, COLUMNS, CELL = (
    "required",
    "kind",
    "length",
    "characters",
    "shape",
    "unique",
    "columns",
    "cell",
)
# So many are kept in words; reading stops there, since a file like that is to be made anew.
MOST = 100
LONGEST_VALUE = 40


class MountRefused(FjgovError):  # noqa: N818 - a verdict, named like one
    """The file cannot be mounted as it is; the table that was mounted before stays."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault.

    Attributes:
        rule: one of the rules above.
        row: as a spreadsheet program counts them, the header being 1; 0 for the whole file.
        column: header of the column, or name of the item that has none.
        value: as it stands in the file, cut to LONGEST_VALUE characters.
        zh, en: what is wrong and what would be right.
    """

    rule: str
    row: int
    column: str
    value: str
    zh: str
    en: str

    def as_dict(self) -> dict[str, Any]:
        """Give the fault as JSON."""
        return {
            "rule": self.rule,
            "row": self.row,
            "column": self.column,
            "value": self.value,
            "zh": self.zh,
            "en": self.en,
        }


@dataclass(slots=True)
class FaultLog:
    """Faults in the order in which they were found."""

    found: list[Fault] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def note(self, rule: str, row: int, column: str, value: str, words: tuple[str, str]) -> None:
        """Keep a fault; `words` are Chinese and English."""
        self.counts[rule] += 1
        if len(self.found) < MOST:
            self.found.append(Fault(rule, row, column, value[:LONGEST_VALUE], *words))

    @property
    def is_full(self) -> bool:
        """Tell whether there are so many that reading on is of no use."""
        return len(self.found) >= MOST
