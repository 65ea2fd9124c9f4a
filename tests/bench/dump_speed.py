"""The whole catalog as RDF, beside ckanext-dcat's paged catalog on stock CKAN."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import requests

from deploy.stack.settings import REPOSITORY
from deploy.stack.sites import environment
from tests.bench import corpus
from tests.bench.api_register import entries, stock_form
from tests.bench.rows import BenchRow
from tests.bench.sites import OURS, BenchSites
from tests.stock_site import start_stock_site

# How many there are is told by the environment for a quick look; the target is for the default.
COUNT = int(os.environ.get("FJGOV_BENCH_DUMP", "100000"))
FEW = COUNT // 10
CHANGES, TIMES, MOST_MB, MOST_SHARE = 100, 50, 200, 0.05
STOCK_ENTRIES, ROUNDS = 200, 3
REDIS_DB = 12


@dataclass(frozen=True)
class Run:
    """One run of `fjgov dump`: what it said, and its greatest memory in MB."""

    told: dict[str, Any]
    peak: float

    @property
    def seconds(self) -> float:
        """Of making and writing, without the start of the command."""
        return float(self.told["seconds"])


def rdf_dump(sites: BenchSites) -> list[BenchRow]:
    """Fill our site, dump it anew, again, and after some changes; page through a stock catalog."""
    sample = corpus.distinct(corpus.entries(min(COUNT, 2000), date(2026, 1, 1)))
    print(sample, flush=True)
    stock = _stock_rate(sites)
    _grow(sites, count=FEW)
    few = _dump(sites)
    _grow(sites, count=COUNT - FEW, first=FEW)
    more = _dump(sites)
    again = _dump(sites)
    _grow(sites, count=CHANGES, version=1, step=max(1, COUNT // CHANGES))
    after = _dump(sites)
    kept = COUNT / again.seconds
    full = few.seconds + more.seconds - again.seconds * FEW / COUNT
    share = after.seconds / full
    peaks = [round(run.peak) for run in (few, more, again, after)]
    is_flat = max(peaks) <= MOST_MB and peaks[1] <= 1.2 * peaks[0]
    told = (
        f"{COUNT} entries written as .nt.gz for officials; stock: pages of 100 as Turtle over HTTP"
        f" of {STOCK_ENTRIES} entries with the same fields as extras"
    )
    return [
        BenchRow(
            name="rdf_dump",
            unit="entries/s",
            value=round(kept, 1),
            baseline=round(stock, 1),
            ratio=round(kept / stock, 2),
            target=f"ratio ≥ {TIMES}, ≤ {MOST_MB} MB, changes ≤ {MOST_SHARE:.0%} of a full one",
            holds=kept / stock >= TIMES and is_flat and share <= MOST_SHARE,
            note=(
                f"{told}; from kept pieces, as readers get it; after {CHANGES} changes"
                f" {after.seconds:.1f} s, {share:.1%} of making all pieces; greatest memory"
                f" {peaks} MB at {FEW}, {COUNT}, unchanged and changed"
            ),
        ),
        BenchRow(
            name="rdf_dump_anew",
            unit="entries/s",
            value=round(COUNT / full, 1),
            baseline=round(stock, 1),
            ratio=round(COUNT / full / stock, 2),
            target="none: once after a change of the mapping or of the code lists",
            note=f"{told}; no piece was kept",
        ),
    ]


def _grow(sites: BenchSites, **arguments: int) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.load_city", str(_ini(sites))],
        input=json.dumps(arguments),
        text=True,
        check=False,
        capture_output=True,
        env=environment(),
        cwd=REPOSITORY,
    )
    if done.returncode:
        raise RuntimeError(f"load_city failed:\n{done.stderr[-1500:]}")


def _dump(sites: BenchSites) -> Run:
    """Run the command for the document of officials, which holds every listed entry."""
    target = sites.stack.settings.base / "dump.nt.gz"
    ckan = str(Path(sys.executable).with_name("ckan"))
    arguments = ["fjgov", "dump", "--audience", "officials", "--gzip", "-o", str(target), "--json"]
    child = subprocess.Popen(
        [ckan, "--config", str(_ini(sites)), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment(),
        cwd=REPOSITORY,
    )
    assert child.stdout is not None
    text = child.stdout.read()
    _pid, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise RuntimeError(f"fjgov dump ended with {child.returncode}")
    run = Run(json.loads(text.splitlines()[-1]), used.ru_maxrss / 1024)
    print(f"rdf_dump: {run.told['records']} {run.seconds:.1f} s, {run.peak:.0f} MB", flush=True)
    return run


def _ini(sites: BenchSites) -> Path:
    return sites.stack.settings.ini(sites.stack.settings.node(OURS))


def _stock_rate(sites: BenchSites) -> float:
    """Give entries a second of the pages of a stock catalog, the median of some rounds."""
    site = start_stock_site(sites.stack, "stock_dcat", plugins="dcat", redis_db=REDIS_DB)
    try:
        client = site.client()
        unit = client.action.organization_create(name="dumped")
        for entry in entries(Random(11), STOCK_ENTRIES):
            client.action.package_create(**stock_form(entry, unit["id"]))
        site.settle()
        times = [_paged(site.node.url) for _round in range(ROUNDS)]
    finally:
        site.remove()
    return STOCK_ENTRIES / statistics.median(times)


def _paged(url: str) -> float:
    begin = time.monotonic()
    for page in range(1, STOCK_ENTRIES // 100 + 1):
        answer = requests.get(f"{url}/catalog.ttl?page={page}", timeout=300)
        answer.raise_for_status()
        assert answer.text.count("dcat:Dataset") >= 100
    return time.monotonic() - begin
