"""Run every quality check over one listed entry, local or harvested."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import astuple, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from ckanext.fjgov.core.catalog.rules.check import Check
from ckanext.fjgov.core.catalog.rules.finding import Facts
from ckanext.fjgov.core.catalog.rules.normalise import normalise_entry
from ckanext.fjgov.core.catalog.schema_model import ENTRY_SCHEMA, load_schema
from ckanext.fjgov.core.quality.completeness import Completeness, completeness
from ckanext.fjgov.core.quality.consistency import check_consistency
from ckanext.fjgov.core.quality.likeness import Marks, marks_of
from ckanext.fjgov.core.quality.naming import check_naming
from ckanext.fjgov.core.quality.table import QualityFinding

# Raise it with every change of what a check says: stored results of another version are made anew.
RULES_VERSION = "1"
# Own threshold: entries below it are named in lists.
SPARSE = 0.6
_NAMED = 12
# No quality check asks for the date; the field of `Facts` must hold some day.
_NO_DAY = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class UnitFacts:
    """What the checks ask of the providing unit; "" for what is not known."""

    title: str = ""
    division: str = ""


@dataclass(frozen=True, slots=True)
class Quality:
    """What the checks say about one entry.

    Attributes:
        completeness: share and missing elements.
        findings: of Q01 to Q35 in the order of the checks; Q18 and Q5x need other entries.
        marks: by what it is compared with others.
        related: codes of entries it names, for Q18.
    """

    completeness: Completeness
    findings: tuple[QualityFinding, ...]
    marks: Marks
    related: tuple[str, ...]


def check_quality(
    record: Mapping[str, Any], unit: UnitFacts, folder: Path | None = None
) -> Quality:
    """Check the canonical record of one entry.

    Args:
        record: with `unit`, `fields` and `tags`, as the change log keeps it.
        unit: facts of its unit.
        folder: the node's own data folder with code lists, if any.

    Cost: O(size of the entry); no reads beyond code lists already loaded.
    Source: Measures, Art. 15 (own reading); M15.
    """
    values = {
        **record.get("fields", {}),
        "owner_org": record.get("unit", ""),
        "tags": record.get("tags", []),
    }
    entry = normalise_entry(values)
    check = Check(entry, Facts(today=_NO_DAY), "inventory", load_schema(ENTRY_SCHEMA), folder)
    found = completeness(entry)
    findings = (
        *_sparse(found),
        *check_consistency(check, unit.division),
        *check_naming(check, unit.title),
    )
    related = tuple(dict.fromkeys(check.texts("related")))
    return Quality(found, findings, marks_of(check), related)


def facts_hash(unit: UnitFacts, tolerance: int | None) -> str:
    """Give a digest of what a result rests on beside the entry (64 hex digits).

    Args:
        tolerance: days beyond the cycle, stored results keep the last fresh day too.
    """
    text = json.dumps([RULES_VERSION, tolerance, *astuple(unit)], ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _sparse(found: Completeness) -> list[QualityFinding]:
    if found.share >= SPARSE:
        return []
    named = found.missing[:_NAMED]
    more_zh = "等" if len(found.missing) > _NAMED else ""
    more_en = " and more" if len(found.missing) > _NAMED else ""
    share = f"{found.share:.0%}"
    return [
        QualityFinding(
            "Q01",
            f"完整度{share}，缺" + "、".join(element.label_zh for element in named) + more_zh,
            f"{share} complete, without "
            + ", ".join(element.label_en for element in named)
            + more_en,
        )
    ]
