"""Guards in the steps: four eyes, own submissions, reasons, bases, and what is not known."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from ckanext.fjgov.core.cases.engine import conclude, open_case
from ckanext.fjgov.core.cases.errors import InvalidCase, InvalidMoment, UnknownCaseType
from ckanext.fjgov.core.cases.guards import Facts
from ckanext.fjgov.core.cases.outcome import Applied, Refused
from ckanext.fjgov.core.cases.records import SYSTEM, Actor, Appointment, Level, Party
from ckanext.fjgov.core.cases.sending import waiting_for
from ckanext.fjgov.core.cases.types import case_type
from tests.unit.core.cases.case_examples import (
    CALENDAR,
    FACTS,
    ITEM,
    LEAD,
    NODE,
    NOW,
    OFFICER,
    PROVINCIAL,
    REGISTRAR,
    REVIEWER,
    UNIT,
    ask,
    at,
    done,
    in_state,
    opened,
    parties_of,
    person,
)

BOTH = Actor("both", (*REGISTRAR.appointments, *REVIEWER.appointments), Level.TOKEN, "0A1B")
UNKNOWN = Facts(calendar=CALENDAR)


def refused(case: Any, event: str, actor: Actor, **more: Any) -> str:
    outcome = ask(case, event, actor, **more)
    assert isinstance(outcome, Refused)
    return outcome.message


@pytest.mark.parametrize("event", ["return", "approve"])
def test_nobody_decides_on_the_own_submission(event: str) -> None:
    case = done(opened("entry_review"), "submit", BOTH)
    assert "提交人不能审核自己提交的内容" in refused(case, event, BOTH)
    assert isinstance(ask(case, event, REVIEWER), Applied)
    lenient = replace(FACTS, other_person=False)
    assert isinstance(ask(case, event, BOTH, facts=lenient), Applied)


def test_nobody_lists_the_own_submission_which_another_approved() -> None:
    case = done(done(opened("entry_review"), "submit", BOTH), "approve", REVIEWER)
    assert "提交人不能审核" in refused(case, "list", BOTH)
    assert done(case, "list", REVIEWER).state == "listed"


def test_the_latest_submission_counts() -> None:
    case = done(opened("entry_review"), "submit", REGISTRAR)
    case = done(done(case, "return", BOTH), "submit", BOTH)
    assert "提交人不能审核" in refused(case, "approve", BOTH)


def test_only_the_submitter_recalls() -> None:
    case = done(opened("entry_review"), "submit", REGISTRAR)
    assert "只有提交人可以撤回" in refused(case, "recall", person("colleague", "registrar"))
    assert done(case, "recall", REGISTRAR).state == "draft"


@pytest.mark.parametrize(
    ("kind", "state", "event", "actor"),
    [
        ("entry_review", "submitted", "return", REVIEWER),
        ("entry_review", "listed", "withdraw", LEAD),
        ("non_publication", "claimed", "disagree", OFFICER),
        ("collection_report", "reported", "adjust", PROVINCIAL),
    ],
)
def test_a_reason_must_be_given(kind: str, state: str, event: str, actor: Actor) -> None:
    case = in_state(kind, state)
    assert "请填写意见或理由" in refused(case, event, actor, reason=" 　\n")
    assert isinstance(ask(case, event, actor), Applied)


@pytest.mark.parametrize(
    ("first", "last", "today", "lets"),
    [
        (date(2026, 3, 2), None, "2026-03-02", True),
        (date(2020, 1, 1), date(2026, 3, 2), "2026-03-02", True),
        (date(2026, 3, 3), None, "2026-03-02", False),
        (date(2020, 1, 1), date(2026, 3, 1), "2026-03-02", False),
    ],
)
def test_an_appointment_holds_from_its_first_to_its_last_day_in_china(
    first: date, last: date | None, today: str, lets: bool
) -> None:
    case = in_state("entry_review", "submitted")
    actor = person("dated", "reviewer", first_day=first, last_day=last)
    for clock in ("00:00:00", "23:59:59"):
        outcome = ask(case, "approve", actor, now=at(today, clock))
        assert isinstance(outcome, Applied) is lets, clock
        if isinstance(outcome, Refused):
            assert "任命不在有效期内" in outcome.message


def test_an_ended_appointment_beside_a_current_one_does_no_harm() -> None:
    ended = Appointment(7, UNIT, "reviewer", date(2019, 1, 1), date(2019, 12, 31))
    current = Appointment(8, UNIT, "reviewer", date(2020, 1, 1))
    case = done(in_state("entry_review", "submitted"), "approve", Actor("x", (ended, current)))
    assert case.history[-1].appointment == 8


def test_an_event_says_who_by_which_appointment_and_how_identified() -> None:
    case = done(opened("entry_review"), "submit", BOTH, reason=" 请审核 ", payload={"note": 1})
    event = case.history[-1]
    assert (event.seq, event.name, event.before, event.after) == (2, "submit", "draft", "submitted")
    assert (event.user_id, event.unit, event.role) == ("both", UNIT, "registrar")
    assert event.appointment == REGISTRAR.appointments[0].number
    assert (event.level, event.certificate, event.article) == (Level.TOKEN, "0A1B", "16")
    assert (event.at, event.reason, event.payload) == (NOW, "请审核", {"note": 1})


@pytest.mark.parametrize(
    ("kind", "state", "event", "actor", "facts", "words"),
    [
        ("entry_review", "draft", "submit", REGISTRAR, {"home_node": None}, "（未知）"),
        ("entry_review", "draft", "submit", REGISTRAR, {"home_node": "350200"}, "350200"),
        ("entry_review", "draft", "submit", REGISTRAR, {"findings": None}, "尚未按规则检查"),
        ("entry_review", "submitted", "approve", REVIEWER, {"findings": ("R1",)}, "R1"),
        ("entry_review", "revision_approved", "list", REVIEWER, {"base_moved": None}, "有变化"),
        ("entry_review", "revision_approved", "list", REVIEWER, {"base_moved": True}, "有变化"),
        ("non_publication", "draft", "claim", REGISTRAR, {"items": None}, "没有信息项"),
        (
            "collection_report", "confirmed", "file_revision", REGISTRAR,
            {"needs_confirmation": None}, "须报送确认",
        ),
        (
            "collection_report", "confirmed", "file_revision", REGISTRAR,
            {"needs_confirmation": True}, "须报送确认",
        ),
        ("collection_report", "reported", "confirm", PROVINCIAL, {"duplicates": None}, "尚未核对"),
        (
            "collection_report", "reported", "confirm", PROVINCIAL,
            {"duplicates": ("“户籍地址”由示例单位采集",)}, "请逐项调整：“户籍地址”",
        ),
        (
            "collection_report", "revision_reported", "adjust", PROVINCIAL,
            {"duplicates": ("“户籍地址”由示例单位采集",)}, "依《办法》第8条",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_or_not_known_refuses(
    kind: str, state: str, event: str, actor: Actor, facts: dict[str, Any], words: str
) -> None:
    case = in_state(kind, state)
    assert words in refused(case, event, actor, facts=replace(FACTS, **facts))
    assert isinstance(ask(case, event, actor), Applied)


def test_facts_that_nobody_filled_in_refuse() -> None:
    assert isinstance(ask(opened("entry_review"), "submit", REGISTRAR, facts=UNKNOWN), Refused)


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        ({}, "请逐项列出"),
        ({"items": []}, "请逐项列出"),
        ({"items": "item-1"}, "请逐项列出"),
        ({"items": ["item-1"]}, "须写明信息项"),
        ({"items": [{**ITEM, "item": 1}]}, "须写明信息项"),
        ({"items": [{**ITEM, "basis": ""}]}, "缺少法律法规依据"),
        ({"items": [{**ITEM, "note": "　"}]}, "缺少说明"),
        ({"items": [ITEM, ITEM]}, "重复"),
        ({"items": [{**ITEM, "item": "item-9"}]}, "没有信息项 item-9"),
    ],
)
def test_a_claim_gives_basis_and_note_item_by_item(payload: dict[str, Any], words: str) -> None:
    message = refused(opened("non_publication"), "claim", REGISTRAR, payload=payload)
    assert words in message
    assert "依《办法》第21条" in message


def test_a_revision_states_its_basis() -> None:
    case = in_state("collection_report", "confirmed")
    assert "修订依据" in refused(case, "file_revision", REGISTRAR, payload={"basis": " "})


def test_a_version_that_is_no_longer_the_latest_is_refused() -> None:
    case = done(opened("entry_review"), "submit", REGISTRAR)
    assert "请刷新" in refused(case, "approve", REVIEWER, version=1)
    assert isinstance(ask(case, "approve", REVIEWER, version=2), Applied)


def test_a_party_at_another_node_has_no_power_by_its_code_here() -> None:
    far = (Party("unit", NODE, UNIT), Party("office", "350000", "OFFICE-A"))
    case = done(opened("non_publication", parties=far), "claim", REGISTRAR)
    assert isinstance(ask(case, "agree", OFFICER), Refused)
    assert case.clocks == ()


OPEN_STATES = sorted(set(case_type("entry_review").states) - case_type("entry_review").final)


@pytest.mark.parametrize("state", OPEN_STATES)
def test_a_case_that_was_overtaken_ends_by_the_system_with_its_reason(state: str) -> None:
    case = in_state("entry_review", state)
    applied = conclude(case, "overtake", "示例原因", NOW)
    [event] = applied.events
    assert (event.user_id, event.reason, event.before) == (SYSTEM, "示例原因", state)
    assert applied.case.state == "overtaken"
    assert {notice.roles for notice in applied.notices} == {(), ("registrar", "reviewer")}
    assert waiting_for(applied.case) is None


@pytest.mark.parametrize(
    ("kind", "state", "event"),
    [
        ("entry_review", "withdrawn", "overtake"),
        ("entry_review", "overtaken", "overtake"),
        ("entry_review", "draft", "withdraw"),
        ("entry_review", "draft", "unheard_of"),
        ("non_publication", "claimed", "claim_decision_lapsed"),
    ],
)
def test_the_system_ends_no_case_otherwise(kind: str, state: str, event: str) -> None:
    with pytest.raises(InvalidCase):
        conclude(in_state(kind, state), event, "示例原因", NOW)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"kind": "unheard_of"}, UnknownCaseType),
        ({"state": "claimed"}, InvalidCase),
        ({"parties": ()}, InvalidCase),
        ({"parties": parties_of("non_publication") * 2}, InvalidCase),
        ({"now": NOW.replace(tzinfo=None)}, InvalidMoment),
    ],
)
def test_a_case_cannot_begin_otherwise(change: dict[str, Any], error: type[Exception]) -> None:
    values: dict[str, Any] = {
        "node": NODE, "number": "1", "kind": "non_publication", "subject": "s",
        "parties": parties_of("non_publication"), "state": "draft", "actor": REGISTRAR, "now": NOW,
    }  # fmt: skip
    assert open_case(**values).case.version == 1
    with pytest.raises(error):
        open_case(**(values | change))


def test_a_step_needs_a_time_with_its_zone() -> None:
    with pytest.raises(InvalidMoment):
        ask(opened("entry_review"), "submit", REGISTRAR, now=NOW.replace(tzinfo=None))
