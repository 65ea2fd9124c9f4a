"""Direct writes to listed records where a review is required: kept beside, answered as candidates.

`package_update` and all that ends there come by here (decision 0018).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.fjgov.core.access.visibility import State
from ckanext.fjgov.core.cases.records import Case
from ckanext.fjgov.core.cases.types.entry_review import ENTRY_REVIEW
from ckanext.fjgov.core.catalog.directories import record_schemas
from ckanext.fjgov.core.catalog.rules import keywords
from ckanext.fjgov.logic import entry_guard, entry_hooks, refreshing, settings
from ckanext.fjgov.logic.cases import drafting, entries, revising
from ckanext.fjgov.logic.cases.deciding import note_in_audit
from ckanext.fjgov.logic.refreshing import Refreshing
from ckanext.fjgov.model import cases, revisions
from ckanext.fjgov.model.collection_records import RECORD_TYPE
from ckanext.fjgov.model.database import session_connection
from ckanext.fjgov.model.revisions import Revision

# Key of an answer that is a candidate: number, state and version of its case.
ANSWER = "fjgov_revision"
# Key of an answer that says what comparing a collection record with the overall catalog found.
FINDINGS = "fjgov_findings"
# Key of a context: a list that takes the ids of records whose changes were kept beside.
KEPT = "fjgov_kept"


def is_kept_beside(package: model.Package | None) -> bool:
    """Tell whether changes of a record become revisions; copies of other nodes never change."""
    return (
        package is not None
        and entry_hooks.is_record(package)
        and package.state == State.LISTED.value
        and settings.review_required()
        and entry_guard.copy_refusal(package) is None
    )


def write(
    package: model.Package, data: Mapping[str, Any], context: Any
) -> dict[str, Any] | Refreshing:
    """Keep what a call to `package_update` changes of a listed record as its revision.

    Args:
        data: the whole record as sent. The caller holds the lock of the review.

    Returns:
        The candidate as answer; or what is to be written to the listed record at once, since only
        its data were refreshed (Art. 13).

    Raises:
        ValidationError: its shape, a record that is being reviewed, or a step that is not possible.
        NotAuthorized: the caller is no registrar of the unit.
    """
    user = str(context.get("user") or "")
    schema = record_schemas()[package.type]
    try:
        connection = session_connection()
        before = revisions.find(connection, package.id)
        base = drafting.base_of(package, before)
        draft = drafting.drafted(package, base, drafting.whole(package, base, data), user)
        new = drafting.new_addresses(package, before, draft.addresses)
        refresh = None if new else drafting.refreshed(draft, schema)
        if refresh is not None and (refresh.fields or refresh.rows):
            return refreshing.of_listed(connection, package, before, refresh)
        if refresh is not None:
            return _answer(package, before, None)
        if entry_guard.is_under_review(package.id):
            entry_guard.refuse_while_reviewed()
        names = drafting.changed_names(draft, schema)
        applied = revising.keep(connection, package, before, draft, names, context)
        kept = revisions.find(connection, package.id)
        if not context.get("defer_commit"):
            model.repo.commit()
    except BaseException:
        model.Session.rollback()
        raise
    note_in_audit(applied, user)
    context.get(KEPT, []).append(package.id)
    return _answer(package, kept, applied.case)


def being_changed(entry: dict[str, Any], package: model.Package, context: Any) -> dict[str, Any]:
    """Give a listed record in the form that its next change builds on: with its revision so far.

    Who may not change the record gets it as it is listed, so that nothing of a revision shows.
    """
    if not is_kept_beside(package):
        return entry
    revision = revisions.find(session_connection(), package.id)
    if revision is None:
        return entry
    try:
        tk.check_access("package_update", {**context, "package": package}, {"id": package.id})
    except tk.NotAuthorized:
        return entry
    return shown(entry, revision.candidate)


def shown(listed: Mapping[str, Any], candidate: Mapping[str, Any]) -> dict[str, Any]:
    """Give a candidate in the form of `package_show`."""
    words = [
        {"name": word, "display_name": word, "state": "active"} for word in keywords(candidate)
    ]
    kept = {name: listed[name] for name in listed if name in drafting.IGNORED}
    told = {name: value for name, value in candidate.items() if name != "tag_string"}
    resources = candidate.get("resources") or []
    return {
        **kept,
        **told,
        "tags": words,
        "num_tags": len(words),
        "resources": resources,
        "num_resources": len(resources),
    }


def _answer(package: model.Package, revision: Revision | None, case: Case | None) -> dict[str, Any]:
    listed = entries.plain_entry(package.id)
    if revision is None:
        return listed
    answer = shown(listed, revision.candidate)
    number = case or _open_case(package.id)
    if number is not None:
        answer[ANSWER] = {
            "number": number.number,
            "state": number.state,
            "version": number.version,
        }
    if package.type == RECORD_TYPE:
        answer[FINDINGS] = [finding.row() for finding in revising.told_of(package)]
    return answer


def _open_case(package_id: str) -> Case | None:
    connection = session_connection()
    number = cases.open_number(connection, ENTRY_REVIEW.name, package_id)
    return cases.load(connection, settings.node().code, number) if number else None
