"""Write many entries of this node's own units: by sets where they are plain, else one by one.

Every entry stands alone: a refused one leaves the others as they are. The order of the entries
holds: an entry that another way must write ends the page before it.
"""

from __future__ import annotations

import copy
import logging
from collections.abc import Iterator, Mapping, Sequence
from itertools import count, takewhile
from typing import Any

import sqlalchemy as sa

import ckan.plugins as p
from ckan import model

from ckanext.fjgov.logic import entry_input
from ckanext.fjgov.logic.batch import single, telling
from ckanext.fjgov.logic.batch.form import STATES, NotPlainError, Reader
from ckanext.fjgov.logic.batch.page import ChangedMeanwhileError, Item, Page
from ckanext.fjgov.logic.batch.rights import Rights, load
from ckanext.fjgov.logic.batch.terms import Candidate, Outcome, Terms, findings_of, refused
from ckanext.fjgov.logic.bulk_index import rows as stored_rows
from ckanext.fjgov.logic.bulk_index.plan import KNOWN_OWNERS, PLANS
from ckanext.fjgov.logic.entry_rules import log_secrecy
from ckanext.fjgov.model.database import own_transaction

PAGE = 500
FEWEST = 8
ATTEMPTS = 5
DEADLOCKS = ("40P01", "40001")
# Hooks of writing; ours are repeated here, and another plugin's are heard by way of the action.
WRITE_HOOKS = ("create", "edit", "after_dataset_create", "after_dataset_update")
log = logging.getLogger(__name__)


def nothing(_connection: sa.Connection, _outcomes: list[Outcome]) -> None:
    """Settle nothing."""


class Batch:
    """Writes entries page by page; one transaction a page, memory for one page.

    Args:
        terms: for whom, and how.
        settle: called inside each transaction with the outcomes that it commits, in order.

    Cost: about 2 ms of CPU for a plain entry of 40 fields; as an action's for any other.
    """

    def __init__(self, terms: Terms, settle: single.Settle = nothing) -> None:
        self._terms = terms
        self._settle = settle
        self._reader = _reader()
        self._window = PAGE

    def write(self, candidates: Sequence[Candidate | Outcome]) -> list[Outcome]:
        """Write some entries and say what became of each, in their order.

        Args:
            candidates: entries, or outcomes that were decided before and keep their place.

        Raises:
            sqlalchemy.exc.OperationalError: the database is gone; committed pages stay.
        """
        outcomes: list[Outcome] = []
        while len(outcomes) < len(candidates):
            outcomes += self._write_next(candidates, len(outcomes))
        return outcomes

    def _write_next(self, candidates: Sequence[Candidate | Outcome], start: int) -> list[Outcome]:
        """Write the longest run of entries that one page can hold, or one entry by action."""
        for attempt in count(1):
            part = candidates[start : start + self._window]
            try:
                done = self._write_page(part)
            except (ChangedMeanwhileError, sa.exc.OperationalError) as problem:
                code = getattr(getattr(problem, "orig", None), "pgcode", None)
                is_race = isinstance(problem, ChangedMeanwhileError) or code in DEADLOCKS
                if not is_race or attempt == ATTEMPTS:
                    raise
                log.info("a page of a batch is judged again: %s", type(problem).__name__)
                continue
            # Where many are not plain, little is read ahead in vain.
            is_whole = len(done) == len(part)
            self._window = min(PAGE, self._window * 4) if is_whole else max(FEWEST, len(done))
            first = candidates[start]
            if not done and isinstance(first, Candidate):
                return [single.write(first, self._terms, self._settle)]
            return done
        raise AssertionError("unreachable")

    def _write_page(self, candidates: Sequence[Candidate | Outcome]) -> list[Outcome]:
        """Write what is plain up to the first entry that is not; empty when that is the first."""
        with own_transaction() as connection:
            items = self._items(connection, candidates)
            if not items:
                return []
            page = Page([item for item in items if isinstance(item, Item)], self._terms)
            page.judge(connection)
            if self._terms.dry_run:
                return _merged(items, page.foretell())
            outcomes = _merged(items, page.write(connection))
            self._settle(connection, outcomes)
        # What CKAN's session holds of these entries is older than what was committed.
        model.Session.expire_all()
        for outcome in outcomes:
            if outcome.status == "refused":
                log_secrecy(self._terms.user, outcome.findings)
        for outcome in outcomes:
            telling.tell(outcome, self._terms)
        return outcomes

    def _items(
        self, connection: sa.Connection, candidates: Sequence[Candidate | Outcome]
    ) -> list[Item | Outcome]:
        reader = self._reader
        if reader is None:
            decided = takewhile(lambda c: isinstance(c, Outcome), candidates)
            return [outcome for outcome in decided if isinstance(outcome, Outcome)]
        targets = _first_targets(candidates)
        load(targets)
        stored = stored_rows.read(connection, targets)
        owners = {str(found.package["owner_org"]) for found in stored.values()}
        owners |= {
            owner
            for candidate in candidates
            if isinstance(candidate, Candidate)
            and _is_plain_text(owner := candidate.data.get("owner_org"))
        }
        rights = Rights(connection, self._terms, sorted(owners))
        rights.lock_reviews(connection, targets)
        return list(self._plain(reader, rights, candidates, stored))

    def _plain(
        self,
        reader: Reader,
        rights: Rights,
        candidates: Sequence[Candidate | Outcome],
        stored: dict[str, stored_rows.Stored],
    ) -> Iterator[Item | Outcome]:
        """Give plain entries and refused ones up to the first that another way must write."""
        seen: set[str] = set()
        for candidate in candidates:
            if isinstance(candidate, Outcome):
                yield candidate
                continue
            if candidate.target in seen:
                # It builds on what the page makes of the same entry.
                return
            before = stored.get(candidate.target)
            try:
                item = _item(reader, rights, candidate, before)
            except NotPlainError:
                return
            if candidate.target:
                seen.add(candidate.target)
            yield item


