"""The report of an import: one line a row, totals, and how often each rule was met."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from ckanext.fjgov.core.catalog.rules import Finding

from .neutral import neutralise
from .plan import Action, PlannedRow
from .problems import is_blocking

Outcome = Literal["listed", "changed", "unchanged", "removed", "refused"]
OUTCOMES: dict[Outcome, tuple[str, str]] = {
    "listed": ("新登记", "listed"),
    "changed": ("已更新", "changed"),
    "unchanged": ("无变化", "unchanged"),
    "removed": ("已撤销", "withdrawn"),
    "refused": ("未导入", "refused"),
}
REPORT_HEADER = (
    "行号",
    "信息资源标识符",
    "单位",
    "信息资源名称",
    "结果",
    "变化的字段",
    "问题",
)
_OUTCOME_OF: dict[Action, Outcome] = {
    "create": "listed",
    "update": "changed",
    "unchanged": "unchanged",
    "remove": "removed",
    "refuse": "refused",
}


@dataclass(frozen=True, slots=True)
class ReportRow:
    """What became of one row; `number` and `unit`/`title` tell people where to look."""

    number: int
    identifier: str
    unit: str
    title: str
    outcome: Outcome
    changed: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class ImportReport:
    """All rows of one import, and what was found around them (hidden sheets and the like)."""

    rows: tuple[ReportRow, ...]
    findings: tuple[Finding, ...] = ()
    is_dry_run: bool = True
    totals: dict[str, int] = field(init=False)
    rules: dict[str, dict[str, int]] = field(init=False)

    def __post_init__(self) -> None:
        counted = Counter(row.outcome for row in self.rows)
        object.__setattr__(self, "totals", {name: counted[name] for name in OUTCOMES})
        object.__setattr__(self, "rules", count_rules(self.rows))


def report_row(
    planned: PlannedRow, identifier: str = "", extra: Iterable[Finding] = ()
) -> ReportRow:
    """Return the report line of a planned row.

    Args:
        planned: what the plan said.
        identifier: the identifier after saving, when one was allocated.
        extra: findings that came up while saving; an error among them turns the row into refused.
    """
    more = tuple(extra)
    refused = any(map(is_blocking, more))
    known = planned.existing.identifier if planned.existing else ""
    return ReportRow(
        number=planned.row.number,
        identifier=identifier or known,
        unit=planned.unit.title if planned.unit else planned.row.unit_name,
        title=planned.row.title,
        outcome="refused" if refused else _OUTCOME_OF[planned.action],
        changed=planned.changed if planned.action == "update" and not refused else (),
        findings=(*planned.findings, *more),
    )


def count_rules(rows: Iterable[ReportRow]) -> dict[str, dict[str, int]]:
    """Return rule -> severity -> number of rows that met it (a row counts once a rule)."""
    counted: dict[str, Counter[str]] = {}
    for row in rows:
        for rule, severity in {(f.rule, f.severity) for f in row.findings}:
            counted.setdefault(rule, Counter())[severity] += 1
    return {rule: dict(sorted(counted[rule].items())) for rule in sorted(counted, key=_rule_order)}


def _rule_order(rule: str) -> tuple[str, int, str]:
    digits = "".join(c for c in rule if c.isdigit())
    return rule[:1], int(digits or 0), rule


def as_dict(report: ImportReport) -> dict[str, Any]:
    """Return the report as plain data, as the action and `--json` give it."""
    return {
        "dry_run": report.is_dry_run,
        "totals": report.totals,
        "rules": report.rules,
        "findings": [finding.row() for finding in report.findings],
        "rows": [
            {
                "row": row.number,
                "identifier": row.identifier,
                "unit": row.unit,
                "title": row.title,
                "outcome": row.outcome,
                "changed": list(row.changed),
                "findings": [finding.row() for finding in row.findings],
            }
            for row in report.rows
        ],
    }


def to_json(report: ImportReport) -> str:
    """Return the report as JSON text."""
    return json.dumps(as_dict(report), ensure_ascii=False, indent=1)


def to_csv(report: ImportReport) -> str:
    """Return the rows as CSV text with a byte order mark, safe to open in a spreadsheet program."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerow(REPORT_HEADER)
    for row in report.rows:
        cells = [
            str(row.number),
            row.identifier,
            row.unit,
            row.title,
            OUTCOMES[row.outcome][0],
            "、".join(row.changed),
            "\n".join(finding.message for finding in row.findings),
        ]
        writer.writerow([neutralise(cell) for cell in cells])
    return "﻿" + out.getvalue()


def to_text(report: ImportReport, limit: int = 50) -> str:
    """Return totals, rule counts and the first refused rows as lines for a terminal."""
    mode = "预检（未保存） / dry run" if report.is_dry_run else "导入 / import"
    lines = [f"{mode}: {len(report.rows)} 行 / rows"]
    lines += [f"  {zh} / {en}: {report.totals[name]}" for name, (zh, en) in OUTCOMES.items()]
    lines += [f"! {finding.message}" for finding in report.findings]
    for rule, counts in report.rules.items():
        shown = ", ".join(f"{severity} {count}" for severity, count in counts.items())
        lines.append(f"  {rule}: {shown}")
    refused = [row for row in report.rows if row.outcome == "refused"]
    for row in refused[:limit]:
        lines.append(f"- 第 {row.number} 行 / row {row.number} {row.unit} {row.title}")
        lines += [f"    {finding.message}" for finding in row.findings if is_blocking(finding)]
    if len(refused) > limit:
        lines.append(f"… 另有 {len(refused) - limit} 行 / {len(refused) - limit} more")
    return "\n".join(lines)
