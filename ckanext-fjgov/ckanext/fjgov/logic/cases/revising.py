"""Revisions of listed entries (更新目录): kept beside, compared, and never seen before listing."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.fjgov.core.cases.guards import Request
from ckanext.fjgov.core.cases.records import Case
from ckanext.fjgov.core.catalog.difference import RESOURCES, differences
from ckanext.fjgov.core.catalog.rules import draft_findings, normalise_entry
from ckanext.fjgov.core.catalog.rules.normalise import keywords
from ckanext.fjgov.logic import entry_guard, entry_input, settings
from ckanext.fjgov.logic.cases import actors, entries
from ckanext.fjgov.logic.cases.deciding import known_facts, note_in_audit, take_step
from ckanext.fjgov.logic.clock import utc_now
from ckanext.fjgov.logic.entry_rules import log_secrecy
from ckanext.fjgov.model import revisions
from ckanext.fjgov.model.database import session_connection
from ckanext.fjgov.model.revisions import Revision

# What stays with the entry whatever a revision says.
FIXED = ("id", "name", "type", "state", "owner_org", "identifier", "md_id", "home_node")
# CKAN's own keys of an answer that mean nothing when they come back.
_IGNORED = frozenset(
    {"organization", "groups", "creator_user_id", "metadata_created", "metadata_modified",
     "num_resources", "num_tags", "isopen", "relationships_as_object", "plugin_data",
     "relationships_as_subject", "private", "license_title", "extras"}
)  # fmt: skip


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
    try:
        connection = session_connection()
        actor = actors.actor_in(connection, context)
        case = entries.review_case(connection, package, actor)
        before = revisions.find(connection, package.id)
        facts = entries.facts_of(connection, package, before)
        revision = _revision(package, before, changes, actor.user_id, context)
        request = Request("revise", payload={"fields": sorted(changes.keys() - set(FIXED))})
        applied = take_step(connection, case, request, actor, known_facts(connection, **facts))
        revisions.put(connection, revision)
        model.repo.commit()
    except BaseException:
        model.Session.rollback()
        raise
    note_in_audit(applied, str(context.get("user") or ""))
    return applied.case


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
    return {
        "id": package.id,
        "title": package.title,
        "author": revision.author,
        "saved_at": revision.saved_at.isoformat(),
        "base_moved": revision.base_hash != entries.listed_hash(connection, package.id),
        "candidate": dict(revision.candidate),
        "diff": changed_fields(listed, revision.candidate),
        "addresses": len(revision.addresses),
        "findings": [one.row() for one in entries.errors_if_listed(revision.candidate, package)],
    }


def changed_fields(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Give the fields that differ, with their labels, in the order of the schema."""
    schema, _unit = settings.schemas()
    labels = {field.name: (field.label_zh, field.label_en) for field in schema.fields}
    names = [name for name in labels if name not in _IGNORED]
    columns = [field.name for field in schema.resource_fields]
    old, new = _comparable(before, columns), _comparable(after, columns)
    rows = differences(old, new, [*dict.fromkeys([*names, RESOURCES])])
    words = labels | {RESOURCES: ("信息资源（挂接）", "Resources")}
    return [
        {**row, "label": {"zh": words[row["field"]][0], "en": words[row["field"]][1]}}
        for row in rows
    ]


def _comparable(entry: Mapping[str, Any], columns: list[str]) -> dict[str, Any]:
    plain = normalise_entry(entry)
    plain["tag_string"] = list(keywords(entry))
    rows = plain.get(RESOURCES) or []
    plain[RESOURCES] = [
        {name: row[name] for name in columns if row.get(name) not in (None, "")} for row in rows
    ]
    return plain


def _revision(
    package: model.Package,
    before: Revision | None,
    changes: Mapping[str, Any],
    author: str,
    context: Any,
) -> Revision:
    """Make the whole candidate, with real addresses beside it.

    Raises:
        ValidationError: its shape, or what not even a draft may hold.
    """
    base = dict(before.candidate) if before else entries.plain_entry(package.id)
    data = copy.deepcopy(dict(changes))
    for name in FIXED:
        if name in data and data[name] not in (None, "", base.get(name), package.owner_org):
            raise tk.ValidationError(
                {name: [f"更新目录时不能改变 {name} / a revision cannot change {name}"]}
            )
    if "tags" in data or "tag_string" in data:
        # Keywords have two names; what was said last counts.
        base = {name: value for name, value in base.items() if name not in ("tags", "tag_string")}
    candidate = {name: value for name, value in {**base, **data}.items() if name not in _IGNORED}
    candidate |= {name: base[name] for name in FIXED if name in base}
    incoming = entry_input.take_in(candidate, package.id)
    entry_input.raise_errors(incoming)
    found = draft_findings(entries.errors_if_listed(candidate, package))
    refused = [finding for finding in found if finding.severity == "error"]
    if refused:
        model.Session.rollback()
        log_secrecy(str(context.get("user") or ""), refused)
        raise tk.ValidationError({one.field: [one.message] for one in refused})
    known = dict(before.addresses) if before else {}
    return Revision(
        package_id=package.id,
        candidate=normalise_entry(candidate),
        base_hash=before.base_hash
        if before
        else entries.listed_hash(session_connection(), package.id),
        author=author,
        saved_at=utc_now(),
        addresses=known | incoming.addresses,
    )
