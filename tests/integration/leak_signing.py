"""Sign in as a browser does: with the password, a cookie and no token."""

from __future__ import annotations

import re

import requests

from tests.integration.leak_people import NODE, Visitor
from tests.integration.leaks import TIMEOUT
from tests.integration.stack_env import StackInfo

SECRET = re.compile(r'name="_csrf_token"[^>]*value="([^"]+)"|content="([^"]+)" name="csrf-token"'
                    r'|_csrf_token"[^>]+"([\w.\-]{20,})"')  # fmt: skip


def signed_in(stack: StackInfo, who: Visitor) -> requests.Session:
    """Give a session with the cookies of a person; of nobody for who has no account."""
    session = requests.Session()
    login = f"{stack.urls[NODE]}/user/login"
    found = SECRET.search(session.get(login, timeout=TIMEOUT).text)
    assert found
    if who.account:
        secret = next(group for group in found.groups() if group)
        form = {"login": who.account, "password": who.password, "_csrf_token": secret}
        given = session.post(login, data=form, timeout=TIMEOUT, allow_redirects=False)
        assert given.status_code == 302, given.status_code
    return session
