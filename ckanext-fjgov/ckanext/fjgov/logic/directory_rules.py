"""Run the rules on a record of a directory that is being written; give it its system values."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.fjgov.core.catalog.directories import directories, links_from
from ckanext.fjgov.core.catalog.identifier import is_identifier, parse_identifier, slug_of
from ckanext.fjgov.core.catalog.rules import (
    Facts,
    Finding,
    Standing,
    Target,
    check_directory,
    draft_findings,
    normalise_record,
    still_named,
)
from ckanext.fjgov.core.catalog.schema_model import SchemaModel
from ckanext.fjgov.core.catalog.vocabulary import load_vocabulary
from ckanext.fjgov.logic import entry_rules, indicators, settings
from ckanext.fjgov.logic.clock import local_today
from ckanext.fjgov.logic.collection.checking import record_findings
from ckanext.fjgov.model import references
from ckanext.fjgov.model.collection_records import RECORD_TYPE
from ckanext.fjgov.model.database import session_connection

LISTED = "active"
REPORTED = "reported"
_STANDINGS = {
    "active": Standing.LISTED,
    "draft": Standing.DRAFT,
    "deleted": Standing.WITHDRAWN,
}


def check_directory_write(
    _key: Any, data: dict[Any, Any], errors: dict[Any, Any], context: Any
) -> None:
    """Validate one record of a directory; errors go under their fields, warnings beside it.

    Source: Measures, Art. 33 (保密) and 45; `core.catalog.rules.directory`.
    """
    schema = directories()[data["type",]]
    stored = entry_rules.stored_extras(context)
    _complete(data, schema, stored)
    if indicators.FIELD in schema.by_name:
        indicators.keep_signatures(data, stored, context)
    record = normalise_record(entry_rules.entry_of(data), schema)
    found = findings_of(record, schema, listed=data.get(("state",)) == LISTED)
    refused = [finding for finding in found if finding.severity == "error"]
    for finding in refused:
        entry_rules.add_error(errors, entry_rules.top_field(finding.field), finding.message)
    if not context.get(entry_rules.CHECK_ONLY):
        entry_rules.log_secrecy(context.get("user") or "", refused)
    if refused or any(errors.values()):
        return
    home_node = stored.get("home_node") or settings.node().code
    if schema.record_type == RECORD_TYPE:
        found += record_findings({**record, "identifier": stored.get("identifier")}, home_node)
    # CKAN gives validators a copy of the context: what they find goes into an object it holds.
    if context.get("fjgov_incoming") is not None:
        context["fjgov_incoming"].findings = found
    if not context.get(entry_rules.CHECK_ONLY):
        _give_system_values(data, stored, context)


def refuse_still_named(package: model.Package) -> None:
    """Stop a listed record from leaving the catalog while listed records name it.

    Raises:
        ValidationError: rule X4, with the list of those.
    """
    identifier = (package.extras or {}).get("identifier")
    if package.state != LISTED or not identifier:
        return
    connection = session_connection()
    references.hold_own(connection, package.id)
    finding = named_finding(connection, identifier)
    if finding is not None:
        # The lock of the row must not outlive the refusal.
        model.Session.rollback()
        raise tk.ValidationError({"state": [finding.message]})


def named_finding(connection: sa.Connection, identifier: str) -> Finding | None:
    """Give the finding of rule X4 on a record that is to leave the catalog, None when it may.

    The caller holds the row of the record until the end of the transaction.
    """
    holders = [
        (record.identifier, record.title, record.unit_title)
        for record in references.naming(connection, identifier)
    ]
    return still_named(holders, entry_rules.profile_of(settings.node().profile))


def named_by(record_type: str, extras: Mapping[str, Any]) -> list[references.Named]:
    """Give what a stored record names, as (field, identifier), in the order of the schema."""
    named = []
    for link in links_from(record_type):
        value = json.loads(extras.get(link.field.name) or "[]")
        named += [(link.field.name, identifier) for identifier in value]
    return named


def findings_of(
    record: Mapping[str, Any],
    schema: SchemaModel,
    *,
    listed: bool,
    held: bool = True,
    profile: str = "",
) -> list[Finding]:
    """Run the rules on a record as `normalise_record` gives it, as a draft or as a listed one.

    Args:
        listed: judge it as a listed one.
        held: keep what it names as it is until the transaction ends; a plan needs no such lock.
        profile: severity profile, "" for the node's own.
    """
    facts = Facts(today=local_today(), unit_code=entry_rules.unit_uscc(record.get("owner_org")))
    found = check_directory(
        record,
        schema,
        facts,
        _targets(record, schema, held=held),
        entry_rules.profile_of(profile or settings.node().profile),
        settings.data_folder(),
    )
    return list(found if listed else draft_findings(found))


def _targets(record: Mapping[str, Any], schema: SchemaModel, *, held: bool) -> dict[str, Target]:
    """Look up what a record names; a draft of another unit is as good as missing."""
    wanted: list[str] = []
    for link in links_from(schema.record_type):
        value = record.get(link.field.name)
        wanted += (
            [code for code in value if isinstance(code, str)] if isinstance(value, list) else []
        )
    wanted = [code for code in wanted if is_identifier(code)]
    if not wanted:
        return {}
    look_up = references.hold if held else references.by_identifier
    found = look_up(session_connection(), wanted)
    own = model.Group.get(record.get("owner_org") or "")
    targets = {}
    for code in wanted:
        named = found.get(code)
        if named is None:
            targets[code] = Target(_absent(code))
        elif named.state == "draft" and (own is None or named.unit_id != own.id):
            targets[code] = Target(Standing.MISSING)
        else:
            standing = _STANDINGS.get(named.state, Standing.MISSING)
            targets[code] = Target(standing, named.record_type)
    return targets


def _absent(code: str) -> Standing:
    """Tell what another node keeps from what nobody has."""
    prefix = parse_identifier(code).prefix
    known = load_vocabulary("node_prefixes", settings.data_folder())
    is_elsewhere = prefix != settings.node().prefix and prefix in known
    return Standing.ELSEWHERE if is_elsewhere else Standing.MISSING


def _complete(data: dict[Any, Any], schema: SchemaModel, stored: Mapping[str, str]) -> None:
    """Fill what follows from other facts: the unit's code and the ids of rows."""
    record = entry_rules.entry_of(data)
    code = entry_rules.unit_uscc(record.get("owner_org"))
    if code and not record.get("provider_code"):
        entry_rules.set_extra(data, "provider_code", code)
    for field in schema.fields:
        if any(column.name == "id" for column in field.subfields):
            entry_rules.give_row_ids(data, field.name, stored)


def _give_system_values(data: dict[Any, Any], stored: Mapping[str, str], context: Any) -> None:
    node = settings.node()
    known = stored.get("identifier")
    identifier = parse_identifier(known) if known else entry_rules.new_identifier(node.prefix)
    values = {
        "identifier": str(identifier),
        "home_node": stored.get("home_node") or node.code,
        "md_date_updated": local_today().isoformat(),
    }
    if data["type",] == RECORD_TYPE:
        values["collection_state"] = stored.get("collection_state") or REPORTED
    for name, value in values.items():
        entry_rules.set_extra(data, name, value)
    package = context.get("package")
    data["name",] = package.name if package else slug_of(identifier)
