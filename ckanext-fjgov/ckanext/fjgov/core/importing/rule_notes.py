"""Which rules may blame which field, found by asking the rules, so that notes follow them.

A rule that changes its mind changes the notes; nothing is listed by hand.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import cache
from typing import Any

from ckanext.fjgov.core.catalog.directories import record_schemas
from ckanext.fjgov.core.catalog.rules import (
    RULES,
    Facts,
    Finding,
    Standing,
    Target,
    check_directory,
    check_entry,
    normalise_record,
)
from ckanext.fjgov.core.catalog.schema_model import ENTRY_TYPE, FieldModel, SchemaModel
from ckanext.fjgov.core.catalog.vocabulary import load_vocabulary

_FACTS = Facts(today=date(2026, 1, 1), unit_code="110000000000000000")
_BAD = ("?", "a\x07", "2999-01-01", "x" * 100_000)
# Longer lists are those of places and classes, on whose single codes no rule depends.
_FEW_CODES = 20
_NAMED = "35100/000001"


@cache
def rules_by_field(record_type: str) -> dict[str, tuple[str, ...]]:
    """Return field -> ids of the rules that may blame it, in the order of the table of rules.

    Args:
        record_type: of a directory.
    """
    schema = record_schemas()[record_type]
    found: dict[str, set[str]] = {}
    asked = _of_entries(schema) if record_type == ENTRY_TYPE else _of_directory(schema)
    for finding in asked:
        found.setdefault(finding.field, set()).add(finding.rule)
    order = list(RULES)
    return {name: tuple(sorted(rules, key=order.index)) for name, rules in found.items()}


def _of_entries(schema: SchemaModel) -> Iterator[Finding]:
    for probe in (*_entry_probes(), *_bad_values(schema)):
        yield from check_entry(normalise_record(probe, schema), _FACTS)


def _entry_probes() -> Iterable[dict[str, Any]]:
    """Give entries that break rules: empty, of each share class, with fields that disagree."""
    yield {}
    for share_type in ("1", "2", "3"):
        yield {"share_type": share_type, "open_to_public": "1", "items": [{"share_type": "1"}]}
    yield {"data_format": ["3/mysql", "3"], "share_way": ["1/file", "2/mail"]}
    yield {"acquisition": "purchased", "exchange": [{"mode": "query", "status": "done"}]}


def _of_directory(schema: SchemaModel) -> Iterator[Finding]:
    """Ask about records that are empty, have bad values, or each code, row and standing alone."""
    for probe in ({}, *_bad_values(schema), *_single_values(schema)):
        yield from _told(probe, schema, {})
    for field in schema.fields:
        if field.reference is not None:
            for standing in Standing:
                target = Target(standing, field.reference.target)
                yield from _told({field.name: [_NAMED]}, schema, {_NAMED: target})


def _told(
    probe: Mapping[str, Any], schema: SchemaModel, targets: Mapping[str, Target]
) -> tuple[Finding, ...]:
    return check_directory(normalise_record(probe, schema), schema, _FACTS, targets)


def _bad_values(schema: SchemaModel) -> Iterator[dict[str, Any]]:
    fields = [field for field in schema.fields if field.kind != "rows"]
    for bad in _BAD:
        yield {f.name: [bad] if f.is_list and not f.stored_as else bad for f in fields}


def _single_values(schema: SchemaModel) -> Iterator[dict[str, Any]]:
    for field in schema.fields:
        if field.kind == "rows":
            yield from ({field.name: [{column.name: "?"}]} for column in field.subfields)
        elif field.kind == "code":
            yield from ({field.name: code} for code in _codes(field))


def _codes(field: FieldModel) -> tuple[str, ...]:
    codes = tuple(load_vocabulary(field.codelist).concepts) if field.codelist else ()
    return codes if len(codes) <= _FEW_CODES else ()
