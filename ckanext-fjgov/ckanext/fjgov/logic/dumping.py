"""Whole-catalog RDF that follows the log of changes: one kept piece a record and audience (M45d).

A document is never served behind the log: what was withdrawn or became stricter is gone with the
next request. Only what the log names is made anew; everything is, when the mapping, the code lists,
the addresses of nodes or the scope of anonymous readers change.
"""

from __future__ import annotations

import gzip
import hashlib
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from redis.exceptions import RedisError

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.fjgov.core.access.visibility import (
    Aspect,
    EntryFacts,
    Reader,
    ShareClass,
    visible_aspects,
)
from ckanext.fjgov.core.access.visibility import State as Listing
from ckanext.fjgov.core.catalog.canonical import ENTRY, PACKAGE_KINDS, UNIT
from ckanext.fjgov.core.export.catalogs import catalog_triples, membership, units_triples
from ckanext.fjgov.core.export.documents import record_document, record_subject
from ckanext.fjgov.core.export.facts import Audience
from ckanext.fjgov.core.export.fragments import Syntax, fragment
from ckanext.fjgov.core.export.stream import Stream, Told
from ckanext.fjgov.logic import catalog_log, event_stream, queue, settings
from ckanext.fjgov.logic.bulk_index import rows
from ckanext.fjgov.logic.bulk_index.build import Maker, NotPlainError
from ckanext.fjgov.logic.bulk_index.plan import ENTRY_TYPE, PLANS
from ckanext.fjgov.logic.clock import utc_now
from ckanext.fjgov.logic.export_facts import code_labels, readable, site_facts
from ckanext.fjgov.logic.masking import masked_entry
from ckanext.fjgov.logic.readers import Person, package_labels, reader_labels
from ckanext.fjgov.model import feed, fragments
from ckanext.fjgov.model.database import DUMP_LOCK, own_transaction, session_lock, snapshot
from ckanext.fjgov.model.fragments import Name, State

log = logging.getLogger(__name__)

# Rows of the log that are followed at once, and records that are held in memory at once.
PAGE, PART = 500, 50
_ROWS_AT_ONCE = 100
_JOB_SECONDS = 6 * 3600
# Requests follow the log themselves; the worker sees to it that they have little to do.
_WAIT = timedelta(minutes=1)
_NOBODY = Person(None, "", is_sysadmin=False, roles={})
# An official without any task: what this one sees, every appointed person may see.
_ANY_OFFICIAL = Person(None, "", is_sysadmin=False, roles={"": {"staff"}})
READERS: Final[Mapping[Audience, Person]] = {"public": _NOBODY, "officials": _ANY_OFFICIAL}


class _Piece(NamedTuple):
    """What is kept of a record, and what its readers are told of it."""

    triples: bytes
    told: Told


