"""Registration of many entries in one call, beside the same entries one by one at the same site."""

from __future__ import annotations

import time
from random import Random
from typing import Any

from tests.bench.api_register import entries
from tests.bench.rows import BenchRow
from tests.bench.sites import BenchSites

ROUNDS = 3
SINGLE = 60
BATCH = 600
LEAST = 5.0


def measure(sites: BenchSites) -> list[BenchRow]:
    """Register entries in both ways in turns and compare records a second.

    Both ways end with every entry in the index.
    """
    unit = sites.ours.action.organization_show(id=sites.unit)["id"]
    ready: list[dict[str, Any]] = [
        {**entry, "title": f"批量{entry['title']}", "owner_org": unit, "state": "active"}
        for entry in entries(Random(11), ROUNDS * (SINGLE + BATCH))
    ]
    seconds = {"single": 0.0, "batch": 0.0}
    for turn in range(ROUNDS):
        start = turn * (SINGLE + BATCH)
        begin = time.monotonic()
        for entry in ready[start : start + SINGLE]:
            sites.ours.action.package_create(**entry)
        middle = time.monotonic()
        part = ready[start + SINGLE : start + SINGLE + BATCH]
        answer = sites.ours.action.fjgov_entry_register(entries=part)
        seconds["batch"] += time.monotonic() - middle
        seconds["single"] += middle - begin
        assert answer["totals"]["created"] == BATCH, answer["totals"]
    value, baseline = ROUNDS * BATCH / seconds["batch"], ROUNDS * SINGLE / seconds["single"]
    return [
        BenchRow(
            name="batch_register",
            unit="records/s",
            value=round(value, 1),
            baseline=round(baseline, 2),
            ratio=round(value / baseline, 2),
            target=f"ratio ≥ {LEAST:g}",
            holds=value / baseline >= LEAST,
            note=(
                f"one client over HTTP, fjgov_entry_register with {ROUNDS} × {BATCH} valid entries"
                f" of 40 fields, 2 resources and 3 keywords; baseline package_create of"
                f" {ROUNDS} × {SINGLE} such entries at the same site; {sites.cluster}"
            ),
        )
    ]
