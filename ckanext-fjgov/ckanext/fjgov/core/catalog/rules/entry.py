"""Run every rule over one entry."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ckanext.fjgov.core.catalog.rules.check import Check
from ckanext.fjgov.core.catalog.rules.codes import check_codes
from ckanext.fjgov.core.catalog.rules.content import check_content
from ckanext.fjgov.core.catalog.rules.finding import Facts, Finding, Profile
from ckanext.fjgov.core.catalog.rules.identity import check_identity
from ckanext.fjgov.core.catalog.rules.presence import check_presence
from ckanext.fjgov.core.catalog.rules.sharing import check_sharing
from ckanext.fjgov.core.catalog.rules.table import RULES
from ckanext.fjgov.core.catalog.rules.texts import check_texts
from ckanext.fjgov.core.catalog.rules.upkeep import check_upkeep
from ckanext.fjgov.core.catalog.schema_model import ENTRY_SCHEMA, load_schema

CHECKS = (
    check_texts,
    check_presence,
    check_codes,
    check_identity,
    check_sharing,
    check_content,
    check_upkeep,
)


def check_entry(
    entry: Mapping[str, Any], facts: Facts, profile: Profile = "strict", folder: Path | None = None
) -> tuple[Finding, ...]:
    """Check one entry (政务信息目录, Art. 15).

    Args:
        entry: fields as given by `normalise_entry`; `tags`, `resources` and unknown keys are
            searched for limits, control characters and marks too.
        facts: what the rules may not look up; see `Facts`.
        profile: `strict` refuses, `inventory` turns R1 on the abstract, R3, R9 and R10 into
            warnings and accepts the lenient grammar of R4.
        folder: the node's own data folder with code lists, if any.

    Returns:
        Findings in the order of the rules; empty for an entry without faults. Rule R2 is decided
        by the database, see `title_taken`; R16 by the collection directory.

    Cost: O(size of the entry), no reads beyond code lists already loaded.
    Source: standards brief 5.8; Measures, Art. 4, 13, 15, 17, 33, 45.
    """
    check = Check(entry, facts, profile, load_schema(ENTRY_SCHEMA), folder)
    for rule in CHECKS:
        rule(check)
    return tuple(check.findings)


def draft_findings(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Keep the findings that also hold for a draft, which may be incomplete but never unsafe."""
    return tuple(finding for finding in findings if RULES[finding.rule].on_draft)


def errors_of(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Keep the findings that refuse the save."""
    return tuple(finding for finding in findings if finding.severity == "error")
