"""Compare two mounted tables in a process of a site: `compare_worker.py INI compare_1m`."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import time
import uuid
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import sqlalchemy as sa

from ckan.cli import load_config
from ckan.config.middleware import make_app

from ckanext.fjgov.core.exchange.tables import Column, MountedTable

ROWS = 1_000_000
# Of the second table: persons that the first does not have, and names that differ.
NEW, DIFFERING = 20, 25
ITEMS = ("person", "name", "sum", "day", "district")
KINDS = ("text", "text", "decimal", "date", "text")
# The key has 18 digits in an order of its own, so that no table is sorted by it.
FILLED = (
    'INSERT INTO "{table}" (person, name, sum, day, district)'
    " SELECT '3501' || lpad((n::bigint * 7919 % 100000000000000)::text, 14, '0'),"
    " '姓名' || n % 99991 || CASE WHEN {differs} THEN '改' ELSE '' END, (n % 100000) / 100.0,"
    " date '2020-01-01' + n % 2000, '3501' || lpad((n % 100)::text, 2, '0')"
    " FROM generate_series({first}, {last}) n"
)
# The same comparison as PostgreSQL does it.
JOINED = (
    "COPY (SELECT CASE WHEN s._id IS NULL THEN '仅在表一' WHEN f._id IS NULL THEN '仅在表二'"
    " WHEN f.name IS DISTINCT FROM s.name OR f.sum IS DISTINCT FROM s.sum THEN '不一致'"
    " ELSE '一致' END, coalesce(f.person, s.person), f.name, s.name, f.sum, s.sum,"
    ' f.day, f.district, s.day, s.district FROM "{first}" f FULL JOIN "{second}" s'
    " ON f.person = s.person ORDER BY f._id NULLS LAST, s._id) TO STDOUT (FORMAT csv)"
)
CASE = (
    "INSERT INTO fjgov_case (node, number, kind, subject, state, version, is_open, opened_at,"
    " changed_at) VALUES (:node, :number, 'grant', :number, 'active', 1, true, now(), now())"
)
GRANT = (
    "INSERT INTO fjgov_grant (node, number, application, entry, title, items, mode, purpose,"
    " business, unit, share_class, starts, until) VALUES (:node, :number, :number, :entry, '',"
    f" '{{{','.join(ITEMS)}}}', 'custom', '', '', :unit, '2', now() - interval '1 day',"
    " now() + interval '1 day')"
)
STEP = {
    "do": "compare",
    "keys": [["person", "person"]],
    "items": [["name", "name"], ["sum", "sum"]],
}


def compare() -> dict[str, float]:
    """Time a comparison from the mounted tables to the files of the result.

    Returns:
        `ours`, `joined`, `floor` in seconds; `rows` and `differing` of the result; `worker_mb` and
        `engine_mb`, the largest memory of the job's process and of DuckDB's.
    """
    from ckan import model

    from ckanext.datastore.backend.postgres import get_write_engine

    tables = [str(uuid.uuid4()), str(uuid.uuid4())]
    store = get_write_engine()
    folder = Path(tempfile.mkdtemp())
    number, entries = "", list[str]()
    try:
        _fill(store, tables)
        number, entries = _ordered(model, tables)
        ours, report = _run(number)
        worker_mb = _peak_mb()
        return {
            "ours": ours,
            "joined": _joined(store, tables, folder),
            "floor": _floor(store, tables, folder),
            "rows": report["rows"],
            "differing": _line(report, "different"),
            "engine_mb": report["peak_bytes"] / 1e6,
            "worker_mb": worker_mb,
        }
    finally:
        shutil.rmtree(folder)
        _remove(model, store, tables, number, entries)


def _fill(store: sa.Engine, tables: list[str]) -> None:
    ranges = [(1, ROWS), (1 + ROWS // NEW, ROWS + ROWS // NEW)]
    with store.begin() as connection:
        for table, (first, last), differs in zip(
            tables, ranges, ("false", f"n % {DIFFERING} = 0"), strict=True
        ):
            connection.execute(
                sa.text(
                    f'CREATE TABLE "{table}" (_id serial PRIMARY KEY, person text, name text,'
                    " sum numeric, day date, district text, fjgov_version bigint DEFAULT 1)"
                )
            )
            filled = FILLED.format(table=table, differs=differs, first=first, last=last)
            connection.exec_driver_sql(filled.replace("%", "%%"))
    with store.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for table in tables:
            connection.execute(sa.text(f'VACUUM ANALYZE "{table}"'))


def _ordered(model: Any, tables: list[str]) -> tuple[str, list[str]]:
    """Grant both tables to the unit of an account, and order their comparison."""
    from ckanext.fjgov.logic import settings
    from ckanext.fjgov.logic.clock import utc_now
    from ckanext.fjgov.logic.processing import keeping
    from ckanext.fjgov.logic.readers import person_of
    from ckanext.fjgov.model import appointments, mounts
    from ckanext.fjgov.model.database import session_connection

    provider, holder = [one for one in model.Group.all("organization") if one.extras.get("uscc")][
        :2
    ]
    user = model.User(name=f"bench-{uuid.uuid4().hex[:8]}", email="bench@mail.example")
    model.Session.add(user)
    model.Session.flush()
    entries = []
    for place, table in enumerate(tables):
        items = json.dumps([{"id": item, "name": item} for item in ITEMS])
        package = model.Package(
            name=f"bench-{table}",
            title=f"比对表{place}",
            type="dataset",
            owner_org=provider.id,
            extras={"share_type": "2", "open_to_public": "0", "items": items},
        )
        model.Session.add(package)
        model.Session.flush()
        entries.append(package.id)
        _grant(settings.node().code, f"BZ-{table}", package.id, holder.extras["uscc"])
        columns = tuple(
            Column(item, item, item, kind) for item, kind in zip(ITEMS, KINDS, strict=True)
        )
        mounted = MountedTable(table, package.id, columns, ROWS, 1, utc_now())
        mounts.put(session_connection(), mounted)
    appointments.add(
        session_connection(),
        unit_id=holder.id,
        user_id=user.id,
        role="staff",
        document="示例任命文件",
        valid_from=date(2020, 1, 1),
        valid_until=None,
        appointed_by="bench",
    )
    model.Session.commit()
    inputs = [{"resource": table, "grant": f"BZ-{table}", "items": list(ITEMS)} for table in tables]
    spec = {"inputs": inputs, "steps": [STEP]}
    # The worker of the site is not to take it: this process does its work.
    taken, keeping.hand_over = keeping.hand_over, lambda _number, _job: True
    try:
        return keeping.order(person_of(user), "比对", spec), entries
    finally:
        keeping.hand_over = taken


def _grant(node: str, number: str, entry: str, unit: str) -> None:
    from ckanext.fjgov.model.database import session_connection

    values = {"node": node, "number": number, "entry": entry, "unit": unit}
    for statement in (CASE, GRANT):
        session_connection().execute(sa.text(statement), values)


def _run(number: str) -> tuple[float, dict[str, Any]]:
    from ckanext.fjgov.logic.processing import running
    from ckanext.fjgov.model import processing
    from ckanext.fjgov.model.database import own_transaction

    begin = time.monotonic()
    running.run(number)
    seconds = time.monotonic() - begin
    with own_transaction() as connection:
        job = processing.find(connection, number) or {}
    if job.get("state") != "done":
        raise RuntimeError(f"the job ended as {job.get('state')}: {job.get('problem')}")
    return seconds, job["report"]


def _joined(store: sa.Engine, tables: list[str], folder: Path) -> float:
    begin = time.monotonic()
    _copied(store, JOINED.format(first=tables[0], second=tables[1]), folder / "joined.csv")
    return time.monotonic() - begin


def _copied(store: sa.Engine, statement: str, path: Path) -> None:
    link = store.raw_connection()
    try:
        with link.cursor() as cursor, path.open("wb") as file:
            cursor.copy_expert(statement, file)
    finally:
        link.close()


def _floor(store: sa.Engine, tables: list[str], folder: Path) -> float:
    """Time DuckDB alone, with all the memory that it wants, from Parquet to the same files."""
    columns = ", ".join(["_id", *ITEMS])
    with duckdb.connect(":memory:") as connection:
        for place, table in enumerate(tables):
            path = folder / f"{place}.csv"
            _copied(store, f'COPY (SELECT {columns} FROM "{table}") TO STDOUT (FORMAT csv)', path)
            connection.execute(
                f"COPY (SELECT * FROM read_csv('{path}', header = false, names = ['n', 'person',"
                " 'name', 'sum', 'day', 'district'], types = {'person': 'VARCHAR', 'sum':"
                f" 'DECIMAL(38,18)', 'district': 'VARCHAR'}})) TO '{folder}/{place}.parquet'"
            )
        begin = time.monotonic()
        connection.execute(
            "CREATE TABLE result AS SELECT CASE WHEN s.n IS NULL THEN 'first' WHEN f.n IS NULL"
            " THEN 'second' WHEN f.name IS DISTINCT FROM s.name OR f.sum IS DISTINCT FROM s.sum"
            " THEN 'different' ELSE 'same' END AS outcome, f.n AS fn, s.n AS sn,"
            " coalesce(f.person, s.person) AS person, f.name, s.name AS name2, f.sum,"
            " s.sum AS sum2, f.day, f.district, s.day AS day2, s.district AS district2"
            f" FROM '{folder}/0.parquet' f FULL JOIN '{folder}/1.parquet' s ON f.person = s.person"
        )
        for form in ("parquet", "csv"):
            connection.execute(
                f"COPY (FROM result ORDER BY fn NULLS LAST, sn) TO '{folder}/out.{form}'"
            )
        return time.monotonic() - begin


def _line(report: dict[str, Any], what: str) -> float:
    return float(next(one["rows"] for one in report["lines"] if one["what"] == what))


def _peak_mb() -> float:
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    [line] = [one for one in status.splitlines() if one.startswith("VmHWM:")]
    return int(line.split()[1]) * 1024 / 1e6


def _remove(
    model: Any, store: sa.Engine, tables: list[str], number: str, entries: list[str]
) -> None:
    from ckanext.fjgov.logic.processing import files
    from ckanext.fjgov.model import processing
    from ckanext.fjgov.model.database import own_transaction

    model.Session.rollback()
    with store.begin() as connection:
        for table in tables:
            connection.execute(sa.text(f'DROP TABLE IF EXISTS "{table}"'))
    with own_transaction() as connection:
        job = processing.find(connection, number) if number else None
        for table in tables:
            connection.execute(
                sa.text("DELETE FROM fjgov_mount WHERE resource = :table"), {"table": table}
            )
        connection.execute(
            sa.text("UPDATE package SET state = 'deleted' WHERE id = ANY(:entries)"),
            {"entries": entries},
        )
    if job:
        files.remove(job["folder"])


def main() -> None:
    """Load the site and measure."""
    app = make_app(load_config(sys.argv[1]))
    with app._wsgi_app.test_request_context():
        answer = compare()
    sys.stdout.write("\n" + json.dumps(answer) + "\n")


if __name__ == "__main__":
    main()
