"""Keep the results of a campaign in one file, so that it can be interrupted, split and quoted."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from deploy.stack.settings import REPOSITORY

HISTORIES, FAULTS, USES = "histories", "faults", "uses"


def commit() -> str:
    """Give the commit under test; `+` when files differ from it."""

    def git(*words: str) -> str:
        done = subprocess.run(
            ["git", *words], cwd=REPOSITORY, capture_output=True, text=True, check=False
        )
        return done.stdout.strip()

    return git("rev-parse", "--short", "HEAD") + ("+" if git("status", "--porcelain") else "")


@dataclass
class Results:
    """What was done of one campaign.

    A campaign is one seed on one commit: the first result of another one replaces the file's.
    """

    path: Path
    commit: str
    seed: int
    _content: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        known = json.loads(self.path.read_text(encoding="utf-8")) if self.path.exists() else {}
        mine = {"commit": self.commit, "seed": self.seed}
        same = {name: known.get(name) for name in mine} == mine
        self._content = known if same else {**mine, HISTORIES: [], FAULTS: []}
        self._content.setdefault(USES, [])

    def numbers(self, kind: str) -> set[int]:
        """Give the numbers of the histories or faults that were done."""
        return {row["number"] for row in self._content[kind]}

    def add(self, kind: str, number: int, row: dict[str, Any]) -> None:
        """Keep one more result; the file is replaced as a whole."""
        rows = [*self._content[kind], {"number": number, **row}]
        self._content[kind] = sorted(rows, key=lambda one: int(one["number"]))
        self._content["at"] = datetime.now(timezone.utc).isoformat(timespec="seconds")
        self._content["summary"] = self.summary()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        draft = self.path.with_suffix(".new")
        draft.write_text(json.dumps(self._content, ensure_ascii=False, indent=1), encoding="utf-8")
        draft.replace(self.path)

    def holds(self, histories: int, faults: int, uses: int) -> bool:
        """Say whether everything that was wished is done and nothing was found."""
        wished = {HISTORIES: histories, FAULTS: faults, USES: uses}
        done = all(set(range(number)) <= self.numbers(kind) for kind, number in wished.items())
        return done and not self._found()

    def summary(self) -> str:
        """Say in one line what came out."""
        histories, faults, uses = (self._content[kind] for kind in (HISTORIES, FAULTS, USES))
        steps = sum(len(row["steps"]) for row in histories)
        restores = sum(row["restores"] for row in histories)
        alive = sum(row["alive"] for row in faults)
        seconds = sum(row["seconds"] for row in (*histories, *faults, *uses))
        begun, ended = (sum(row[name] for row in uses) for name in ("begun", "ended"))
        return (
            f"commit {self.commit} seed {self.seed}: {len(histories)} histories ({steps} steps,"
            f" {restores} restores), {len(faults)} faults ({alive} in a run that was alive),"
            f" {len(uses)} kills of uses ({begun} begun, {ended} ended),"
            f" {seconds / 60:.0f} min: {self._found()} findings"
        )

    def _found(self) -> int:
        return sum(
            len(row["faults"]) for kind in (HISTORIES, FAULTS, USES) for row in self._content[kind]
        )
