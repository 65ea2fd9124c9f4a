"""Clients by role, accounts, entries and syncs for the tests that talk to running sites.

Nothing here imports CKAN: a test speaks to a site as any other program does.
"""

from __future__ import annotations

import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import psycopg2
from ckanapi import NotAuthorized, NotFound, RemoteCKAN, ValidationError

from deploy.stack.settings import REPOSITORY
from tests.factories import make_entry
from tests.integration.stack_env import StackInfo

Found = TypeVar("Found")
ANONYMOUS = "anonymous"
LONG_AGO = "2020-01-01"


def client(stack: StackInfo, node: str, role: str = ANONYMOUS) -> RemoteCKAN:
    """Give a client of one site with the token of a role; `anonymous` has none."""
    token = None if role == ANONYMOUS else stack.credentials[node][role]["token"]
    return RemoteCKAN(stack.urls[node], apikey=token)


def unit_of(stack: StackInfo, node: str, role: str = "registrar") -> str:
    """Give the name of the unit that a role's account belongs to."""
    return str(stack.credentials[node][role]["unit"])


def other_unit(stack: StackInfo, node: str) -> str:
    """Give a unit of the node for which the registrar holds no appointment."""
    names = client(stack, node).action.organization_list()
    return next(name for name in sorted(names) if name != unit_of(stack, node))


def name_of_office(stack: StackInfo, node: str, role: str = "registrar") -> str:
    """Give the name of the unit that is the digital office of a role's unit."""
    site = client(stack, node, "sysadmin")
    unit = site.action.organization_show(id=unit_of(stack, node, role))
    code = unit["competent_office"][0]["uscc"]
    rows = sql(stack, node, "SELECT name FROM \"group\" WHERE extras ->> 'uscc' = %s", code)
    return str(rows[0][0])


def no_party(stack: StackInfo, node: str) -> str:
    """Give a unit that is neither the registrar's nor its office."""
    parties = {unit_of(stack, node), name_of_office(stack, node)}
    names = client(stack, node).action.organization_list()
    return next(name for name in sorted(names) if name not in parties)


def unique_title(about: str = "最低生活保障对象信息") -> str:
    """Give a title that no other entry of the stack has."""
    return f"{about}（试验{uuid.uuid4().hex[:12]}）"


def entry_for(unit: str, **overrides: Any) -> dict[str, Any]:
    """Give an entry without findings for a unit, with a title of its own."""
    values = {"title": unique_title(), "owner_org": unit, "provider_code": None} | overrides
    return make_entry(**values)


def create_entry(
    stack: StackInfo, node: str = "fuzhou", role: str = "registrar", **overrides: Any
) -> dict[str, Any]:
    """Register a draft for the unit of a role and give the answer of `package_create`."""
    data = entry_for(unit_of(stack, node, role), **overrides)
    return dict(client(stack, node, role).action.package_create(**data))


def list_entry(site: RemoteCKAN, entry_id: str) -> dict[str, Any]:
    """List (目录发布) a draft; the one place that knows how, until a review workflow comes."""
    return dict(site.action.package_patch(id=entry_id, state="active"))


def create_listed(
    stack: StackInfo, node: str = "fuzhou", role: str = "registrar", **overrides: Any
) -> dict[str, Any]:
    """Register an entry and list it."""
    draft = create_entry(stack, node, role, **overrides)
    return list_entry(client(stack, node, role), draft["id"])


def open_entry(**overrides: Any) -> dict[str, Any]:
    """Give the changes that make an entry of class 1 open to society."""
    return {
        "share_type": "1",
        "open_to_public": "1",
        "open_condition": "注明来源",
        "share_condition": None,
        "share_scope": None,
        "restriction_kind": None,
        "legal_basis": None,
    } | overrides


