"""The rules of the catalog, each written once; API, form, bulk path and import all call them.

Must not look anything up beyond code lists: the caller states the facts.
"""

from ckanext.fjgov.core.catalog.rules.compiled import check_canonical
from ckanext.fjgov.core.catalog.rules.directory import (
    Standing,
    Target,
    check_directory,
    still_named,
)
from ckanext.fjgov.core.catalog.rules.entry import check_entry, draft_findings, errors_of
from ckanext.fjgov.core.catalog.rules.finding import Facts, Finding, Profile, Severity
from ckanext.fjgov.core.catalog.rules.identity import title_taken
from ckanext.fjgov.core.catalog.rules.normalise import (
    clean_text,
    keywords,
    normalise_entry,
    normalise_record,
    normalise_unit,
)
from ckanext.fjgov.core.catalog.rules.table import RULES, Rule, severity_of
from ckanext.fjgov.core.catalog.rules.texts import most, too_many
from ckanext.fjgov.core.catalog.rules.unit import check_unit

__all__ = [
    "RULES",
    "Facts",
    "Finding",
    "Profile",
    "Rule",
    "Severity",
    "Standing",
    "Target",
    "check_canonical",
    "check_directory",
    "check_entry",
    "check_unit",
    "clean_text",
    "draft_findings",
    "errors_of",
    "keywords",
    "most",
    "normalise_entry",
    "normalise_record",
    "normalise_unit",
    "severity_of",
    "still_named",
    "title_taken",
    "too_many",
]
