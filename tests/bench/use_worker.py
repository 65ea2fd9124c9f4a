"""Measure in a process of a site: `use_worker.py INI grant_check|usage_log`."""

from __future__ import annotations

import json
import sys
import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import psycopg2
import sqlalchemy as sa

from ckan.cli import load_config
from ckan.config.middleware import make_app

GRANTS, ENTRIES, CHECKS = 100_000, 2_000, 2_000
USES, THREADS = 8_000, 32
# Grants of other units and entries, made at once; only what a check reads is filled in.
CASES = (
    "INSERT INTO fjgov_case (node, number, kind, subject, state, version, is_open, opened_at,"
    " changed_at) SELECT :node, 'BX-' || n, 'grant', 'BX-' || n, 'active', 1, true, now(), now()"
    " FROM generate_series(1, :count) n"
)
# Every entry has a grant of each of fifty units; one of them is the asking one.
FILLED = (
    "INSERT INTO fjgov_grant (node, number, application, entry, title, items, mode, purpose,"
    " business, unit, share_class, starts, until) SELECT :node, 'BX-' || n, 'BX-' || n,"
    " 'entry-' || n % :entries, '', '{item-1,item-2}',"
    " (ARRAY['query','direct','custom'])[n % 3 + 1], '', '',"
    " CASE n / :entries WHEN 7 THEN :unit ELSE 'UNIT-' || n / :entries END,"
    " '2', now() - interval '1 day', now() + interval '1 day' FROM generate_series(1, :count) n"
)
# The same two statements of a use and no more: the end is not waited for, either.
RAW = "INSERT INTO bench_use (use, phase, body) VALUES (%s, %s, %s)"


def check_grants() -> dict[str, float]:
    """Time the decision about a use among many grants; nothing of them stays."""
    from ckan import model

    from ckanext.fjgov.core.access.decision import Allowed, Use
    from ckanext.fjgov.core.access.visibility import Aspect
    from ckanext.fjgov.logic import settings
    from ckanext.fjgov.logic.readers import Person
    from ckanext.fjgov.logic.sharing import access
    from ckanext.fjgov.model.database import session_connection

    connection = session_connection()
    unit = next(one for one in model.Group.all("organization") if one.extras.get("uscc"))
    values = {"node": settings.node().code, "count": GRANTS, "entries": ENTRIES}
    connection.execute(sa.text(CASES), values)
    connection.execute(sa.text(FILLED), {**values, "unit": unit.extras["uscc"]})
    for table in ("fjgov_case", "fjgov_grant"):
        connection.execute(sa.text(f"ANALYZE {table}"))
    person = Person("bench", "bench", is_sysadmin=False, roles={unit.id: {"staff"}})
    entry = {"share_type": "2", "open_to_public": "0", "state": "active", "private": False}
    times, allowed = [], 0
    for number in range(CHECKS):
        begin = time.perf_counter()
        made = access.decide_use(person, f"entry-{number}", entry, Use(Aspect.QUERY))
        times.append(time.perf_counter() - begin)
        allowed += isinstance(made, Allowed)
    model.Session.rollback()
    times.sort()
    return {
        "median_ms": 1000 * times[CHECKS // 2],
        "p95_ms": 1000 * times[CHECKS * 95 // 100],
        "allowed": allowed,
    }


def record_uses() -> dict[str, float]:
    """Record uses by several threads, beside the raw statements as durable as these."""
    from ckan import model

    from ckanext.fjgov.core.usage.events import Outcome
    from ckanext.fjgov.logic.sharing import using

    used = using.Used("bench", "UNIT", "UNIT", "entry", "resource", "", "query", True)
    address = model.meta.engine.url.render_as_string(hide_password=False)
    links = threading.local()

    def ours(_number: int) -> None:
        begun = using.begin(used)
        if begun is None:
            raise RuntimeError("a use was not recorded")
        using.end(begun, 1, Outcome.DONE)

    def raw(_number: int) -> None:
        if not hasattr(links, "on"):
            links.on, links.off = psycopg2.connect(address), psycopg2.connect(address)
            for link in (links.on, links.off):
                link.autocommit = True
            links.off.cursor().execute("SET synchronous_commit TO off")
        use = str(uuid.uuid4())
        links.on.cursor().execute(RAW, (use, "begin", "x" * 300))
        links.off.cursor().execute(RAW, (use, "end", "x" * 300))

    rates: dict[str, float] = {}
    ways: dict[str, Callable[[int], None]] = {"raw": raw, "ours": ours}
    with model.meta.engine.begin() as connection:
        connection.execute(
            sa.text("CREATE TABLE bench_use (use uuid, phase text, body text, UNIQUE (use, phase))")
        )
    with ThreadPoolExecutor(THREADS) as pool:
        for way in ways.values():
            list(pool.map(way, range(THREADS * 4)))
        for name, way in ways.items():
            begin = time.monotonic()
            list(pool.map(way, range(USES)))
            rates[name] = USES / (time.monotonic() - begin)
    with model.meta.engine.begin() as connection:
        connection.execute(sa.text("DROP TABLE bench_use"))
    return rates


def main() -> None:
    """Load the site and measure."""
    app = make_app(load_config(sys.argv[1]))
    measures: dict[str, Callable[[], dict[str, float]]] = {
        "grant_check": check_grants,
        "usage_log": record_uses,
    }
    with app._wsgi_app.test_request_context():
        answer = measures[sys.argv[2]]()
    sys.stdout.write("\n" + json.dumps(answer) + "\n")


if __name__ == "__main__":
    main()
