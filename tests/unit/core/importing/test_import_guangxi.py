"""A real listing of another province, imported with data files alone; nothing is invented.

The listing is not part of the repository: set FJGOV_REAL_DATA to its folder, or keep it in
`shared/real` beside the repository; without it these tests are skipped.
"""

import csv
import datetime as dt
import os
from pathlib import Path

import pytest
import yaml

from ckanext.fjgov.core.catalog.rules import Facts, check_entry, check_unit
from ckanext.fjgov.core.catalog.vocabulary import load_vocabulary
from ckanext.fjgov.core.importing.apply import map_book
from ckanext.fjgov.core.importing.mapping_file import parse_mapping
from ckanext.fjgov.core.importing.plan import plan_rows
from ckanext.fjgov.core.importing.report import ImportReport, report_row
from ckanext.fjgov.core.importing.table import open_table
from ckanext.fjgov.core.importing.units import UnitRegister

ROOT = Path(__file__).parents[4]
NODE = ROOT / "tests" / "data" / "guangxi"
REAL = Path(os.environ.get("FJGOV_REAL_DATA", ROOT.parent / "shared" / "real"))
LISTING = REAL / "guangxi-catalog.csv"
FOLDER = NODE / "vocabularies"

real = pytest.mark.skipif(not LISTING.is_file(), reason="the real listing is not at hand")


def mapping():
    return parse_mapping((NODE / "mapping.yaml").read_text("utf-8"))


class NoRecords:
    def by_identifier(self, identifier):
        return None

    def by_title(self, unit_key, key):
        return None


def planned(profile):
    chosen = mapping()
    book = open_table(LISTING.read_bytes(), encoding=chosen.encoding)
    facts = Facts(today=dt.date(2021, 6, 30))
    units = UnitRegister([], "45000")
    rows = plan_rows(
        map_book(book, chosen),
        chosen,
        units,
        NoRecords(),
        lambda entry, unit: check_entry(entry, facts, profile, FOLDER),
    )
    return list(rows), units


@pytest.fixture(scope="module")
def inventory():
    return planned("inventory")


@real
def test_inventory_lists_all_but_eight_rows_each_with_its_reason(inventory):
    rows, units = inventory
    report = ImportReport(tuple(map(report_row, rows)))
    assert report.totals == {
        "listed": 1141,
        "changed": 0,
        "unchanged": 0,
        "removed": 0,
        "refused": 8,
    }
    refused = {
        row.number: sorted({f.rule for f in row.findings if f.severity == "error"})
        for row in report.rows
        if row.outcome == "refused"
    }
    assert refused == {
        548: ["C0"],
        680: ["C0"],
        884: ["R2"],
        922: ["R2"],
        928: ["C0"],
        987: ["R2"],
        1051: ["R2"],
        1054: ["R2"],
    }
    assert len(units.created) == 154


@real
def test_strict_lists_none_and_says_why():
    rows, _ = planned("strict")
    report = ImportReport(tuple(map(report_row, rows)))
    assert (report.totals["listed"], report.totals["refused"]) == (0, 1149)
    errors = {rule: counts["error"] for rule, counts in report.rules.items() if "error" in counts}
    assert errors == {"C0": 3, "R1": 747, "R2": 5, "R3": 1149, "R9": 1126}


def expected_value(spec, cell):
    """Say by hand, from the YAML of the mapping alone, what one field must be."""
    if "constant" in spec:
        return spec["constant"]
    parts = [p for p in cell.split(spec["split"]) if p] if "split" in spec else [cell]
    if not cell:
        return None
    values = []
    for part in parts:
        if "values" in spec:
            code = spec["values"][part]
            values += code if isinstance(code, list) else [code]
        elif "date" in spec:
            values.append(cell[:10])
        else:
            values.append(part)
    if spec.get("multi") or "split" in spec:
        return list(dict.fromkeys(values)) or None
    return values[0]


@real
def test_every_stored_value_is_in_the_file_the_mapping_or_the_constants(inventory):
    declared = yaml.safe_load((NODE / "mapping.yaml").read_text("utf-8"))
    with LISTING.open(encoding="utf-8", newline="") as lines:
        source = list(csv.DictReader(lines))
    rows, units = inventory
    assert [row.row.number for row in rows] == list(range(2, len(source) + 2))
    for row, cells in zip(rows, source, strict=True):
        expected = {
            name: value
            for name, spec in declared["fields"].items()
            if (value := expected_value(spec, cells.get(spec.get("column", ""), ""))) is not None
        }
        assert dict(row.row.entry) == expected
        if row.action == "create":
            assert row.entry == {**expected, "owner_org": row.unit.key}
        assert row.unit.title == cells[declared["unit"]["column"]]
    for unit in units.created:
        assert (unit.uscc, unit.fields) == ("", declared["unit"]["constants"])


def test_the_mapping_uses_only_codes_of_the_node():
    schema_lists = {
        "division": "divisions",
        "theme": "topics",
        "industry": "industries",
        "share_type": "share_types",
        "open_to_public": "yes_no",
        "frequency": "cycles",
    }
    for spec in mapping().fields:
        if spec.target in schema_lists:
            vocabulary = load_vocabulary(schema_lists[spec.target], FOLDER)
            choices = {concept.code for concept in vocabulary.choices()}
            used = {code for codes in spec.values.values() for code in codes}
            assert used <= choices, spec.target


def test_industries_are_mapped_by_their_own_names():
    industries = load_vocabulary("industries", FOLDER)
    (spec,) = [spec for spec in mapping().fields if spec.target == "industry"]
    named = {name: codes for name, codes in spec.values.items() if codes}
    assert {name: (industries.label(codes[0]),) for name, codes in named.items()} == {
        name: (name,) for name in named
    }


def test_divisions_are_mapped_by_their_own_names():
    divisions = load_vocabulary("divisions", FOLDER)
    (spec,) = [spec for spec in mapping().fields if spec.target == "division"]
    cities = {name: codes for name, codes in spec.values.items() if name.endswith("市")}
    assert {name: divisions.label(codes[0]) for name, codes in cities.items()} == {
        name: name for name in cities
    }


def test_a_unit_without_level_and_type_is_named_by_the_unit_rules():
    unit = {"title": "示例局", "division": "450000"}
    found = check_unit(unit, Facts(today=dt.date(2021, 6, 30)), "inventory", FOLDER)
    assert {"U1"} <= {finding.rule for finding in found}
