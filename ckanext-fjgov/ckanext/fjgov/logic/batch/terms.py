"""What goes into a batch and what comes out of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import ckan.plugins.toolkit as tk

from ckanext.fjgov.core.catalog.rules import Finding
from ckanext.fjgov.core.importing.problems import NOT_SAVED, error

# `revised`: kept as the revision of a listed entry, which stays as it is.
Status = Literal["created", "updated", "revised", "unchanged", "refused"]
# Findings of a batch itself, beside those of the rules.
NOT_ALLOWED = "BR01"
NOT_FOUND = "BR02"
CODE_TAKEN = "C2"
# What is told of an entry whose change became its revision.
KEPT_BESIDE = Finding(
    "BR03",
    "state",
    "warning",
    "修改已存为更新内容，提交审核并发布前原目录有效",
    "kept as a revision: submit it for review; until it is listed the entry stays as it is",
)
# As `Finding.message` writes it.
_RULE_MESSAGE = re.compile(r"\[([A-Z]+[0-9]+)\] (.+?) / (.+)", re.DOTALL)
# As `Incoming.refuse` writes it.
_SHAPE_MESSAGE = re.compile(r"([A-Z]+[0-9]+) (.+?) / (.+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One entry as a caller hands it to `package_create`, or to `package_update`.

    Attributes:
        data: fields of the entry; nothing in it is changed.
        target: id of the entry that it replaces, "" for a new one.
    """

    data: Mapping[str, Any]
    target: str = ""


@dataclass(frozen=True, slots=True)
class Terms:
    """For whom a batch is written, and how.

    Attributes:
        user: name of the account that is written as creator and in the audit.
        trusted: the caller's right was decided before, as with `ignore_auth`.
        source_dates: entries come from a source that has dates of publication of its own.
        first_load: what is not listed yet may be listed without a review (建库导入).
        dry_run: say what would become of each entry; nothing is written, no code is allocated.
    """

    user: str
    trusted: bool = False
    source_dates: bool = False
    first_load: bool = False
    dry_run: bool = False

    def context(self) -> dict[str, Any]:
        """Give a fresh context for an action or an auth function."""
        return {"user": self.user, "ignore_auth": self.trusted}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one entry.

    Attributes:
        id, identifier: of the stored entry; "" for one that was refused or only tried.
        findings: errors of a refused entry, warnings of a stored one.
    """

    status: Status
    id: str = ""
    identifier: str = ""
    findings: tuple[Finding, ...] = field(default=())

    def to_json(self) -> dict[str, Any]:
        """Give the outcome as plain data."""
        return {
            "status": self.status,
            "id": self.id,
            "identifier": self.identifier,
            "findings": [
                {name: _shown(text) for name, text in finding.row().items()}
                for finding in self.findings
            ],
        }


def refused(findings: Iterable[Finding]) -> Outcome:
    """Give the outcome of an entry that is not taken."""
    return Outcome("refused", findings=tuple(findings))


def findings_of(errors: Mapping[str, Any]) -> list[Finding]:
    """Give the errors of an action as findings; a message of a rule becomes its finding again."""
    found = []
    for name, messages in errors.items():
        for message in _flat(messages):
            match = _RULE_MESSAGE.fullmatch(message) or _SHAPE_MESSAGE.fullmatch(message)
            rule, zh, en = match.groups() if match else (NOT_SAVED, message, "refused while saving")
            found.append(error(rule, name, zh, en))
    return found


def findings_of_refusal(problem: Exception) -> list[Finding]:
    """Give what an action or an auth function raised as findings."""
    if isinstance(problem, tk.ValidationError):
        return findings_of(problem.error_dict)
    zh, _, en = str(problem).partition(" / ")
    return [error(NOT_ALLOWED, "owner_org", zh or "无权登记", en or "not allowed")]


def _shown(text: str) -> str:
    """Give a text that quotes what was sent without characters that no database keeps."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in "\n\t" else "\ufffd" for c in text)


def _flat(messages: Any) -> Iterable[str]:
    if isinstance(messages, Mapping):
        for inner in messages.values():
            yield from _flat(inner)
    elif isinstance(messages, (list, tuple)):
        for inner in messages:
            yield from _flat(inner)
    else:
        yield str(messages)
