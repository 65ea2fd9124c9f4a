"""A comparison of two mounted tables, from the tables to the files of the result."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from deploy.stack.settings import REPOSITORY
from deploy.stack.sites import environment
from tests.bench.compare_worker import DIFFERING, NEW, ROWS
from tests.bench.rows import BenchRow
from tests.bench.sites import OURS, BenchSites

WORKER = Path(__file__).with_name("compare_worker.py")
MOST_S, MOST_MB = 60.0, 1000.0


def compare_1m(sites: BenchSites) -> list[BenchRow]:
    """Compare 1,000,000 rows with as many by a key of 18 characters."""
    settings = sites.stack.settings
    done = subprocess.run(
        [sys.executable, str(WORKER), str(settings.ini(settings.node(OURS))), "compare_1m"],
        capture_output=True, text=True, check=False, env=environment(), cwd=REPOSITORY,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(done.stderr[-3000:])
    found = json.loads(done.stdout.strip().rpartition("\n")[2])
    memory = found["engine_mb"] + found["worker_mb"]
    return [
        BenchRow(
            name="compare_1m",
            unit="s",
            value=round(found["ours"], 1),
            baseline=round(found["joined"], 1),
            floor=round(found["floor"], 1),
            ratio=round(found["ours"] / found["joined"], 2),
            floor_share=round(found["floor"] / found["ours"], 2),
            target=f"≤ {MOST_S:g} s and ≤ {MOST_MB:g} MB",
            holds=found["ours"] <= MOST_S and memory <= MOST_MB,
            note=(
                f"{ROWS} × {ROWS} rows of 5 items, 1 in {NEW} on one side only, 1 in {DIFFERING}"
                f" differing ({found['differing']:g}); {found['rows']:g} rows of result as Parquet"
                f" and CSV; largest memory {memory:.0f} MB: DuckDB {found['engine_mb']:.0f} MB,"
                f" the job's process with CKAN {found['worker_mb']:.0f} MB; baseline a FULL JOIN"
                " of PostgreSQL copied to one CSV file; floor DuckDB alone without a limit, from"
                f" Parquet to the same two files; {sites.cluster}"
            ),
        )
    ]
