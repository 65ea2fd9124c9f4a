"""Foreign sources at their real size: a document of 10,000 datasets, and an untidy real listing."""

from __future__ import annotations

import csv
import io
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from ckanext.fjgov.core.export.gbmetadata import Category, Contact, GbMetadata, Keywords
from ckanext.fjgov.core.export.gbxml import write_gbxml
from deploy.stack.sites import environment
from tests.federation.foreign_sites import ForeignSite, running_site
from tests.federation.syncing import Syncer, with_settings
from tests.federation.test_sources_contract import action, forget, rules
from tests.integration.api import sql
from tests.integration.guangxi_node import DATA, LISTING, MAPPING
from tests.integration.stack_env import StackInfo

pytestmark = pytest.mark.slow
DATASETS = 10_000
GUANGXI = "450000"
PREFIXES = """
@prefix dct: <http://purl.org/dc/terms/> . @prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix t: <https://data.example.org/theme/> . @prefix d: <https://data.example.org/d/> .
"""


@pytest.fixture(scope="module", autouse=True)
def left_in_order() -> None:
    """The cities of the stack are not touched here."""


@pytest.fixture(autouse=True)
def settled() -> None:
    """The tests of this module begin with nothing."""


def turtle(numbers: range, changed: frozenset[int] = frozenset()) -> bytes:
    """Give a document: every 100th dataset has no theme, every 500th no publisher."""
    parts = [PREFIXES]
    for number in numbers:
        lines = [
            f'd:{number} a dcat:Dataset ; dct:title "示例数据目录 {number}"',
            (
                f'dct:description "第 {number} 个数据集{"（已更正）" if number in changed else ""}'
                ' 的内容和来源说明。"'
            ),
            f'dcat:keyword "词{number % 97}", "教育" ; dct:issued "2024-03-01"',
            (
                "dct:accrualPeriodicity"
                " <http://publications.europa.eu/resource/authority/frequency/MONTHLY>"
            ),
            (
                f'dcat:distribution [ a dcat:Distribution ; dct:title "表" ;'
                f" dcat:downloadURL <https://data.example.org/{number}.csv> ]"
            ),
        ]
        if number % 100:
            lines.append("dcat:theme t:education")
        if number % 500:
            lines.append(f'dct:publisher [ a foaf:Agent ; foaf:name "示例单位 {number % 20}" ]')
        parts.append(" ; ".join(lines) + " .\n")
    return "".join(parts).encode()


@pytest.fixture
def document(stack: StackInfo) -> Iterator[ForeignSite]:
    with running_site("dcat") as site:
        site.fault = "file"
        try:
            yield site
        finally:
            forget(stack, site.code)


def counted(outcome: Any) -> dict[str, int]:
    """Give the outcomes of entries and units without those that say nothing happened."""
    return {name: number for name, number in outcome.counts.items() if name != "unchanged"}


