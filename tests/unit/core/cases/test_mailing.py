"""Mails about notices: what they say, and when they are tried again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from ckanext.fjgov.core.cases.mailing import (
    MOST_TRIES,
    OLDEST,
    Mail,
    next_look,
    next_try,
    subject,
    text,
)

NOW = datetime(2026, 3, 2, 2, tzinfo=UTC)
MAIL = Mail(
    site="福州市政务信息目录", name="示例人员", number="SQ-2026-000001", title="低保对象信息",
    kind=("共享申请", "Application"), event=("审核通过并发出备案", "Approve and file"),
    state=("已发出备案（异议期内）", "Filed"), is_awaited=True, last_day=date(2026, 3, 9),
    is_provisional=False, page="https://site.invalid/fjgov/cases/SQ-2026-000001",
    settings="https://site.invalid/user/someone",
)  # fmt: skip


def test_a_mail_says_what_is_to_be_done_until_when_and_where() -> None:
    assert subject(MAIL) == "[福州市政务信息目录] 待办：共享申请 SQ-2026-000001"
    said = text(MAIL)
    for words in (
        "共享申请 SQ-2026-000001：低保对象信息",
        "进展：审核通过并发出备案（已发出备案（异议期内））",
        "请您办理。",
        "办理期限：2026-03-09 24:00\n",
        MAIL.page,
        MAIL.settings,
        "You are asked to act.",
        "Until 2026-03-09 24:00.",
    ):
        assert words in said


def test_what_is_only_told_asks_for_nothing() -> None:
    mail = replace(MAIL, is_awaited=False, last_day=None, title="")
    assert subject(mail) == "[福州市政务信息目录] 通知：共享申请 SQ-2026-000001"
    said = text(mail)
    assert "供您知悉" in said
    assert "共享申请 SQ-2026-000001\n" in said
    assert "办理期限" not in said
    assert "Until" not in said


def test_a_provisional_limit_is_called_so() -> None:
    said = text(replace(MAIL, is_provisional=True))
    assert "24:00（暂定）" in said
    assert "(provisional)" in said


def test_a_title_makes_no_line_of_its_own() -> None:
    mail = replace(MAIL, title="一\r\nBcc: x@y.invalid\n\n二", site="甲\r\nBcc: x")
    assert "：一 Bcc: x@y.invalid 二\n" in text(mail)
    assert "\n" not in subject(mail)
    assert "\r" not in subject(mail)


@pytest.mark.parametrize(
    ("tries", "minutes"), [(1, 2), (2, 4), (3, 8), (4, 16), (5, 32), (MOST_TRIES, None)]
)
def test_a_mail_is_tried_later_and_later_and_then_given_up(tries: int, minutes: int | None) -> None:
    expected = NOW + timedelta(minutes=minutes) if minutes else None
    assert next_try(NOW, NOW, tries) == expected


def test_an_old_mail_is_given_up() -> None:
    assert next_try(NOW - OLDEST, NOW, 1) is None
    assert next_try(NOW - OLDEST + timedelta(minutes=2), NOW, 1) == NOW + timedelta(minutes=2)


@pytest.mark.parametrize(("failures", "seconds"), [(1, 15), (2, 30), (3, 60), (7, 900), (99, 900)])
def test_a_server_that_is_away_is_asked_again_within_minutes(failures: int, seconds: int) -> None:
    assert next_look(NOW, failures) == NOW + timedelta(seconds=seconds)
