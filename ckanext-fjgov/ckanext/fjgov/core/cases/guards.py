"""Conditions of steps beside state and role; they stand in the step, so that nobody passes by.

A guard gives None when the step may go on, else why not. What is not known refuses.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from ckanext.fjgov.core.cases import terms
from ckanext.fjgov.core.cases.records import NOTHING, Actor, Case
from ckanext.fjgov.core.cases.table import CaseType, Words
from ckanext.fjgov.core.worktime.calendar import WorkCalendar

MOST_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody wants to do.

    Attributes:
        event: name of the step.
        reason: 意见 or 理由.
        payload: facts for the step, JSON.
        version: of the case that the person looked at; None when none is named.
    """

    event: str
    reason: str = ""
    payload: Mapping[str, object] = field(default_factory=lambda: NOTHING)
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What the caller knows about the world; None stands for what it does not know.

    Attributes:
        calendar: working days.
        periods: working days by name of clock; a clock without any is not started.
        other_person: whoever decides must not be whoever submitted [own, a setting].
        home_node: node that keeps the subject.
        findings: what the rules refuse about the subject, each `zh / en`.
        base_moved: whether the listed entry was changed since the revision was begun.
        items: ids of the 信息项 that the subject has.
        needs_confirmation: whether a revision brings items that are new to the overall catalog
            or changes the responsible unit.
        duplicates: what other units hold of the items that a step would confirm, each `zh / en`.
        today: day in China.
        unpublished: what of the information that is asked for is not published in the mode that
            is asked for, by title.
        standing: clocks that stand still from their start on, since something is still to come.
    """

    calendar: WorkCalendar
    periods: Mapping[str, int] = field(default_factory=dict)
    other_person: bool = True
    home_node: str | None = None
    findings: tuple[str, ...] | None = None
    base_moved: bool | None = None
    items: frozenset[str] | None = None
    needs_confirmation: bool | None = None
    duplicates: tuple[str, ...] | None = None
    today: date | None = None
    unpublished: tuple[str, ...] | None = None
    standing: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Question:
    """What a guard looks at."""

    kind: CaseType
    case: Case
    request: Request
    actor: Actor
    facts: Facts

    @property
    def submitter(self) -> str | None:
        """Give the account that submitted last; None when nobody has."""
        event = self.case.last(self.kind.submitting)
        return event.user_id if event else None


Guard = Callable[[Question], Words | None]


def _reason_given(asked: Question) -> Words | None:
    if asked.request.reason.strip():
        return None
    return "请填写意见或理由", "give an opinion or a reason"


def _other_person(asked: Question) -> Words | None:
    if not asked.facts.other_person:
        return None
    if asked.submitter is None:
        return "没有提交记录，不能审核", "nobody has submitted it, so nobody can decide"
    if asked.submitter == asked.actor.user_id:
        return (
            "提交人不能审核自己提交的内容，请由另一名目录审核人员办理",
            "whoever submitted cannot decide on it; another reviewer must",
        )
    return None


def _own_submission(asked: Question) -> Words | None:
    if asked.submitter == asked.actor.user_id:
        return None
    return "只有提交人可以撤回", "only whoever submitted may recall"


def _kept_here(asked: Question) -> Words | None:
    home = asked.facts.home_node
    if home == asked.case.node:
        return None
    return (
        f"该记录由节点 {home or '（未知）'} 维护，请到该节点办理",
        f"this record is kept by node {home or '(unknown)'}; act there",
    )


def _complete(asked: Question) -> Words | None:
    findings = asked.facts.findings
    if findings is None:
        return "尚未按规则检查，不能继续", "the rules have not been run on it"
    if not findings:
        return None
    shown = "；".join(findings[:MOST_SHOWN])
    more_zh = f" 等 {len(findings)} 处" if len(findings) > MOST_SHOWN else ""
    return (
        f"还有不符合登记要求之处，请修改后再办理：{shown}{more_zh}",
        f"{len(findings)} fault(s) must be corrected first",
    )


def _base_unmoved(asked: Question) -> Words | None:
    if asked.facts.base_moved is False:
        return None
    return (
        "已发布的目录在更新期间有变化，请退回，按现行目录重新更新",
        "the listed entry has changed meanwhile; return this revision and make it again",
    )


def _basis_by_item(asked: Question) -> Words | None:
    rows = asked.request.payload.get("items")
    if not isinstance(rows, list) or not rows:
        return "请逐项列出不能发布的信息项", "name the items that cannot be published, one by one"
    seen: set[str] = set()
    for row in rows:
        item = row.get("item") if isinstance(row, Mapping) else None
        if not isinstance(item, str) or not item:
            return "每一行须写明信息项", "every row must name its item"
        if item in seen:
            return f"信息项 {item} 重复", f"item {item} is given twice"
        seen.add(item)
        for name, zh in (("basis", "法律法规依据"), ("note", "说明")):
            text = row.get(name)
            if not isinstance(text, str) or not text.strip():
                return f"信息项 {item} 缺少{zh}", f"item {item} has no {name}"
    known = asked.facts.items
    if known is None or not seen <= known:
        other = min(seen - (known or frozenset()))
        return f"目录中没有信息项 {other}", f"the entry has no item {other}"
    return None


def _basis_given(asked: Question) -> Words | None:
    basis = asked.request.payload.get("basis")
    if isinstance(basis, str) and basis.strip():
        return None
    return "请写明修订依据（职能调整文件）", "state the basis of the revision"


def _needs_no_confirmation(asked: Question) -> Words | None:
    if asked.facts.needs_confirmation is False:
        return None
    return (
        "修订涉及总体目录中没有的信息项或采集责任单位变更，须报送确认",
        "it brings items new to the overall catalog or another responsible unit: report it",
    )


def _no_duplicate(asked: Question) -> Words | None:
    found = asked.facts.duplicates
    if found is None:
        return "尚未核对重复采集，不能确认", "it has not been compared with what others collect"
    if not found:
        return None
    shown = "；".join(found[:MOST_SHOWN])
    more_zh = f" 等 {len(found)} 项" if len(found) > MOST_SHOWN else ""
    return (
        f"与其他单位已确认的采集项重复，不能确认，请逐项调整：{shown}{more_zh}",
        f"{len(found)} item(s) are collected by others: adjust each of them",
    )


def _terms_whole(asked: Question) -> Words | None:
    given = asked.request.payload.get("terms")
    if not isinstance(given, Mapping) or asked.facts.today is None:
        return "请填写申请内容", "the terms of the application are missing"
    found = terms.faults(given, asked.facts.today)
    if not found:
        return None
    return (
        "；".join(zh for zh, _en in found[:MOST_SHOWN]),
        "; ".join(en for _zh, en in found[:MOST_SHOWN]),
    )


def _terms_within(asked: Question) -> Words | None:
    before = terms.settled(asked.case)
    if before is None:
        return "没有申请内容可以比较", "there are no terms to compare with"
    found = terms.widened(before, _mapping(asked.request.payload.get("terms")))
    return found[0] if found else None


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _published(asked: Question) -> Words | None:
    left = asked.facts.unpublished
    if left is None:
        return "尚未核对信息是否已发布", "whether the information is published is not known"
    if not left:
        return None
    shown = "、".join(left[:MOST_SHOWN])
    return (
        f"以下信息尚未按申请的共享模式发布（未挂接）：{shown}",
        f"not yet published in the mode that was asked for: {shown}",
    )


def _time_left(asked: Question) -> Words | None:
    settled, today = terms.settled(asked.case), asked.facts.today
    until = settled.get("until") if settled else None
    if today is not None and isinstance(until, str) and until >= today.isoformat():
        return None
    return (
        f"申请的截止时间 {until or '（未知）'} 已过，请申请单位撤回后重新申请",
        f"the end date {until or '(unknown)'} has passed: withdraw it and apply again",
    )


GUARDS: Mapping[str, Guard] = {
    "reason_given": _reason_given,
    "other_person": _other_person,
    "own_submission": _own_submission,
    "kept_here": _kept_here,
    "complete": _complete,
    "base_unmoved": _base_unmoved,
    "basis_by_item": _basis_by_item,
    "basis_given": _basis_given,
    "needs_no_confirmation": _needs_no_confirmation,
    "no_duplicate": _no_duplicate,
    "terms_whole": _terms_whole,
    "terms_within": _terms_within,
    "published": _published,
    "time_left": _time_left,
}
# Guards that hold because the rules say so; the others are our reading or plain sense.
ARTICLES: Mapping[str, str] = {
    "complete": "15",
    "basis_by_item": "21",
    "basis_given": "7",
    "no_duplicate": "8",
    "terms_whole": "23",
    "published": "27",
}
# Guards that ask who the person is; the others ask about the matter.
ABOUT_PERSONS = frozenset({"other_person", "own_submission"})