def test_ten_thousand_datasets_come_change_and_shrink(
    document: ForeignSite, stack: StackInfo, syncer_large: Syncer
) -> None:
    document.file = ("text/turtle", turtle(range(DATASETS)))
    begin = time.monotonic()
    added = action(stack).fjgov_source_add(definition=document.definition())
    # 100 without a theme, 20 of them without a publisher, too: those are refused.
    assert added["counts"] == {"listed": 9900, "incomplete": 80, "refused": 20}
    checked = time.monotonic()
    outcome = syncer_large.sync(document.code)
    assert outcome.state == "verified"
    # Twenty units, each named by some dataset that has a publisher.
    assert counted(outcome) == {"added": 9900 + 20, "incomplete": 80, "refused": 20}
    print(f"\n{DATASETS}: tried in {checked - begin:.0f} s, synced in {outcome.seconds:.0f} s")

    changed = frozenset({1, 2, 3})
    document.file = ("text/turtle", turtle(range(DATASETS), changed))
    outcome = syncer_large.sync(document.code)
    assert (outcome.state, counted(outcome)) == ("verified", {"changed": 3})
    document.file = ("text/turtle", turtle(range(50, DATASETS)))
    outcome = syncer_large.sync(document.code)
    assert (outcome.state, counted(outcome)) == ("verified", {"withdrawn": 49})
    # A document cut in half at the end of a statement can be read, and the guard stops the run.
    document.file = ("text/turtle", turtle(range(50, DATASETS // 2)))
    assert syncer_large.sync(document.code).state == "stopped"
    document.file = ("text/turtle", turtle(range(50, DATASETS))[:-30])
    assert syncer_large.sync(document.code).state == "failed"
    assert listed(stack, document.code) == 9900 - 49


GB_RECORDS = 500


def gb_set(numbers: range, changed: frozenset[int] = frozenset()) -> bytes:
    """Give a set in one file, as our own export writes its records; every 50th has no topic."""
    records = [
        write_gbxml(
            GbMetadata(
                title=f"示例信息资源 {number}",
                published="2024-03-01",
                abstract=f"第 {number} 条的内容说明{'（已更正）' if number in changed else ''}。",
                providers=(Contact(f"示例单位 {number % 7}"),),
                keywords=(Keywords(("教育",)),),
                categories=(Category("主题分类", "", "ZNF00"),) if number % 50 else (),
                identifier=f"GB-{number if number != 499 else 498:06d}",
            )
        ).partition(b"?>")[2]
        for number in numbers
    ]
    return b"<?xml version='1.0'?><catalog>" + b"".join(records) + b"</catalog>"


def test_a_set_of_the_standard_comes_changes_and_shrinks(
    stack: StackInfo, syncer_large: Syncer
) -> None:
    with running_site("gbxml") as site:
        site.fault = "file"
        site.file = ("application/xml", gb_set(range(GB_RECORDS)))
        text = site.definition(address=f"http://127.0.0.1:{site.port}/set.xml")
        try:
            added = action(stack).fjgov_source_add(definition=text)
            # Ten have no topic; the last one repeats the id of the one before.
            assert added["counts"] == {"listed": 489, "incomplete": 10, "refused": 1}
            outcome = syncer_large.sync(site.code)
            assert outcome.state == "verified"
            assert counted(outcome) == {"added": 489 + 7, "incomplete": 10, "refused": 1}
            site.file = ("application/xml", gb_set(range(GB_RECORDS), frozenset({3, 4})))
            assert counted(syncer_large.sync(site.code)) == {"changed": 2}
            site.file = ("application/xml", gb_set(range(20, GB_RECORDS), frozenset({3, 4})))
            assert counted(syncer_large.sync(site.code)) == {"withdrawn": 19}
            site.file = ("application/xml", gb_set(range(20, GB_RECORDS))[:-40])
            assert syncer_large.sync(site.code).state == "failed"
            assert listed(stack, site.code) == 489 - 19
        finally:
            forget(stack, site.code)


def listed(stack: StackInfo, code: str) -> int:
    [[number]] = sql(
        stack,
        "province",
        "SELECT count(*) FROM package WHERE type = 'dataset' AND state = 'active'"
        " AND extras ->> 'home_node' = %s",
        code,
    )
    return int(number)


@pytest.fixture(scope="module")
def syncer_large(stack: StackInfo, settings_folder: Path) -> Iterator[Syncer]:
    """Pages of their usual size."""
    held = Syncer(with_settings(stack, settings_folder))
    try:
        yield held
    finally:
        held.close()


@pytest.fixture(scope="module")
def guangxi_ini(stack: StackInfo, settings_folder: Path) -> Path:
    """The province with the code lists of that region."""
    return with_settings(stack, settings_folder, **{"fjgov.data_dir": DATA / "vocabularies"})


def guangxi_definition(site: ForeignSite) -> str:
    mapping = yaml.safe_load(MAPPING.read_text("utf-8"))
    return yaml.safe_dump(
        {
            "version": 1,
            "source": {
                "code": GUANGXI,
                "name": mapping["name"],
                "kind": "listing",
                "level": "province",
                "parent": "350000",
            },
            "address": f"http://127.0.0.1:{site.port}/catalog.csv",
            "allow": [f"127.0.0.1:{site.port}"],
            "scope": {"include": ["45"]},
            "prefix": "45000",
            "profile": "inventory",
            "consent": {
                "document": "示例〔2026〕5号",
                "office": "示例大数据局",
                "from": "2026-01-01",
                "until": "2099-12-31",
            },
            "read": {"format": "csv", "id": ["信息资源名称", "信息资源提供方"]},
            "unit": mapping["unit"],
            "fields": mapping["fields"],
            "ignore": mapping["ignore"],
        },
        allow_unicode=True,
    )


def rendered(header: list[str], rows: list[dict[str, str]]) -> tuple[str, bytes]:
    text = io.StringIO()
    writer = csv.DictWriter(text, header)
    writer.writeheader()
    writer.writerows(rows)
    return "text/csv", text.getvalue().encode()


@pytest.mark.skipif(not LISTING.is_file(), reason="the real listing is not at hand")
def test_a_real_listing_comes_changes_and_shrinks(
    stack: StackInfo, guangxi_ini: Path, tmp_path: Path
) -> None:
    with LISTING.open(encoding="utf-8", newline="") as lines:
        reader = csv.DictReader(lines)
        rows, header = list(reader), list(reader.fieldnames or ())
    assert len(rows) == 1149
    with running_site("listing") as site:
        site.fault = "file"
        site.file = ("text/csv", LISTING.read_bytes())
        file = tmp_path / "guangxi.yaml"
        file.write_text(guangxi_definition(site), encoding="utf-8")
        program = Path(sys.executable).parent / "ckan"
        done = subprocess.run(
            [str(program), "-c", str(guangxi_ini), "fjgov", "source", "add", str(file)],
            capture_output=True, text=True, check=False, env=environment(),
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        syncer = Syncer(guangxi_ini)
        try:
            _follow(stack, syncer, site, header, rows)
        finally:
            syncer.close()
            forget(stack, GUANGXI)


def _follow(
    stack: StackInfo,
    syncer: Syncer,
    site: ForeignSite,
    header: list[str],
    rows: list[dict[str, str]],
) -> None:
    outcome = syncer.sync(GUANGXI)
    assert outcome.state == "verified", outcome.report
    units = len({row["信息资源提供方"] for row in rows})
    # Three rows have no topic; five repeat the title of another row of their unit.
    found = Counter(map(tuple, rules(outcome, "incomplete")))
    assert found == Counter({("C0",): 3, ("R2",): 5})
    assert outcome.counts == {"added": 1141 + units, "incomplete": 8}
    assert listed(stack, GUANGXI) == 1141
    assert syncer.sync(GUANGXI).counts == {}

    rows[10]["摘要"] = "由来源更正的摘要，用于试验变更。"
    site.file = rendered(header, rows[:-2])
    outcome = syncer.sync(GUANGXI)
    # Two entries, and the unit that no other row names.
    assert (outcome.state, outcome.counts) == ("verified", {"changed": 1, "withdrawn": 3})
    site.file = rendered(header, rows[:300])
    assert syncer.sync(GUANGXI).state == "stopped"
    assert listed(stack, GUANGXI) == 1139
