"""The rules of one directory for one page of records: what they ask for is looked up once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from ckanext.fjgov.core.catalog.canonical import ENTRY
from ckanext.fjgov.core.catalog.directories import directories
from ckanext.fjgov.core.catalog.rules import (
    Facts,
    Finding,
    Profile,
    check_canonical,
    check_directory,
    normalise_entry,
    normalise_record,
)
from ckanext.fjgov.core.catalog.schema_model import SchemaModel
from ckanext.fjgov.core.federation.feed import FeedRow
from ckanext.fjgov.logic import settings
from ckanext.fjgov.logic.entry_rules import profile_of
from ckanext.fjgov.model import identifiers


@dataclass(frozen=True, slots=True)
class RuleBook:
    """Gives findings of canonical records.

    Attributes:
        profile: severity profile of the sending node.
        today: day of the check.
        folder: this node's own code lists, if any.
        known_codes: those of the page's related codes that exist here.
        tolerance_days: days beyond the cycle until data are overdue, None for those of the list.
    """

    profile: Profile
    today: date
    folder: Path | None
    known_codes: frozenset[str]
    tolerance_days: int | None = None

    @classmethod
    def for_entries(
        cls,
        connection: sa.Connection,
        records: Iterable[Mapping[str, Any]],
        profile: str,
        today: date,
    ) -> RuleBook:
        """Look up what the rules may ask about some records. Cost: at most two statements."""
        related = sorted({code for record in records for code in _related(record)})
        known: frozenset[str] = frozenset()
        if related:
            known = identifiers.existing(connection, identifiers.GUIDE, related)
            known |= identifiers.existing(connection, identifiers.RESOURCE, related)
        return cls(
            profile_of(profile),
            today,
            settings.data_folder(),
            known,
            settings.tolerance_days(),
        )

    def findings(self, row: FeedRow, unit_code: str | None) -> Sequence[Finding]:
        """Check one entry.

        Args:
            row: a `put` that is well formed.
            unit_code: USCC of its unit, None when it has none.
        """
        facts = Facts(
            today=self.today,
            unit_code=unit_code,
            known_codes=self.known_codes,
            tolerance_days=self.tolerance_days,
        )
        data = row.record if row.plain else None
        return check_canonical(row.fields or {}, data, facts, self.profile, self.folder)


@dataclass(frozen=True, slots=True)
class DirectoryRuleBook:
    """Gives findings of canonical records of a directory beside the entries (Art. 45).

    What they name is not judged: their home node did, and a copy of it may still be on its way.

    Attributes:
        schema: of the directory.
        profile: severity profile of the sending node.
        today: day of the check.
        folder: this node's own code lists, if any.
    """

    schema: SchemaModel
    profile: Profile
    today: date
    folder: Path | None

    def findings(self, row: FeedRow, unit_code: str | None) -> Sequence[Finding]:
        """Check one record; arguments as of `RuleBook.findings`."""
        record = row.fields or {}
        view = {**record.get("fields", {}), "owner_org": record.get("unit", "")}
        facts = Facts(today=self.today, unit_code=unit_code)
        whole = normalise_record(view, self.schema)
        return check_directory(whole, self.schema, facts, None, self.profile, self.folder)


def book_of(
    connection: sa.Connection,
    kind: str,
    records: Iterable[Mapping[str, Any]],
    profile: str,
    today: date,
) -> RuleBook | DirectoryRuleBook:
    """Give the rules for some records of one kind."""
    if kind == ENTRY:
        return RuleBook.for_entries(connection, records, profile, today)
    return DirectoryRuleBook(
        directories()[kind], profile_of(profile), today, settings.data_folder()
    )


def _related(record: Mapping[str, Any]) -> list[str]:
    found = record.get("fields", {}).get("related")
    if found is None:
        return []
    codes = normalise_entry({"related": found}).get("related")
    return [code for code in codes if isinstance(code, str)] if isinstance(codes, list) else []
