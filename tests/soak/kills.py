"""Kill the sync, the city or the index in the middle of a run, and look at what comes after.

A shot changes many entries at 福州, starts a run as an operator does, kills one victim with
SIGKILL at its moment, brings back what was killed, and lets the next run go to its end.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2

from deploy.stack.process import wait_until
from deploy.stack.sites import environment
from tests.federation.syncing import REPOSITORY, Outcome, Syncer, with_settings
from tests.integration.stack_env import StackInfo
from tests.soak.generated import add_entries, change_entries, hide_one, remove_entries

CITY, CODE, PREFIX = "fuzhou", "350100", "35100"
PATIENCE_S = 240.0


@dataclass(frozen=True, slots=True)
class Shot:
    """One kill.

    Attributes:
        victim: `sync`, `city` or `solr`.
        step: name of the step at which to shoot.
        share: how far through its repetitions, 0 to 1.
    """

    number: int
    victim: str
    step: str
    share: float


@dataclass(frozen=True, slots=True)
class Hit:
    """What one shot did and what came after it.

    Attributes:
        alive: the run was still going when the shot fell.
        rest: changes that were not applied when everything stood still.
        fetched: records that the next run read.
        page: rows of a page; the next run may read so many more than the rest.
        faults: what should not be, in words; empty when all is well.
    """

    shot: Shot
    alive: bool
    last_step: str
    ended_as: str
    rest: int
    fetched: int
    page: int
    state: str
    seconds: float
    faults: tuple[str, ...]


@dataclass
class Range:
    """Where shots are fired: a stack and many entries at the city."""

    stack: StackInfo
    syncer: Syncer
    ini: Path
    folder: Path
    identifiers: list[str]
    page: int
    hidden: bool = False

    def fire(self, shot: Shot) -> Hit:
        """Fire one shot and look at the next run."""
        begin = time.monotonic()
        self._change(f"{shot.number}-{time.time()}")
        run = _OperatorRun(self.ini, self.folder / f"steps-{shot.number}.ndjson")
        self._await_moment(run, shot)
        alive = run.is_going()
        last = run.steps()[-1]["step"] if run.steps() else ""
        self._kill(shot.victim, run)
        ended_as = run.end()
        if shot.victim != "sync":
            self.stack.stack.revive(self._service(shot.victim))
        rest = self._rest()
        outcome = self.syncer.sync(CITY)
        return Hit(
            shot=shot,
            alive=alive,
            last_step=last,
            ended_as=ended_as,
            rest=rest,
            fetched=int(outcome.report["fetched"]),
            page=self.page,
            state=outcome.state,
            seconds=round(time.monotonic() - begin, 1),
            faults=tuple(self._faults(outcome, rest)),
        )

    def _change(self, stamp: str) -> None:
        """Change all entries and let one of two vanish, so that every run has every step."""
        change_entries(self._dsn(CITY), PREFIX, self.identifiers, stamp)
        self.hidden = not self.hidden
        hide_one(self._dsn(CITY), self.identifiers[-2:], first=self.hidden)

    def _await_moment(self, run: _OperatorRun, shot: Shot) -> None:
        run.await_step("started", 1)
        pages = -(-len(self.identifiers) // self.page)
        times = pages if shot.step in ("fetched", "merged", "indexed") else 1
        run.await_step(shot.step, 1 + int(shot.share * (times - 1)))

    def _kill(self, victim: str, run: _OperatorRun) -> None:
        if victim == "sync":
            run.kill()
        else:
            self.stack.stack.processes.kill(self._service(victim))

    def _service(self, victim: str) -> str:
        return "solr" if victim == "solr" else f"{CITY}-web"

    def _rest(self) -> int:
        """Count the city's changes behind the province's cursor, as a feed would give them."""
        (cursor,) = self._rows(
            "province", f"SELECT cursor_seq FROM fjgov_node WHERE code = '{CODE}'"
        )[0]
        (pending,) = self._rows(CITY, "SELECT count(DISTINCT record_id) FROM fjgov_change_note")[0]
        (rest,) = self._rows(
            CITY, f"SELECT count(*) FROM fjgov_change WHERE node = '{CODE}' AND seq > {cursor}"
        )[0]
        return int(rest) + int(pending)

    def _faults(self, outcome: Outcome, rest: int) -> Iterator[str]:
        if outcome.state != "verified":
            yield f"the next run ended as {outcome.state}: {outcome.report['en']}"
        if int(outcome.report["fetched"]) > rest + self.page:
            yield f"the next run read {outcome.report['fetched']} records for a rest of {rest}"
        statement = f"SELECT kind, key, hash FROM fjgov_change WHERE node = '{CODE}' AND op = 'put'"
        home, copy = set(self._rows(CITY, statement)), set(self._rows("province", statement))
        if home != copy:
            yield f"lost or different: {sorted(home ^ copy)[:5]}"
        twice = self._rows(
            "province",
            "SELECT extras ->> 'identifier' FROM package WHERE type = 'dataset' GROUP BY 1"
            " HAVING count(*) > 1",
        )
        if twice:
            yield f"twice: {twice[:5]}"
        report = self.syncer.index_report()
        for name in ("missing", "ghosts", "stale"):
            if report[name]:
                yield f"index {name}: {report[name][:5]}"
        if self.syncer.sync(CITY).counts:
            yield "a further run still found something to do"

    def _rows(self, node: str, statement: str) -> list[tuple[Any, ...]]:
        link = psycopg2.connect(self._dsn(node))
        try:
            with link, link.cursor() as cursor:
                cursor.execute(statement)
                return list(cursor.fetchall())
        finally:
            link.close()

    def _dsn(self, node: str) -> str:
        return self.stack.dsns[node]


class _OperatorRun:
    """`ckan fjgov sync --steps FILE` as an operator starts it."""

    def __init__(self, ini: Path, steps: Path) -> None:
        self.path = steps
        self.path.unlink(missing_ok=True)
        program = Path(sys.executable).parent / "ckan"
        words = ["fjgov", "sync", "--node", CODE, "--json", "--steps", str(steps)]
        self.process = subprocess.Popen(
            [str(program), "-c", str(ini), *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment(),
            cwd=REPOSITORY,
        )

    def steps(self) -> list[dict[str, Any]]:
        """Give the steps reached so far; a line that is being written is left out."""
        if not self.path.exists():
            return []
        lines = self.path.read_text(encoding="utf-8").split("\n")[:-1]
        return [json.loads(line) for line in lines]

    def await_step(self, name: str, times: int) -> None:
        """Wait until a step was reached so many times, or the run ended."""

        def reached() -> bool:
            found = sum(step["step"] == name for step in self.steps())
            return found >= times or self.process.poll() is not None

        if not wait_until(reached, PATIENCE_S):
            raise TimeoutError(f"the run did not reach {name}")

    def is_going(self) -> bool:
        """Say whether the run is not at its end yet."""
        finished = any(step["step"] == "finished" for step in self.steps())
        return self.process.poll() is None and not finished

    def kill(self) -> None:
        """Kill the process as a power cut would."""
        self.process.kill()

    def end(self) -> str:
        """Wait for the end; gives the state that the run reported, or how it died."""
        output, _ = self.process.communicate(timeout=PATIENCE_S)
        if not output.strip():
            return f"exit {self.process.returncode}"
        return str(json.loads(output.strip().splitlines()[-1])["state"])


@contextmanager
def shooting_range(stack: StackInfo, folder: Path, *, changes: int, page: int) -> Iterator[Range]:
    """Lay out many entries at the city, bring them up, and clear them away at the end."""
    ini = with_settings(stack, folder, **{"fjgov.sync.page_size": page})
    syncer = Syncer(ini)
    try:
        identifiers = add_entries(stack.dsns[CITY], PREFIX, changes)
        first = syncer.sync(CITY)
        if first.state != "verified":
            raise RuntimeError(f"the first load ended as {first.report}")
        yield Range(stack, syncer, ini, folder, identifiers, page)
    finally:
        remove_entries(stack.dsns[CITY], PREFIX)
        syncer.sync(CITY, forced=True)
        syncer.close()
