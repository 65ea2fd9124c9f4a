"""Revisions of listed entries (更新目录): kept beside, compared, and never seen before listing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.fjgov.core.cases.guards import Request
from ckanext.fjgov.core.cases.outcome import Applied
from ckanext.fjgov.core.cases.records import Case
from ckanext.fjgov.core.catalog.difference import RESOURCES, differences
from ckanext.fjgov.core.catalog.directories import record_schemas
from ckanext.fjgov.core.catalog.rules import Finding
from ckanext.fjgov.logic import entry_guard, settings
from ckanext.fjgov.logic.cases import actors, drafting, entries
from ckanext.fjgov.logic.cases.deciding import known_facts, note_in_audit, take_step
from ckanext.fjgov.logic.cases.drafting import Draft
from ckanext.fjgov.logic.clock import utc_now
from ckanext.fjgov.logic.collection.checking import record_findings
from ckanext.fjgov.model import revisions
from ckanext.fjgov.model.collection_records import RECORD_TYPE
from ckanext.fjgov.model.database import request_transaction, session_connection
from ckanext.fjgov.model.revisions import Revision


def save(reference: Any, changes: Mapping[str, Any], context: Any) -> Case:
    """Keep changes of a listed entry as its revision; the listed entry stays as it is.

    Args:
        reference: id or name of the entry.
        changes: fields to replace, in the revision that is being made if there is one.

    Raises:
        ValidationError: what could not be saved even as a draft, or a step that is not possible.
        NotAuthorized: the caller is no registrar of the unit.
    """
    package = entries.found_entry(reference)
    entry_guard.refuse_copy(package)
    user = str(context.get("user") or "")
    with request_transaction() as connection:
        entry_guard.lock_review(package)
        before = revisions.find(connection, package.id)
        base = drafting.base_of(package, before)
        draft = drafting.drafted(package, base, changes, user)
        names = sorted(changes.keys() - set(drafting.FIXED))
        applied = keep(connection, package, before, draft, names, context)
    note_in_audit(applied, user)
    return applied.case


def keep(
    connection: sa.Connection,
    package: model.Package,
    before: Revision | None,
    draft: Draft,
    names: list[str],
    context: Any,
) -> Applied:
    """Keep a candidate in the running transaction; the caller commits and writes the audit.

    Args:
        names: fields that were changed, for the history of the case.

    Raises:
        ValidationError: the step is not possible now.
        NotAuthorized: the caller is no registrar of the unit.
    """
    actor = actors.actor_in(connection, context)
    case = entries.review_case(connection, package, actor)
    facts = entries.facts_of(connection, package, before)
    request = Request("revise", payload={"fields": names})
    applied = take_step(connection, case, request, actor, known_facts(connection, **facts))
    base = before.base_hash if before else entries.listed_hash(connection, package)
    known = dict(before.addresses) if before else {}
    revisions.put(
        connection,
        Revision(
            package_id=package.id,
            candidate=draft.after,
            base_hash=base,
            author=actor.user_id,
            saved_at=utc_now(),
            addresses=known | draft.addresses,
        ),
    )
    return applied


def show(package: model.Package) -> dict[str, Any]:
    """Give a revision, what it changes field by field, and what the rules say about it.

    Raises:
        ObjectNotFound: the entry has none.
    """
    connection = session_connection()
    revision = revisions.find(connection, package.id)
    if revision is None:
        raise tk.ObjectNotFound("该目录没有更新内容 / the entry has no revision")
    listed = entries.plain_entry(package.id)
    refused = entries.errors_if_listed(revision.candidate, package)
    return {
        "id": package.id,
        "title": package.title,
        "author": revision.author,
        "saved_at": revision.saved_at.isoformat(),
        "base_moved": revision.base_hash != entries.listed_hash(connection, package),
        "candidate": dict(revision.candidate),
        "diff": changed_fields(listed, revision.candidate, package.type),
        "addresses": len(revision.addresses),
        "findings": [one.row() for one in (*refused, *told_of(package))],
    }


def told_of(package: model.Package) -> list[Finding]:
    """Compare the revision of a collection record with the overall catalog as known now (Art. 8).

    It is told when the revision is kept and again to whoever looks at it, since others' items are
    decided meanwhile.

    Returns:
        Findings of rules X5 and X6; none for records of other directories, or without a revision.
    """
    if package.type != RECORD_TYPE:
        return []
    revision = revisions.find(session_connection(), package.id)
    if revision is None:
        return []
    home_node = (package.extras or {}).get("home_node") or settings.node().code
    return record_findings(entries.normalised(revision.candidate, package), home_node)


def changed_fields(
    before: Mapping[str, Any], after: Mapping[str, Any], record_type: str
) -> list[dict[str, Any]]:
    """Give the fields that differ, with their labels, in the order of the schema."""
    schema = record_schemas()[record_type]
    words = {field.name: (field.label_zh, field.label_en) for field in schema.fields}
    words[RESOURCES] = ("信息资源（挂接）", "Resources")
    old, new = (drafting.comparable(one, schema) for one in (before, after))
    rows = differences(old, new, drafting.compared(schema))
    labels = [words.get(row["field"], (row["field"], row["field"])) for row in rows]
    return [
        {**row, "label": {"zh": zh, "en": en}} for row, (zh, en) in zip(rows, labels, strict=True)
    ]
