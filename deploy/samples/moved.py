"""Samples for a city without authored ones: those of 福州's city units, moved to another city."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

from ckanext.fjgov.core.catalog.uscc import make_uscc
from deploy.samples.expand import Samples, load_samples, unit_name

MODEL, MODEL_CODE, MODEL_NAME, MODEL_PREFIX = "fuzhou", "350100", "福州", "fz-"


def moved_samples(key: str, code: str, name: str, today: date) -> Samples:
    """Give the samples of a city.

    Args:
        key: of its node; account names begin with it.
        code: its division.
        name: in Chinese, such as 莆田市.
        today: as of `load_samples`.

    Returns:
        Units of the city itself (districts and towns stay behind), their records and accounts,
        with codes, names and ids of the city.
    """
    model = load_samples(MODEL, today)
    kept = [unit for unit in model.units if unit["division"] == MODEL_CODE]
    words = {MODEL_CODE: code}
    for number, unit in enumerate(kept, start=1):
        words[unit["uscc"]] = make_uscc("11", code, f"MC{number:06d}")
        words[unit["name"]] = unit_name(words[unit["uscc"]])
    own = {unit["name"] for unit in kept}
    accounts = [item for item in model.accounts if item["unit_name"] in {*own, None}]
    move = _Move(words, name, code)
    units = [move.value(unit) for unit in kept]
    if not code.endswith("00"):
        units = [{**unit, "level": "county"} for unit in units]
    return Samples(
        units=units,
        entries=[move.entry(entry) for entry in model.entries if entry["owner_org"] in own],
        accounts=[
            {**move.value(item), "name": key + item["name"].removeprefix(MODEL_PREFIX[:-1])}
            for item in accounts
        ],
        records=[move.entry(record) for record in model.records if record["owner_org"] in own],
    )


class _Move:
    def __init__(self, words: dict[str, str], name: str, code: str) -> None:
        self._words = words
        self._name = name
        self._code = code

    def value(self, value: Any) -> Any:
        """Give a copy in which codes and names of the old city are those of the new one."""
        if isinstance(value, dict):
            return {name: self.value(item) for name, item in value.items()}
        if isinstance(value, list):
            return [self.value(item) for item in value]
        if not isinstance(value, str):
            return value
        moved = self._words.get(value, value)
        return moved.replace(f"{MODEL_NAME}市", self._name).replace(MODEL_NAME, self._name)

    def entry(self, entry: dict[str, Any]) -> dict[str, Any]:
        """Give a copy of an entry or record whose rows have ids of their own."""
        moved: dict[str, Any] = self.value(entry)
        for item in (*moved.get("items", ()), *moved.get("indicators", ())):
            item["id"] = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{self._code}:{item['id']}"))
        return moved
