"""Quality checks of listed entries (M15; Art. 15: complete, consistent, well named).

Rules of `core/catalog/rules` say what may be saved; these say what should be better. Must not look
anything up: the caller states the facts, and no check asks for the date, so that a result holds as
long as the entry does.
"""

from ckanext.fjgov.core.quality.check import (
    RULES_VERSION,
    Quality,
    UnitFacts,
    check_quality,
    facts_hash,
)
from ckanext.fjgov.core.quality.completeness import Completeness, completeness
from ckanext.fjgov.core.quality.likeness import Marks, marks_of
from ckanext.fjgov.core.quality.table import QUALITY_RULES, QualityFinding, QualityRule

__all__ = [
    "QUALITY_RULES",
    "RULES_VERSION",
    "Completeness",
    "Marks",
    "Quality",
    "QualityFinding",
    "QualityRule",
    "UnitFacts",
    "check_quality",
    "completeness",
    "facts_hash",
    "marks_of",
]
