"""Cases, actors and facts for the tests of the engine; everything holds unless a test says not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any

from ckanext.fjgov.core.cases.engine import decide, open_case
from ckanext.fjgov.core.cases.guards import Facts, Request
from ckanext.fjgov.core.cases.outcome import Applied, Refused
from ckanext.fjgov.core.cases.records import Actor, Appointment, Case, Level, Party
from ckanext.fjgov.core.cases.types import case_type
from ckanext.fjgov.core.worktime.calendar import CHINA
from ckanext.fjgov.core.worktime.notices import calendar_of

NODE = "350100"
UNIT, OFFICE, PROVINCE, ELSEWHERE = "UNIT-A", "OFFICE-A", "OFFICE-P", "UNIT-B"
APPLICANT, PROVIDER, OPERATOR = "UNIT-P", "UNIT-Q", "UNIT-R"
PROVIDER_OFFICE = "OFFICE-Q"
UNITS = {
    "unit": UNIT, "office": OFFICE, "province_office": PROVINCE, "applicant": APPLICANT,
    "holder": APPLICANT, "provider": PROVIDER, "operator": OPERATOR,
    "applicant_office": OFFICE, "provider_office": PROVIDER_OFFICE,
}  # fmt: skip
CALENDAR = calendar_of()
ITEM = {"item": "item-1", "basis": "示例法第一条", "note": "示例说明"}
TERMS = {
    "purpose": "核对申请人住房情况", "business": "保障性住房资格审核", "mode": "query",
    "holder": {"kind": "unit"}, "until": "2027-03-01",
    "targets": [{"kind": "entry", "id": "entry-1", "items": ["item-1", "item-2"]}],
}  # fmt: skip
# What satisfies every guard of every step.
PAYLOAD = {"items": [ITEM], "basis": "示例文件", "terms": TERMS}
FACTS = Facts(
    calendar=CALENDAR,
    periods=dict.fromkeys(
        (
            "claim_decision", "claim_publication", "objection", "negotiation", "coordination",
            "configuration", "publication",
        ),
        5,
    ),
    home_node=NODE,
    findings=(),
    base_moved=False,
    items=frozenset({"item-1", "item-2"}),
    needs_confirmation=False,
    duplicates=(),
    today=date(2026, 3, 2),
    unpublished=(),
)  # fmt: skip


def at(day: str, clock: str = "10:00:00") -> datetime:
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=CHINA)


NOW = at("2026-03-02")


def person(name: str, role: str, unit: str = UNIT, **term: Any) -> Actor:
    """Give a person with one appointment, open unless `term` says otherwise."""
    values = {"first_day": date(2020, 1, 1), "last_day": None} | term
    number = sum(name.encode()) + len(role)
    return Actor(name, (Appointment(number, unit, role, **values),), Level.PASSWORD)


REGISTRAR = person("registrar", "registrar")
REVIEWER = person("reviewer", "reviewer")
LEAD = person("lead", "unit_lead")
OFFICER = person("officer", "digital_office", OFFICE)
PROVINCIAL = person("provincial", "digital_office", PROVINCE)
ASKING = person("asking", "staff", APPLICANT)
MANAGER = person("manager", "info_manager", APPLICANT)
PROVIDING = person("providing", "info_manager", PROVIDER)
RUNNING = person("running", "platform_operator", OPERATOR)
COORDINATING = person("coordinating", "digital_office", PROVIDER_OFFICE)


def parties_of(kind: str) -> tuple[Party, ...]:
    return tuple(Party(role, NODE, UNITS[role]) for role in case_type(kind).parties)


def opened(kind: str, state: str = "draft", **change: Any) -> Case:
    values: dict[str, Any] = {
        "node": NODE, "number": "X-2026-000001", "kind": kind, "subject": "subject-1",
        "parties": parties_of(kind), "state": state, "actor": REGISTRAR, "now": NOW,
    }  # fmt: skip
    return open_case(**(values | change)).case


def in_state(kind: str, state: str) -> Case:
    """Give a case that stands in a state, with a submission by somebody else in its history."""
    case = opened(kind, min(case_type(kind).openings))
    submission = next(iter(sorted(case_type(kind).submitting - {"opened"})), "opened")
    event = replace(
        case.history[0], seq=2, name=submission, user_id="submitter", payload={"terms": TERMS}
    )
    return replace(case, state=state, history=(*case.history, event))


def ask(
    case: Case, event: str, actor: Actor, *, facts: Facts = FACTS, now: datetime = NOW, **more: Any
) -> Applied | Refused:
    values: dict[str, Any] = {"reason": "示例意见", "payload": PAYLOAD} | more
    return decide(case, Request(event, **values), actor, facts, now)


def done(case: Case, event: str, actor: Actor, **more: Any) -> Case:
    """Take a step that must succeed and give the case after it."""
    outcome = ask(case, event, actor, **more)
    assert isinstance(outcome, Applied), outcome
    return outcome.case
