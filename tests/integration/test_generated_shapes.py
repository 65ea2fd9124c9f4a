"""Samples and generated entries against our shapes and those of DCAT-AP 3.

Needs no running site.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import chain, islice
from typing import Any

import pyshacl
import pytest
from rdflib import Graph

from ckanext.fjgov.core.catalog.canonical import ENTRY, UNIT
from ckanext.fjgov.core.catalog.rules import normalise_record
from ckanext.fjgov.core.export.documents import record_document
from ckanext.fjgov.core.export.facts import Audience, SiteFacts
from ckanext.fjgov.core.export.registered import schema_of
from ckanext.fjgov.core.export.shapes import shapes_graph
from deploy.samples import NODE_KEYS, load_samples
from tests.bench.corpus import entries, units
from tests.dcat_ap import exceptions, violations
from tests.rdf_documents import LABELS, TODAY, shown_of
from tests.rdf_kinds import graph_of

# Every seventh of 2,000: pySHACL takes about 50 ms an entry for all four questions.
ENTRIES, STEP = 300, 7
FACTS = SiteFacts("https://city.example", "350100")
# Graphs of this many records: pySHACL asks less often, and a fault is still found.
AT_ONCE = 100

Record = dict[str, Any]


def listed(record: Record, number: int) -> Record:
    """Give a record with what a node adds when it lists it."""
    resources = [{"id": f"r{n}", **one} for n, one in enumerate(record.get("resources") or [])]
    return {
        "workflow_state": "published",
        "identifier": f"35100/{number:06d}",
        "md_id": f"35100/md-{number:06d}",
        "md_date_updated": "2026-11-01",
        **record,
        "resources": resources,
    }


def samples() -> Iterator[tuple[str, Record]]:
    number = 0
    for key in NODE_KEYS:
        loaded = load_samples(key, TODAY)
        titles = {unit["name"]: unit for unit in loaded.units}
        for unit in loaded.units:
            yield UNIT, {"id": f"{key}-{unit['name']}", **normalise_record(unit, schema_of(UNIT))}
        for entry in loaded.entries:
            number += 1
            unit = titles[entry["owner_org"]]
            shown = normalise_record(entry, schema_of(ENTRY))
            shown |= {"id": f"{key}-{number}", "name": f"35100-{number:06d}"}
            named = {"name": unit["name"], "title": unit["title"]}
            yield ENTRY, listed({**shown, "organization": named}, number)


def generated() -> Iterator[tuple[str, Record]]:
    titles = {}
    for unit in units(TODAY):
        titles[unit["fields"]["uscc"]] = unit["fields"]["title"]
        yield UNIT, shown_of(unit)
    for number, entry in enumerate(entries(ENTRIES, TODAY, step=STEP), start=1):
        code = entry["unit"]
        named = {"name": f"u-{code.lower()}", "title": titles[code]}
        yield ENTRY, listed({**shown_of(entry), "organization": named}, number)


@cache
def graphs(source: str, audience: Audience) -> list[Graph]:
    records = samples() if source == "samples" else generated()
    parts = iter(lambda: list(islice(records, AT_ONCE)), [])
    return [
        graph_of(
            chain.from_iterable(
                record_document(record, kind, FACTS, LABELS, audience=audience)
                for kind, record in part
            )
        )
        for part in parts
    ]


SOURCES = pytest.mark.parametrize("source", ["samples", "generated"])
AUDIENCES = pytest.mark.parametrize("audience", ["public", "officials"])


@SOURCES
@AUDIENCES
def test_nothing_breaks_our_shapes(source: str, audience: Audience) -> None:
    shapes = shapes_graph(audience)
    for graph in graphs(source, audience):
        conforms, _, report = pyshacl.validate(graph, shacl_graph=shapes)
        assert conforms, report


@SOURCES
@AUDIENCES
def test_dcat_ap_finds_the_listed_exceptions_only(source: str, audience: Audience) -> None:
    for graph in graphs(source, audience):
        assert {found for found, _ in violations(graph)} <= exceptions()
