"""Alarms of a node: which hold after its latest run, and when a row opens or closes.

A fact may be unknown: a run that a person cancelled says nothing about the node, so what was open
stays open and nothing opens.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from .schedule import Schedule, late_after

# Kinds of `errors.FetchError`: nobody answers, or what answers is not the node.
UNREACHABLE_ERRORS: Final = frozenset(
    {
        "fetch", "blocked_address", "bad_scheme", "timeout", "too_large", "ratio", "bad_status",
        "bad_content", "tls", "connection", "redirect_loop",
    }
)  # fmt: skip
GOOD_STATES: Final = frozenset({"verified", "repaired"})


class AlarmKind(StrEnum):
    """What may be wrong with a node."""

    LATE = "late"
    UNREACHABLE = "unreachable"
    FAILING = "failing"
    UNVERIFIED = "unverified"
    SHRINKING = "shrinking"


class Step(StrEnum):
    """What to do with the row of an alarm."""

    OPEN = "open"
    SEEN = "seen"
    CLOSE = "close"
    NOTHING = "nothing"


TEXTS: Final[dict[AlarmKind, tuple[str, str]]] = {
    AlarmKind.LATE: (
        "未按同步计划完成同步，请检查调度进程、任务进程和该节点",
        "not synchronised by its schedule: check the scheduler, the worker and the node",
    ),
    AlarmKind.UNREACHABLE: (
        "无法连接该节点，请与其运行单位联系",
        "the node cannot be reached: contact its operator",
    ),
    AlarmKind.FAILING: (
        "最近一次同步失败，请查看该次同步的原因",
        "the latest run failed: see the reason on the page of the run",
    ),
    AlarmKind.UNVERIFIED: (
        "目录核对不一致，请查看最近一次同步列出的记录",
        "the catalogs differ: see the records that the latest run lists",
    ),
    AlarmKind.SHRINKING: (
        "将撤销的目录超过限度，同步已停止，请核实后批准或拒绝",
        "more records would go than allowed and the run stopped: check, then approve or refuse",
    ),
}


@dataclass(frozen=True, slots=True)
class RunFacts:
    """The latest run of a node that has ended.

    Attributes:
        state: how it ended.
        error: kind of the error that ended it, or "".
    """

    state: str
    error: str = ""


@dataclass(frozen=True, slots=True)
class NodeFacts:
    """What alarms are derived from.

    Attributes:
        schedule: None when the node has none.
        since: when a run last came to a good end, or the schedule was set or resumed if later.
        is_paused: a person paused the node.
        is_running: a run of it shows life.
        last: the latest ended run, None when there was none.
    """

    schedule: Schedule | None
    since: datetime | None
    is_paused: bool
    is_running: bool
    last: RunFacts | None


def conditions(facts: NodeFacts, now: datetime) -> dict[AlarmKind, bool | None]:
    """Say for each kind whether it holds: True, False, or None when nothing is known."""
    return {AlarmKind.LATE: _is_late(facts, now), **_after_run(facts.last)}


def _is_late(facts: NodeFacts, now: datetime) -> bool | None:
    if facts.schedule is None or facts.since is None or facts.is_paused:
        return False
    if now < late_after(facts.schedule, facts.since):
        return False
    # A long first load is late only when it stops showing life.
    return None if facts.is_running else True


def _after_run(last: RunFacts | None) -> dict[AlarmKind, bool | None]:
    unreachable: bool | None = None
    failing: bool | None = None
    unverified: bool | None = None
    shrinking: bool | None = None
    if last is None or last.state in ("cancelled", "skipped"):
        pass
    elif last.state in GOOD_STATES:
        unreachable = failing = unverified = shrinking = False
    elif last.state == "unverified":
        unreachable, failing, unverified, shrinking = False, False, True, False
    elif last.state == "stopped":
        unreachable, failing, shrinking = False, False, True
    else:
        unreachable = last.error in UNREACHABLE_ERRORS
        failing = not unreachable
    return {
        AlarmKind.UNREACHABLE: unreachable,
        AlarmKind.FAILING: failing,
        AlarmKind.UNVERIFIED: unverified,
        AlarmKind.SHRINKING: shrinking,
    }


def step_of(*, is_open: bool, holds: bool | None) -> Step:
    """Say what becomes of an alarm's row; acknowledging changes nothing in that.

    Args:
        is_open: a row is open.
        holds: whether its condition holds, None when unknown.
    """
    if holds is None:
        return Step.NOTHING
    if holds:
        return Step.SEEN if is_open else Step.OPEN
    return Step.CLOSE if is_open else Step.NOTHING
