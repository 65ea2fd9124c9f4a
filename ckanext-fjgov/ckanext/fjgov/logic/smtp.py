"""Hand a mail to the server of CKAN's settings (`smtp.*`), and say surely how it went.

CKAN's own mailer takes a connection for each mail, and says the same of a server that is away, of
one that refuses a recipient, and of an answer that never came.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from email.policy import SMTP

import ckan.plugins.toolkit as tk

TIMEOUT_SECONDS = 5
_PERMANENT = 500


class ServerAwayError(Exception):
    """The server does not answer, or takes no mail of ours; nothing was sent."""


class PutOffError(Exception):
    """The server wants this mail later; it was not sent."""


class RefusedError(Exception):
    """The server does not take this mail, now or later; it was not sent."""


class UnsureError(Exception):
    """The mail was handed over, and no answer came: it may have been sent."""


@contextmanager
def server() -> Iterator[smtplib.SMTP]:
    """Give a connection to the mail server.

    Raises:
        ServerAwayError: there is none to be had.
    """
    host, _colon, port = str(tk.config.get("smtp.server") or "").partition(":")
    try:
        link = smtplib.SMTP(timeout=TIMEOUT_SECONDS)
        link.connect(host, int(port or 25))
        try:
            _greet(link)
        except BaseException:
            link.close()
            raise
    except (OSError, smtplib.SMTPException, ValueError) as error:
        raise ServerAwayError(_short(error)) from error
    try:
        yield link
    finally:
        with suppress(OSError, smtplib.SMTPException):
            link.quit()


def send(link: smtplib.SMTP, sender: str, recipient: str, message: EmailMessage) -> None:
    """Hand over one mail.

    Raises:
        ServerAwayError, PutOffError, RefusedError: it was surely not sent.
        UnsureError: nobody knows.
    """
    try:
        data = message.as_bytes(policy=SMTP)
        sender.encode("ascii")
        recipient.encode("ascii")
    except UnicodeError as error:
        raise RefusedError(_short(error)) from error
    try:
        _expect(*link.mail(sender))
        _expect(*link.rcpt(recipient))
    except (PutOffError, RefusedError):
        with suppress(OSError, smtplib.SMTPException):
            link.rset()
        raise
    except (OSError, smtplib.SMTPException) as error:
        raise ServerAwayError(_short(error)) from error
    try:
        code, answer = link.data(data)
    except smtplib.SMTPDataError as error:
        # The server did not even want to hear it.
        _expect(error.smtp_code, error.smtp_error)
        raise RefusedError(_short(error)) from error
    except (OSError, smtplib.SMTPException) as error:
        raise UnsureError(_short(error)) from error
    _expect(code, answer)


def _greet(link: smtplib.SMTP) -> None:
    link.ehlo_or_helo_if_needed()
    if tk.asbool(tk.config.get("smtp.starttls") or False):
        link.starttls(context=ssl.create_default_context())
        link.ehlo()
    user = tk.config.get("smtp.user")
    if user:
        link.login(user, str(tk.config.get("smtp.password") or ""))


def _expect(code: int, answer: bytes | str) -> None:
    if code < 400:
        return
    words = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else str(answer)
    said = f"{code} {words}"[:200]
    raise RefusedError(said) if code >= _PERMANENT else PutOffError(said)


def _short(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:200]
