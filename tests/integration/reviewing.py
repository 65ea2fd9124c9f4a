"""A site that requires a review: entries brought through it, and what their cases say."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

from ckanapi import RemoteCKAN

from tests.integration.api import client, create_entry, sql
from tests.integration.stack_env import StackInfo

NODE = "fuzhou"
REQUIRED = {"fjgov.review.required": "true"}
ADDRESS = "http://192.0.2.31/rows"
ROWS = [
    {"name": "库表", "format": "CSV", "url": ADDRESS},
    {"name": "接口", "url": ADDRESS + "?api"},
]
_CALLS = """
import json, sys
from ckan.cli import load_config
from ckan.config.middleware import make_app
app = make_app(load_config(sys.argv[1]))
from ckan import logic, model
told = []
with app._wsgi_app.test_request_context():
    for user, action, data in json.load(sys.stdin):
        try:
            logic.get_action(action)({"ignore_auth": True, "user": user}, data)
            told.append("done")
        except Exception as error:
            model.Session.rollback()
            told.append(type(error).__name__)
print(json.dumps(told))
"""


def listed(stack: StackInfo, **overrides: Any) -> dict[str, Any]:
    """Register an entry and bring it through its review."""
    entry = create_entry(stack, NODE, **overrides)
    client(stack, NODE, "registrar").action.fjgov_entry_submit(id=entry["id"])
    client(stack, NODE, "reviewer").action.fjgov_entry_approve(id=entry["id"], list=True)
    return dict(client(stack, NODE, "registrar").action.package_show(id=entry["id"]))


def list_revision(stack: StackInfo, entry: dict[str, Any]) -> None:
    """Bring what was kept beside an entry through its review."""
    client(stack, NODE, "registrar").action.fjgov_entry_submit(id=entry["id"])
    client(stack, NODE, "reviewer").action.fjgov_entry_approve(id=entry["id"], list=True)


def cases_of(stack: StackInfo, entry: dict[str, Any]) -> list[tuple[str, str]]:
    """Give the state of each case about an entry and that of the entry, the oldest first."""
    return [
        (row[0], row[1])
        for row in sql(
            stack,
            NODE,
            "SELECT c.state, p.state FROM fjgov_case c LEFT JOIN package p ON p.id = c.subject"
            " WHERE c.kind = 'entry_review' AND c.subject = %s ORDER BY c.number",
            entry["id"],
        )
    ]


def state_of(stack: StackInfo, entry: dict[str, Any]) -> tuple[str, str]:
    """Give the state of the one case about an entry and that of the entry."""
    [row] = cases_of(stack, entry)
    return row


def last_event(stack: StackInfo, entry: dict[str, Any]) -> tuple[Any, ...]:
    """Give name, account and reason of the latest event of an entry's cases."""
    rows = sql(
        stack,
        NODE,
        "SELECT e.name, e.user_id, e.reason FROM fjgov_case_event e JOIN fjgov_case c"
        " ON (c.node, c.number) = (e.node, e.number) WHERE c.subject = %s"
        " ORDER BY e.number DESC, e.seq DESC LIMIT 1",
        entry["id"],
    )
    return rows[0]


def ignoring_auth(stack: StackInfo, calls: Sequence[tuple[str, str, dict[str, Any]]]) -> list[str]:
    """Call actions with `ignore_auth` in a process of the site and say how each went.

    Args:
        calls: account, action and arguments.
    """
    done = subprocess.run(
        [sys.executable, "-c", _CALLS, stack.inis[NODE]],
        input=json.dumps(calls), capture_output=True, text=True, check=True, timeout=300,
    )  # fmt: skip
    told: list[str] = json.loads(done.stdout.splitlines()[-1])
    return told


def candidate(site: RemoteCKAN, entry: dict[str, Any]) -> dict[str, Any]:
    """Give what a listed entry would become."""
    return dict(site.action.fjgov_revision_show(id=entry["id"])["candidate"])


def names(entry: dict[str, Any]) -> list[str]:
    """Give the names of an entry's resources in their order."""
    return [row["name"] for row in entry["resources"]]


def addresses(site: RemoteCKAN, entry: dict[str, Any]) -> list[str]:
    """Give the registered addresses of an entry, sorted."""
    rows = site.action.fjgov_address_show(id=entry["id"])["addresses"]
    return sorted(row["address"] for row in rows if row["field"] == "url")
