"""Notices as e-mail: what is said in one, and when it is tried again.

A mail leaves the government's own systems: it names the case and where to read on, and holds no
terms, no reasons and no data.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from ckanext.fjgov.core.cases.table import Words

# A mail that the server puts off is tried so often, and none is sent that is older than this.
MOST_TRIES = 6
OLDEST = timedelta(days=7)
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=2), timedelta(hours=4)
# The server itself is asked again sooner: it fails for everybody.
SERVER_WAIT, SERVER_LONGEST = timedelta(seconds=15), timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Mail:
    """What a mail about one notice tells one person.

    Attributes:
        site: name of the catalog that writes.
        name: of the person.
        number, title: of the case; a title that somebody worded for it is left out.
        kind, event, state: as the pages call them.
        is_awaited: the person is to act.
        last_day: until the end of which the person's unit is to act, None without a limit.
        is_provisional: 暂定: the limit may still move.
        page: address of the page of the case.
        settings: address of the page where mail is declined.
    """

    site: str
    name: str
    number: str
    title: str
    kind: Words
    event: Words
    state: Words
    is_awaited: bool
    last_day: date | None
    is_provisional: bool
    page: str
    settings: str


def subject(mail: Mail) -> str:
    """Give the subject, on one line."""
    mark = "待办" if mail.is_awaited else "通知"
    return " ".join(f"[{mail.site}] {mark}：{mail.kind[0]} {mail.number}".split())


def text(mail: Mail) -> str:
    """Give the text, Chinese first and English below."""
    title = " ".join(mail.title.split())
    limit = f"{mail.last_day} 24:00" if mail.last_day else ""
    zh = [
        f"{mail.name}：",
        "",
        f"{mail.kind[0]} {mail.number}{'：' + title if title else ''}",
        f"进展：{mail.event[0]}（{mail.state[0]}）",
        "请您办理。" if mail.is_awaited else "供您知悉。",
        *([f"办理期限：{limit}{'（暂定）' if mail.is_provisional else ''}"] if limit else []),
        f"请登录后在此查看和办理：{mail.page}",
        f"不再接收邮件，请在此设置：{mail.settings}",
    ]
    en = [
        f"{mail.kind[1]} {mail.number}: {mail.event[1]} ({mail.state[1]}).",
        "You are asked to act." if mail.is_awaited else "For your information.",
        *([f"Until {limit}{' (provisional)' if mail.is_provisional else ''}."] if limit else []),
        f"Sign in to read on: {mail.page}",
    ]
    return "\n".join([*zh, "", *en, ""])


def next_try(made: datetime, now: datetime, tries: int) -> datetime | None:
    """Say when a mail that the server put off is tried again; None when it is given up.

    Args:
        made: when the mail was written down.
        tries: so far, at least one.
    """
    doubled: int = 2 ** max(tries - 1, 0)
    then = now + min(FIRST_WAIT * doubled, LONGEST_WAIT)
    return None if tries >= MOST_TRIES or then > made + OLDEST else then


def next_look(now: datetime, failures: int) -> datetime:
    """Say when a server that does not answer is asked again, after at least one failure."""
    doubled: int = 2 ** min(max(failures - 1, 0), 10)
    return now + min(SERVER_WAIT * doubled, SERVER_LONGEST)
