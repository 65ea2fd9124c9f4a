"""The case types, each a table."""

from __future__ import annotations

from ckanext.fjgov.core.cases.errors import UnknownCaseType
from ckanext.fjgov.core.cases.table import CaseType
from ckanext.fjgov.core.cases.types.application import APPLICATION
from ckanext.fjgov.core.cases.types.collection_report import COLLECTION_REPORT
from ckanext.fjgov.core.cases.types.entry_review import ENTRY_REVIEW
from ckanext.fjgov.core.cases.types.grant import GRANT
from ckanext.fjgov.core.cases.types.non_publication import NON_PUBLICATION

CASE_TYPES = {
    kind.name: kind
    for kind in (ENTRY_REVIEW, NON_PUBLICATION, COLLECTION_REPORT, APPLICATION, GRANT)
}


def case_type(name: str) -> CaseType:
    """Give a case type.

    Raises:
        UnknownCaseType: there is none of this name.
    """
    found = CASE_TYPES.get(name)
    if found is None:
        raise UnknownCaseType(f"没有办理事项类型 {name}", f"there is no case type {name}")
    return found


def tacit_clocks() -> frozenset[str]:
    """Give the names of the clocks whose end is an answer, of all case types."""
    return frozenset(
        rule.name for kind in CASE_TYPES.values() for rule in kind.clocks if rule.tacit
    )
