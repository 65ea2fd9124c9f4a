"""Keep the search index equal to the database: document shape, outbox, verification, repair.

PostgreSQL is the truth. Solr is fed from it and checked against it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

import ckan.logic as ckan_logic
import ckan.plugins.toolkit as tk
from ckan import model
from ckan.lib.search import index_for
from ckan.lib.search.common import make_connection

from ckanext.fjgov.core.catalog.vocabulary import load_vocabulary
from ckanext.fjgov.logic.readers import package_labels
from ckanext.fjgov.model.database import own_transaction

LIST_FIELDS = (
    "theme", "industry", "service_class", "form_class", "guide_class", "data_format", "division",
    "base_database", "related",
)  # fmt: skip
TEXT_FIELDS = (
    "share_type", "open_to_public", "frequency", "home_node", "issued", "data_updated_at",
    "identifier", "guide_code", "provider_code", "is_sample",
    "restriction_kind", "provider_dept", "source_system", "md_id", "digitisation", "acquisition",
    "md_date_updated", "home_modified",
)  # fmt: skip
CKAN_FIELDS = (
    "id", "name", "title", "title_string", "notes", "tags", "groups", "organization", "capacity",
    "state", "type", "dataset_type", "entity_type", "site_id", "index_id", "private", "owner_org",
    "metadata_created", "metadata_modified", "data_dict", "validated_data_dict",
    "permission_labels", "license_id", "res_name", "res_description", "res_format",
    "creator_user_id",
)  # fmt: skip
EXCHANGE_ORDER = ("done", "claim", "claim_no", "claim_ok", "stopped", "none")
PAGE = 500


def document(prepared: dict[str, Any]) -> dict[str, Any]:
    """Shape one index document: only named fields, so that nothing is indexed by accident.

    Args:
        prepared: what CKAN would send to Solr.

    Returns:
        The document; other dataset types pass unchanged.
    """
    if prepared.get("dataset_type") != "dataset":
        return prepared
    entry = json.loads(prepared["validated_data_dict"])
    shaped = {name: prepared[name] for name in CKAN_FIELDS if prepared.get(name) is not None}
    for name in TEXT_FIELDS:
        if entry.get(name):
            shaped[name] = entry[name]
    for name in LIST_FIELDS:
        if entry.get(name):
            shaped[name] = entry[name]
    shaped.update(_derived(entry))
    return shaped


def _derived(entry: dict[str, Any]) -> dict[str, Any]:
    """Give the fields that searches and facets need and no schema field holds as such."""
    provider = (entry.get("organization") or {}).get("title") or ""
    themes = entry.get("theme") or []
    return {
        "provider": provider,
        "provider_name": provider,
        "item_names": [row["name"] for row in entry.get("items") or [] if row.get("name")],
        "labels": _topic_names(themes),
        "theme_top": sorted({code[:2] for code in themes}),
        "guide_class_top": sorted({code[:1] for code in entry.get("guide_class") or []}),
        "data_format_top": sorted({code[:1] for code in entry.get("data_format") or []}),
        "exchange_status": _exchange_status(entry.get("exchange") or []),
        "exchange_mode": sorted(
            {row["mode"] for row in entry.get("exchange") or [] if row.get("mode")}
        ),
        "issued_year": (entry.get("issued") or "")[:4] or None,
    }


def _exchange_status(rows: list[dict[str, str]]) -> str:
    """Give one word for 信息发布 over all modes: what is furthest along counts."""
    found = {row.get("status") for row in rows}
    return next((word for word in EXCHANGE_ORDER if word in found), EXCHANGE_ORDER[-1])


def _topic_names(codes: Sequence[str]) -> list[str]:
    concepts = load_vocabulary("topics").concepts
    names = []
    for code in codes:
        if code in concepts:
            names.append(concepts[code].zh)
            parent = concepts[code].parent
            if parent in concepts:
                names.append(concepts[parent].zh)
    return names


def index_packages(ids: Sequence[str]) -> None:
    """Bring the documents of some packages to what the database says, with one commit."""
    if not ids:
        return
    index = index_for("package")
    packages = {
        package.id: package
        for package in model.Session.query(model.Package).filter(model.Package.id.in_(ids))
    }
    for package_id in ids:
        package = packages.get(package_id)
        if package is None or package.state == "deleted":
            _delete(package_id)
            continue
        default, custom = ckan_logic.package_show_default_and_custom_schemas(
            {"model": model, "session": model.Session, "user": ""}, package_id
        )
        index.update_dict({**default, "with_custom_schema": custom}, defer_commit=True)
    make_connection().commit(waitSearcher=True)
    model.Session.expunge_all()


def drain_outbox(progress: Callable[[int], None] | None = None) -> int:
    """Index what merges asked for; an order is taken off only after its document is in.

    Returns:
        The number of packages indexed.
    """
    done = 0
    while True:
        with own_transaction() as connection:
            rows = connection.execute(
                sa.text("SELECT id, package_id FROM fjgov_index_outbox ORDER BY id LIMIT :limit"),
                {"limit": PAGE},
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


def _delete(package_id: str) -> None:
    make_connection().delete(
        q=f'+entity_type:package +site_id:"{tk.config.get("ckan.site_id")}" +id:"{package_id}"',
        commit=False,
    )
