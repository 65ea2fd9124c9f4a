"""The version stamp of a workbook: from which schema it was made, when, and by which node.

A stamp decides how columns are compared, never who may do what: anybody can write one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ckanext.fjgov.core.catalog.schema_model import FieldModel, SchemaModel

STAMP_SHEET = "_fjgov"
LISTS_SHEET = "_代码表"
NOTES_SHEET = "填写说明"
RESULT_SHEET = "核对结果"
# Sheets of ours that hold no entries.
SYSTEM_SHEETS = frozenset({STAMP_SHEET, LISTS_SHEET, RESULT_SHEET})
FORM_VERSION = "1"


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a workbook says of its making.

    Attributes:
        schema: name of the schema file.
        digest: `schema_digest` of it.
        made_on: day of making, CCYY-MM-DD.
        node: code of the node that made it.
    """

    schema: str
    digest: str
    made_on: str
    node: str

    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Return the stamp as it stands in the hidden sheet and in the properties."""
        return (
            ("form", FORM_VERSION),
            ("schema", self.schema),
            ("digest", self.digest),
            ("made_on", self.made_on),
            ("node", self.node),
        )


def read_stamp(pairs: Mapping[str, str]) -> Stamp | None:
    """Return the stamp of a workbook, None when it has none."""
    names = ("schema", "digest", "made_on", "node")
    if not all(pairs.get(name) for name in names):
        return None
    return Stamp(*(pairs[name] for name in names))


def schema_digest(schema: SchemaModel) -> str:
    """Return 16 hex digits that change whenever a column of the template changes.

    Help texts and RDF terms do not count: they change nothing in a workbook that is filled in.
    """
    text = repr((_shape(schema.fields), _shape(schema.resource_fields)))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:16]


def _shape(fields: Iterable[FieldModel]) -> list[tuple[object, ...]]:
    return [
        (f.name, f.label_zh, f.kind, f.codelist, f.obligation, _shape(f.subfields)) for f in fields
    ]
