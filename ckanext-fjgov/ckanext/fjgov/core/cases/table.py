"""The form of a case type: its states and events in words, and one row for every step there is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Words = tuple[str, str]
# Whom a notice is for, beside holders of roles: whoever submitted last.
SUBMITTER = "submitter"


@dataclass(frozen=True, slots=True)
class ClockRule:
    """A period that a case type knows.

    Attributes:
        article: that sets the limit; "" where the rules set none.
        owner: role of the party that must act.
        words: what it is called.
        legal: False for a reminder that the rules do not know [own].
        tacit: silence until its end is an answer (视为无异议), so that nobody is late by it.
    """

    name: str
    article: str
    owner: str
    words: Words
    legal: bool = True
    tacit: bool = False

    @property
    def lapse(self) -> str:
        """Give the name of the event that its end is."""
        return f"{self.name}_lapsed"


@dataclass(frozen=True, slots=True)
class To:
    """Recipients of a notice: holders of roles in a party, or the submitter when there are none."""

    party: str
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One step: in this state, this event by one of these roles of this party leads there.

    Attributes:
        roles: appointments that allow it, in the order in which one is chosen; `system` alone for
            what no person does.
        party: whose appointment it must be.
        guards: names of `guards.GUARDS`, asked in this order.
        article: on which the step rests; "" where the rules are silent.
        starts, stops, pauses, resumes: names of clocks.
        delivers: roles of the parties that it is handed to.
    """

    state: str
    event: str
    roles: tuple[str, ...]
    party: str
    to: str
    guards: tuple[str, ...] = ()
    article: str = ""
    starts: tuple[str, ...] = ()
    stops: tuple[str, ...] = ()
    pauses: tuple[str, ...] = ()
    resumes: tuple[str, ...] = ()
    notices: tuple[To, ...] = ()
    delivers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Turn:
    """Who is to act in a state (待办): holders of roles in a party.

    Attributes:
        not_submitter: somebody else than who submitted must do it.
    """

    party: str
    roles: tuple[str, ...]
    not_submitter: bool = False


@dataclass(frozen=True, slots=True)
class CaseType:
    """A case type as a table.

    Attributes:
        prefix: first letters of case numbers.
        words: what the type is called.
        states, events: words of each; a clock's lapse is an event too.
        openings: states in which a case may begin.
        final: states that end it.
        submitting: events whose author is the submitter.
        parties: roles of the parties that it must have.
        turns: who is to act, by state.
        opener: party that sees the case from its beginning, while every other sees it from its
            first delivery on; "" when all see it at once.
    """

    name: str
    prefix: str
    words: Words
    states: Mapping[str, Words]
    events: Mapping[str, Words]
    openings: frozenset[str]
    final: frozenset[str]
    submitting: frozenset[str]
    parties: tuple[str, ...]
    rows: tuple[Row, ...]
    turns: Mapping[str, Turn]
    clocks: tuple[ClockRule, ...] = ()
    opener: str = ""
    by_step: Mapping[tuple[str, str], Row] = field(init=False)

    def __post_init__(self) -> None:
        """Arrange the rows by state and event.

        Raises:
            ValueError: two rows for one step.
        """
        by_step = {(row.state, row.event): row for row in self.rows}
        if len(by_step) < len(self.rows):
            raise ValueError(f"{self.name}: two rows for one state and event")
        object.__setattr__(self, "by_step", by_step)

    def clock(self, name: str) -> ClockRule:
        """Give the rule of a clock."""
        return next(rule for rule in self.clocks if rule.name == name)

    def events_of(self, state: str) -> tuple[str, ...]:
        """Give the events that have a row in a state, in the order of the table."""
        return tuple(row.event for row in self.rows if row.state == state)
