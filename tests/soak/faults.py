"""Do one fault in the middle of a run, and look at what comes after.

A shot changes the entries of 福州, starts a run, does its harm, brings back what was killed, and
lets the next run go to its end. That run must find everything in order, or put it there.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import psycopg2

from ckanext.fjgov.core.federation.keys import load_private_pem
from tests.federation.syncing import CODES, PREFIXES, address_of_city, rule_for, with_settings
from tests.integration.stack_env import StackInfo
from tests.soak.generated import add_entries, change_entries, hide_one, remove_entries
from tests.soak.proxy import Proxy, lying
from tests.soak.running import Workers, timed
from tests.soak.shots import BY_THE_CLOCK, REPEATED, Shot
from tests.soak.tricks import TRICKS, Liar

CITY, OTHER, PROVINCE = "fuzhou", "xiamen", "350000"
CODE, PREFIX = CODES[CITY], PREFIXES[CITY]
PROVED = ("verified", "repaired")
# Entries at the end of the list: two take turns in being listed, one is refused, one is damaged.
SPECIAL = 4
ANOTHER_STATEMENT = "SELECT kind, key, hash FROM fjgov_change WHERE node = %s AND op = 'put'"


@dataclass(frozen=True, slots=True)
class Hit:
    """What one shot did and what came after it.

    Attributes:
        alive: the run was still going when the shot fell.
        ended_as: how it ended.
        state: how the next run ended.
        faults: what should not be, in words; empty when all is well.
    """

    shot: Shot
    alive: bool
    ended_as: str
    state: str
    fetched: int
    seconds: float
    faults: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Give a plain dict."""
        return asdict(self)

    def line(self) -> str:
        """Say in one line what was done and found."""
        shot = self.shot
        found = "; ".join(self.faults) or "ok"
        alive = "alive" if self.alive else "over"
        return (
            f"fault {shot.number:3} {shot.victim:<8} at {shot.moment} ({shot.share:.2f}): run"
            f" {alive}, ended as {self.ended_as}, then {self.state}, {self.seconds:.1f} s: {found}"
        )