def _reader() -> Reader | None:
    """Give the reader of plain entries, None on a site where each must go through the action."""
    for plugin in p.PluginImplementations(p.IPackageController):
        for name in WRITE_HOOKS:
            owner = getattr(type(plugin), name).__module__
            if owner != p.IPackageController.__module__ and owner not in KNOWN_OWNERS:
                log.warning("entries of batches are written one by one: %s has %s", owner, name)
                return None
    try:
        return Reader()
    except NotPlainError as problem:
        log.warning("entries of batches are written one by one: %s", problem)
        return None


def _copied(value: Any) -> Any:
    """Copy plain values in a third of the time that `deepcopy` needs, others as it does."""
    if isinstance(value, str):
        return value
    if type(value) is dict:
        return {name: _copied(inner) for name, inner in value.items()}
    if type(value) is list:
        return [_copied(inner) for inner in value]
    return copy.deepcopy(value)


def _item(
    reader: Reader,
    rights: Rights,
    candidate: Candidate,
    stored: stored_rows.Stored | None,
) -> Item | Outcome:
    """Make the item of one entry, or the outcome of one that is refused by its shape or right.

    Raises:
        NotPlainError: another way must write it.
    """
    data: dict[str, Any] = _copied(dict(candidate.data))
    if candidate.target and (stored is None or not _is_kept_in_place(data, stored)):
        raise NotPlainError("target")
    if not candidate.target and any(_resource_ids(data)):
        raise NotPlainError("resource ids")
    if not _is_plain_text(data.get("owner_org")) or not _is_plain_text(data.get("state", "")):
        raise NotPlainError("owner_org")
    data.setdefault("state", str(stored.package["state"]) if stored else "draft")
    incoming = entry_input.clean(data)
    if stored is not None:
        data.pop("resources", None)
    unit = rights.units.get(stored.package["owner_org"] if stored else data.get("owner_org"))
    if unit is None:
        raise NotPlainError("unit")
    if stored is not None:
        refusal = rights.refusal_to_update(stored, unit)
    else:
        refusal = rights.refusal_to_create(unit)
    if not refusal and rights.is_kept_beside(stored, data["state"]):
        raise NotPlainError("revision")
    refusal = refusal or rights.refusal_to_list(stored, data["state"])
    if refusal or incoming.errors:
        return refused(refusal or findings_of(incoming.errors))
    return Item(reader.read(data), unit, incoming, stored)


def _is_kept_in_place(data: Mapping[str, Any], stored: stored_rows.Stored) -> bool:
    """Tell whether an update leaves unit, state and resources of a live entry as they are."""
    unit = stored.organization or {}
    return (
        not stored.is_odd
        and data.get("state", stored.package["state"]) == stored.package["state"]
        and stored.package["state"] in STATES
        and data.get("owner_org") in (unit.get("id"), unit.get("name"))
        and unit.get("id") == stored.package["owner_org"]
        and ("resources" not in data or data["resources"] == _shown_resources(stored))
    )


def _shown_resources(stored: stored_rows.Stored) -> list[dict[str, Any]] | None:
    """Give the resources as answers of this site show them; None where that is not known."""
    plan = PLANS.get()
    if plan is None:
        return None
    return [plan.shown_resource(row) for row in stored.resources]


def _resource_ids(data: dict[str, Any]) -> Iterator[Any]:
    resources = data.get("resources")
    for resource in resources if isinstance(resources, list) else ():
        yield isinstance(resource, dict) and resource.get("id")


def _is_plain_text(value: Any) -> bool:
    """Tell whether a value may be asked for in the database."""
    return isinstance(value, str) and value.isprintable()


def _first_targets(candidates: Sequence[Candidate | Outcome]) -> list[str]:
    found = (c.target for c in candidates if isinstance(c, Candidate) and c.target)
    return list(dict.fromkeys(found))


def _merged(items: Sequence[Item | Outcome], written: Sequence[Outcome]) -> list[Outcome]:
    rest = iter(written)
    return [item if isinstance(item, Outcome) else next(rest) for item in items]
