"""Names of codes in exported documents, read from the shipped code lists."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from ckanext.fjgov.core.catalog.vocabulary import load_vocabulary

# Scheme of the exported concept -> file stem in vocabularies/.
VOCABULARIES: Final[dict[str, str]] = {
    "topic": "topics",
    "guide2017": "guide_classes",
    "industry": "industries",
    "service-class": "service_classes",
    "form-class": "form_classes",
    "data-format": "formats",
    "share": "share_types",
    "share-way": "share_ways",
    "division": "divisions",
    "mode": "exchange_modes",
    "exchange-status": "exchange_status",
    "service-type": "service_types",
    "item-data-type": "item_types",
    "business-object": "business_objects",
    "restriction-kind": "restriction_kinds",
    "base-database": "base_databases",
    "digitisation-state": "digitisation",
    "acquisition-way": "acquisition",
    "generation": "generation_ways",
    "management": "management_ways",
    "ownership-kind": "ownership",
    "unit-type": "unit_types",
    "unit-level": "unit_levels",
    "system-status": "system_status",
    "environment": "system_environments",
    "database-kind": "database_kinds",
    "collection-channel": "collection_channels",
    "collection-state": "collection_states",
    "permit-validity": "permit_validity",
}
# The other way round: file stem -> scheme.
SCHEMES: Final[dict[str, str]] = {stem: scheme for scheme, stem in VOCABULARIES.items()}


class VocabularyLabels:
    """Labels from vocabularies/ and a node's own data folder; safe to share between threads."""

    def __init__(self, folder: Path | None = None) -> None:
        """Remember the node's data folder; lists are loaded when first asked for, and kept."""
        self._folder = folder

    def label(self, scheme: str, code: str) -> tuple[str, str] | None:
        """Return (Chinese, English) of a code, None when its list does not hold it.

        English is "" where the list gives none of its own.

        Raises:
            KeyError: `scheme` is none of the exported schemes.
        """
        found = load_vocabulary(VOCABULARIES[scheme], self._folder).get(code)
        if found is None:
            return None
        return found.zh, found.en if found.en != found.zh else ""

    def codes_by_name(self, scheme: str) -> dict[str, str]:
        """Return Chinese name -> code of one scheme, for documents that state names."""
        concepts = load_vocabulary(VOCABULARIES[scheme], self._folder).concepts.values()
        return {one.zh: one.code for one in concepts}
