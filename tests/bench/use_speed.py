"""The decision about a use among many grants, and the records that uses leave."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from deploy.stack.settings import REPOSITORY
from deploy.stack.sites import environment
from tests.bench.rows import BenchRow
from tests.bench.sites import OURS, BenchSites
from tests.bench.use_worker import CHECKS, GRANTS, THREADS, USES

WORKER = Path(__file__).with_name("use_worker.py")
MOST_MS, LEAST_USES = 1.0, 1000


def grant_check(sites: BenchSites) -> list[BenchRow]:
    """Decide about uses among many grants."""
    found = _measured(sites, "grant_check")
    return [
        BenchRow(
            name="grant_check",
            unit="ms",
            value=round(found["median_ms"], 3),
            target=f"≤ {MOST_MS:g} ms",
            holds=found["median_ms"] <= MOST_MS,
            note=(
                f"median of {CHECKS} decisions among {GRANTS} grants, {found['allowed']:g} of them"
                f" allowed; 95 % within {found['p95_ms']:.3f} ms; the grants of the person's unit"
                " are read from the database each time"
            ),
        )
    ]


def usage_log(sites: BenchSites) -> list[BenchRow]:
    """Record uses, beside two raw inserts as durable as these."""
    found = _measured(sites, "usage_log")
    return [
        BenchRow(
            name="usage_log",
            unit="uses/s",
            value=round(found["ours"]),
            floor=round(found["raw"]),
            floor_share=round(found["ours"] / found["raw"], 2),
            target=f"≥ {LEAST_USES} uses/s",
            holds=found["ours"] >= LEAST_USES,
            note=(
                f"{USES} uses by {THREADS} threads of one process, each a begin that is on disk"
                " before it goes on and an end; floor two inserts of 300 bytes by as many"
                f" connections, committed likewise; {sites.cluster}"
            ),
        )
    ]


def _measured(sites: BenchSites, name: str) -> dict[str, Any]:
    settings = sites.stack.settings
    ini = settings.ini(settings.node(OURS))
    done = subprocess.run(
        [sys.executable, str(WORKER), str(ini), name],
        capture_output=True, text=True, check=False, env=environment(), cwd=REPOSITORY,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(done.stderr[-3000:])
    found: dict[str, Any] = json.loads(done.stdout.strip().rpartition("\n")[2])
    return found
