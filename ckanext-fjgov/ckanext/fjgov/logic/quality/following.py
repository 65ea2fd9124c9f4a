"""Bring the results of the quality checks up to date: what changed, and nothing else."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import orjson

from ckanext.fjgov.core.catalog.vocabulary import load_vocabulary
from ckanext.fjgov.core.quality import RULES_VERSION, UnitFacts, check_quality, facts_hash
from ckanext.fjgov.core.upkeep.freshness import freshness
from ckanext.fjgov.logic import catalog_log, settings
from ckanext.fjgov.logic.clock import utc_now
from ckanext.fjgov.model import quality_queue, quality_results
from ckanext.fjgov.model.database import QUALITY_LOCK, own_transaction, session_lock
from ckanext.fjgov.model.quality_queue import DueEntry
from ckanext.fjgov.model.quality_results import Result

ROWS_A_LOOK = 20_000
ENTRIES_A_BATCH = 500


@dataclass
class Followed:
    """What one run did.

    Attributes:
        checked: entries that were judged.
        kept: entries whose result still held.
        gone: entries that are listed no more.
        waiting: entries still to be looked at.
    """

    checked: int = 0
    kept: int = 0
    gone: int = 0
    waiting: int = 0


def follow(
    *, seconds: float | None = None, anew: bool = False, wait: bool = False
) -> Followed | None:
    """Judge what changed; None when another process is at it and is not waited for.

    Each batch is one transaction with the list of what is due, so that a run that was killed goes
    on where it ended.

    Args:
        seconds: end after the batch in which so much time has passed; None goes on to the end.
        anew: judge every listed entry again, as after a change of the node's own code lists.
        wait: wait for another process that is at it.

    Cost: a few statements when nothing changed; depends on the changes, not on the catalog.
    """
    with session_lock(QUALITY_LOCK, wait=wait) as held:
        return _follow(seconds, anew=anew) if held else None


def _follow(seconds: float | None, *, anew: bool) -> Followed:
    began = time.monotonic()
    done = Followed()
    catalog_log.drain()
    for _ in _looks(anew=anew):
        while _batch(done):
            if seconds is not None and time.monotonic() - began > seconds:
                with own_transaction() as connection:
                    done.waiting = quality_queue.waiting(connection)
                return done
    return done


def _looks(*, anew: bool) -> Iterator[None]:
    """Read the log in parts; what a part brings is worked off before the next one is read."""
    if anew:
        with own_transaction() as connection:
            quality_queue.note_all(connection)
    # Another tolerance changes the last fresh day of every entry.
    version = f"{RULES_VERSION}/{settings.tolerance_days()}"
    has_more = True
    while has_more:
        with own_transaction() as connection:
            has_more = quality_queue.collect(connection, version, ROWS_A_LOOK)
        yield


def _batch(done: Followed) -> bool:
    """Look at some entries; False when none was due."""
    with own_transaction() as connection:
        due = quality_queue.take(connection, ENTRIES_A_BATCH)
        if not due:
            return False
        gone = [(one.node, one.key) for one in due if one.data is None and one.known]
        results = list(_results(due))
        if gone or results:
            quality_results.replace(connection, gone, results, utc_now())
    done.gone += len(gone)
    done.checked += len(results)
    done.kept += sum(one.data is not None for one in due) - len(results)
    return True


def _results(due: Sequence[DueEntry]) -> Iterator[Result]:
    folder, tolerance = settings.data_folder(), settings.tolerance_days()
    cycles = load_vocabulary("cycles", folder)
    for one in due:
        unit = UnitFacts(one.title, one.division)
        facts = facts_hash(unit, tolerance)
        if one.data is None or one.known == (one.hash, facts):
            continue
        record: dict[str, Any] = orjson.loads(one.data)
        quality = check_quality(record, unit, folder)
        fields = record.get("fields", {})
        fresh = freshness(fields, cycles, tolerance)
        guide_code = fields.get("guide_code", "")
        yield Result(
            node=one.node,
            key=one.key,
            package_id=one.package_id,
            unit=str(record.get("unit", "")),
            hash=one.hash,
            facts=facts,
            share=Decimal(round(quality.completeness.share * 10_000)) / 10_000,
            missing=tuple(element.name for element in quality.completeness.missing),
            guide_code=guide_code if isinstance(guide_code, str) else "",
            updated_on=fresh.updated if fresh else None,
            fresh_until=fresh.fresh_until if fresh else None,
            findings=quality.findings,
            marks=quality.marks.pairs(),
            place=quality.marks.place,
            related=quality.related,
        )
