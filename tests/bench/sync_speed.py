"""How fast a city's catalog flows up: first load, a thousand changes, and asking for nothing."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import date, datetime
from statistics import median
from zoneinfo import ZoneInfo

from tests.bench import corpus, sync_floor
from tests.bench.rows import BenchRow
from tests.bench.stock_harvest import stock_harvest_rate
from tests.bench.sync_sites import (
    CITY,
    Receiver,
    SyncSites,
    receiver,
    records_wanted,
    sync_sites,
)

CHANGES = 1000
ROUNDS = 5
FLOOR_RECORDS = 20_000
SAMPLE = 2000
RATIO, FLOOR_SHARE, MEMORY_MB = 100, 0.5, 400
CHANGE_SECONDS, FLATNESS, IDLE_BYTES, IDLE_MS = 5.0, 1.3, 1024, 50


@dataclass(frozen=True, slots=True)
class Sizes:
    """Numbers of records: a tenth, the catalog of the first load, and twice as many."""

    small: int
    middle: int
    large: int


def measure() -> list[BenchRow]:
    """Measure all four in one stack; the city grows from one to the next."""
    wanted = records_wanted()
    sizes = Sizes(wanted // 10, wanted, wanted * 2)
    few = min(CHANGES, sizes.small)
    print(corpus.distinct(corpus.entries(min(SAMPLE, wanted), _today())), flush=True)
    with sync_sites() as sites:
        print(f"PostgreSQL: {sites.cluster}", flush=True)
        _say("city has", sizes.small, sites.grow(count=sizes.small))
        with receiver(sites, "xiamen") as small:
            small.sync()
            at_small = _changes(small, sizes.small, few, first_version=1)
        seconds = sites.grow(count=sizes.middle - sizes.small, first=sizes.small)
        _say("city grew to", sizes.middle, seconds)
        with receiver(sites, "province") as province:
            first = _first_load(province, sizes.middle)
            at_middle = _changes(
                province, sizes.middle, min(CHANGES, sizes.middle), first_version=11
            )
            seconds = sites.grow(count=sizes.large - sizes.middle, first=sizes.middle)
            _say("city grew to", sizes.large, seconds)
            province.sync()
            at_large = _changes(province, sizes.large, few, first_version=21)
        idle = _idle(sites, sizes.large)
    return [first, _incremental(at_middle, sizes), _flatness(at_small, at_large, sizes), idle]


def _first_load(province: Receiver, count: int) -> BenchRow:
    """Load the whole city into an empty site, until search finds its last record."""
    sites = province.sites
    # The city has just been written, which is not the province's work.
    sites.settle()
    last = next(corpus.entries(1, _today(), first=count - 1))
    begin = time.monotonic()
    outcome = province.sync()
    sites.await_found("province", last["name"], last["fields"]["title"])
    seconds = time.monotonic() - begin
    value = count / seconds
    print(f"first_load: {count} records in {seconds:.1f} s, {outcome.counts}", flush=True)
    floor, floor_words = sync_floor.measure(sites, "province", min(count, FLOOR_RECORDS))
    print(f"floor: {floor:.1f} records/s, {floor_words}", flush=True)
    baseline = stock_harvest_rate(sites.stack).rate
    print(f"baseline: {baseline:.2f} records/s, ratio {value / baseline:.1f}", flush=True)
    return BenchRow(
        name="first_load",
        unit="records/s",
        value=round(value, 1),
        baseline=round(baseline, 2),
        floor=round(floor, 1),
        ratio=round(value / baseline, 1),
        floor_share=round(value / floor, 3),
        target=f"ratio ≥ {RATIO}, floor_share ≥ {FLOOR_SHARE}, memory ≤ {MEMORY_MB} MB",
        holds=(
            value / baseline >= RATIO
            and value / floor >= FLOOR_SHARE
            and province.peak_mb <= MEMORY_MB
        ),
        note=(
            f"{count} entries of 3 resources, 8 items and 4 keywords in {seconds:.0f} s from an"
            f" empty province to the last one found by search, verified by digest; peak memory"
            f" {province.peak_mb:.0f} MB with its index process; baseline stock CKANHarvester on"
            f" 300 of them with CKAN's own settings; floor {floor_words}, one after the other;"
            f" {sites.cluster}"
        ),
    )


def _changes(site: Receiver, size: int, changes: int, *, first_version: int) -> list[float]:
    """Change some entries all over the catalog, some times; gives seconds to searchable.

    The catalog has just grown by a load, whose checks, vacuums, merges and cold caches are none of
    the run's: sites settle before, and the first round is not counted.
    """
    site.sites.settle()
    step = size // changes
    times = []
    for version in range(first_version, first_version + ROUNDS + 1):
        site.sites.grow(count=changes, version=version, step=step)
        last = next(corpus.entries(1, _today(), first=(changes - 1) * step, version=version))
        begin = time.monotonic()
        outcome = site.sync()
        site.sites.await_found(site.key, last["name"], last["fields"]["title"])
        times.append(time.monotonic() - begin)
        if outcome.counts.get("changed") != changes:
            raise RuntimeError(f"changed {outcome.counts}, expected {changes}")
    print(f"{changes} changes at {size}: {', '.join(f'{one:.2f} s' for one in times)}", flush=True)
    return times[1:]


def _incremental(times: list[float], sizes: Sizes) -> BenchRow:
    value = median(times)
    return BenchRow(
        name="incremental_1000",
        unit="s",
        value=round(value, 2),
        target=f"≤ {CHANGE_SECONDS:g} s",
        holds=value <= CHANGE_SECONDS,
        note=(
            f"{min(CHANGES, sizes.middle)} changed entries among {sizes.middle}, until search finds"
            f" the last one under its new title; median of {ROUNDS}"
        ),
    )


def _flatness(small: list[float], large: list[float], sizes: Sizes) -> BenchRow:
    value = median(large) / median(small)
    return BenchRow(
        name="flatness",
        unit="times",
        value=round(value, 3),
        target=f"≤ {FLATNESS}",
        holds=value <= FLATNESS,
        note=(
            f"{min(CHANGES, sizes.small)} changes at {sizes.large} records"
            f" ({median(large):.2f} s) over the same at {sizes.small} ({median(small):.2f} s),"
            f" medians of {ROUNDS}, each time after the sites had settled"
        ),
    )


def _idle(sites: SyncSites, size: int) -> BenchRow:
    """Ask with the cursor of the last run, when nothing has changed."""
    found = sites.run("poll_city", "province")
    holds = (
        found["requests"] == 1 and found["bytes"] <= IDLE_BYTES and found["median_ms"] <= IDLE_MS
    )
    return BenchRow(
        name="idle_poll",
        unit="ms",
        value=round(found["median_ms"], 1),
        target=f"one request, ≤ {IDLE_BYTES} bytes, ≤ {IDLE_MS} ms",
        holds=holds,
        note=(
            f"{found['requests']:.0f} request, {found['bytes']:.0f} bytes with all headers, at"
            f" {size} records of {CITY}; worst of 30: {found['worst_ms']:.0f} ms; the signed"
            " answer is 304 without a body"
        ),
    )


def _say(words: str, count: int, seconds: float) -> None:
    print(f"{words} {count} records, written in {seconds:.0f} s", flush=True)


def _today() -> date:
    return datetime.now(ZoneInfo("Asia/Shanghai")).date()
