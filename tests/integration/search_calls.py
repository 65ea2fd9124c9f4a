"""How the search tests ask, and what the judged queries expect."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml
from ckanapi import RemoteCKAN

from deploy.stack.settings import REPOSITORY
from tests.integration.stack_env import StackInfo

JUDGED = REPOSITORY / "tests" / "data" / "judged_queries.yaml"
CODES = {"identifier_of": "identifier", "guide_code_of": "guide_code", "uscc_of": "provider_code"}
HITS = 10


def reader(stack: StackInfo, node: str = "province", role: str = "staff") -> RemoteCKAN:
    return RemoteCKAN(stack.urls[node], apikey=stack.credentials[node][role]["token"])


def all_entries(site: RemoteCKAN) -> list[dict[str, Any]]:
    """Give every entry the reader finds, without a query."""
    return list(site.action.package_search(q="*:*", rows=1000, sort="name asc")["results"])


def by_reference(stack: StackInfo, entries: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Give entries by `node/title`, as the judged queries name them."""
    keys = {node.code: key for key, node in stack.nodes.items()}
    return {f"{keys[entry['home_node']]}/{entry['title']}": entry for entry in entries}


@dataclass
class Score:
    """Answered and asked queries by kind, and the ones that failed."""

    asked: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)

    @property
    def share(self) -> float:
        return self.found.total() / self.asked.total()

    def table(self) -> str:
        rows = [(kind, self.found[kind], self.asked[kind]) for kind in sorted(self.asked)]
        rows.append(("all", self.found.total(), self.asked.total()))
        lines = [f"{kind:<12}{hit:>5} /{asked:>4}  {hit / asked:.3f}" for kind, hit, asked in rows]
        return "\n".join([f"{'kind':<12} hit@{HITS}", *lines, *self.failed])


def judged(site: RemoteCKAN, entries: Mapping[str, dict[str, Any]]) -> Score:
    """Ask every judged query through `package_search`."""
    score = Score()
    for query in yaml.safe_load(JUDGED.read_text("utf-8")):
        text = query["query"]
        if isinstance(text, dict):
            ((code, reference),) = text.items()
            text = entries[reference][CODES[code]]
        found = site.action.package_search(q=text, rows=HITS)["results"]
        wanted = {entries[reference]["id"] for reference in query["expected"]}
        score.asked[query["kind"]] += 1
        if wanted & {entry["id"] for entry in found}:
            score.found[query["kind"]] += 1
        else:
            score.failed.append(f"  {query['kind']}: {text} -> {', '.join(query['expected'])}")
    return score
