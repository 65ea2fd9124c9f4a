"""Both write paths end in the same catalog: CKAN's actions, and the bulk path.

What may differ is in `parity_compare.IGNORED`, each with its reason. Documents are compared for
every generated and every real record, built from the same rows in both ways. Records are also
written twice, by actions and in bulk, and compared in every way of reading: 60 generated and 60
real ones; `FJGOV_PARITY_WRITTEN=2000` writes that many generated ones, and every real one.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

import pytest

from deploy.stack.settings import REPOSITORY
from deploy.stack.sites import environment
from tests.factories import make_entry
from tests.integration import parity_compare
from tests.integration.api import open_entry, unit_of
from tests.integration.guangxi_node import KEY, LISTING, MAPPING, start_guangxi
from tests.integration.stack_env import StackInfo, stop

NODE = "xiamen"
GENERATED = 2000
SAMPLE = 60
WRITTEN = int(os.environ.get("FJGOV_PARITY_WRITTEN", SAMPLE))
# Rows of the listing, those of them that rules refuse, and each how-many-th a sample takes.
LISTED, UNLISTED, STEP = 1149, 8, 19
KINDS = [
    "cached", "default", "document", "found", "member", "package", "package_tag", "rdf",
    "resource", "uncached",
]  # fmt: skip
WORKER = Path(__file__).with_name("parity_worker.py")
MODES = ("query", "direct", "custom")
TEXTS = (
    "引号 \" ' 反斜线 \\",
    "<b>&amp;</b>",
    "📊 𠮷野家",
    "ＡＢＣ１２３",
    "行一\n行二",
    "Ünïcödé",
    "null",
)


def ask(stack: StackInfo, mode: str, *, node: str = NODE, **arguments: Any) -> dict[str, Any]:
    """Let a process of a site do one comparison."""
    done = subprocess.run(
        [sys.executable, str(WORKER), str(stack.inis[node]), mode],
        input=json.dumps(arguments),
        capture_output=True,
        text=True,
        check=False,
        env=environment(),
        cwd=REPOSITORY,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    answer: dict[str, Any] = json.loads(done.stdout.strip().rpartition("\n")[2])
    print(f"\n{mode}: { {k: v for k, v in answer.items() if not isinstance(v, list)} }")
    return answer


def entries(count: int) -> list[dict[str, Any]]:
    """Give entries that break no rule and differ in what they fill in, and with what."""
    return [_entry(number, random.Random(number)) for number in range(count)]


def _entry(number: int, draw: random.Random) -> dict[str, Any]:
    entry = make_entry(
        title=f"对照条目{number} {draw.choice(TEXTS[:-1]).splitlines()[0]}",
        tag_string=",".join(draw.sample(("低保", "社会救助", "Open Data", "a-b_c.d", "養老"), 3)),
        resources=[_resource(place, draw) for place in range(number % 6)],
    )
    if number % 3 == 0:
        entry = {k: v for k, v in (entry | open_entry()).items() if v is not None}
    for name in ("thesaurus", "provider_dept", "provider_address", "use_limitation"):
        entry[name] = draw.choice(TEXTS)
    for name in ("industry", "service_class", "form_class", "base_database", "contact", "charset",
                 "census_total_gb", "census_shared_gb", "thesaurus", "digitisation"):  # fmt: skip
        if draw.random() < 0.3:
            entry.pop(name, None)
    return entry


def _resource(place: int, draw: random.Random) -> dict[str, Any]:
    values = {
        "name": f"资源{place} {draw.choice(TEXTS)}",
        "description": draw.choice(TEXTS),
        "format": draw.choice(("XLSX", "csv", "自定义格式", "pdf")),
        "mode": draw.choice(MODES),
        "size": draw.choice((0, 1, 2**40)),
        "hash": "sha256:00ff",
        "mimetype": "text/csv",
    }
    return {name: value for name, value in values.items() if name == "mode" or draw.random() < 0.7}


def test_bulk_documents_equal_those_of_single_writes(stack: StackInfo) -> None:
    report = ask(stack, "documents", count=GENERATED, listing="", mapping="")
    assert report["differences"] == []
    assert report["unnoticed"] == []
    assert report["compared"] + report["slow"] + report["gone"] == GENERATED
    # Rows in a state that the bulk way leaves to CKAN are one in ten here, and no more.
    assert report["slow"] < GENERATED / 8
    assert report["gone"] == len(range(7, GENERATED, 41))
    assert report["fields"] > 200


@pytest.mark.skipif(not LISTING.is_file(), reason="the real listing is not at hand")
def test_bulk_documents_of_a_real_catalog_equal_those_of_single_writes(stack: StackInfo) -> None:
    report = ask(stack, "documents", count=0, listing=str(LISTING), mapping=str(MAPPING))
    assert report["differences"] == []
    assert report["unnoticed"] == []
    assert (report["compared"], report["slow"], report["gone"]) == (1149, 0, 0)


def test_actions_and_bulk_path_leave_the_same_catalog(stack: StackInfo) -> None:
    unit = unit_of(stack, NODE)
    report = ask(stack, "written", entries=entries(WRITTEN), unit=unit)
    assert report["differences"][:20] == []
    assert report["unnoticed"] == []
    assert report["compared"] == WRITTEN
    assert report["kinds"] == KINDS


@pytest.mark.skipif(not LISTING.is_file(), reason="the real listing is not at hand")
def test_a_real_catalog_is_the_same_by_actions_and_in_bulk(tmp_path: Path) -> None:
    guangxi = start_guangxi(tmp_path)
    step = STEP if WRITTEN == SAMPLE else 1
    try:
        report = ask(
            guangxi, "listed", node=KEY, listing=str(LISTING), mapping=str(MAPPING), step=step
        )
    finally:
        stop(guangxi)
    assert report["differences"][:20] == []
    assert report["unnoticed"] == []
    assert report["kinds"] == KINDS
    rows = len(range(0, LISTED, step))
    assert sum(report["outcomes"].values()) == rows
    assert report["compared"] == report["outcomes"]["listed"] >= rows - UNLISTED


def _pair(number: int, mark: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Give an entry as it is registered, and what an update of it sends."""
    draw = random.Random(-number)
    first = _entry(number, random.Random(number))
    first["items"] = [
        *first["items"],
        {"name": f"新信息项{number}", "data_type": "C", "length": "9"},
    ]
    for place, resource in enumerate(first["resources"]):
        resource["url"] = f"https://data.internal.example/{number}/{place}"
    if number % 4 == 1:
        first["service_info"] = [
            {"service_type": "02", "service_url": "https://svc.internal.example/a"},
            {"service_type": "02"},
        ]
    if number % 5 == 2:
        first["state"] = "draft"
    second = _entry(number + WRITTEN + 1, draw)
    del second["resources"]
    for entry in (first, second):
        # Such entries may stand here from a run that was ended.
        entry["title"] = f"{mark}{entry['title']}"
    second["items"] = [
        *second["items"],
        {"name": f"新信息项{number}", "data_type": "N", "length": "3"},
    ]
    if number % 7 == 3:
        # Of an entry whose resources change, CKAN's own way takes care.
        second["resources"] = [{"name": "新资源", "mode": "query", "format": "csv"}]
    return first, second


