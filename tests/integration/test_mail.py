"""Notices by e-mail: to those whom they concern, once, with nothing in them (leak matrix, 37)."""

from __future__ import annotations

import base64
import email
import email.policy
import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from ckanapi import RemoteCKAN

from deploy.stack.sites import environment, override
from tests.integration.api import eventually, sql
from tests.integration.sharing_cases import (
    NODE,
    People,
    people_of,
    restricted,
    step,
    submitted,
    terms_for,
)
from tests.integration.stack_env import StackInfo


@dataclass
class Sink:
    """A mail server that keeps what it is sent, or answers as a test wants."""

    kept: list[tuple[str, EmailMessage]] = field(default_factory=list)
    answer: str = ""
    drops: bool = False

    async def handle_RCPT(
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        if self.answer:
            return self.answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        self.kept += [(address, message) for address in envelope.rcpt_tos]
        if self.drops:
            server.transport.abort()
        return "250 OK"

    def to(self, address: str) -> list[EmailMessage]:
        return [message for kept, message in self.kept if kept == address]


@dataclass
class Post:
    """A process of the site that sends, the sink, and a switch for the sink."""

    worker: subprocess.Popen[str]
    sink: Sink
    port: int
    ini: Path
    controller: Controller | None = None

    def open(self) -> None:
        self.controller = Controller(self.sink, hostname="127.0.0.1", port=self.port)
        self.controller.start()

    def shut(self) -> None:
        if self.controller:
            self.controller.stop()
        self.controller = None

    def ask(self, what: str) -> Any:
        assert self.worker.stdin
        assert self.worker.stdout
        self.worker.stdin.write(f"{what}\n")
        self.worker.stdin.flush()
        return json.loads(self.worker.stdout.readline())

    def send(self) -> int:
        """Send until nothing is due: a tick takes a part of a long list."""
        sent = total = int(self.ask("send"))
        while sent:
            sent = int(self.ask("send"))
            total += sent
        return total


@pytest.fixture(scope="module")
def worker(stack: StackInfo) -> Iterator[Post]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    own = stack.inis[NODE]
    ini = own.with_name("mail.ini")
    lines = {
        "fjgov.mail.enabled": "true",
        "smtp.server": f"127.0.0.1:{port}",
        "smtp.mail_from": "catalog@site.example",
    }
    wanted = "".join(f"{key} = {value}\n" for key, value in lines.items())
    ini.write_text(override(own.read_text("utf-8"), wanted), encoding="utf-8")
    program = str(Path(__file__).with_name("mail_worker.py"))
    process = subprocess.Popen(
        [sys.executable, program, str(ini)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        env=environment(),
    )  # fmt: skip
    assert process.stdout
    while "ready" not in process.stdout.readline():
        assert process.poll() is None
    try:
        yield Post(process, Sink(), port, ini)
    finally:
        assert process.stdin
        process.stdin.close()
        process.wait(timeout=30)
        process.stdout.close()
        ini.unlink()


@pytest.fixture
def post(stack: StackInfo, worker: Post) -> Iterator[Post]:
    """An open sink, and nothing that earlier tests left to be sent."""
    sql(stack, NODE, "UPDATE fjgov_notice SET mailed = now() WHERE mailed IS NULL")
    sql(stack, NODE, "DELETE FROM fjgov_mail; DELETE FROM fjgov_mail_server")
    worker.sink.__init__()  # type: ignore[misc]
    worker.open()
    yield worker
    worker.shut()


@pytest.fixture(scope="module")
def people(stack: StackInfo) -> People:
    return people_of(stack)


def address_of(stack: StackInfo, site: RemoteCKAN) -> str:
    user = account_of(stack, site)
    [(address,)] = sql(stack, NODE, 'SELECT email FROM "user" WHERE id = %s', user)
    return str(address)


def account_of(stack: StackInfo, site: RemoteCKAN) -> str:
    """Give the id of the account behind a client, by the token that it sends."""
    body = str(site.apikey).split(".")[1]
    token = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))["jti"]
    [(user,)] = sql(stack, NODE, "SELECT user_id FROM api_token WHERE id = %s", token)
    return str(user)


def mails(stack: StackInfo, site: RemoteCKAN) -> list[tuple[Any, ...]]:
    """Give state, tries and error of the mails to the person behind a client."""
    return sql(
        stack, NODE, "SELECT state, tries, error FROM fjgov_mail WHERE user_id = %s",
        account_of(stack, site),
    )  # fmt: skip


def due_now(stack: StackInfo) -> None:
    """Let what waits be due, for the mail and for the server."""
    sql(stack, NODE, "UPDATE fjgov_mail SET next_at = now() WHERE state = 'waiting'")
    sql(stack, NODE, "UPDATE fjgov_mail_server SET next_at = now()")


