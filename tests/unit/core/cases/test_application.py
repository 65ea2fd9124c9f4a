"""The course of an application: deliveries, clocks that run side by side, opinions, late steps."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest

from ckanext.fjgov.core.cases.engine import settle
from ckanext.fjgov.core.cases.guards import Facts
from ckanext.fjgov.core.cases.outcome import Applied, Refused
from ckanext.fjgov.core.cases.records import Case
from ckanext.fjgov.core.cases.replay import history_faults
from ckanext.fjgov.core.cases.terms import settled
from tests.unit.core.cases.case_examples import (
    ASKING,
    COORDINATING,
    FACTS,
    MANAGER,
    PAYLOAD,
    PROVIDING,
    RUNNING,
    TERMS,
    ask,
    at,
    done,
    opened,
)

# Monday; five working days end on Monday 2026-03-09.
RECEIVED = at("2026-03-02")
IN_TIME, TOO_LATE = at("2026-03-09", "23:59:59"), at("2026-03-10", "00:00:00")
UNPUBLISHED = replace(FACTS, unpublished=("不动产登记信息",), standing=frozenset({"configuration"}))
NARROWED = PAYLOAD | {"terms": TERMS | {"until": "2026-06-30"}}


def facts_of(*, published: bool) -> Facts:
    if not published:
        return UNPUBLISHED
    periods = {name: days for name, days in FACTS.periods.items() if name != "publication"}
    return replace(FACTS, periods=periods)


def filed(*, published: bool = True, now: datetime = RECEIVED) -> Case:
    case = done(opened("application", actor=ASKING, now=now), "submit", ASKING, now=now)
    return done(case, "approve", MANAGER, now=now, facts=facts_of(published=published))


def clock(case: Case, name: str) -> Any:
    return next(one for one in case.clocks if one.name == name)


def states(case: Case) -> list[str]:
    return [event.after for event in case.history]


def test_the_form_goes_to_three_at_once_and_a_copy_to_the_own_office() -> None:
    case = done(opened("application", actor=ASKING), "submit", ASKING)
    outcome = ask(case, "approve", MANAGER)
    assert isinstance(outcome, Applied)
    assert [sent.party.role for sent in outcome.deliveries] == [
        "province_office", "provider", "operator", "applicant_office",
    ]  # fmt: skip
    assert all(sent.received == sent.sent for sent in outcome.deliveries)
    assert {one.name for one in outcome.case.clocks} == {"objection", "publication"}


def test_a_province_at_another_node_has_yet_to_receive() -> None:
    case = done(opened("application", actor=ASKING), "submit", ASKING)
    parties = tuple(
        replace(party, node="350000") if party.role == "province_office" else party
        for party in case.parties
    )
    outcome = ask(replace(case, parties=parties), "approve", MANAGER)
    assert isinstance(outcome, Applied)
    received = {sent.party.role: sent.received is not None for sent in outcome.deliveries}
    assert received == {
        "province_office": False, "provider": True, "operator": True, "applicant_office": True,
    }  # fmt: skip


def test_whoever_asks_does_not_review_the_own_application() -> None:
    case = done(opened("application", actor=MANAGER), "submit", MANAGER)
    outcome = ask(case, "approve", MANAGER)
    assert isinstance(outcome, Refused)
    assert "提交人不能审核" in outcome.message


def test_the_administrator_narrows_and_that_stands() -> None:
    case = done(opened("application", actor=ASKING), "submit", ASKING)
    case = done(case, "approve", MANAGER, payload=NARROWED)
    assert settled(case) == NARROWED["terms"]
    wider = PAYLOAD | {"terms": TERMS | {"until": "2026-07-01"}}
    case = done(case, "object", PROVIDING)
    assert "截止时间" in ask(case, "agree", PROVIDING, payload=wider).message  # type: ignore[union-attr]
    assert done(case, "agree", PROVIDING, payload=NARROWED).state == "configuring"


@pytest.mark.parametrize(
    ("now", "event", "expected"),
    [
        (IN_TIME, "object", ["negotiating"]),
        (IN_TIME, "no_objection", ["configuring"]),
        (TOO_LATE, "object_late", ["configuring", "configuring"]),
    ],
)
def test_an_objection_is_in_time_until_midnight(
    now: datetime, event: str, expected: list[str]
) -> None:
    outcome = ask(filed(), event, PROVIDING, now=now)
    assert isinstance(outcome, Applied)
    assert [one.after for one in outcome.events] == expected
    assert history_faults(outcome.case) == ()


def test_after_the_lapse_an_objection_comes_too_late_and_stops_nothing() -> None:
    outcome = ask(filed(), "object", PROVIDING, now=TOO_LATE)
    assert isinstance(outcome, Refused)
    lapsed = settle(filed(), FACTS, TOO_LATE)
    assert lapsed is not None
    late = done(lapsed.case, "object_late", PROVIDING, now=TOO_LATE)
    assert clock(late, "configuration").is_running
    assert clock(late, "configuration").due_at == clock(lapsed.case, "configuration").due_at


def test_configuration_starts_with_the_lapse_and_its_lateness_is_the_operators() -> None:
    lapsed = settle(filed(), FACTS, TOO_LATE)
    assert lapsed is not None
    assert str(clock(lapsed.case, "configuration").last_day) == "2026-03-17"
    late = settle(lapsed.case, FACTS, at("2026-03-18", "00:00:00"))
    assert late is not None
    assert states(late.case)[-1] == "configuring"
    assert late.events[-1].name == "configuration_lapsed"
    assert done(late.case, "configure", RUNNING, now=at("2026-03-18")).state == "granted"


def test_the_operator_waits_while_nothing_is_published() -> None:
    case = done(filed(published=False), "no_objection", PROVIDING, facts=UNPUBLISHED)
    assert clock(case, "configuration").is_paused
    assert clock(case, "publication").is_running
    refused = ask(case, "configure", RUNNING, facts=UNPUBLISHED)
    assert "不动产登记信息" in refused.message  # type: ignore[union-attr]
    late = settle(case, UNPUBLISHED, at("2026-03-20"))
    assert late is not None
    assert [event.name for event in late.events] == ["publication_lapsed"]
    case = done(late.case, "publish", PROVIDING, now=at("2026-03-20"))
    assert clock(case, "publication").lapsed
    assert clock(case, "publication").done
    assert str(clock(case, "configuration").last_day) == "2026-03-27"
    case = done(case, "configure", RUNNING, now=at("2026-03-23"))
    assert (case.state, history_faults(case)) == ("granted", ())


def test_publication_goes_on_beside_the_objection_and_stands_still_during_a_difference() -> None:
    case = filed(published=False)
    assert clock(case, "publication").due_at == clock(case, "objection").due_at
    case = done(case, "object", PROVIDING, now=at("2026-03-04"), facts=UNPUBLISHED)
    assert clock(case, "publication").is_paused
    case = done(case, "agree", PROVIDING, now=at("2026-03-11"), facts=UNPUBLISHED)
    # One day was counted before the objection.
    assert str(clock(case, "publication").last_day) == "2026-03-17"


def test_nothing_is_granted_whose_time_is_over() -> None:
    case = done(filed(), "no_objection", PROVIDING)
    for today, lets in ((date(2027, 3, 1), True), (date(2027, 3, 2), False)):
        outcome = ask(case, "configure", RUNNING, facts=replace(FACTS, today=today))
        assert isinstance(outcome, Applied) is lets
        assert lets or "重新申请" in outcome.message  # type: ignore[union-attr]


@pytest.mark.parametrize("side", ["applicant", "provider"])
@pytest.mark.parametrize(
    ("opinion", "state"),
    [("as_applied", "configuring"), ("adjusted", "configuring"), ("not_shared", "not_shared")],
)
def test_either_side_declares_and_the_office_gives_one_of_three_opinions(
    side: str, opinion: str, state: str
) -> None:
    case = done(filed(published=False), "object", PROVIDING, facts=UNPUBLISHED)
    by = ASKING if side == "applicant" else PROVIDING
    case = done(case, f"no_agreement_{side}", by, facts=UNPUBLISHED)
    assert clock(case, "coordination").owner == "provider_office"
    late = settle(case, UNPUBLISHED, at("2026-03-10"))
    assert late is not None
    assert late.case.state == "coordinating"
    case = done(
        late.case, f"coordinate_{opinion}", COORDINATING, payload=NARROWED,
        facts=UNPUBLISHED, now=at("2026-03-11"),
    )  # fmt: skip
    assert case.state == state
    assert any(one.is_running for one in case.clocks) is (state == "configuring")
    terms = settled(case)
    assert terms is not None
    assert terms["until"] == ("2026-06-30" if opinion == "adjusted" else "2027-03-01")


def test_a_filed_application_is_withdrawn_with_a_reason_and_nothing_runs_on() -> None:
    case = filed(published=False)
    assert isinstance(ask(case, "withdraw", ASKING, reason=""), Refused)
    case = done(case, "withdraw", ASKING)
    assert not any(one.is_running or one.is_paused for one in case.clocks)


@pytest.mark.parametrize(
    ("received", "last_day"),
    [
        ("2026-10-03", "2026-10-13"),
        ("2026-02-13", "2026-02-27"),
        ("2026-12-29", "2027-01-06"),
    ],
)
def test_the_time_to_object_counts_working_days(received: str, last_day: str) -> None:
    case = filed(now=at(received))
    objection = clock(case, "objection")
    assert str(objection.last_day) == last_day
    assert objection.provisional is (received == "2026-12-29")
    later = at("2028-01-01")
    assert (settle(case, FACTS, later) is None) is objection.provisional
