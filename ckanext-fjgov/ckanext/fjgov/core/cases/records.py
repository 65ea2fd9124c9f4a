"""What a case is made of: parties, history, clocks, and what is sent because of it.

Every value is immutable; a step makes a new case. Nothing here decides anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from types import MappingProxyType
from typing import Any

# The role under which the lapse of a clock and the loading of a calendar are written.
SYSTEM = "system"
OPENED = "opened"
RECOMPUTED = "clocks_recomputed"
NOTHING: Mapping[str, Any] = MappingProxyType({})


class Level(Enum):
    """How a person was identified (Art. 35); stored with every event."""

    NONE = "none"
    PASSWORD = "password"  # noqa: S105 - the name of a way, not a secret
    TOKEN = "token"  # noqa: S105 - as above
    CERTIFICATE = "certificate"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Appointment:
    """A role that a person holds in a unit, from a day to a day, both included (Art. 16, 18, 24).

    Attributes:
        number: of the appointment in the register.
        unit: code of the unit.
        last_day: None while no end is set.
    """

    number: int
    unit: str
    role: str
    first_day: date
    last_day: date | None = None

    def is_current(self, today: date) -> bool:
        """Tell whether it holds on a day."""
        return self.first_day <= today and (self.last_day is None or today <= self.last_day)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: an account with its appointments; being a technician of the platform is none.

    Attributes:
        user_id: of the account, or `system`.
        appointments: in any unit, ended ones included; the engine looks at the days.
        level: how the person was identified.
        certificate: serial of the certificate that was shown, if any.
    """

    user_id: str
    appointments: tuple[Appointment, ...] = ()
    level: Level = Level.NONE
    certificate: str | None = None


SYSTEM_ACTOR = Actor(SYSTEM, level=Level.SYSTEM)


@dataclass(frozen=True, slots=True)
class Party:
    """One side of a case: a unit of a node, or a body outside that has no account.

    Attributes:
        role: what the party is in this case, such as `unit` or `office`.
        node: code of the node where the unit is registered; "" for a body outside.
        unit: code of the unit; "" for a body outside.
        body: name of the body outside; "" for a unit.
    """

    role: str
    node: str = ""
    unit: str = ""
    body: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """One step of a history; events are added and never changed.

    Attributes:
        seq: 1, 2, 3 … within the case, without gaps.
        before: state before the step, "" for the first one.
        after: state after it.
        unit, role, appointment: by which appointment the person acted; "" and None for the system.
        article: of the rules on which the step rests; "" where they are silent.
        reason: 意见 or 理由, as given.
        payload: facts of the step, JSON.
    """

    seq: int
    name: str
    before: str
    after: str
    at: datetime
    user_id: str
    unit: str = ""
    role: str = ""
    appointment: int | None = None
    level: Level = Level.NONE
    certificate: str | None = None
    article: str = ""
    reason: str = ""
    payload: Mapping[str, Any] = field(default_factory=lambda: NOTHING)


@dataclass(frozen=True, slots=True)
class Pause:
    """A time in which a clock stands still."""

    began: datetime
    reason: str
    ended: datetime | None = None


@dataclass(frozen=True, slots=True)
class Clock:
    """A period of working days that runs for one party (办理期限).

    Attributes:
        owner: role of the party that must act.
        days: working days that were given.
        started: receipt; that day is day 0.
        last_day, due_at: the limit; while the clock stands still they say nothing.
        calendar: version of the years that were counted through.
        provisional: 暂定: a year on the way has no notice yet, so that it cannot lapse.
        done: when the owner acted, be it late.
        lapsed: when the end of the period was written into the history.
    """

    name: str
    article: str
    owner: str
    days: int
    started: datetime
    last_day: date
    due_at: datetime
    calendar: str
    provisional: bool
    pauses: tuple[Pause, ...] = ()
    done: datetime | None = None
    lapsed: datetime | None = None

    @property
    def is_running(self) -> bool:
        """Tell whether its end is still to come and it does not stand still."""
        return self.done is None and self.lapsed is None and not self.is_paused

    @property
    def is_paused(self) -> bool:
        """Tell whether it stands still."""
        return bool(self.pauses) and self.pauses[-1].ended is None

    def is_past(self, now: datetime) -> bool:
        """Tell whether its end has passed unnoticed; a provisional one never has."""
        return self.is_running and not self.provisional and now >= self.due_at


@dataclass(frozen=True, slots=True)
class Case:
    """A case as it stands, with all of its history.

    Attributes:
        node: code of the home node, which keeps the case.
        number: unique at the home node.
        kind: name of the case type.
        subject: what it is about, such as the id of an entry.
        version: number of its events, so that every step changes it.
    """

    node: str
    number: str
    kind: str
    subject: str
    parties: tuple[Party, ...]
    state: str
    history: tuple[Event, ...] = ()
    clocks: tuple[Clock, ...] = ()

    @property
    def version(self) -> int:
        """Give the number of the last event."""
        return len(self.history)

    def party(self, role: str) -> Party | None:
        """Give the party of a role."""
        return next((party for party in self.parties if party.role == role), None)

    def last(self, names: frozenset[str]) -> Event | None:
        """Give the latest event of one of these names."""
        return next((event for event in reversed(self.history) if event.name in names), None)


@dataclass(frozen=True, slots=True)
class Delivery:
    """What was handed to one party, with its own times and proof (一方一条送达记录).

    Attributes:
        seq: event that is handed over.
        received: None while it waits for a node, or for a body outside.
        proof: how the receipt is known; `same_node` when both are on this node.
    """

    seq: int
    party: Party
    sent: datetime
    received: datetime | None = None
    proof: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """A message about an event (消息通知): for the holders of roles in a unit, or for one person.

    Attributes:
        user_id: one person; "" for all holders of `roles`.
    """

    seq: int
    node: str
    unit: str
    roles: tuple[str, ...] = ()
    user_id: str = ""
