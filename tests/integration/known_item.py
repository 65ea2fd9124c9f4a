"""Known-item search: somebody remembers two words of a title and wants that entry.

Protocol (docs/search.md): words are cut by jieba, which neither index uses; words of two or more
characters count; each title with at least two different ones gives one query, its two words drawn
without replacement and with equal chances by a seeded generator. Nothing looks at results.
"""

from __future__ import annotations

import logging
import random
import re
from collections.abc import Callable, Mapping

import jieba

RECALL_TARGET = 0.95
HITS = 10
SEED = 20101110
_WORD = re.compile(r"[一-鿿A-Za-z0-9]{2,}")

jieba.setLogLevel(logging.WARNING)


def words(title: str) -> list[str]:
    """Give the different words of a title that a searcher may use, in order."""
    return list(dict.fromkeys(word for word in jieba.cut(title) if _WORD.fullmatch(word)))


def known_items(titles: Mapping[str, str], seed: int = SEED) -> list[tuple[str, str]]:
    """Give one query for each title that has two words: (key, query). Deterministic."""
    chance = random.Random(seed)
    items = []
    for key in sorted(titles):
        candidates = words(titles[key])
        if len(candidates) >= 2:
            items.append((key, " ".join(chance.sample(candidates, 2))))
    return items


def ask(items: list[tuple[str, str]], find: Callable[[str], list[str]]) -> float:
    """Give the share of queries whose entry is among the first ten hits."""
    return sum(key in find(query)[:HITS] for key, query in items) / len(items)
