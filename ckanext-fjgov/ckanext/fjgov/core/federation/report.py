"""What a synchronisation run did: counts, reasons by record, and how far it can be trusted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

Outcome = Literal["added", "changed", "withdrawn", "unchanged", "refused", "incomplete"]
State = Literal["verified", "unverified", "repaired", "stopped", "failed", "cancelled", "skipped"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
STATES: tuple[State, ...] = get_args(State)
MAX_NOTES = 10_000


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a record was not taken as it came.

    Attributes:
        rule: id of the rule, such as `R3`, `scope` or `hash`.
        field: the field concerned, or "".
        zh, en: the sentence shown to people.
    """

    rule: str
    field: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class RecordNote:
    """One record with an outcome that needs words."""

    kind: str
    key: str
    outcome: Outcome
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class RunReport:
    """The result of one run.

    Attributes:
        state: `verified` only when both digests were compared and equal; `repaired` when they
            differed and are equal now; `unverified` when nothing could be compared or a
            difference remains.
        counts: records by outcome; every outcome is present.
        notes: records with reasons, in the order met, at most `MAX_NOTES`.
        omitted_notes: how many more notes there were.
        differences: names (`kind:key`) of records that differed from the node's own catalog.
        zh, en: what ended the run, "" when it ran through.
        error: kind of the error that ended it (`errors`), or "".
    """

    state: State
    counts: Mapping[Outcome, int]
    notes: tuple[RecordNote, ...] = ()
    omitted_notes: int = 0
    differences: tuple[str, ...] = ()
    zh: str = ""
    en: str = ""
    error: str = ""

    def has_changes(self) -> bool:
        """Tell whether the run changed this catalog."""
        return any(self.counts[name] for name in ("added", "changed", "withdrawn"))

    def to_json(self) -> dict[str, Any]:
        """Give plain dicts and lists for JSON."""
        return {
            "state": self.state,
            "counts": dict(self.counts),
            "notes": [
                {
                    "type": note.kind,
                    "key": note.key,
                    "outcome": note.outcome,
                    "reasons": [
                        {"rule": why.rule, "field": why.field, "zh": why.zh, "en": why.en}
                        for why in note.reasons
                    ],
                }
                for note in self.notes
            ],
            "omitted_notes": self.omitted_notes,
            "differences": list(self.differences),
            "zh": self.zh,
            "en": self.en,
            "error": self.error,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> RunReport:
        """Read what `to_json` gave.

        Raises:
            KeyError: a member is missing.
            ValueError: an outcome or a state is unknown.
        """
        return cls(
            state=_state(data["state"]),
            counts={name: int(data["counts"][name]) for name in OUTCOMES},
            notes=tuple(
                RecordNote(
                    note["type"],
                    note["key"],
                    _outcome(note["outcome"]),
                    tuple(
                        Reason(why["rule"], why["field"], why["zh"], why["en"])
                        for why in note["reasons"]
                    ),
                )
                for note in data["notes"]
            ),
            omitted_notes=data["omitted_notes"],
            differences=tuple(data["differences"]),
            zh=data["zh"],
            en=data["en"],
            error=data.get("error", ""),
        )


@dataclass(slots=True)
class RunTally:
    """Collects outcomes while a run goes on; `finish` turns it into a report."""

    counts: dict[Outcome, int] = field(default_factory=lambda: dict.fromkeys(OUTCOMES, 0))
    notes: list[RecordNote] = field(default_factory=list)
    omitted_notes: int = 0
    # (kind, key) -> outcome and place of its note, None when it was left out.
    _noted: dict[tuple[str, str], tuple[Outcome, int | None]] = field(default_factory=dict)

    def count(self, outcome: Outcome, number: int = 1) -> None:
        """Count records that need no words."""
        self.counts[_outcome(outcome)] += number

    def note(self, outcome: Outcome, kind: str, key: str, *reasons: Reason) -> None:
        """Count one record and keep the reasons; a record looked at again counts once, as last."""
        self.counts[_outcome(outcome)] += 1
        noted = RecordNote(kind, key, outcome, reasons)
        if (kind, key) in self._noted:
            before, position = self._noted[kind, key]
            self.counts[before] -= 1
            if position is not None:
                self.notes[position] = noted
        elif len(self.notes) < MAX_NOTES:
            position = len(self.notes)
            self.notes.append(noted)
        else:
            position = None
            self.omitted_notes += 1
        self._noted[kind, key] = (outcome, position)

    def finish(
        self,
        state: State,
        *,
        differences: tuple[str, ...] = (),
        zh: str = "",
        en: str = "",
        error: str = "",
    ) -> RunReport:
        """Give the report of the run."""
        return RunReport(
            _state(state),
            dict(self.counts),
            tuple(self.notes),
            self.omitted_notes,
            differences,
            zh,
            en,
            error,
        )


def _outcome(name: str) -> Outcome:
    for outcome in OUTCOMES:
        if outcome == name:
            return outcome
    raise ValueError(f"unknown outcome: {name}")


def _state(name: str) -> State:
    for state in STATES:
        if state == name:
            return state
    raise ValueError(f"unknown state: {name}")
