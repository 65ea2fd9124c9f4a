"""Entries for tests of GB/T 21063.3 XML, and what an import makes of their documents."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from ckanext.fjgov.core.catalog.rules import normalise_entry
from ckanext.fjgov.core.export.facts import SiteFacts
from ckanext.fjgov.core.export.gbelements import CORE, core_of
from ckanext.fjgov.core.export.gbmetadata import gb_from_entry
from ckanext.fjgov.core.export.gbset import write_set
from ckanext.fjgov.core.export.vocabulary_labels import VocabularyLabels
from ckanext.fjgov.core.importing.gbrows import GbContext, GbDefaults, gb_rows, read_records
from deploy.samples import NODE_KEYS, load_samples
from tests.bench import corpus

TODAY = date(2026, 11, 22)
OF_NODE = {one.field for one in CORE if one.of_node}

Entry = dict[str, Any]


def sample_entries() -> Iterator[Entry]:
    for node in NODE_KEYS:
        samples = load_samples(node, TODAY)
        titles = {unit["name"]: unit["title"] for unit in samples.units}
        for number, entry in enumerate(samples.entries):
            yield normalise_entry(
                {
                    **entry,
                    "id": f"{node}-{number}",
                    "name": f"35100-{node}-{number}",
                    "identifier": f"35100/{node}{number:06d}",
                    "md_id": f"35100/md-{number:06d}",
                    "md_date_updated": "2026-11-22",
                    "organization": {"title": titles[entry["owner_org"]]},
                }
            )


def generated_entries(count: int) -> Iterator[Entry]:
    titles = {unit["fields"]["uscc"]: unit["fields"]["title"] for unit in corpus.units(TODAY)}
    for record in corpus.entries(count, TODAY):
        yield normalise_entry(
            {
                **record["fields"],
                "id": record["id"],
                "name": record["name"],
                "tags": [{"name": tag} for tag in record["tags"]],
                "resources": record["resources"],
                "organization": {"title": titles[record["unit"]]},
            }
        )


def imported(
    data: bytes, cores: list[Entry], facts: SiteFacts, labels: VocabularyLabels
) -> Iterator[Entry]:
    """Read a document as an import does; the core of each row as if it were saved."""
    context = GbContext(
        site_url=facts.site_url,
        service_codes=labels.codes_by_name("service-type"),
        own=frozenset(core["identifier"] for core in cores),
        # A document states the address of the unit where an entry has none of its own.
        unit_addresses={core["owner_org"]: facts.unit["address"] for core in cores},
    )
    for row in gb_rows(read_records(data, "x"), GbDefaults(), context):
        assert row.findings == ()
        yield core_of(normalise_entry({**row.entry, "organization": {"title": row.unit_name}}))


def written_set(entries: Iterable[Entry], facts: SiteFacts, labels: VocabularyLabels) -> bytes:
    """Give one document of all entries."""
    return b"".join(write_set(gb_from_entry(entry, facts, labels) for entry in entries))


def cores_kept(cores: Iterable[Entry]) -> list[Entry]:
    """Give what of the cores an import sets: not what the node itself keeps."""
    return [{name: core[name] for name in core if name not in OF_NODE} for core in cores]
