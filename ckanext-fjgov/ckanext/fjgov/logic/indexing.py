"""Keep the search index equal to the database: outbox, verification, repair.

PostgreSQL is the truth. Solr is fed from it and checked against it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from types import FunctionType
from typing import Any

import pysolr
import sqlalchemy as sa

import ckan.logic as ckan_logic
import ckan.plugins.toolkit as tk
from ckan import model
from ckan.lib.search import index as ckan_index
from ckan.lib.search.common import SearchError, SearchIndexError, make_connection
from ckan.lib.search.index import PackageSearchIndex

from ckanext.fjgov.core.errors import FjgovError
from ckanext.fjgov.logic.readers import package_labels
from ckanext.fjgov.model.database import OUTBOX_LOCK, own_transaction

PAGE = 500
POSTED = 100


class IndexUnavailableError(FjgovError):
    """The search index cannot be reached; the database is not affected."""


@contextmanager
def _reachable() -> Iterator[None]:
    """Word the many ways in which CKAN and pysolr say that the index does not answer."""
    try:
        yield
    except (SearchError, SearchIndexError, pysolr.SolrError, OSError) as error:
        raise IndexUnavailableError(
            "检索服务无法访问，目录已入库，索引将在下次同步或 fjgov index repair 时补齐",
            "the search index does not answer: the catalog is stored, and its index follows with"
            f" the next run or fjgov index repair ({type(error).__name__})",
        ) from error


def index_packages(ids: Sequence[str]) -> None:
    """Bring the documents of some packages to what the database says, with one commit.

    Raises:
        IndexUnavailableError: some or all of them may not be in the index.
    """
    if not ids:
        return
    with _reachable():
        _index(ids)
        make_connection().commit(waitSearcher=True)
    model.Session.expunge_all()


def _index(ids: Sequence[str]) -> None:
    packages = {
        package.id: package
        for package in model.Session.query(model.Package).filter(model.Package.id.in_(ids))
    }
    gone = [id_ for id_ in ids if id_ not in packages or packages[id_].state == "deleted"]
    if gone:
        _delete(gone)
    shown = [id_ for id_ in ids if id_ not in gone]
    for start in range(0, len(shown), POSTED):
        make_connection().add(docs=_documents_of(shown[start : start + POSTED]), commit=False)


def _documents_of(ids: Sequence[str]) -> list[dict[str, Any]]:
    """Build documents as CKAN does for a single write. Cost: some 20 ms each, all of it CPU."""
    sink = _Sink()
    for id_ in ids:
        default, custom = ckan_logic.package_show_default_and_custom_schemas(
            {"model": model, "session": model.Session, "user": ""}, id_
        )
        _build_document(sink, {**default, "with_custom_schema": custom})
    return sink.docs


@dataclass
class _Sink:
    """Takes documents in the place of a connection to Solr."""

    docs: list[dict[str, Any]] = field(default_factory=list)

    def add(self, docs: Sequence[dict[str, Any]], **_options: Any) -> None:
        self.docs += docs


def _build_document(sink: _Sink, package: dict[str, Any]) -> None:
    """Let CKAN build one document and hand it to the sink.

    CKAN builds and posts in one method, a request for each document. The same code runs here with
    another `make_connection`; nothing that other threads use is replaced.
    """
    code = PackageSearchIndex.index_package.__code__
    names = {**vars(ckan_index), "make_connection": lambda *_args, **_options: sink}
    FunctionType(code, names)(PackageSearchIndex(), package, True)  # noqa: FBT003 - CKAN's order


def drain_outbox(progress: Callable[[int], None] | None = None) -> int:
    """Index what merges asked for; an order is taken off only after its document is in.

    One worker at a time: a slower one could put an older document over a newer one.

    Returns:
        The number of orders served.

    Raises:
        IndexUnavailableError: orders that were not served stay in the outbox.
    """
    done = 0
    with _outbox_lock():
        while True:
            with own_transaction() as connection:
                rows = connection.execute(
                    sa.text("SELECT id, package_id FROM fjgov_index_outbox ORDER BY id LIMIT :n"),
                    {"n": PAGE},
                ).all()
            if not rows:
                return done
            model.Session.rollback()
            index_packages(sorted({row.package_id for row in rows}))
            with own_transaction() as connection:
                connection.execute(
                    sa.text("DELETE FROM fjgov_index_outbox WHERE id = ANY(:ids)"),
                    {"ids": [row.id for row in rows]},
                )
            done += len(rows)
            if progress:
                progress(done)


@contextmanager
def _outbox_lock() -> Iterator[None]:
    with model.meta.engine.connect() as connection:
        key = {"key": OUTBOX_LOCK}
        connection.execute(sa.text("SELECT pg_advisory_lock(:key)"), key)
        connection.commit()
        try:
            yield
        finally:
            connection.execute(sa.text("SELECT pg_advisory_unlock(:key)"), key)
            connection.commit()


@dataclass(frozen=True, slots=True)
class IndexReport:
    """Differences between database and index, as package ids.

    Attributes:
        checked: packages that should be in the index.
        missing: in the database, not in the index.
        ghosts: in the index, not (or no longer) in the database.
        stale: in both, but the document is of another version or has other labels.
    """

    checked: int
    missing: tuple[str, ...]
    ghosts: tuple[str, ...]
    stale: tuple[str, ...]

    @property
    def is_equal(self) -> bool:
        """Whether the index says exactly what the database says."""
        return not (self.missing or self.ghosts or self.stale)


def verify_index() -> IndexReport:
    """Compare every package with its document. Cost: one pass over both."""
    make_connection().commit(waitSearcher=True)
    model.Session.rollback()
    expected = {}
    for package in model.Session.query(model.Package).filter(model.Package.state != "deleted"):
        labels = sorted(package_labels(package)) if package.type == "dataset" else None
        expected[package.id] = (_moment(package.metadata_modified), labels)
    model.Session.expunge_all()
    found = dict(_documents())
    stale = [
        package_id
        for package_id, (modified, labels) in expected.items()
        if package_id in found
        and (found[package_id][0] != modified or labels not in (None, found[package_id][1]))
    ]
    return IndexReport(
        checked=len(expected),
        missing=tuple(sorted(set(expected) - set(found))),
        ghosts=tuple(sorted(set(found) - set(expected))),
        stale=tuple(sorted(stale)),
    )


def repair_index(report: IndexReport) -> None:
    """Index or delete whatever differs."""
    wanted = [*report.missing, *report.stale, *report.ghosts]
    for start in range(0, len(wanted), PAGE):
        index_packages(wanted[start : start + PAGE])


def _documents() -> Iterator[tuple[str, tuple[str, list[str]]]]:
    """Give id -> (modified, labels) of all documents of this site, by cursor."""
    # Without decoding: pysolr cuts fractions of a second off.
    solr = make_connection(decode_dates=False)
    cursor = "*"
    while True:
        answer = solr.search(
            f'+entity_type:package +site_id:"{tk.config.get("ckan.site_id")}"',
            fl="id,metadata_modified,permission_labels",
            rows=PAGE,
            sort="index_id asc",
            cursorMark=cursor,
            **{"q.op": "AND"},
        )
        for row in answer.docs:
            modified = _moment(row.get("metadata_modified"))
            yield row["id"], (modified, sorted(row.get("permission_labels") or []))
        if answer.nextCursorMark == cursor:
            return
        cursor = answer.nextCursorMark


def _moment(value: datetime | str) -> str:
    """Give a time as CKAN compares it, 22 characters: the index keeps milliseconds only."""
    text = value.isoformat(timespec="milliseconds") if isinstance(value, datetime) else value
    return f"{text.rstrip('Z').ljust(23, '0') if '.' in text else text.rstrip('Z') + '.000'}"[:22]


def _delete(ids: Sequence[str]) -> None:
    site = tk.config.get("ckan.site_id")
    for start in range(0, len(ids), POSTED):
        names = " ".join(f'"{id_}"' for id_ in ids[start : start + POSTED])
        make_connection().delete(
            q=f'+entity_type:package +site_id:"{site}" +id:({names})', commit=False
        )
