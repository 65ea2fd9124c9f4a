"""The same rules for whole catalogs: what surely holds for a record is proved by a few scans.

A rule whose outcome is not proved here runs as it always does, so that there is one place for each
rule and the findings are those of `check_entry`, in the same order.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from ckanext.fjgov.core.catalog.plain_record import has_no_empty
from ckanext.fjgov.core.catalog.rules.check import Check
from ckanext.fjgov.core.catalog.rules.codes import check_codes, coded_fields
from ckanext.fjgov.core.catalog.rules.entry import CHECKS, check_entry
from ckanext.fjgov.core.catalog.rules.finding import Facts, Finding, Profile
from ckanext.fjgov.core.catalog.rules.normalise import normalise_entry
from ckanext.fjgov.core.catalog.rules.texts import (
    MAX_RESOURCES,
    MAX_TAGS,
    MAX_TEXT,
    SHORTEST_LIMIT,
    check_texts,
    code_places,
    most,
)
from ckanext.fjgov.core.catalog.schema_model import ENTRY_SCHEMA, FieldModel, load_schema
from ckanext.fjgov.core.catalog.secrecy import may_hold_mark

KNOWN_CODES = 20_000
# Two characters that can be printed and yet may not stand in a code.
_PRINTABLE_AND_HIDDEN = ("\ufffc", "\ufffd")


def check_canonical(
    record: Mapping[str, Any],
    data: bytes | None,
    facts: Facts,
    profile: Profile = "strict",
    folder: Path | None = None,
) -> tuple[Finding, ...]:
    """Check the canonical record of one entry; gives what `check_entry` gives for it.

    Args:
        record: with `fields`, `tags`, `resources` and `unit`.
        data: its canonical bytes, when `plain_record.is_canonical_plain` holds for them.
        facts, profile, folder: as of `check_entry`.

    Cost: about a fifth of `check_entry` for a record that breaks no rule.
    """
    view = {
        **record.get("fields", {}),
        "tags": record.get("tags", []),
        "resources": record.get("resources", []),
        "owner_org": record.get("unit", ""),
    }
    if data is None or not _has_no_empty(record, data) or not is_regular(view, data):
        return check_entry(normalise_entry(view), facts, profile, folder)
    check = Check(view, facts, profile, load_schema(ENTRY_SCHEMA), folder)
    check.take_rows(rows_of(view))
    for rule in CHECKS:
        if rule is check_texts or (rule is check_codes and _codes_hold(check)):
            continue
        rule(check)
    return tuple(check.findings)


def rows_of(view: Mapping[str, Any]) -> dict[str, Any]:
    """Give the repeating fields of a plain entry; all values of their rows are texts."""
    return {
        name: value
        for name, value in view.items()
        if type(value) is list and type(value[0] if value else "") is dict and name != "resources"
    }


def _has_no_empty(record: Mapping[str, Any], data: bytes) -> bool:
    """A record that is made here may say with an empty list that it has no keywords."""
    return has_no_empty({name: value for name, value in record.items() if value != []}, data)


def is_regular(view: Mapping[str, Any], data: bytes) -> bool:
    """Tell whether an entry is surely normalised and surely keeps F1, L1, L2 and R15.

    Args:
        view: the entry as the rules read it, values plain and none of them empty.
        data: canonical bytes of its record, without escapes: a quotation mark in them is one of
            JSON's own, and every control character would be an escape.
    """
    if b"\\" in data or b'" ' in data or b' "' in data:
        return False
    text = data.decode("utf-8")
    if (
        not text.isprintable()
        or may_hold_mark(text)
        or any(character in text for character in _PRINTABLE_AND_HIDDEN)
        or view.get("secrecy", "0") != "0"
    ):
        return False
    return _is_shaped(view)


def _is_shaped(view: Mapping[str, Any]) -> bool:
    """Tell whether every value has the shape and a length that no limit of F1 and L1 touches."""
    shapes = _shapes()
    return all(name in shapes and shapes[name].holds(value) for name, value in view.items())


class _Shape:
    """What one field of an entry may hold without a closer look."""

    def __init__(self, model: FieldModel | None, name: str) -> None:
        places = code_places(ENTRY_SCHEMA)
        self.most = most(name, model)
        self.longest = SHORTEST_LIMIT if (name, "") in places else MAX_TEXT
        self.is_rows = model is not None and model.kind == "rows"
        self.is_list = model is not None and model.is_list and model.stored_as is None
        self.columns = {
            column.name: SHORTEST_LIMIT if (name, column.name) in places else MAX_TEXT
            for column in (model.subfields if model else ())
            if not column.is_list and column.kind != "rows"
        }
        self.shortest = min(self.columns.values(), default=0)

    def holds(self, value: Any) -> bool:
        """Tell whether a plain value fits."""
        if type(value) is str:
            return not self.is_rows and not self.is_list and len(value) <= self.longest
        if len(value) > self.most:
            return False
        if self.is_list:
            return (
                set(map(type, value)) == {str}
                and len(set(value)) == len(value)
                and max(map(len, value)) <= self.longest
            )
        return self.is_rows and all(map(self._row_holds, value))

    def _row_holds(self, row: Any) -> bool:
        if type(row) is not dict:
            return False
        limits = self.columns
        # Nearly all texts of rows are shorter than any limit: then none is looked up.
        return row.keys() <= limits.keys() and (
            max(map(len, row.values()), default=0) <= self.shortest
            or all(len(text) <= limits[name] for name, text in row.items())
        )


class _Keywords:
    """Keywords: texts that the schema does not name, kept as they are."""

    def holds(self, value: Any) -> bool:
        """Tell whether the list keeps the limits."""
        return len(value) <= MAX_TAGS and max(map(len, value), default=0) <= MAX_TEXT


class _Resources:
    """Resources: objects that the schema does not name, kept as they are."""

    def holds(self, value: Any) -> bool:
        """Tell whether the list keeps the limits."""
        return len(value) <= MAX_RESOURCES and all(
            len(text) <= MAX_TEXT
            for resource in value
            for text in resource.values()
            if type(text) is str
        )


@cache
def _shapes() -> dict[str, _Shape | _Keywords | _Resources]:
    shapes: dict[str, _Shape | _Keywords | _Resources] = {
        field.name: _Shape(field, field.name)
        for field in load_schema(ENTRY_SCHEMA).fields
        if field.stored_as is None
    }
    return shapes | {"tags": _Keywords(), "resources": _Resources()}


def _codes_hold(check: Check) -> bool:
    """Tell whether each code of a plain entry was found in its list before."""
    record = check.record
    for field, column, good in _seen(check.schema.name, check.folder):
        value = record.get(field.name)
        if value is None:
            continue
        if column:
            codes = {row[column] for row in value if column in row}
        else:
            codes = set(value) if type(value) is list else {value}
        if not codes <= good and not all(
            _is_good(check, field, column, code, good) for code in codes - good
        ):
            return False
    modes = check.vocabulary("exchange_modes")
    return all(
        not resource.get("mode") or resource["mode"] in modes for resource in record["resources"]
    )


@cache
def _seen(schema: str, folder: Path | None) -> tuple[tuple[FieldModel, str, set[str]], ...]:  # noqa: ARG001 - each folder has its lists
    """Give each place of codes, as field and column, with the codes that were found good there."""
    return tuple(
        (field, column, set())
        for field, columns in coded_fields(schema)
        for column in ((("",) if field.codelist is not None else ()) + columns)
    )


def _is_good(check: Check, field: FieldModel, column: str, code: str, good: set[str]) -> bool:
    """Ask the rule itself about one code, and keep it when nothing is to be said of it."""
    value = [{column: code}] if column else [code] if field.is_list else code
    probe = Check({field.name: value}, check.facts, check.profile, check.schema, check.folder)
    check_codes(probe)
    if probe.findings:
        return False
    if len(good) < KNOWN_CODES:
        good.add(code)
    return True
