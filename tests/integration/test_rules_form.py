"""Every rule through the registration form: the page says what the rules say, field by field."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import pytest

from ckanext.fjgov.core.catalog.rules import Finding, check_entry, normalise_entry
from tests.data.rule_cases import ERROR, RULE_CASES, RuleCase
from tests.factories import make_entry, make_facts
from tests.integration.api import client, entry_for, sql, unique_title, unit_of
from tests.integration.stack_env import StackInfo

NODE = "fuzhou"
CSRF = re.compile(r'name="_csrf_token"[^>]*value="([^"]+)"|content="([^"]+)" name="csrf-token"')
# The form has no control that could send these: it offers what the schema names, as text or rows.
NOT_IN_FORM = frozenset({"F1"})


def token_of(page: httpx.Response) -> str:
    found = CSRF.search(page.text) or re.search(r'_csrf_token"[^>]+"([\w.\-]{20,})"', page.text)
    assert found, page.text[:2000]
    return next(group for group in found.groups() if group)


@pytest.fixture(scope="module")
def browser_session(stack: StackInfo) -> Iterator[httpx.Client]:
    """A signed-in registrar who posts forms as a browser does."""
    account = stack.credentials[NODE]["registrar"]
    with httpx.Client(base_url=stack.urls[NODE], follow_redirects=True, timeout=60) as session:
        form = {
            "login": account["user"],
            "password": account["password"],
            "_csrf_token": token_of(session.get("/user/login")),
        }
        assert session.post("/user/login", data=form).status_code == 200
        yield session


def form_fields(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Give an entry as the controls of the form would send it."""
    fields: dict[str, Any] = {}
    for name, value in entry.items():
        if not isinstance(value, list):
            fields[name] = "" if value is None else value
        elif all(isinstance(row, str) for row in value):
            fields[name] = value
        else:
            for position, row in enumerate(value):
                fields |= {f"{name}-{position}-{key}": text for key, text in row.items()}
    return fields


def post_entry(session: httpx.Client, entry: Mapping[str, Any]) -> httpx.Response:
    token = token_of(session.get("/dataset/new"))
    return session.post(
        "/dataset/new", data={**form_fields(entry), "act": "list", "_csrf_token": token}
    )


def is_typed(case: RuleCase) -> bool:
    """Tell whether a person can type the case: one text a control, tags as words."""
    flat = [value for value in case.change.values() if isinstance(value, list)]
    texts = [row for value in flat for row in value]
    return (
        case.by_caller
        and case.rule not in NOT_IN_FORM
        and not case.facts
        and all(isinstance(row, (str, dict)) for row in texts)
        and "provider_code" not in case.change
    )


def expected(entry: Mapping[str, Any], uscc: str, case: RuleCase) -> list[Finding]:
    found = check_entry(normalise_entry(entry), make_facts(unit_code=uscc), "strict")
    return [item for item in found if (item.rule, item.field) == (case.rule, case.field)]


TYPED = [case for case in RULE_CASES if is_typed(case) and case.strict == ERROR]


@pytest.mark.parametrize("case", TYPED, ids=lambda case: f"{case.rule} {case.id}")
def test_broken_record_is_refused_with_the_message_of_the_rule(
    stack: StackInfo, browser_session: httpx.Client, case: RuleCase
) -> None:
    unit = unit_of(stack, NODE)
    entry = entry_for(unit, **{"title": unique_title(), **case.change})
    uscc = unit.removeprefix("u-").upper()
    findings = expected({**entry, "provider_code": uscc}, uscc, case)
    assert findings, f"the case {case.id} breaks no rule in core"
    page = html.unescape(post_entry(browser_session, entry).text)
    assert [item.message for item in findings if item.message not in page] == []
    title = str(entry.get("title") or "")
    assert title == "" or sql(stack, NODE, "SELECT 1 FROM package WHERE title = %s", title) == []


def test_rules_tried_by_form_are_all_that_refuse(stack: StackInfo) -> None:
    refusing = {case.rule for case in RULE_CASES if case.strict == ERROR and case.by_caller}
    assert refusing - {case.rule for case in TYPED} <= NOT_IN_FORM | {"R3", "R2"}


def test_unbroken_record_is_listed(stack: StackInfo, browser_session: httpx.Client) -> None:
    unit = unit_of(stack, NODE)
    entry = {**make_entry(), "title": unique_title(), "owner_org": unit, "provider_code": ""}
    page = post_entry(browser_session, entry)
    assert page.status_code == 200
    stored = client(stack, NODE, "staff").action.package_show(id=page.url.path.split("/")[-1])
    assert (stored["title"], stored["state"]) == (entry["title"], "active")


@pytest.mark.parametrize(
    "case",
    [case for case in RULE_CASES if is_typed(case) and case.strict == "warning"],
    ids=lambda case: f"{case.rule} {case.id}",
)
def test_warning_is_saved_with_the_record(
    stack: StackInfo, browser_session: httpx.Client, case: RuleCase
) -> None:
    unit = unit_of(stack, NODE)
    # A case about titles keeps its own; the beginning makes it the only one of the unit.
    own = case.change.get("title", "")
    title = unique_title() + own
    same = {name: title for name, value in case.change.items() if own and value == own}
    entry = entry_for(unit, **{**case.change, "title": title, **same})
    page = post_entry(browser_session, entry)
    stored = client(stack, NODE, "registrar").action.package_show(id=page.url.path.split("/")[-1])
    shown = {(row["rule"], row["field"], row["severity"]) for row in stored["fjgov_findings"]}
    assert (case.rule, case.field, "warning") in shown
