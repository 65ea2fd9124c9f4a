"""What every rule gets: the record, the facts, the code lists, and one way to report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ckanext.fjgov.core.catalog.rules.finding import Facts, Finding, Profile
from ckanext.fjgov.core.catalog.rules.table import severity_of
from ckanext.fjgov.core.catalog.schema_model import FieldModel, SchemaModel
from ckanext.fjgov.core.catalog.vocabulary import Vocabulary, load_vocabulary

Row = Mapping[str, str]


@dataclass(slots=True)
class Check:
    """One record under check; rules call `report` and nothing else has an effect."""

    record: Mapping[str, Any]
    facts: Facts
    profile: Profile
    schema: SchemaModel
    folder: Path | None
    findings: list[Finding] = field(default_factory=list)
    _rows: dict[str, Sequence[Row]] = field(default_factory=dict)
    _lists: dict[str, Vocabulary] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """Give a single value, "" when it is missing or of another shape."""
        value = self.record.get(name)
        return value if isinstance(value, str) else ""

    def texts(self, name: str) -> Sequence[str]:
        """Give a list of texts, empty when it is missing or of another shape."""
        value = self.record.get(name)
        if not isinstance(value, list):
            return ()
        return [item for item in value if isinstance(item, str)]

    def rows(self, name: str) -> Sequence[Row]:
        """Give the rows of a repeating field, values of another shape left out."""
        rows = self._rows.get(name)
        if rows is None:
            value = self.record.get(name)
            rows = self._rows[name] = [
                {key: text for key, text in row.items() if isinstance(text, str)}
                for row in (value if isinstance(value, list) else ())
                if isinstance(row, Mapping)
            ]
        return rows

    def take_rows(self, rows: Mapping[str, Sequence[Row]]) -> None:
        """Take the rows of fields whose values are known to be texts."""
        self._rows.update(rows)

    def vocabulary(self, name: str) -> Vocabulary:
        """Give a code list, the node's own where it has one."""
        vocabulary = self._lists.get(name)
        if vocabulary is None:
            vocabulary = self._lists[name] = load_vocabulary(name, self.folder)
        return vocabulary

    def model(self, name: str) -> FieldModel | None:
        """Give the field model, None for a key the schema does not name."""
        return self.schema.by_name.get(name)

    def label(self, name: str, column: str = "") -> tuple[str, str]:
        """Give what messages call a field or its column, in Chinese and English."""
        model = self.model(name)
        if model is None:
            return name, name
        if column:
            part = model.subfield(column)
            return part.label_zh, part.label_en
        return model.label_zh, model.label_en

    def report(self, rule: str, name: str, zh: str, en: str, column: str = "") -> None:
        """Add a finding.

        Args:
            rule: id of the rule.
            name: the field to blame.
            zh, en: what is wrong and what to do; the field's label is put before them.
            column: the sub-field to blame.
        """
        label_zh, label_en = self.label(name)
        if column:
            part_zh, part_en = self.label(name, column)
            label_zh, label_en = f"{label_zh}·{part_zh}", f"{label_en}, {part_en}"
        self.findings.append(
            Finding(
                rule=rule,
                field=name,
                severity=severity_of(rule, name, self.profile),
                zh=f"{label_zh}：{zh}",
                en=f"{label_en}: {en}",
            )
        )
