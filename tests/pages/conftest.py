"""A real browser on the sites of the test stack; every request it makes is recorded."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Response, sync_playwright

from tests.integration.api import client
from tests.integration.stack_env import StackInfo

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@dataclass
class Visitor:
    """One person with a browser of their own at one site.

    Attributes:
        outside: addresses the browser asked for that are not on this machine.
        troubles: script errors and refused loads.
    """

    site: str
    context: BrowserContext
    page: Page
    outside: list[str] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)

    def open(self, path: str) -> Response:
        """Go to a path of the site."""
        answer = self.page.goto(self.site + path)
        assert answer is not None
        return answer

    def turned_to(self, wanted: Locator) -> Locator:
        """Turn the pages of a list until it shows something; past the last one, the test fails."""
        while not wanted.count():
            with self.page.expect_navigation():
                self.page.click("a[rel=next]")
        return wanted

    def text(self) -> str:
        """Give everything the page shows, title included."""
        return f"{self.page.title()}\n{self.page.locator('body').inner_text()}"

    def source(self) -> str:
        """Give the page as it was sent and scripted."""
        return self.page.content()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        program = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=ARGUMENTS
        )
        yield program
        program.close()


@pytest.fixture(scope="session")
def sessions() -> dict[tuple[str, str], Any]:
    """Sessions already signed in, by node and role."""
    return {}


@pytest.fixture
def visit(
    browser: Browser, stack: StackInfo, sessions: dict[tuple[str, str], Any]
) -> Iterator[Callable[..., Visitor]]:
    """Give a maker of visitors: `visit("fuzhou")` anonymous, `visit("fuzhou", "registrar")` not."""
    made: list[Visitor] = []

    def start(node: str, role: str | None = None) -> Visitor:
        context = browser.new_context(
            viewport={"width": 1280, "height": 900},
            locale="zh-CN",
            storage_state=sessions.get((node, role or "")),
        )
        context.set_default_timeout(15_000)
        visitor = Visitor(stack.urls[node], context, context.new_page())
        made.append(visitor)
        visitor.page.on("request", lambda request: _note(visitor, request.url))
        visitor.page.on("pageerror", lambda error: visitor.troubles.append(str(error)))
        visitor.page.on(
            "console",
            lambda message: (
                visitor.troubles.append(message.text)
                if message.type == "error" and "Failed to load resource" not in message.text
                else None
            ),
        )
        if role and (node, role) not in sessions:
            _sign_in(visitor, stack.credentials[node][role])
            sessions[node, role] = context.storage_state()
        return visitor

    yield start
    for visitor in made:
        visitor.context.close()
    assert [visitor.outside for visitor in made if visitor.outside] == []
    assert [visitor.troubles for visitor in made if visitor.troubles] == []


def _note(visitor: Visitor, address: str) -> None:
    parts = urlsplit(address)
    if parts.scheme != "data" and parts.hostname != "127.0.0.1":
        visitor.outside.append(address)


def _sign_in(visitor: Visitor, account: Any) -> None:
    visitor.open("/user/login")
    visitor.page.fill("#field-login", account["user"])
    visitor.page.fill("#field-password", account["password"])
    visitor.page.click("main button[type=submit]")
    # Officials land on what waits for them, others on their own page.
    visitor.page.wait_for_url(
        lambda url: url.endswith(("/fjgov/inbox", f"/user/{account['user']}"))
    )


def signed_in(
    stack: StackInfo, visit: Callable[..., Visitor], node: str, unit: str, role: str
) -> Visitor:
    """Give a new person who is appointed in a unit, signed in."""
    technician = client(stack, node, "sysadmin")
    account = {"user": f"test-{uuid.uuid4().hex[:12]}", "password": uuid.uuid4().hex}
    technician.action.user_create(
        name=account["user"],
        email=f"{account['user']}@mail.example",
        password=account["password"],
        fullname="示例人员",
    )
    technician.action.fjgov_appointment_create(
        user=account["user"], unit=unit, role=role, document="示例任命文件"
    )
    visitor = visit(node)
    _sign_in(visitor, account)
    return visitor
