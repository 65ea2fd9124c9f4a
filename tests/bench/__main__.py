"""`python -m tests.bench [--only NAME]`: measure, print a table, keep it in `.run/bench.json`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

from deploy.stack.settings import run_settings
from tests.bench import (
    api_register,
    batch_register,
    compare_speed,
    dump_speed,
    gateway_speed,
    known_item,
    query_speed,
    sync_speed,
    use_speed,
    workbook_import,
)
from tests.bench.rows import BenchRow, merge, table
from tests.bench.sites import BenchSites, running_sites

SYNC_BENCHES = ("first_load", "incremental_1000", "flatness", "idle_poll")
BENCHES: dict[str, Callable[[BenchSites], list[BenchRow]]] = {
    "known_item_recall": known_item.measure,
    "api_register": api_register.measure,
    "batch_register": batch_register.measure,
    "workbook_import": workbook_import.measure,
    "grant_check": use_speed.grant_check,
    "usage_log": use_speed.usage_log,
    "gateway_file": gateway_speed.gateway_file,
    "gateway_query": query_speed.gateway_query,
    "compare_1m": compare_speed.compare_1m,
    "rdf_dump": dump_speed.rdf_dump,
}


def main() -> int:
    """Run the chosen benches in one durable stack; return 1 when a target does not hold."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument(
        "--only", choices=sorted([*BENCHES, *SYNC_BENCHES]), help="run this one only"
    )
    only = parser.parse_args().only
    rows: list[BenchRow] = []
    if only is None or only in BENCHES:
        with running_sites() as sites:
            print(f"PostgreSQL: {sites.cluster}", flush=True)
            for name, measure in BENCHES.items():
                if only in (None, name):
                    rows += measure(sites)
    if only is None or only in SYNC_BENCHES:
        # They build on each other, so that one asked for alone brings the others along.
        rows += sync_speed.measure()
    merge(run_settings().base / "bench.json", rows)
    print(f"\n{table(rows)}")
    return 0 if all(row.holds for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
