"""Every rule through the import: one file with a row for each case, and the report of a dry run."""

from __future__ import annotations

import json
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

import pytest

from ckanext.fjgov.core.catalog.rules import Finding, check_entry, normalise_entry
from ckanext.fjgov.core.catalog.schema_model import ENTRY_SCHEMA, load_schema
from ckanext.fjgov.core.importing.template import template_mapping
from ckanext.fjgov.core.importing.writer import ExportEntry, write_csv
from tests.data.rule_cases import ERROR, RULE_CASES, RuleCase
from tests.factories import make_entry, make_facts
from tests.integration.api import client, unit_of
from tests.integration.stack_env import StackInfo

NODE = "xiamen"
# A file of the template has one text a cell and no resources, so it cannot carry these.
NOT_IN_FILE = frozenset({"F1", "I1"})
# The reader of the file answers before the rules do, and names the cell.
ANSWERED_BY_READER = frozenset({"control character in text"})


def fits_a_file(case: RuleCase) -> bool:
    return (
        case.by_caller
        and case.rule not in NOT_IN_FILE
        and case.id not in ANSWERED_BY_READER
        and case.id not in READ_BY_LABEL
        and not case.facts
        and "resources" not in case.change
        and "provider_code" not in case.change
    )


# A workbook shows words in place of codes, and a file may say the word alone (docs/workbook.md).
READ_BY_LABEL = frozenset({"cycle not listed", "opening not listed"})
CASES = [case for case in RULE_CASES if fits_a_file(case)]
LABELLED = [case for case in RULE_CASES if case.id in READ_BY_LABEL]


def entry_of(case: RuleCase | None) -> dict[str, Any]:
    """Give a case's entry under a title of its own, so that rule R2 has nothing to say."""
    mark = uuid.uuid4().hex[:8]
    change = dict(case.change) if case else {}
    own = change.get("title")
    is_short = isinstance(own, str) and any(map(str.isalnum, own)) and len(own) < 100
    title = f"示例{mark}{own}" if is_short else own
    if own is None and "title" not in change:
        title = f"示例目录{mark}"
    same = {name: title for name, value in change.items() if own and value == own}
    return make_entry(**{**change, "title": title, "provider_code": None, **same})


@pytest.fixture(scope="module")
def reported(stack: StackInfo, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The report rows by case id; `""` is the row of the unbroken record."""
    unit = client(stack, NODE, "staff").action.organization_show(id=unit_of(stack, NODE))
    entries = {case.id: entry_of(case) for case in (*CASES, *LABELLED)} | {"": entry_of(None)}
    template = template_mapping(load_schema(ENTRY_SCHEMA), "csv")
    rows = [
        ExportEntry(unit["title"], unit["uscc"], normalise_entry(entry))
        for entry in entries.values()
    ]
    folder: Path = tmp_path_factory.mktemp("import")
    file = folder / "cases.csv"
    file.write_text("".join(write_csv(rows, template)), encoding="utf-8")
    program = str(Path(sys.executable).parent / "ckan")
    done = subprocess.run(
        [program, "-c", str(stack.inis[NODE]), "fjgov", "import", str(file), "--dry-run", "--json"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stdout[-2000:] + done.stderr[-2000:]
    report = json.loads(done.stdout)
    assert len(report["rows"]) == len(entries)
    by_id = dict(zip(entries, report["rows"], strict=True))
    return {name: (entries[name], unit["uscc"], row) for name, row in by_id.items()}


def expected(case: RuleCase, entry: dict[str, Any], uscc: str) -> list[Finding]:
    found = check_entry(
        normalise_entry({**entry, "provider_code": uscc}), make_facts(unit_code=uscc), "strict"
    )
    return [item for item in found if (item.rule, item.field) == (case.rule, case.field)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule} {case.id}")
def test_row_is_reported_with_the_message_of_the_rule(
    reported: dict[str, Any], case: RuleCase
) -> None:
    entry, uscc, row = reported[case.id]
    findings = expected(case, entry, uscc)
    assert findings, f"the case {case.id} breaks no rule in core"
    shown = {(item["rule"], item["zh"], item["en"]) for item in row["findings"]}
    assert {(item.rule, item.zh, item.en) for item in findings} <= shown
    assert (row["outcome"] == "refused") == (case.strict == ERROR)


@pytest.mark.parametrize("case", LABELLED, ids=lambda case: case.id)
def test_the_word_of_a_code_is_read_as_the_code(reported: dict[str, Any], case: RuleCase) -> None:
    row = reported[case.id][2]
    assert [item for item in row["findings"] if item["rule"] == "C1"] == []


def test_unbroken_row_would_be_listed_without_findings(reported: dict[str, Any]) -> None:
    row = reported[""][2]
    assert (row["outcome"], row["findings"]) == ("listed", [])