def test_a_notice_is_mailed_once_to_whom_it_concerns_with_nothing_in_it(
    stack: StackInfo, people: People, post: Post
) -> None:
    entry = restricted(stack)
    number = submitted(people, entry)
    assert post.send() >= 1
    [mail] = post.sink.to(address_of(stack, people.manager))
    said = mail.get_content()
    assert number in mail["Subject"]
    assert "待办" in mail["Subject"]
    for words in (number, entry["title"], f"{stack.urls[NODE]}/fjgov/cases/{number}", "请您办理"):
        assert words in said
    # Whoever took the step, and whoever is no party yet, is told nothing.
    for site in (people.asking, people.other, people.operator):
        assert post.sink.to(address_of(stack, site)) == []
    assert post.send() == 0

    step(people.manager, number, "approve", reason="示例意见：内部情况")
    post.send()
    provider = post.sink.to(address_of(stack, people.providing))
    assert len(provider) == 1
    assert "办理期限：" in provider[0].get_content()
    asked = terms_for(entry)
    for _address, message in post.sink.kept:
        whole = str(message) + message.get_content()
        for word in (
            asked["purpose"], asked["business"], "内部情况", "示例意见", entry["items"][0]["name"],
            "直接交换", asked["until"],
        ):  # fmt: skip
            assert word not in whole
    assert mails(stack, people.providing) == [("sent", 1, "")]


def test_the_title_of_a_stated_need_stays_here(
    stack: StackInfo, people: People, post: Post
) -> None:
    unit = people.providing.action.organization_show(
        id=stack.credentials[NODE]["info_manager"]["unit"]
    )
    words = "低保对象的内部核查名单"
    need = {"kind": "need", "unit": unit["id"], "text": words}
    [made] = people.asking.action.fjgov_application_create(terms=terms_for() | {"targets": [need]})[
        "results"
    ]
    people.asking.action.fjgov_application_submit(number=made["number"])
    post.send()
    [mail] = post.sink.to(address_of(stack, people.manager))
    assert made["number"] in mail.get_content()
    assert words not in mail.get_content()


def test_a_server_that_is_away_loses_nothing_and_stops_nothing(
    stack: StackInfo, people: People, post: Post
) -> None:
    post.shut()
    submitted(people, restricted(stack))
    assert post.ask("send") == 0
    assert mails(stack, people.manager) == [("waiting", 0, "")]
    assert any("没有应答" in zh for _about, zh, _en in post.ask("problems"))
    [(failures,)] = sql(stack, NODE, "SELECT failures FROM fjgov_mail_server")
    assert failures == 1
    post.open()
    # It is asked again when its time has come, not at every look.
    assert post.ask("send") == 0
    due_now(stack)
    assert post.send() >= 1
    assert len(post.sink.to(address_of(stack, people.manager))) == 1
    assert post.ask("problems") == []


def test_what_the_server_says_of_a_mail_decides_about_it(
    stack: StackInfo, people: People, post: Post
) -> None:
    submitted(people, restricted(stack))
    post.sink.answer = "451 later"
    assert post.send() == 0
    assert mails(stack, people.manager) == [("waiting", 1, "451 later")]
    post.sink.answer = "550 no such person"
    due_now(stack)
    assert post.send() == 0
    assert mails(stack, people.manager) == [("failed", 2, "550 no such person")]
    assert any("550" in zh for _about, zh, _en in post.ask("problems"))
    post.sink.answer = ""
    due_now(stack)
    assert post.send() == 0


def test_a_mail_whose_answer_never_came_is_not_sent_again(
    stack: StackInfo, people: People, post: Post
) -> None:
    submitted(people, restricted(stack))
    post.sink.drops = True
    post.ask("send")
    post.sink.drops = False
    for _again in range(3):
        due_now(stack)
        post.send()
    addresses = [address for address, _message in post.sink.kept]
    assert len(addresses) == len(set(addresses))
    states = sql(stack, NODE, "SELECT state, count(*) FROM fjgov_mail GROUP BY state")
    assert dict(states)["sending"] == 1
    sql(stack, NODE, "UPDATE fjgov_mail SET next_at = now() - interval '1 hour'")
    assert any("不能确定" in zh for _about, zh, _en in post.ask("problems"))


def test_whoever_declines_or_leaves_gets_no_mail(
    stack: StackInfo, people: People, post: Post
) -> None:
    assert people.manager.action.fjgov_mail_choose(wanted=False)["wanted"] is False
    try:
        submitted(people, restricted(stack))
        post.send()
        assert post.sink.to(address_of(stack, people.manager)) == []
    finally:
        people.manager.action.fjgov_mail_choose(wanted=True)
    assert people.manager.action.fjgov_mail_show() == {"enabled": False, "wanted": True}
    # What waits is held to what holds when it is sent.
    post.shut()
    submitted(people, restricted(stack))
    post.ask("send")
    assert mails(stack, people.manager) == [("waiting", 0, "")]
    user = account_of(stack, people.manager)
    sql(stack, NODE, 'UPDATE "user" SET state = %s WHERE id = %s', "deleted", user)
    try:
        post.open()
        due_now(stack)
        post.send()
    finally:
        sql(stack, NODE, 'UPDATE "user" SET state = %s WHERE id = %s', "active", user)
    assert mails(stack, people.manager) == [("dropped", 1, "")]


def test_the_scheduler_sends_and_nobody_does_while_mail_is_off(
    stack: StackInfo, people: People, post: Post
) -> None:
    submitted(people, restricted(stack))
    post.ask("off")
    try:
        assert post.ask("send") == 0
        assert post.ask("problems") == []
        assert mails(stack, people.manager) == []
    finally:
        post.ask("on")
    # The site's own scheduler, which mails nothing, may be at work: one at a time is.
    done = eventually(lambda: post.ask("tick"), bool)
    assert done["mailed"] >= 1
    assert len(post.sink.to(address_of(stack, people.manager))) == 1