class BehindError(Exception):
    """The pieces are too far behind the log to be served by a request."""


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What a refresh did.

    Attributes:
        changes: rows of the log that were followed.
        made: pieces written anew.
        broken: names of records that cannot be written as RDF; they are left out.
    """

    state: State
    changes: int
    made: int
    broken: tuple[Name, ...]


def audience_for(person: Person) -> Audience:
    """Give the widest document that a person may have."""
    return audience_of(Reader.STAFF if person.is_staff else Reader.ANONYMOUS)


def audience_of(reader: Reader) -> Audience:
    """Give the widest document that a kind of reader may have, by the visibility table."""
    listed = EntryFacts(ShareClass.NOT_SHARED, is_open=False, state=Listing.LISTED)
    return "officials" if Aspect.INTERNAL in visible_aspects(listed, reader) else "public"


def refresh(
    audience: Audience,
    *,
    most: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> Refreshed:
    """Bring the pieces of an audience, and its stream of changes, to the head of the log.

    Args:
        audience: whose document.
        most: refuse when more rows of the log than this are to be followed; None for any number.
        progress: told the number of rows followed so far.

    Raises:
        BehindError: there is more to do than `most`; nothing is changed.

    Cost: about 3 ms of CPU for a changed entry, some statements when nothing changed.
    """
    catalog_log.drain()
    made_by = version()
    # Once before the lock: whoever is put off need not wait for the worker, which holds it long.
    with own_transaction() as connection:
        start_at = _start_of(connection, audience, made_by)
        _refuse_more_than(connection, start_at, most, audience)
    with session_lock(DUMP_LOCK, wait=True):
        with own_transaction() as connection:
            start_at = _start_of(connection, audience, made_by)
            stream = event_stream.going_on(connection, audience)
            if stream is None:
                start_at = replace(start_at, seq=0)
            _refuse_more_than(connection, start_at, most, audience)
            if start_at.seq == 0:
                fragments.begin_anew(connection, audience, start_at)
            stream = stream or event_stream.begin(connection, audience)
        done = _follow(stream, start_at, progress)
        event_stream.mark(stream)
    return done


def _start_of(connection: sa.Connection, audience: Audience, made_by: str) -> State:
    """Give from where the log is to be followed: 0 when all pieces are to be made anew."""
    epoch = feed.head(connection).epoch
    known = fragments.state(connection, audience)
    is_same = known is not None and (known.version, known.epoch) == (made_by, epoch)
    return State(made_by, epoch, known.seq if known and is_same else 0, utc_now())


def _refuse_more_than(
    connection: sa.Connection, start_at: State, most: int | None, audience: Audience
) -> None:
    """Raise BehindError when there is more to follow than `most`."""
    if most is not None and fragments.behind(connection, start_at.seq, most + 1) > most:
        raise BehindError(audience)


def _follow(stream: Stream, state: State, progress: Callable[[int], None] | None) -> Refreshed:
    audience = stream.audience
    maker = _PieceMaker(audience)
    changes = made = 0
    while True:
        with snapshot() as connection:
            found = fragments.changed(connection, state.seq, PAGE)
            for part in maker.parts(connection, found):
                # Whoever stops here makes them again: the state says that they are not made.
                with own_transaction() as writing:
                    fragments.put(writing, audience, {n: p and p.triples for n, p in part.items()})
                    event_stream.note(writing, stream, {n: p and p.told for n, p in part.items()})
                made += len(part)
        if not found:
            return Refreshed(state, changes, made, tuple(maker.broken))
        state = State(state.version, state.epoch, found[-1]["seq"], utc_now())
        with own_transaction() as connection:
            fragments.put_state(connection, audience, state)
        changes += len(found)
        if progress:
            progress(changes)


class _PieceMaker:
    """Makes pieces of records; what is the same for all of them is kept."""

    def __init__(self, audience: Audience) -> None:
        self._audience = audience
        self._person = READERS[audience]
        self._labels = frozenset(reader_labels(self._person))
        self._facts = site_facts()
        self._codes = code_labels()
        plan = PLANS.get()
        self._maker = Maker(plan) if plan else None
        self.broken: list[Name] = []

    def parts(
        self, connection: sa.Connection, changes: Sequence[Mapping[str, Any]]
    ) -> Iterator[dict[Name, _Piece | None]]:
        """Yield the pieces of changed records, and of the records of changed units, in parts."""
        wanted = _wanted(connection, changes)
        names = list(wanted)
        for start in range(0, len(names), PART):
            part = names[start : start + PART]
            stored = rows.read(connection, [id_ for name in part if (id_ := wanted[name])])
            yield {name: self._piece(name, stored.get(wanted[name] or "")) for name in part}

    def _piece(self, name: Name, stored: rows.Stored | None) -> _Piece | None:
        """Give the piece of one record; None when the audience does not see it."""
        if stored is None or not self._labels.intersection(_labels_of(stored)):
            return None
        record = readable(masked_entry(self._record(stored), self._person))
        kind, facts = name[1], self._facts
        subject = record_subject(record, kind, facts)
        triples = tuple(
            record_document(
                record, kind, facts, self._codes, audience=self._audience, subject=subject
            )
        )
        belongs = membership(record, facts, subject, kind) if triples else ()
        try:
            text = fragment((*belongs, *triples))
        except ValueError:
            log.exception("record %s cannot be written as RDF and is left out", "/".join(name))
            self.broken.append(name)
            return None
        if not text:
            return None
        told = Told(str(subject), hashlib.sha256(text).hexdigest())
        return _Piece(gzip.compress(text, compresslevel=6, mtime=0), told)

    def _record(self, stored: rows.Stored) -> dict[str, Any]:
        is_plain = stored.package["type"] == ENTRY_TYPE and not stored.is_odd
        if self._maker is not None and is_plain:
            with suppress(NotPlainError):
                return self._maker.entry(stored)
        context = {"ignore_auth": True, "use_cache": False, "user": ""}
        shown: dict[str, Any] = tk.get_action("package_show")(context, {"id": stored.package["id"]})
        return shown


def _wanted(
    connection: sa.Connection, changes: Sequence[Mapping[str, Any]]
) -> dict[Name, str | None]:
    """Give the records whose pieces follow from changes; None for what is not listed any more.

    A record whose own row of the log is still to come is left to that row.
    """
    named: dict[Name, str | None] = {}
    units = [one["record_id"] for one in changes if one["kind"] == UNIT and one["record_id"]]
    if units:
        named.update(fragments.records_of_units(connection, units, changes[-1]["seq"]))
    for one in changes:
        is_listed = one["op"] == "put"
        named[one["node"], one["kind"], one["key"]] = one["record_id"] if is_listed else None
    return {name: id_ for name, id_ in named.items() if name[1] in PACKAGE_KINDS}


def _labels_of(stored: rows.Stored) -> list[str]:
    package = stored.package
    return package_labels(
        SimpleNamespace(
            type=package["type"],
            extras=stored.extras,
            state=package["state"],
            private=package["private"],
            owner_org=package["owner_org"],
        )
    )


def packed(audience: Audience, home: str = "") -> Iterator[bytes]:
    """Give the N-Triples of the catalog as members of one gzip file, from one moment.

    Args:
        home: code of the node whose records alone are wanted; "" for all.
    """
    yield gzip.compress(_about_catalog(), mtime=0)
    with snapshot() as connection:
        yield from fragments.pieces(connection, audience, _ROWS_AT_ONCE, home)


def document(audience: Audience, syntax: Syntax, home: str = "") -> Iterator[bytes]:
    """Give the catalog in a syntax, piece by piece. Cost: about 1 ms of CPU an entry."""
    return syntax.document(gzip.decompress(piece) for piece in packed(audience, home))


def about(audience: Audience, home: str = "") -> dict[str, Any]:
    """Say what a document of an audience holds: entries, bytes, and where in the log it stands."""
    with own_transaction() as connection:
        state = fragments.state(connection, audience)
        counts, size = fragments.extent(connection, audience, home)
    if state is None:
        raise BehindError(audience)
    return {
        "audience": audience,
        "entries": counts.get(ENTRY, 0),
        "records": counts,
        "packed_bytes": size,
        "epoch": state.epoch,
        "seq": state.seq,
        "version": hashlib.sha256(state.version.encode() + _about_catalog()).hexdigest()[:32],
        "at": state.at.isoformat(),
    }


def follow(audience: Audience) -> None:
    """Bring a document to the head of the log (a job)."""
    refresh(audience)
    model.Session.remove()


def start(audience: Audience) -> bool:
    """Let the worker bring a document to the head of the log, unless it is at it."""
    job = f"fjgov-dump-{audience}"
    try:
        if queue.is_queued(job):
            return False
    except RedisError:
        log.warning("the %s document of the catalog waits: the queue does not answer", audience)
        return False
    title = f"RDF of the whole catalog, {audience}"
    return queue.enqueue(follow, [audience], title=title, job_id=job, timeout_s=_JOB_SECONDS)


def start_due(now: datetime) -> int:
    """Start for documents that were asked for before and are behind the log for a while."""
    with own_transaction() as connection:
        head = feed.head(connection).seq
        known = {audience: fragments.state(connection, audience) for audience in READERS}
    return sum(
        start(audience)
        for audience, state in known.items()
        if state is not None and state.seq < head and state.at <= now - _WAIT
    )


def _about_catalog() -> bytes:
    facts = site_facts()
    title = str(tk.config.get("ckan.site_title") or "")
    told = str(tk.config.get("ckan.site_description") or "")
    with own_transaction() as connection:
        units = fragments.units(connection)
    about = catalog_triples(facts, title=title, description=told)
    return fragment((*about, *units_triples(units, facts)))


def version() -> str:
    """Name everything beside the record itself that a piece is made from."""
    facts = site_facts()
    parts = [
        _mapping_digest(),
        _folder_digest(settings.data_folder()),
        settings.anonymous_scope().name,
        repr((facts.site_url, facts.node_code, sorted(facts.node_sites.items()))),
        repr(sorted(facts.publisher.items())),
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


@cache
def _mapping_digest() -> str:
    """Name the mapping and the shipped lists by their text: whoever changes them need not think."""
    found = hashlib.sha256()
    for package in ("core.export", "core.access", "core.catalog", "vocabularies", "schemas"):
        folder = files(f"ckanext.fjgov.{package}")
        for file in sorted(folder.iterdir(), key=lambda one: one.name):
            if file.is_file() and file.name.endswith((".py", ".yaml")):
                found.update(file.name.encode() + b"\0" + file.read_bytes())
    return found.hexdigest()


def _folder_digest(folder: Path | None) -> str:
    if folder is None:
        return ""
    found = hashlib.sha256()
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            found.update(str(file.relative_to(folder)).encode() + b"\0" + file.read_bytes())
    return found.hexdigest()
