"""The cities of the province that have no site of their own here, from recordings in a folder.

A folder holds `<code>.ndjson` (the recording) and `<code>.pem` (its key, 0600) for each city, and
`parent.pub`, the public key of the province that may read.
"""

from __future__ import annotations

import json
import secrets
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import psycopg2

from ckanext.fjgov.core.catalog.vocabulary import load_vocabulary
from ckanext.fjgov.core.federation.keys import (
    key_from_seed,
    parse_public,
    public_text,
    read_key_file,
    write_key_file,
)
from deploy.recorded.feed import RecordedNode, read_rows
from deploy.recorded.rehome import Home, Rehoming, write_recording
from deploy.recorded.server import RecordedServer, Slowness
from deploy.stack.process import Service, fingerprint
from deploy.stack.settings import LOOPBACK, REPOSITORY
from deploy.stack.sites import environment
from deploy.stack.stack import RECORDED, Stack, is_taken

ENTRIES = 300
PROVINCE, SOURCE = "350000", "350100"
# Together with 福州 and 厦门 they are the ten nodes of the province; 平潭 lies inside 福州's scope.
CITIES = ("350300", "350400", "350500", "350600", "350700", "350800", "350900", "350128")


def home_of(code: str) -> Home:
    """Give a city with its name and the identifier prefix that is registered for it.

    Raises: KeyError when no prefix is registered for the division.
    """
    names = load_vocabulary("divisions").concepts
    prefixes = {
        concept.extra["division"]: prefix
        for prefix, concept in load_vocabulary("node_prefixes").concepts.items()
    }
    return Home(code, prefixes[code], names[code].zh)


def bring_up(
    stack: Stack, codes: Sequence[str], entries: int = ENTRIES, *, served: Sequence[str] = ()
) -> None:
    """Serve recordings of cities in the background; those of new cities are made and synced.

    Args:
        stack: runs.
        codes: of the cities.
        entries: of each recording that is made, from what 福州 lists now.
        served: codes that are left as they are: recorded and registered by an earlier start.

    Raises: StackError when the port is taken or the server ends.
    """
    folder, port = stack.settings.base / RECORDED, stack.settings.ports.recorded
    made = [code for code in codes if code not in served]
    if made:
        make_recordings(stack, folder, made, entries)
    command = [sys.executable, "-m", "deploy.recorded", "serve", str(folder), "--port", str(port)]
    files = [(path.name, path.stat().st_mtime_ns) for path in sorted(folder.glob("*.ndjson"))]
    service = Service(RECORDED, command, fingerprint(*command, *files), environment(), REPOSITORY)
    stack.bring(RECORDED, service, port, partial(is_taken, port))
    if not made:
        return
    ini = stack.settings.ini(stack.settings.node("province"))
    rows = registrations(folder, made, f"http://{LOOPBACK}:{port}")
    stack.sites.run_task(ini, "register_nodes", nodes=rows)
    answer = stack.sites.run_task(ini, "sync", nodes=made)
    for code, state in answer["states"].items():
        stack.say(f"{code} → {PROVINCE}：{state}")


def make_recordings(
    stack: Stack, folder: Path, codes: Sequence[str], entries: int
) -> dict[str, int]:
    """Write recordings, and the keys that are missing; gives lines by code.

    Args: `entries` are repeated from 福州's own listed entries under titles of their own.
    """
    folder.mkdir(parents=True, exist_ok=True)
    known = _own_records(stack)
    numbers = {}
    for code in codes:
        moved = Rehoming(home_of(SOURCE), home_of(code)).rows(known, entries)
        numbers[code] = write_recording(folder / f"{code}.ndjson", moved)
        key_file = folder / f"{code}.pem"
        if not key_file.exists():
            write_key_file(key_file, key_from_seed(secrets.token_bytes(32)))
    pem = stack.settings.base / "province" / "node_key.pem"
    (folder / "parent.pub").write_text(public_text(read_key_file(pem).verifying()))
    return numbers


def _own_records(stack: Stack) -> list[dict[str, Any]]:
    source = next(node for node in stack.settings.nodes if node.code == SOURCE)
    link = psycopg2.connect(stack.postgres.dsn(source))
    try:
        with link, link.cursor() as cursor:
            cursor.execute(
                "SELECT convert_from(bytes, 'UTF8') FROM fjgov_change"
                " WHERE node = %s AND op = 'put' ORDER BY kind, key",
                (SOURCE,),
            )
            return [json.loads(row[0]) for row in cursor.fetchall()]
    finally:
        link.close()


def server_of(folder: Path, port: int, slowness: Slowness | None = None) -> RecordedServer:
    """Load every recording of a folder. Cost: the recordings in memory, about 5 kB an entry."""
    nodes = {
        path.stem: RecordedNode(path.stem, read_key_file(path.with_suffix(".pem")), read_rows(path))
        for path in sorted(folder.glob("*.ndjson"))
    }
    reader = parse_public((folder / "parent.pub").read_text())
    return RecordedServer(port, nodes, {PROVINCE: (reader,)}, slowness)


def registrations(folder: Path, codes: Sequence[str], base: str) -> list[dict[str, Any]]:
    """Give the registrations of recorded cities, as `fjgov node add` reads them.

    Args: `base` is the server's address without trailing slash.
    """
    rows = []
    for code in codes:
        home = home_of(code)
        key = public_text(read_key_file(folder / f"{code}.pem").verifying())
        rows.append(
            {
                "code": code,
                "name": home.name,
                "level": "city",
                "parent": PROVINCE,
                "address": f"{base}/{code}",
                "include": [code[:4] if code.endswith("00") else code],
                "exclude": [],
                "prefixes": [home.prefix],
                "keys": [key],
                "allow": [f"127.0.0.1/32:{base.rpartition(':')[2]}"],
            }
        )
    return rows
