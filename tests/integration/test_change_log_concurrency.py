"""Fifty writers in two processes, and a reader that pages while they commit."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

from ckanext.fjgov.model.change_rows import current_entries
from ckanext.fjgov.model.database import snapshot
from tests.integration import log_writers
from tests.integration.log_site import LogSite, log_site
from tests.integration.stack_env import StackInfo

THREADS = 25
COMMITS = 20


class Reader:
    """Pages through the log and keeps what it was told, as another node does."""

    def __init__(self, site: LogSite, seed: int) -> None:
        self.site = site
        self.draw = random.Random(seed)
        self.cursor = 0
        self.copy: dict[str, str] = {}
        self.pages = 0

    def page(self) -> int:
        """Read one page of random size; gives the number of rows."""
        self.site.drain()
        rows = self.site.changes(self.cursor, self.draw.randint(1, 12))
        for row in rows:
            assert row.seq > self.cursor
            self.cursor = row.seq
            if row.kind == "entry" and row.op == "put":
                self.copy[row.key] = row.hash
            elif row.kind == "entry":
                self.copy.pop(row.key, None)
        self.pages += 1
        return len(rows)


def start_writers(site: LogSite, unit_id: str, seed: int) -> subprocess.Popen[bytes]:
    program = Path(log_writers.__file__)
    arguments = [site.dsn, THREADS, COMMITS, seed, unit_id]
    return subprocess.Popen([sys.executable, str(program), *map(str, arguments)])


def test_a_reader_ends_with_the_latest_committed_version_of_every_record(
    stack: StackInfo, tmp_path: Path
) -> None:
    with log_site(stack, tmp_path) as site:
        unit_id, _code = site.add_unit()
        reader = Reader(site, seed=7)
        writers = [start_writers(site, unit_id, seed) for seed in (1, 2)]
        while any(writer.poll() is None for writer in writers):
            reader.page()
        assert [writer.returncode for writer in writers] == [0, 0]
        while reader.page():
            pass
        ids = [row[0] for row in site.run("SELECT id FROM package")]
        with snapshot() as connection:
            current = current_entries(connection, ids, site.shapes).values()
        assert len(ids) == log_writers.SHARED
        assert reader.copy == {record.key: record.hash for record in current if record.data}
        assert reader.pages > 20
        numbers = [row.seq for row in site.changes()]
        assert len(set(numbers)) == len(numbers)
        assert site.digest() == site.digest_from_scratch()
