"""What the answers of a row say, as words that its cells name."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from tests.integration.leak_world import HOSTILE, World
from tests.integration.leaks import Answer

Judge = Callable[[World, Sequence[Answer]], frozenset[str]]
_INNARDS = re.compile(
    r"Traceback|psycopg2|sqlalchemy|SQLSTATE|org\.apache|solr/|File \"/|site-packages|LINE \d+:",
    re.IGNORECASE,
)
_ENDED = {"已到期": "expired", "已收回": "revoked", "须经申请": "ungranted"}


_WRITING = re.compile(
    r"_(create|update|patch|delete|purge|revise|reorder|decide|submit|approve|register|renew|public)"
)
_UNBUILT = re.compile(r"harvest|xloader|datapusher|tabledesigner|proxy|/oai|/csw|_sql")


def seen(world: World, answers: Sequence[Answer]) -> frozenset[str]:
    """The markers that are shown, and `broken` for an answer that is the site's own fault."""
    broken = {"broken"} if any(answer.status >= 500 for answer in answers) else set()
    return world.seen_in(answers) | broken


def done(world: World, answers: Sequence[Answer]) -> frozenset[str]:
    """The markers, and whether a call that writes was carried out."""
    is_done = any(_WRITING.search(_path(one)) and one.status < 300 for one in answers)
    return seen(world, answers) | ({"done"} if is_done else frozenset())


def refused(world: World, answers: Sequence[Answer]) -> frozenset[str]:
    """The markers, and `refused` when every single answer is a refusal."""
    everywhere = all(400 <= answer.status < 500 for answer in answers)
    return seen(world, answers) | ({"refused"} if everywhere else frozenset())


def unbuilt(world: World, answers: Sequence[Answer]) -> frozenset[str]:
    """The markers, and `unbuilt` while the ways do not exist that this site does not have."""
    found = [answer for answer in answers if _UNBUILT.search(_path(answer))]
    is_absent = all(answer.status in (400, 404) for answer in found)
    return seen(world, answers) | ({"unbuilt"} if found and is_absent else frozenset())


def cached(_world: World, answers: Sequence[Answer]) -> frozenset[str]:
    """`cached` when a shared cache may keep an answer."""
    private = re.compile(r"'Cache-Control': '[^']*(private|no-store|no-cache)")
    return frozenset({"uncached" if all(private.search(a.text) for a in answers) else "cached"})


def escaped(_world: World, answers: Sequence[Answer]) -> frozenset[str]:
    """`script` when markup of somebody else reaches a page as it is."""
    pages = [answer.text for answer in answers if "text/html" in answer.text]
    raw = any(HOSTILE in text or 'href="javascript:' in text for text in pages)
    return frozenset({"script" if raw or not pages else "text"})


def innards(world: World, answers: Sequence[Answer]) -> frozenset[str]:
    """The markers, and `innards` when a message tells of code, of statements or of the index."""
    told = any(_INNARDS.search(answer.text) for answer in answers)
    return world.seen_in(answers) | ({"innards"} if told else frozenset())


def told_why(world: World, answers: Sequence[Answer]) -> frozenset[str]:
    """The markers, and what a refusal says about a grant."""
    words = {word for text, word in _ENDED.items() for answer in answers if text in answer.text}
    return seen(world, answers) | words


def _path(answer: Answer) -> str:
    """Give the address without what was sent to it."""
    return " ".join(answer.way.split(" ", 2)[:2])