@dataclass
class Ground:
    """Where faults are done: a stack, many entries at the city, and processes that sync.

    Attributes:
        identifiers: of the generated entries.
        seconds: from `started` to the end of a run that nobody disturbed.
    """

    stack: StackInfo
    workers: Workers
    identifiers: list[str]
    page: int
    liar: Liar
    seconds: float = 0.0
    hidden: bool = False
    other: frozenset[Any] = field(default_factory=frozenset)

    def fire(self, shot: Shot) -> Hit:
        """Do one fault and look at the next run."""
        begin = time.monotonic()
        self._change(f"{shot.number}-{time.time()}")
        self._set_scene(shot.moment)
        self.other = self._log("province", OTHER)
        if shot.victim == "answer":
            alive, ended = self._lie(shot)
        else:
            alive, ended = self._kill(shot)
        self._bring_back(shot.victim)
        faults = list(self._wrongly_verified(ended))
        report = self.workers.now.sync(CITY)
        faults += self._faults(shot, report)
        return Hit(
            shot, alive, ended["state"], report["state"], int(report.get("fetched", 0)),
            round(time.monotonic() - begin, 1), tuple(faults),
        )  # fmt: skip

    def settle(self) -> None:
        """Bring the entries up, refuse the one that is refused, and time a run of all changes."""
        first = self.workers.now.sync(CITY)
        if first["state"] not in PROVED:
            raise RuntimeError(f"the first load ended as {first}")
        self._change("measured")
        self.seconds = timed(self.workers.now, CITY)

    def _change(self, stamp: str) -> None:
        """Change most entries and let one of two vanish, so that every run has its steps."""
        change_entries(self._dsn(CITY), PREFIX, self.identifiers[:-SPECIAL], stamp)
        self.hidden = not self.hidden
        hide_one(self._dsn(CITY), self.identifiers[-2:], first=self.hidden)

    def _set_scene(self, moment: str) -> None:
        """Make the run have a step that needs a reason."""
        if moment == "retried":
            self._do(
                "province", "UPDATE fjgov_node SET registered_at = now() WHERE code = %s", CODE
            )
        if moment == "recovered":
            self._do(CITY, "UPDATE fjgov_head SET epoch = gen_random_uuid()::text")
        if moment == "repaired":
            self._do(
                "province",
                "UPDATE package SET title = title || '（改）' WHERE extras ->> 'identifier' = %s",
                self.identifiers[-SPECIAL],
            )

    def _kill(self, shot: Shot) -> tuple[bool, dict[str, Any]]:
        worker = self.workers.now
        step = "" if shot.moment == BY_THE_CLOCK else shot.moment
        worker.start(CITY, step)
        if step:
            alive = worker.await_step(step)
            for _ in range(int(shot.share * self._pages()) if step in REPEATED else 0):
                worker.go_on()
                if not worker.await_step(step):
                    alive = False
                    break
        else:
            worker.await_step("started")
            time.sleep(shot.share * self.seconds)
            alive = worker.is_going()
        if shot.victim == "sync":
            worker.kill()
        else:
            self.stack.stack.processes.kill(_service(shot.victim))
            if step and alive:
                worker.go_on()
        return alive, worker.end(step)

    def _lie(self, shot: Shot) -> tuple[bool, dict[str, Any]]:
        proxy = Proxy(self.stack.urls[CITY], TRICKS[shot.moment], shot.share, self.liar)
        with lying(proxy) as address, address_of_city(self.stack, address, [rule_for(address)]):
            ended = self.workers.now.sync(CITY)
        return proxy.played > 0, ended

    def _bring_back(self, victim: str) -> None:
        if victim == "sync":
            self.workers.replace()
        elif victim != "answer":
            _forget_zombie(self.stack, victim)
            self.stack.stack.revive(_service(victim))
        if victim != "sync" and self.workers.now.process.poll() is not None:
            # It ended with the service that it lost, as `ended` says, and is started anew.
            self.workers.replace()
        if victim == "postgres":
            # Connections of before are dead; whoever holds one finds out at its next use.
            self.workers.now.index_report()

    def _pages(self) -> int:
        return -(-len(self.identifiers) // self.page) - 1

    def _wrongly_verified(self, ended: dict[str, Any]) -> Iterator[str]:
        """A run that says it is proved must be right at that moment."""
        if ended["state"] in PROVED and self._home() != self._log("province", CITY):
            yield f"wrongly {ended['state']}: {sorted(self._difference())[:4]}"
        if self._log("province", OTHER) != self.other:
            yield f"records of the other city changed: {ended}"

    def _faults(self, shot: Shot, report: dict[str, Any]) -> Iterator[str]:
        proved = PROVED if self._may_repair(shot) else PROVED[:1]
        if report["state"] not in proved:
            yield f"the next run ended as {report['state']}: {report.get('en')}"
        if self._difference():
            yield f"lost, foreign or different: {sorted(self._difference())[:4]}"
        twice = self._rows(
            "province",
            "SELECT extras ->> 'identifier' FROM package WHERE type = 'dataset'"
            " AND extras ->> 'identifier' IS NOT NULL GROUP BY 1 HAVING count(*) > 1",
        )
        if twice:
            yield f"twice: {twice[:5]}"
        if self._log("province", OTHER) != self.other:
            yield "records of the other city changed"
        index = self.workers.now.index_report()
        for name in ("missing", "ghosts", "stale"):
            if index.get(name) != [] and index.get(name) != ():
                yield f"index {name}: {index.get(name, index)}"
        again = self.workers.now.sync(CITY)
        if (again["state"], again.get("requests")) != ("verified", 1):
            yield f"a further run still found something to do: {again}"

    def _may_repair(self, shot: Shot) -> bool:
        """What was damaged, restored or lied about is repaired by the next run, which says so."""
        return shot.moment in ("repaired", "recovered") or shot.moment.startswith("signed:")

    def _difference(self) -> frozenset[Any]:
        return self._home() ^ self._log("province", CITY)

    def _home(self) -> frozenset[Any]:
        """Give what the city lists without the entry that the province refuses."""
        refused = self.identifiers[-SPECIAL + 1]
        return frozenset(row for row in self._log(CITY, CITY) if row[1] != refused)

    def _log(self, node: str, city: str) -> frozenset[Any]:
        return frozenset(self._rows(node, ANOTHER_STATEMENT, CODES[city]))

    def _rows(self, node: str, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        link = psycopg2.connect(self._dsn(node))
        try:
            with link, link.cursor() as cursor:
                cursor.execute(statement, values)
                return list(cursor.fetchall()) if cursor.description else []
        finally:
            link.close()

    def _do(self, node: str, statement: str, *values: Any) -> None:
        self._rows(node, statement, *values)

    def _dsn(self, node: str) -> str:
        return self.stack.dsns[node]


def _service(victim: str) -> str:
    return f"{CITY}-web" if victim == "city" else victim


def _forget_zombie(stack: StackInfo, victim: str) -> None:
    """Take away the lock of a dead server that nobody has collected.

    Of a stack that another process started, a killed server stays as a zombie, whose number the
    next one takes for a running server. Its children end by themselves within moments.
    """
    lock = stack.stack.postgres.data / "postmaster.pid"
    if victim == "postgres" and lock.exists():
        time.sleep(1)
        lock.unlink()


def _lasting_commits(stack: StackInfo, setting: str) -> None:
    """Make commits outlive a kill, which test stacks give up for speed; "" goes back."""
    link = stack.stack.postgres.connect()
    try:
        with link.cursor() as cursor:
            for node in stack.nodes.values():
                change = f"SET synchronous_commit = {setting}" if setting else "RESET ALL"
                cursor.execute(f'ALTER DATABASE "{node.database}" {change}')
    finally:
        link.close()


@contextmanager
def fault_ground(stack: StackInfo, folder: Path, *, changes: int, page: int) -> Iterator[Ground]:
    """Lay out many entries at the city, bring them up, and clear them away at the end."""
    ini = with_settings(stack, folder, **{"fjgov.sync.page_size": page})
    _lasting_commits(stack, "on")
    workers = Workers(ini)
    key = load_private_pem((stack.base / CITY / "node_key.pem").read_bytes())
    try:
        identifiers = add_entries(stack.dsns[CITY], PREFIX, changes)
        found = Ground(stack, workers, identifiers, page, Liar(CODE, key, PROVINCE))
        _refuse(found, identifiers[-SPECIAL + 1])
        found.settle()
        yield found
    finally:
        remove_entries(stack.dsns[CITY], PREFIX)
        workers.now.sync(CITY, forced=True)
        workers.close()
        _lasting_commits(stack, "")


def _refuse(found: Ground, identifier: str) -> None:
    """Give one entry a value that the province does not take."""
    found._do(
        CITY,
        "UPDATE package SET extras = extras || %s::jsonb WHERE extras ->> 'identifier' = %s",
        json.dumps({"frequency": "77"}),
        identifier,
    )
