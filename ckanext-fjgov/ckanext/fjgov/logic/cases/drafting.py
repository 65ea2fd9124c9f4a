"""The candidate of a revision: what a listed record becomes when changes of it are listed."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.fjgov.core.catalog import refresh
from ckanext.fjgov.core.catalog.canonical import PACKAGE_COLUMNS, RESOURCE_COLUMNS
from ckanext.fjgov.core.catalog.difference import RESOURCES, differences
from ckanext.fjgov.core.catalog.directories import record_schemas
from ckanext.fjgov.core.catalog.refresh import Refresh
from ckanext.fjgov.core.catalog.rules import draft_findings, keywords, normalise_record
from ckanext.fjgov.core.catalog.schema_model import SchemaModel
from ckanext.fjgov.logic import entry_input
from ckanext.fjgov.logic.cases import entries
from ckanext.fjgov.logic.entry_rules import log_secrecy
from ckanext.fjgov.model import addresses
from ckanext.fjgov.model.database import session_connection
from ckanext.fjgov.model.revisions import Addresses, Revision

# What stays with the entry whatever a revision says.
FIXED = ("id", "name", "type", "state", "owner_org", "identifier", "md_id", "home_node")
KEYWORDS = ("tags", "tag_string")
# CKAN's own keys of an answer that mean nothing when they come back.
IGNORED = frozenset(
    {"organization", "groups", "creator_user_id", "metadata_created", "metadata_modified",
     "num_resources", "num_tags", "isopen", "relationships_as_object", "plugin_data",
     "relationships_as_subject", "private", "license_title", "license_url", "extras"}
)  # fmt: skip
# What the node fills in where a call leaves it out.
_GIVEN = ("provider_code", "issued")


@dataclass(frozen=True, slots=True)
class Draft:
    """A candidate and what it was made from.

    Attributes:
        before: the revision so far, or the listed record.
        after: the whole candidate, without any real address.
        addresses: real addresses that were sent.
    """

    before: Mapping[str, Any]
    after: Mapping[str, Any]
    addresses: Addresses


def base_of(package: model.Package, revision: Revision | None) -> dict[str, Any]:
    """Give what the next change builds on: the revision so far, or the listed record."""
    return dict(revision.candidate) if revision else entries.plain_entry(package.id)


def drafted(
    package: model.Package, before: Mapping[str, Any], changes: Mapping[str, Any], user: str
) -> Draft:
    """Make the whole candidate of some changes.

    Args:
        before: from `base_of`.
        changes: fields to replace; None takes a value away.
        user: for the audit of what is refused for secrecy.

    Raises:
        ValidationError: its shape, or what not even a draft may hold.
    """
    data = copy.deepcopy(dict(changes))
    _refuse_fixed(package, before, data)
    dropped = {*IGNORED, *KEYWORDS} if any(name in data for name in KEYWORDS) else IGNORED
    # Keywords have two names; what was said last counts.
    base = {name: value for name, value in before.items() if name not in dropped}
    kept = {*FIXED, *_system_fields(package.type)}
    candidate = base | {name: value for name, value in data.items() if name not in kept}
    candidate |= {name: data[name] for name in ("state", "private") if name in data}
    incoming = entry_input.take_in(candidate, package.id)
    entry_input.raise_errors(incoming)
    found = draft_findings(entries.errors_if_listed(candidate, package))
    refused = [finding for finding in found if finding.severity == "error"]
    if refused:
        model.Session.rollback()
        log_secrecy(user, refused)
        raise tk.ValidationError({one.field: [one.message] for one in refused})
    after = {name: value for name, value in candidate.items() if name not in IGNORED}
    return Draft(before, entries.normalised(after, package), incoming.addresses)


def whole(package: model.Package, before: Mapping[str, Any], data: Any) -> dict[str, Any]:
    """Give the changes that `package_update` means: what is not sent is taken away.

    Values of the system stay, and so do resources when the call says nothing of them.
    """
    kept = {*FIXED, *IGNORED, *_system_fields(package.type), *_GIVEN, RESOURCES}
    gone = dict.fromkeys(name for name in before if name not in kept)
    changes = {**gone, **data}
    # A unit may be named by its name, too.
    unit = changes.get("owner_org")
    found = model.Group.get(unit) if isinstance(unit, str) and unit else None
    if found is not None:
        changes["owner_org"] = found.id
    return changes


def changed_names(draft: Draft, schema: SchemaModel) -> list[str]:
    """Give the fields in which a candidate differs from what it was made from."""
    old, new = (comparable(one, schema) for one in (draft.before, draft.after))
    return [row["field"] for row in differences(old, new, compared(schema))]


def refreshed(draft: Draft, schema: SchemaModel) -> Refresh | None:
    """Tell what of the data was refreshed, None when anything else changes as well (Art. 13)."""
    exempt = refresh.ROWS[RESOURCES][1]
    old, new = (comparable(one, schema, exempt) for one in (draft.before, draft.after))
    return refresh.refresh_between(old, new, compared(schema))


def new_addresses(package: model.Package, revision: Revision | None, sent: Addresses) -> Addresses:
    """Give the addresses of a call that are neither registered nor staged already."""
    if not sent:
        return {}
    known = addresses.of_package(session_connection(), package.id)
    if revision:
        known |= revision.addresses
    return {
        (record, field): address
        for (record, field), address in sent.items()
        # "" stands for the entry where addresses come in, its id where they are kept.
        if address != known.get((record, field), known.get((record or package.id, field), ""))
    }


def compared(schema: SchemaModel) -> tuple[str, ...]:
    """Give the fields that count when two forms of a record are compared, in their order."""
    names = [field.name for field in schema.fields if field.name not in IGNORED]
    return tuple(dict.fromkeys([*names, *PACKAGE_COLUMNS, RESOURCES]))


def comparable(
    entry: Mapping[str, Any], schema: SchemaModel, more: Iterable[str] = ()
) -> dict[str, Any]:
    """Give a record in the form in which two are compared.

    Args:
        more: columns of resources beside those of the schema.
    """
    plain = normalise_record(entry, schema)
    plain["tag_string"] = list(keywords(entry))
    columns = [field.name for field in schema.resource_fields]
    names = dict.fromkeys(["id", *columns, *RESOURCE_COLUMNS, *sorted(more)])
    plain[RESOURCES] = [
        {name: _text(row[name]) for name in names if row.get(name) not in (None, "")}
        for row in plain.get(RESOURCES) or []
    ]
    return plain


def _text(value: Any) -> Any:
    """Numbers and their texts are one thing, as in `normalise_record`."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


@cache
def _system_fields(record_type: str) -> frozenset[str]:
    """Give the fields that the node keeps itself."""
    fields = record_schemas()[record_type].fields
    return frozenset(field.name for field in fields if field.group == "system")


def _refuse_fixed(package: model.Package, before: Mapping[str, Any], data: dict[str, Any]) -> None:
    for name in FIXED:
        if name in data and data[name] not in (None, "", before.get(name), package.owner_org):
            raise tk.ValidationError(
                {name: [f"更新目录时不能改变 {name} / a revision cannot change {name}"]}
            )
    # Groups are no part of the catalog, and a revision would lose them without a word.
    held = {group.id for group in package.get_groups("group")}
    if isinstance(data.get("groups"), list) and held != _group_ids(data["groups"]):
        message = "更新目录时不能改变 groups / a revision cannot change groups"
        raise tk.ValidationError({"groups": [message]})


def _group_ids(groups: list[Any]) -> set[str]:
    """Give the ids of groups that a call names by id or name."""
    named = [row.get("id") or row.get("name") for row in groups if isinstance(row, Mapping)]
    found = [model.Group.get(name) for name in named if isinstance(name, str)]
    return {group.id for group in found if group is not None}
