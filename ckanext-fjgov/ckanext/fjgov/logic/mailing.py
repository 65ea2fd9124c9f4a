"""Notices by e-mail, off by default: an outbox that the scheduler empties.

Each notice reaches a person once at most: a mail counts as handed over before it is, and one whose
answer never came is shown by `doctor` and not sent again. What was surely not sent waits and is
tried again; a server that does not answer stops nothing else.
"""

from __future__ import annotations

import logging
import smtplib
import time
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime, formataddr
from typing import Any
from urllib.parse import urlsplit

from ckanext.fjgov.core.cases import mailing as rules
from ckanext.fjgov.core.cases.types import case_type
from ckanext.fjgov.logic import settings, smtp
from ckanext.fjgov.logic.cases.showing import event_words
from ckanext.fjgov.logic.clock import local_today
from ckanext.fjgov.model import mails
from ckanext.fjgov.model.database import own_transaction

log = logging.getLogger(__name__)

# A tick does not wait for the end of a long list; the next ones go on with it.
SECONDS, MOST_NOTICES = 2.0, 200
# What was told while mail was off, or longer ago, is in the site and not mailed.
RECENT = timedelta(days=1)
ON_ITS_WAY = timedelta(minutes=5)


def send_due(now: datetime) -> int:
    """Write down whom new notices concern, and hand over what is due; gives the mails sent.

    Cost: nothing while mail is off; three statements when nothing is due.
    """
    if not settings.mail_enabled():
        return 0
    with own_transaction() as connection:
        mails.spread(connection, now, local_today(), now - RECENT, MOST_NOTICES)
        mails.give_up(connection, now - rules.OLDEST, "未能按时发出 / too late to be sent")
        away = mails.server(connection)
        waits = mails.is_due(connection, now)
    if not waits or (away and now < away["next_at"]):
        return 0
    try:
        with smtp.server() as link:
            if away:
                _note_server(0, None, "")
            return _send_all(link, now)
    except smtp.ServerAwayError as error:
        failures = (away["failures"] if away else 0) + 1
        log.warning("mail waits: the server does not answer (%s)", error)
        _note_server(failures, rules.next_look(now, failures), str(error))
        return 0


def problems(now: datetime) -> list[tuple[str, str, str]]:
    """Give what is wrong with mail, for `doctor`: what it is about, Chinese and English."""
    if not settings.mail_enabled():
        return []
    found = []
    if not settings.mail_sender():
        found.append(("smtp.mail_from", "未设置发件地址", "the address of the sender is not set"))
    with own_transaction() as connection:
        away = mails.server(connection)
        rows = mails.troubles(connection, now - rules.OLDEST, now - ON_ITS_WAY)
    if away:
        zh = f"邮件服务器没有应答（已试 {away['failures']} 次）：{away['error']}"
        en = f"the mail server does not answer ({away['failures']} times): {away['error']}"
        found.append(("smtp.server", zh, en))
    for row in rows:
        unsure = row["state"] == "sending"
        zh = "不能确定是否已发出，不再重发" if unsure else f"未能发出：{row['error']}"
        en = "may have been sent; not sent again" if unsure else f"not sent: {row['error']}"
        number = f"{row['notice_id']} × {row['count']}"
        found.append((number, zh, en))
    return found


def _send_all(link: smtplib.SMTP, now: datetime) -> int:
    sent, began = 0, time.monotonic()
    while time.monotonic() - began < SECONDS:
        with own_transaction() as connection:
            taken = mails.take(connection, now)
        if taken is None:
            break
        sent += _send(link, taken, now)
    return sent


def _send(link: smtplib.SMTP, taken: dict[str, Any], now: datetime) -> bool:
    """Send one mail that was taken; gives whether it was.

    Raises:
        ServerAwayError: it waits again.
    """
    key = (taken["notice"], taken["user"])
    with own_transaction() as connection:
        found = mails.content(connection, *key, local_today())
        if found is None:
            mails.settle(connection, *key, "dropped")
            return False
    try:
        message = _message(found, taken, now)
    except ValueError as error:
        # An address or a name that no header can hold.
        with own_transaction() as connection:
            mails.settle(connection, *key, "failed", str(error)[:200])
        return False
    try:
        smtp.send(link, settings.mail_sender(), found["email"], message)
    except smtp.ServerAwayError as error:
        with own_transaction() as connection:
            mails.put_back(connection, *key, now, str(error), tried=False)
        raise
    except smtp.PutOffError as error:
        then = rules.next_try(taken["made_at"], now, taken["tries"])
        with own_transaction() as connection:
            if then:
                mails.put_back(connection, *key, then, str(error), tried=True)
            else:
                mails.settle(connection, *key, "failed", str(error))
        return False
    except smtp.RefusedError as error:
        with own_transaction() as connection:
            mails.settle(connection, *key, "failed", str(error))
        return False
    except smtp.UnsureError as error:
        log.warning("nobody knows whether the mail about notice %s was sent (%s)", key[0], error)
        raise smtp.ServerAwayError(str(error)) from error
    with own_transaction() as connection:
        mails.settle(connection, *key, "sent")
    return True


def _message(found: dict[str, Any], taken: dict[str, Any], now: datetime) -> EmailMessage:
    node = settings.node()
    kind = case_type(found["kind"])
    mail = rules.Mail(
        site=node.name,
        name=found["name"],
        number=found["number"],
        title=found["title"],
        kind=kind.words,
        event=event_words(found["kind"], found["event"]),
        state=kind.states[found["state"]],
        is_awaited=found["is_awaited"],
        last_day=found["last_day"],
        is_provisional=found["provisional"],
        page=f"{node.site_url}/fjgov/cases/{found['number']}",
        settings=f"{node.site_url}/user/{found['account']}",
    )
    message = EmailMessage()
    message["Subject"] = rules.subject(mail)
    message["From"] = formataddr((node.name, settings.mail_sender()))
    message["To"] = found["email"]
    message["Date"] = format_datetime(now)
    host = urlsplit(node.site_url).hostname or "localhost"
    message["Message-ID"] = f"<notice-{taken['notice']}-{taken['user']}@{host}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(rules.text(mail), cte="base64")
    return message


def _note_server(failures: int, next_at: datetime | None, error: str) -> None:
    with own_transaction() as connection:
        mails.note_server(connection, failures, next_at, error)
