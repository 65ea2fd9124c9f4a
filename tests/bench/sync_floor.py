"""The raw limit of a first load: COPY of the same rows, then adds of the same documents to Solr."""

from __future__ import annotations

import io
import json
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import requests

from tests.bench.sync_sites import SyncSites

SCRATCH = "fjgov_floor"
TEMPLATE = "fjgov_template"
# In the order of their references.
TABLES = {
    "group": 'SELECT * FROM "group"',
    "package": "SELECT p.* FROM package p JOIN chosen c ON c.id = p.id",
    "resource": "SELECT r.* FROM resource r JOIN chosen c ON c.id = r.package_id",
    "tag": "SELECT * FROM tag",
    "package_tag": "SELECT t.* FROM package_tag t JOIN chosen c ON c.id = t.package_id",
    "member": "SELECT m.* FROM member m JOIN chosen c ON c.id = m.table_id",
}  # fmt: skip
OURS = "fjgov_note_insert"


def measure(sites: SyncSites, key: str, count: int) -> tuple[float, str]:
    """Write the first entries of a receiver raw, by one client, one after the other.

    Returns:
        Records a second, and what they consist of in words.
    """
    copied, rows = _copy(sites, key, count)
    added = _add(sites, key, count)
    words = f"COPY {rows / copied:,.0f} and Solr {rows / added:,.0f} records/s on {rows} records"
    return rows / (copied + added), words


def _copy(sites: SyncSites, key: str, count: int) -> tuple[float, int]:
    postgres = sites.stack.postgres
    postgres.create_database(SCRATCH, template=TEMPLATE)
    source, target = postgres.connect(sites.node(key).database), postgres.connect(SCRATCH)
    seconds, rows = 0.0, 0
    try:
        with source.cursor() as taking, target.cursor() as giving:
            taking.execute(
                "CREATE TEMP TABLE chosen AS SELECT id FROM package WHERE type = 'dataset'"
                " AND state = 'active' ORDER BY name LIMIT %s",
                (count,),
            )
            rows = taking.rowcount
            for table, query in TABLES.items():
                held = io.StringIO()
                taking.copy_expert(f"COPY ({query}) TO STDOUT", held)
                held.seek(0)
                if table != "tag":
                    # The floor is that of CKAN's own tables, without our log.
                    giving.execute(f'DROP TRIGGER {OURS} ON "{table}"')
                begin = time.monotonic()
                giving.copy_expert(f'COPY "{table}" FROM STDIN', held)
                seconds += time.monotonic() - begin
    finally:
        source.close()
        target.close()
        postgres.drop_database(SCRATCH)
    return seconds, rows


def _add(sites: SyncSites, key: str, count: int) -> float:
    solr = sites.stack.solr
    core = solr.add_core("bench_floor")
    with TemporaryDirectory(prefix="fjgov-bench-") as folder:
        sites.run("write_documents", key, json.dumps({"folder": folder, "count": count}))
        session = requests.Session()
        session.auth = solr.auth
        seconds = 0.0
        for path in sorted(Path(folder).iterdir()):
            body = path.read_bytes()
            begin = time.monotonic()
            _post(session, f"{core}/update?commit=false", body)
            seconds += time.monotonic() - begin
        begin = time.monotonic()
        _post(session, f"{core}/update?softCommit=true", b"[]")
        seconds += time.monotonic() - begin
        _post(session, f"{core}/update?commit=true", b'{"delete": {"query": "*:*"}}')
    return seconds


def _post(session: requests.Session, url: str, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    session.post(url, data=body, headers=headers, timeout=300).raise_for_status()
