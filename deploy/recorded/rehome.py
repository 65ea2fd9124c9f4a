"""Make recordings for nodes that have no site: the catalog of one city, moved to another one.

What comes out is sample data: titles carry the name of the new city and a number, units get codes
of the new division, and every id is another one.
"""

from __future__ import annotations

import copy
import json
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ckanext.fjgov.core.catalog.uscc import make_uscc


@dataclass(frozen=True, slots=True)
class Home:
    """A city as its records know it.

    Attributes:
        code: division code of 6 digits.
        prefix: of its identifiers.
        name: in Chinese.
    """

    code: str
    prefix: str
    name: str


@dataclass(frozen=True, slots=True)
class Rehoming:
    """Moves records from one city to another."""

    old: Home
    new: Home

    def rows(self, records: Iterable[dict[str, Any]], entries: int) -> Iterator[dict[str, Any]]:
        """Give the lines of a recording: units of the city, then so many entries, repeated.

        Args:
            records: canonical records of the old city; of them units and entries are taken.
            entries: how many are wanted.

        Cost: the units and entries of the old city in memory.
        """
        known = list(records)
        units = [
            record
            for record in known
            # Units of districts and towns would have to move to others of the new city.
            if record["type"] == "unit" and record["fields"]["division"] == self.old.code
        ]
        codes = {
            unit["fields"]["uscc"]: make_uscc("11", self.new.code, f"RE{number:06d}")
            for number, unit in enumerate(units, start=1)
        }
        # Records of the other directories name each other: a copy would name nothing.
        models = [
            record for record in known if record["type"] == "entry" and record.get("unit") in codes
        ]
        for unit in units:
            yield self._unit(unit, codes)
        for number in range(entries if models else 0):
            yield self._entry(models[number % len(models)], number + 1, codes)

    def _unit(self, unit: dict[str, Any], codes: dict[str, str]) -> dict[str, Any]:
        record = self._moved(unit, codes)
        code = record["fields"]["uscc"]
        if not self.new.code.endswith("00"):
            record["fields"]["level"] = "county"
        record["id"] = self._id(f"unit:{code}")
        record["name"] = f"u-{code.lower()}"
        return {"type": "unit", "key": code, "record": record}

    def _entry(self, model: dict[str, Any], number: int, codes: dict[str, str]) -> dict[str, Any]:
        record = self._moved(model, codes)
        identifier = f"{self.new.prefix}/{number:06d}"
        fields = record["fields"]
        record["id"] = self._id(identifier)
        record["name"] = identifier.replace("/", "-").lower()
        fields["identifier"] = identifier
        fields["md_id"] = f"{self.new.prefix}/md-{number:06d}"
        fields["title"] = f"{fields['title']}（{self.new.name}{number:06d}）"
        fields["is_sample"] = "1"
        # Codes of the guide and links belong to the entry that was copied.
        fields.pop("guide_code", None)
        fields.pop("related", None)
        for place, item in enumerate(fields.get("items", [])):
            item["id"] = self._id(f"{identifier}:item:{place}")
        for place, resource in enumerate(record.get("resources", [])):
            resource["id"] = self._id(f"{identifier}:resource:{place}")
        return {"type": "entry", "key": identifier, "record": record}

    def _moved(self, record: dict[str, Any], codes: dict[str, str]) -> dict[str, Any]:
        """Give a copy in which every code and name of the old city is that of the new one."""
        moved: dict[str, Any] = self._translated(copy.deepcopy(record), codes)
        return moved

    def _translated(self, value: Any, codes: dict[str, str]) -> Any:
        if isinstance(value, dict):
            return {name: self._translated(item, codes) for name, item in value.items()}
        if isinstance(value, list):
            return [self._translated(item, codes) for item in value]
        if not isinstance(value, str):
            return value
        if value in codes:
            return codes[value]
        if value == self.old.code:
            return self.new.code
        return value.replace(self.old.name, self.new.name)

    def _id(self, name: str) -> str:
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"recorded:{self.new.code}:{name}"))


def write_recording(path: Path, rows: Iterable[dict[str, Any]]) -> int:
    """Write a recording; gives its number of lines."""
    number = 0
    with path.open("w", encoding="utf-8") as file:
        for number, row in enumerate(rows, start=1):  # noqa: B007 - its last value is the answer
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    return number
