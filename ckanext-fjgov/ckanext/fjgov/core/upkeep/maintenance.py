"""年度目录维护 (M17, Art. 17): what is decided on each entry, by whom, and when a year is closed.

A small table of its own: states follow from facts (the latest decision, the entry now), so that it
can ride on the engine of cases without being rewritten.  Must not look anything up.
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import dataclass
from datetime import date
from enum import Enum

DECIDERS = frozenset({"registrar", "reviewer"})
LEAD = "unit_lead"
FIRST_YEAR, LAST_YEAR = 2010, 2999


class Decision(Enum):
    """确认、更新、合并、撤销."""

    CONFIRM = "confirm"
    CHANGE = "change"
    MERGE = "merge"
    WITHDRAW = "withdraw"


class EntryState(Enum):
    """Where one entry of a campaign stands."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    TO_CHANGE = "to_change"
    CHANGED = "changed"
    MERGED = "merged"
    WITHDRAWN = "withdrawn"
    GONE = "gone"


class CampaignState(Enum):
    """Where a campaign stands."""

    OPEN = "open"
    READY = "ready"
    CLOSED = "closed"


# Nothing is left to do for these.
SETTLED = frozenset(EntryState) - {EntryState.PENDING, EntryState.TO_CHANGE}
# Nothing is left to decide for these: the entry is not listed any more.
FINAL = frozenset({EntryState.MERGED, EntryState.WITHDRAWN, EntryState.GONE})


@dataclass(frozen=True, slots=True)
class EntryFacts:
    """What is known of one entry of a campaign.

    Attributes:
        decision: the latest one, None before the first.
        was: hash of the listed entry when the campaign began.
        now: hash of the listed entry now, "" when it is not listed.
    """

    decision: Decision | None
    was: str
    now: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why something may not be done, with the article or own reading it rests on."""

    zh: str
    en: str


def entry_state(facts: EntryFacts) -> EntryState:
    """Say where an entry stands; one that vanished without a decision here is `GONE`."""
    if not facts.now:
        if facts.decision is Decision.MERGE:
            return EntryState.MERGED
        return EntryState.WITHDRAWN if facts.decision is Decision.WITHDRAW else EntryState.GONE
    if facts.decision is Decision.CONFIRM:
        return EntryState.CONFIRMED
    if facts.decision is Decision.CHANGE:
        return EntryState.TO_CHANGE if facts.now == facts.was else EntryState.CHANGED
    # A withdrawal that was decided and did not take place, or was undone, is to be decided again.
    return EntryState.PENDING


def campaign_state(states: Iterable[EntryState], *, is_confirmed: bool) -> CampaignState:
    """Say where a campaign stands."""
    if is_confirmed:
        return CampaignState.CLOSED
    return CampaignState.READY if all(s in SETTLED for s in states) else CampaignState.OPEN


def is_overdue(state: CampaignState, due_on: date, today: date) -> bool:
    """Tell whether a campaign is not closed after its last day."""
    return state is not CampaignState.CLOSED and today > due_on


def due_day(year: int, month_day: str) -> date:
    """Give the last day of a year's campaign by the setting, `MM-DD` (own reading).

    Raises:
        ValueError: there is no such day.
    """
    return date.fromisoformat(f"{year:04d}-{month_day}")


def refuse_open(roles: Set[str], year: int, today: date, *, has_one: bool) -> Refusal | None:
    """Say why a campaign may not be opened by somebody with these roles in the unit.

    Args:
        roles: held in the unit today; being a technician is no role.
        has_one: the unit has a campaign of the year already.
    """
    if not roles & (DECIDERS | {LEAD}):
        return Refusal(
            "须由本单位目录登记人员、审核人员或单位负责人发起",
            "only a registrar, reviewer or head of the unit may open it",
        )
    if not FIRST_YEAR <= year <= today.year:
        return Refusal(
            f"年度须在 {FIRST_YEAR} 至 {today.year} 之间",
            f"the year lies between {FIRST_YEAR} and {today.year}",
        )
    if has_one:
        return Refusal(
            f"本单位{year}年度目录维护已发起", f"the unit has its maintenance of {year} already"
        )
    return None


def refuse_decision(
    roles: Set[str], campaign: CampaignState, entry: EntryState | None
) -> Refusal | None:
    """Say why a decision on an entry may not be taken.

    Args:
        roles: held in the unit today.
        entry: None when the campaign has no such entry.
    """
    if not roles & DECIDERS:
        return Refusal(
            "须由本单位目录登记人员或审核人员办理",
            "only a registrar or reviewer of the unit may decide",
        )
    if campaign is CampaignState.CLOSED:
        return Refusal("本年度维护已由单位负责人确认", "the head of the unit has closed it")
    if entry is None:
        return Refusal("该目录不在本次维护清单中", "the entry is not on this list")
    if entry in FINAL:
        return Refusal("该目录已撤销，无须再办理", "the entry is not listed any more")
    return None


def refuse_target(
    package_id: str, target_id: str | None, *, is_listed: bool, is_same_unit: bool
) -> Refusal | None:
    """Say why an entry may not be merged into another one.

    Args:
        target_id: None when there is no such entry.
    """
    if target_id is None or not is_listed:
        return Refusal(
            "合并到的目录不存在或未发布", "the other entry does not exist or is not listed"
        )
    if target_id == package_id:
        return Refusal("不能合并到本目录", "an entry cannot be merged into itself")
    if not is_same_unit:
        return Refusal("只能合并到本单位的目录", "the other entry belongs to another unit")
    return None


def refuse_confirmation(
    roles: Set[str], campaign: CampaignState, *, person: str, deciders: Set[str]
) -> Refusal | None:
    """Say why a campaign may not be confirmed and closed.

    Args:
        roles: held in the unit today.
        person: id of who confirms.
        deciders: ids of those whose decisions count; the head confirms the work of others (own
            reading: a different person).
    """
    if LEAD not in roles:
        return Refusal("须由单位负责人（授权人）确认", "only the head of the unit may confirm it")
    if campaign is CampaignState.CLOSED:
        return Refusal("本年度维护已确认", "it is confirmed already")
    if campaign is CampaignState.OPEN:
        return Refusal(
            "还有目录未办理或未完成更新", "some entries are not decided on, or not yet changed"
        )
    if person in deciders:
        return Refusal(
            "办理人员不能确认自己的办理结果", "who decided on entries cannot confirm the result"
        )
    return None
