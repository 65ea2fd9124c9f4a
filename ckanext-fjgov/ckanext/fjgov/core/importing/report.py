"""The report of an import: one line a row, totals, and how often each rule was met."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any, Literal

from ckanext.fjgov.core.catalog.rules import Finding

from .neutral import neutralise
from .places import Place, Places
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
    "标识符",
    "单位",
    "名称",
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


PROBLEM_HEADER = (
    "工作表",
    "单元格",
    "行号",
    "列",
    "严重程度",
    "规则",
    "问题和处理办法",
    "English",
    "名称",
)
SEVERITIES: dict[str, tuple[str, str]] = {
    "error": ("错误", "error"),
    "warning": ("提示", "warning"),
}


@dataclass(frozen=True, slots=True)
class ReportRow:
    """What became of one row; `number` and `unit`/`title` tell people where to look.

    `places` has one place for each finding, in their order.
    """

    number: int
    identifier: str
    unit: str
    title: str
    outcome: Outcome
    changed: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    places: tuple[Place, ...] = ()

    def placed(self) -> Iterator[tuple[Finding, Place]]:
        """Yield each finding with its place."""
        spare = Place(row=self.number)
        yield from zip_longest(self.findings, self.places, fillvalue=spare)


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
    planned: PlannedRow,
    identifier: str = "",
    extra: Iterable[Finding] = (),
    places: Places | None = None,
) -> ReportRow:
    """Return the report line of a planned row.

    Args:
        planned: what the plan said.
        identifier: the identifier after saving, when one was allocated.
        extra: findings that came up while saving; an error among them turns the row into refused.
        places: finds the cells of findings.
    """
    more = tuple(extra)
    findings = (*planned.findings, *more)
    refused = any(map(is_blocking, more))
    known = planned.existing.identifier if planned.existing else ""
    return ReportRow(
        number=planned.row.number,
        identifier=identifier or known,
        unit=planned.unit.title if planned.unit else planned.row.unit_name,
        title=planned.row.title,
        outcome="refused" if refused else _OUTCOME_OF[planned.action],
        changed=planned.changed if planned.action == "update" and not refused else (),
        findings=findings,
        places=tuple(places.of(planned.row, f) for f in findings) if places and findings else (),
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
                "findings": [
                    {**finding.row(), "sheet": place.sheet, "cell": place.cell}
                    for finding, place in row.placed()
                ],
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


def problem_rows(report: ImportReport) -> Iterator[tuple[Place, str, tuple[str, ...]]]:
    """Yield place, severity and cells under `PROBLEM_HEADER` of every finding."""
    for finding in report.findings:
        yield Place(), finding.severity, _problem(finding, Place(), "")
    for row in report.rows:
        for finding, place in row.placed():
            yield place, finding.severity, _problem(finding, place, row.title)


def _problem(finding: Finding, place: Place, title: str) -> tuple[str, ...]:
    severity = SEVERITIES[finding.severity][0]
    number = str(place.row) if place.row else ""
    return (
        place.sheet, place.cell, number, place.column, severity, finding.rule, finding.zh,
        finding.en, title,
    )  # fmt: skip


def problems_csv(report: ImportReport) -> str:
    """Return one line a finding as CSV text, with sheet and cell."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerow(PROBLEM_HEADER)
    for _, _, cells in problem_rows(report):
        writer.writerow([neutralise(cell) for cell in cells])
    return "\ufeff" + out.getvalue()


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
        for finding, place in row.placed():
            if is_blocking(finding):
                cell = f"{place.sheet}!{place.cell} " if place.cell else ""
                is_told = not cell or finding.zh.startswith(cell.strip())
                lines.append(f"    {'' if is_told else cell}{finding.message}")
    if len(refused) > limit:
        lines.append(f"… 另有 {len(refused) - limit} 行 / {len(refused) - limit} more")
    return "\n".join(lines)
