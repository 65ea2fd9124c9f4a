"""Keep the results of a campaign in one file, so that it can be interrupted and quoted."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from deploy.stack.settings import REPOSITORY
from tests.soak.kills import Hit

CAMPAIGN = "kills"


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
    """The hits of one commit and seed; those of another one are replaced by the first new hit."""

    path: Path
    commit: str
    seed: int
    changes: int
    page: int

    def hits(self) -> list[dict[str, Any]]:
        """Give the hits known so far, in order."""
        known = self._file().get(CAMPAIGN, {})
        mine = {"commit": self.commit, "seed": self.seed, "changes": self.changes}
        if {name: known.get(name) for name in mine} != mine:
            return []
        return sorted(known["hits"], key=lambda hit: hit["shot"]["number"])

    def numbers(self) -> set[int]:
        """Give the numbers of the shots that were fired."""
        return {hit["shot"]["number"] for hit in self.hits()}

    def add(self, hit: Hit) -> None:
        """Keep one more hit; the file is replaced as a whole."""
        content = self._file()
        hits = [*self.hits(), hit.to_json()]
        content[CAMPAIGN] = {
            "commit": self.commit,
            "seed": self.seed,
            "changes": self.changes,
            "page": self.page,
            "at": datetime.now(timezone.utc).isoformat(timespec="seconds"),
            "kills": len(hits),
            "alive": sum(row["alive"] for row in hits),
            "faults": sum(len(row["faults"]) for row in hits),
            "hits": hits,
        }
        self.path.parent.mkdir(parents=True, exist_ok=True)
        draft = self.path.with_suffix(".new")
        draft.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")
        draft.replace(self.path)

    def holds(self, kills: int, alive_share: float) -> bool:
        """Say whether enough shots were fired, enough found a run alive, and none did harm."""
        hits = self.hits()
        alive = sum(hit["alive"] for hit in hits)
        return (
            len(hits) >= kills
            and alive >= alive_share * len(hits)
            and not any(hit["faults"] for hit in hits)
        )

    def summary(self) -> str:
        """Say in one line what came out."""
        hits = self.hits()
        faults = [fault for hit in hits for fault in hit["faults"]]
        alive = sum(hit["alive"] for hit in hits)
        return (
            f"commit {self.commit} seed {self.seed}: {len(hits)} kills in runs of {self.changes}"
            f" changes, {alive} found the run alive, {len(faults)} faults -> {self.path}"
        )

    def _file(self) -> dict[str, Any]:
        if not self.path.exists():
            return {}
        content: dict[str, Any] = json.loads(self.path.read_text(encoding="utf-8"))
        return content
