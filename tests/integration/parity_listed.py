"""Write rows of a real listing by CKAN's actions and by the bulk path, and compare the results."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import parity_written

import ckan.plugins.toolkit as tk

from ckanext.fjgov.logic import import_writer
from ckanext.fjgov.logic.batch import Candidate, Outcome, Terms, single
from ckanext.fjgov.logic.batch.engine import nothing
from ckanext.fjgov.logic.importing import ImportRequest, run_import


class ByAction:
    """Stands where an import has its batch, and writes each entry by CKAN's own action."""

    written: ClassVar[list[str]] = []

    def __init__(self, terms: Terms) -> None:
        self._terms = terms

    def write(self, candidates: Sequence[Candidate]) -> list[Outcome]:
        """Write entries one by one."""
        outcomes = [single.write(one, self._terms, nothing) for one in candidates]
        self.written += [outcome.id for outcome in outcomes if outcome.id]
        return outcomes


def compare(listing: str, mapping: str, step: int) -> dict[str, Any]:
    """Import every `step`-th row by actions, then hold them against the bulk path.

    Returns:
        The report of `parity_written.compare`, with `outcomes`: how many rows were listed and
        how many were refused.
    """
    user = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
    report = parity_written.empty_report()
    outcomes: Counter[str] = Counter()
    import_writer.Batch = ByAction  # type: ignore[misc, assignment]  # Both write candidates.
    with Path(listing).open(encoding="utf-8", newline="") as lines:
        header, *rows = csv.reader(lines)
    chosen = rows[::step]
    for start in range(0, len(chosen), parity_written.SLICE):
        told = _import([header, *chosen[start : start + parity_written.SLICE]], mapping, user)
        outcomes.update(told)
        parity_written.add_both(report, list(ByAction.written), user)
        ByAction.written.clear()
    return {**report, "outcomes": dict(outcomes)}


def _import(rows: Sequence[Sequence[str]], mapping: str, user: str) -> Counter[str]:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    words = Path(mapping).read_text("utf-8")
    request = ImportRequest(text.getvalue().encode(), words, user, dry_run=False)
    return Counter(row.outcome for row in run_import(request).rows)
