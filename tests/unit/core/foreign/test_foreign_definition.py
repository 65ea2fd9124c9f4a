"""The file of a foreign source: what is read from it, and what is refused with the key named."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from ckanext.fjgov.core.foreign.definition import Consent, Reading
from ckanext.fjgov.core.foreign.definition_file import parse_definition
from ckanext.fjgov.core.importing.problems import ImportRefused

EXAMPLES = sorted((Path(__file__).resolve().parents[4] / "harvesters" / "sources").glob("*.yaml"))
LISTING = next(path for path in EXAMPLES if path.stem == "example-listing")


def changed(**parts: Any) -> str:
    raw = yaml.safe_load(LISTING.read_text(encoding="utf-8"))
    for path, value in parts.items():
        target = raw
        *outer, last = path.split("__")
        for name in outer:
            target = target[name]
        if value is None:
            del target[last]
        else:
            target[last] = value
    return yaml.safe_dump(raw, allow_unicode=True)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_examples_are_read_and_their_consent_has_ended(path: Path) -> None:
    source = parse_definition(path.read_text(encoding="utf-8"))
    assert source.kind == path.stem.partition("-")[2]
    assert "示例" in source.name
    assert source.consent.state(date(2026, 1, 1)) == "expired"
    assert source.profile == "inventory"


def test_every_part_of_a_file_is_read() -> None:
    source = parse_definition(LISTING.read_text(encoding="utf-8"))
    assert source.reading == Reading(format="csv", encoding="utf-8", id=("编号",))
    assert source.consent == Consent(
        "示例〔2025〕4号", "漳州市数字办（示例）", date(2025, 1, 1), date(2025, 12, 31)
    )
    assert source.node() == {
        "code": "350600",
        "name": "漳州市开放平台清单（示例）",
        "level": "city",
        "parent": "350000",
        "address": "https://data.example.org/catalog.csv",
        "include": ["3506"],
        "exclude": [],
        "prefixes": ["35600"],
        "profile": "inventory",
        "allow": [],
    }
    assert source.mapping.ignore == {"数据量": "来源未说明计数对象和单位，不换算"}


@pytest.mark.parametrize(
    ("day", "state"),
    [
        (date(2024, 12, 31), "not_yet"),
        (date(2025, 1, 1), "active"),
        (date(2025, 12, 31), "active"),
        (date(2026, 1, 1), "expired"),
    ],
)
def test_consent_holds_from_its_first_to_its_last_day(day: date, state: str) -> None:
    source = parse_definition(LISTING.read_text(encoding="utf-8"))
    assert source.consent.state(day) == state


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"version": 2}, "version"),
        ({"colour": "red"}, "colour"),
        ({"source__kind": "oracle"}, "source.kind"),
        ({"source__code": 350600}, "source.code"),
        ({"source__parent": None}, "source.parent"),
        ({"address": None}, "address"),
        ({"consent": None}, "consent"),
        ({"consent__until": None}, "consent.until"),
        ({"consent__until": "31.12.2025"}, "consent.until"),
        ({"consent__document": ""}, "consent.document"),
        ({"scope__include": "3506"}, "scope.include"),
        ({"prefix": "356"}, "prefix"),
        ({"read__id": None}, "read.id"),
        ({"read__format": "xls"}, "read.format"),
        ({"read__page_size": 0}, "read.page_size"),
        ({"read__languages": ["zh"]}, "languages"),
        ({"read__page": {"number": "p"}}, "read.total"),
        ({"fields__identifier": {"column": "编号"}}, "fields.identifier"),
        ({"fields__owner_org": {"column": "编号"}}, "fields.owner_org"),
        ({"fields__colour": {"column": "颜色"}}, "fields.colour"),
        ({"unit__constants__colour": "red"}, "unit.constants.colour"),
        ({"unit__known": {"某局": {"colour": "red"}}}, "unit.known.某局.colour"),
        ({"resources": {"fields": {"url": {"column": "网址"}}}}, "url"),
        ({"ignore__数据量": 3}, "ignore.数据量"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else str(value),
)
def test_what_breaks_the_grammar_is_refused_by_its_key(change: dict[str, Any], word: str) -> None:
    with pytest.raises(ImportRefused) as refused:
        parse_definition(changed(**change))
    assert word in refused.value.zh
    assert word in refused.value.en


def test_text_that_is_no_yaml_is_refused() -> None:
    with pytest.raises(ImportRefused, match="YAML"):
        parse_definition("{")
