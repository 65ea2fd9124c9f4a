"""Every rule through the API: the same message as core gives, and what passes is accepted."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ckanapi import RemoteCKAN, ValidationError

from ckanext.fjgov.core.catalog.rules import Facts, Finding, check_entry, normalise_entry
from tests.data.rule_cases import RULE_CASES, RuleCase
from tests.factories import make_entry, make_facts
from tests.integration.api import (
    client,
    create_entry,
    entry_for,
    list_entry,
    sql,
    unique_title,
    unit_of,
)
from tests.integration.stack_env import StackInfo

CASES = [case for case in RULE_CASES if case.by_caller]
# Cases about the title bring their own; every other one gets a title that is free.
TITLED = {case.id for case in CASES if "title" in case.change}


@pytest.fixture(scope="module")
def unit(stack: StackInfo) -> dict[str, Any]:
    return dict(client(stack, "fuzhou").action.organization_show(id=unit_of(stack, "fuzhou")))


def body_of(case: RuleCase, unit: dict[str, Any]) -> dict[str, Any]:
    """Give the broken record of a case as a caller sends it for a unit."""
    change = dict(case.change)
    if case.id not in TITLED:
        change["title"] = unique_title()
    return entry_for(unit["name"], **change)


def findings_of(body: dict[str, Any], unit: dict[str, Any]) -> list[Finding]:
    """Give what core says of a record; ids, unit and identifier come from the node."""
    entry = normalise_entry({**body, "owner_org": unit["id"]})
    entry["provider_code"] = entry.get("provider_code") or unit["uscc"]
    facts: Facts = make_facts(unit_code=unit["uscc"])
    return list(check_entry(entry, facts))


def messages(rows: list[Finding], severity: str) -> dict[str, set[str]]:
    """Give the messages of findings by the field that carries them."""
    found: dict[str, set[str]] = {}
    for row in rows:
        if row.severity == severity:
            found.setdefault(row.field.split("[")[0].split(".")[0], set()).add(row.message)
    return found


@pytest.mark.parametrize(
    "case", [case for case in CASES if case.strict == "error"], ids=lambda case: case.id
)
def test_an_error_refuses_with_the_message_of_core(
    case: RuleCase, registrar: RemoteCKAN, unit: dict[str, Any]
) -> None:
    body = body_of(case, unit)
    expected = messages(findings_of(body, unit), "error")
    assert any(case.rule in message for message in expected[case.field])
    with pytest.raises(ValidationError) as caught:
        registrar.action.package_create(**body, state="active")
    errors = {name: rows for name, rows in caught.value.error_dict.items() if name != "__type"}
    assert {name: set(rows) for name, rows in errors.items()} == expected


@pytest.mark.parametrize(
    "case", [case for case in CASES if case.strict == "warning"], ids=lambda case: case.id
)
def test_a_warning_is_saved_and_listed_with_the_entry(
    case: RuleCase, registrar: RemoteCKAN, unit: dict[str, Any]
) -> None:
    body = body_of(case, unit)
    if case.id in TITLED:
        body["title"] = _fresh(body["title"])
        body["source_system"] = body.get("source_system") and body["title"]
    expected = messages(findings_of(body, unit), "warning")
    assert any(case.rule in message for message in expected[case.field])
    made = registrar.action.package_create(
        **{name: value for name, value in body.items() if value is not None}, state="active"
    )
    shown = registrar.action.package_show(id=made["id"])["fjgov_findings"]
    found: dict[str, set[str]] = {}
    for row in shown:
        finding = Finding(**row)
        found.setdefault(finding.field.split("[")[0], set()).add(finding.message)
    assert found == expected
    registrar.action.package_delete(id=made["id"])


def _fresh(title: str) -> str:
    """Make a title of a case unique without changing its ending, which the case is about."""
    return unique_title("试验") + title


def test_the_passing_record_has_no_findings(
    stack: StackInfo, registrar: RemoteCKAN, unit: dict[str, Any]
) -> None:
    assert findings_of(make_entry(provider_code=None), unit) == []
    draft = create_entry(stack)
    listed = list_entry(registrar, draft["id"])
    assert registrar.action.package_show(id=listed["id"])["fjgov_findings"] == []


def test_findings_go_when_their_cause_goes(stack: StackInfo, registrar: RemoteCKAN) -> None:
    entry = create_entry(stack, issued="2999-01-01", state="active")
    rules = [row["rule"] for row in registrar.action.package_show(id=entry["id"])["fjgov_findings"]]
    assert rules == ["R14"]
    registrar.action.package_patch(id=entry["id"], issued="2026-03-01")
    assert registrar.action.package_show(id=entry["id"])["fjgov_findings"] == []


def test_a_draft_may_be_incomplete_but_not_wrong(stack: StackInfo, registrar: RemoteCKAN) -> None:
    draft = create_entry(stack, theme=None, share_type=None, items=None, notes=None)
    assert draft["state"] == "draft"
    with pytest.raises(ValidationError) as caught:
        list_entry(registrar, draft["id"])
    assert {"theme", "share_type", "notes"} <= set(caught.value.error_dict)
    with pytest.raises(ValidationError) as caught:
        registrar.action.package_patch(id=draft["id"], secrecy="1")
    assert "R15" in caught.value.error_dict["secrecy"][0]


def test_an_attempt_with_a_secrecy_mark_is_logged_without_content(
    stack: StackInfo, registrar: RemoteCKAN
) -> None:
    secret = unique_title("机密★10年 应急预案")
    before = sql(stack, "fuzhou", "SELECT coalesce(max(seq), 0) FROM fjgov_audit")[0][0]
    with pytest.raises(ValidationError):
        create_entry(stack, title=secret)
    rows = sql(
        stack,
        "fuzhou",
        "SELECT event, actor, convert_from(row_bytes, 'UTF8') FROM fjgov_audit WHERE seq > %s",
        before,
    )
    assert [(event, actor) for event, actor, _text in rows] == [
        ("secrecy_refused", stack.credentials["fuzhou"]["registrar"]["user"])
    ]
    assert json.loads(rows[0][2])["detail"] == {"fields": ["title"]}
    assert "应急预案" not in rows[0][2]
    stored = sql(stack, "fuzhou", "SELECT count(*) FROM package WHERE title = %s", secret)
    assert stored == [(0,)]


@pytest.mark.parametrize(
    "title", ["商业秘密保护情况信息", "涉密资质单位名录信息", "保密局机构信息"]
)
def test_lawful_words_pass(stack: StackInfo, title: str) -> None:
    assert create_entry(stack, title=unique_title(title), state="active")["state"] == "active"