def test_actions_and_batches_leave_the_same_catalog(stack: StackInfo) -> None:
    """The same entries, registered and then changed by a registrar, in both ways."""
    mark = uuid.uuid4().hex[:8]
    pairs = [_pair(number, mark) for number in range(WRITTEN // 2)]
    user = stack.credentials[NODE]["registrar"]["user"]
    report = ask(stack, "batches", pairs=pairs, unit=unit_of(stack, NODE), user=user)
    assert report["differences"][:20] == []
    assert report["unnoticed"] == []
    assert (report["compared"], report["empty"]) == (WRITTEN // 2, [])
    assert report["kinds"] == [
        "activity", "address", "cached", "change", "creator", "default", "document", "finding",
        "found", "identifier", "member", "package", "package_tag", "rdf", "resource", "title",
        "uncached",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["notes", "provider_dept"])
def test_a_batch_that_writes_one_value_wrongly_is_told(stack: StackInfo, name: str) -> None:
    user = stack.credentials[NODE]["registrar"]["user"]
    pairs = [_pair(1, uuid.uuid4().hex[:8])]
    unit = unit_of(stack, NODE)
    report = ask(stack, "batches", pairs=pairs, unit=unit, user=user, change=name)
    told = {line.split(":")[0].rpartition(".")[2] for line in report["differences"]}
    assert name in told


def test_only_times_ids_and_accounts_are_ignored() -> None:
    assert set(parity_compare.IGNORED.values()) == {
        "time of the write",
        "time of the write, and Solr's clock of it",
        "time of the change at home, which only a copy has",
        "random id of a row",
        "id of an account of the node where the entry was typed",
        "hash over the fields named here as well",
    }
    for path in (("a", "title"), ("a", "package", 0, "extras", "frequency"), ("a", "labels", 0)):
        assert not parity_compare.is_ignored(path)