def new_account(
    stack: StackInfo,
    node: str,
    unit: str | None = None,
    role: str = "registrar",
    *,
    ended: bool = False,
) -> RemoteCKAN:
    """Create an account, appoint it when a unit is given, and give its client.

    Args:
        ended: the appointment began and ended long ago; the membership of CKAN stays.
    """
    technician = client(stack, node, "sysadmin")
    name = f"test-{uuid.uuid4().hex[:12]}"
    technician.action.user_create(
        name=name, email=f"{name}@mail.example", password=uuid.uuid4().hex, fullname="示例人员"
    )
    if unit:
        term = {"valid_from": LONG_AGO, "valid_until": LONG_AGO} if ended else {}
        technician.action.fjgov_appointment_create(
            user=name, unit=unit, role=role, document="示例任命文件", **term
        )
    token = technician.action.api_token_create(user=name, name="test")["token"]
    return RemoteCKAN(stack.urls[node], apikey=token)


def outcome(site: RemoteCKAN, action: str, **arguments: Any) -> str:
    """Call an action and say in one word how it went: `done`, or the name of the refusal."""
    try:
        site.call_action(action, arguments)
    except (NotAuthorized, NotFound, ValidationError) as error:
        return type(error).__name__
    return "done"


def refusal(call: Callable[..., Any], **arguments: Any) -> str:
    """Call what must be refused and give what it says."""
    try:
        call(**arguments)
    except (NotAuthorized, NotFound, ValidationError) as error:
        return str(error)
    raise AssertionError("it was not refused")


def sync_up(stack: StackInfo) -> str:
    """Pull both cities into the province with the command that operators use."""
    done = subprocess.run(
        [
            str(Path(sys.executable).parent / "ckan"),
            "-c",
            str(stack.inis["province"]),
            "fjgov",
            "sync",
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def eventually(
    look: Callable[[], Found], enough: Callable[[Found], bool] = bool, seconds: float = 10
) -> Found:
    """Repeat a look at something that shows changes within a second or two, as the index does."""
    deadline = time.monotonic() + seconds
    while True:
        found = look()
        if enough(found) or time.monotonic() > deadline:
            return found
        time.sleep(0.2)


@contextmanager
def overridden(stack: StackInfo, node: str, settings: Mapping[str, str]) -> Iterator[None]:
    """Run a site with other settings for the time of a block. Cost: two restarts."""
    path = stack.base / node / "override.ini"
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    lines = "".join(f"{key} = {value}\n" for key, value in settings.items())
    try:
        path.write_text(before + lines, encoding="utf-8")
        restart(stack, node)
        yield
    finally:
        path.write_text(before, encoding="utf-8")
        restart(stack, node)


def restart(stack: StackInfo, node: str) -> None:
    """Restart one site from a process of its own, which leaves nothing to wait for behind."""
    program = (
        "import sys; from pathlib import Path; from deploy.stack import Stack;"
        "Stack.load(Path(sys.argv[1]), say=lambda _line: None).restart([sys.argv[2]])"
    )
    subprocess.run(
        [sys.executable, "-c", program, str(stack.base), node], check=True, cwd=REPOSITORY
    )


def sql(stack: StackInfo, node: str, statement: str, *values: Any) -> list[tuple[Any, ...]]:
    """Run one statement on a site's database and give its rows, if it has any."""
    link = psycopg2.connect(stack.dsns[node])
    try:
        with link, link.cursor() as cursor:
            cursor.execute(statement, values or None)
            return list(cursor.fetchall()) if cursor.description else []
    finally:
        link.close()


def admin_sql(
    stack: StackInfo, node: str, *statements: str, settled: str = ""
) -> list[tuple[Any, ...]]:
    """Run statements in one transaction as the administrator of the database, who may do all.

    Args:
        settled: a value for `session_replication_role`; `replica` passes by every trigger.

    Returns:
        The rows of the last one, if it has any.
    """
    link = stack.stack.postgres.connect(stack.nodes[node].database)
    link.autocommit = False
    try:
        with link, link.cursor() as cursor:
            if settled:
                cursor.execute("SET session_replication_role TO %s", (settled,))
            for statement in statements:
                cursor.execute(statement)
            return list(cursor.fetchall()) if cursor.description else []
    finally:
        link.close()


def logged(stack: StackInfo, node: str, identifier: str) -> tuple[Any, ...]:
    """Give number and hash of a record's latest change, after numbering what is pending."""
    client(stack, node, "platform_operator").action.fjgov_change_list(since=0, limit=1)
    [row] = sql(stack, node, "SELECT seq, hash FROM fjgov_change WHERE key = %s", identifier)
    return row
