"""Search labels: the visibility table written as words that the index can compare."""

from __future__ import annotations

from collections.abc import Iterable

from ckanext.fjgov.core.access.visibility import (
    AnonymousScope,
    Aspect,
    EntryFacts,
    Reader,
    visible_aspects,
)

OPEN = "fjgov-open"
WIDE = "fjgov-wide"
STAFF = "fjgov-staff"


def work_label(unit_id: str) -> str:
    """Give the label of what only the unit's own appointed people see."""
    return f"fjgov-work-{unit_id}"


def labels_of_entry(facts: EntryFacts, unit_id: str | None) -> list[str]:
    """Give the labels of one entry; a reader who holds any of them may find it.

    The node's setting for anonymous readers is not in the labels of entries but in those of
    readers, so that changing it needs no reindex.
    """
    labels = []
    for label, reader, scope in (
        (OPEN, Reader.ANONYMOUS, AnonymousScope.OPEN),
        (WIDE, Reader.ANONYMOUS, AnonymousScope.METADATA),
        (STAFF, Reader.STAFF, AnonymousScope.OPEN),
    ):
        if Aspect.LISTED in visible_aspects(facts, reader, scope):
            labels.append(label)
    if unit_id and Aspect.LISTED in visible_aspects(facts, Reader.OWN_UNIT):
        labels.append(work_label(unit_id))
    return labels


def labels_of_reader(
    *, is_staff: bool, appointed_units: Iterable[str], scope: AnonymousScope
) -> list[str]:
    """Give the labels that one reader holds."""
    labels = [OPEN]
    if is_staff or scope is AnonymousScope.METADATA:
        labels.append(WIDE)
    if is_staff:
        labels.append(STAFF)
    return labels + [work_label(unit) for unit in sorted(appointed_units)]
