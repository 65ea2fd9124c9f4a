"""What a rule says about a record, and the facts about the world a rule may ask for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

Severity = Literal["error", "warning"]
Profile = Literal["strict", "inventory"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a rule found in a record.

    Attributes:
        rule: id of the rule, a key of `RULES`.
        field: name of the field of the record; sub-fields are named in the text.
        severity: `error` refuses the save, `warning` is saved and listed.
        zh, en: which field, what is wrong and what to do.
    """

    rule: str
    field: str
    severity: Severity
    zh: str
    en: str

    @property
    def message(self) -> str:
        """Give the one line shown by API, form and import report."""
        return f"[{self.rule}] {self.zh} / {self.en}"

    def row(self) -> dict[str, str]:
        """Give the finding as plain texts, for storage, answers and reports."""
        return {
            "rule": self.rule,
            "field": self.field,
            "severity": self.severity,
            "zh": self.zh,
            "en": self.en,
        }


@dataclass(frozen=True, slots=True)
class Facts:
    """What the caller knows and a rule may not look up.

    Attributes:
        today: the day of the check in Asia/Shanghai.
        unit_code: USCC of the providing unit as registered, None when the unit has none.
        known_codes: those of the record's `related` codes that exist.
        own_codes: identifiers and guide codes the record itself has.
        tolerance_days: days beyond the cycle until data are overdue, None for those of the list.
    """

    today: date
    unit_code: str | None = None
    known_codes: frozenset[str] = frozenset()
    own_codes: frozenset[str] = frozenset()
    tolerance_days: int | None = None
