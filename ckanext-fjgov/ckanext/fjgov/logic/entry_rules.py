"""Run the rules on an entry that is being written, then give it its system values."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from ckan import model
from ckan.lib.navl.dictization_functions import unflatten

from ckanext.fjgov.core.catalog.identifier import (
    Identifier,
    numbered_identifier,
    parse_identifier,
    slug_of,
)
from ckanext.fjgov.core.catalog.plain_record import plain_bytes
from ckanext.fjgov.core.catalog.rules import (
    Facts,
    Finding,
    Profile,
    check_canonical,
    check_entry,
    draft_findings,
    keywords,
    normalise_entry,
)
from ckanext.fjgov.logic import settings
from ckanext.fjgov.logic.clock import local_today, utc_now
from ckanext.fjgov.model import audit, identifiers
from ckanext.fjgov.model.database import session_connection

LISTED = "active"
SECRECY_RULE = "R15"
# Key of a context: the entry comes from a source that has its own dates of publication.
SOURCE_DATES = "fjgov_source_dates"
# Key of a context: say what the rules find, allocate nothing and log nothing.
CHECK_ONLY = "fjgov_check_only"
NUMBER_WIDTH = 6
CLASS_DIGITS = 3


def check_entry_write(
    _key: Any, data: dict[Any, Any], errors: dict[Any, Any], context: Any
) -> None:
    """Validate one entry as a whole; errors go under their fields, warnings beside the record.

    Source: standards brief, rules R1-R15; Measures Art. 15 (规范) and 33 (保密).
    """
    stored = stored_extras(context)
    _complete(data, stored)
    entry = normalise_entry(entry_of(data))
    findings = _findings(entry, stored, listed=data.get(("state",)) == LISTED)
    refused = [finding for finding in findings if finding.severity == "error"]
    for finding in refused:
        add_error(errors, top_field(finding.field), finding.message)
    if not context.get(CHECK_ONLY):
        log_secrecy(context.get("user") or "", refused)
    if refused or any(errors.values()):
        return
    # CKAN gives validators a copy of the context: what they find goes into an object it holds.
    if context.get("fjgov_incoming") is not None:
        context["fjgov_incoming"].findings = findings
    if not context.get(CHECK_ONLY):
        _give_system_values(data, entry, stored, context)


def entry_of(data: Mapping[Any, Any]) -> dict[str, Any]:
    """Give the entry that flattened data describe: columns, extras and repeating rows together."""
    nested = unflatten(dict(data))
    extras = {extra["key"]: extra.get("value") for extra in nested.pop("extras", []) or []}
    return {**nested, **extras}


def unit_uscc(owner_org: str | None) -> str | None:
    """Give the USCC of a unit by its id or name; None when it has none."""
    if not owner_org:
        return None
    group = model.Group.get(owner_org)
    return (group.extras or {}).get("uscc") if group else None


def check_stored(
    entry: Mapping[str, Any],
    *,
    unit_code: str | None,
    profile: str,
    own: frozenset[str] = frozenset(),
) -> list[Finding]:
    """Run all rules on an entry given as plain values, as the imports and syncs do.

    Args:
        entry: fields as given by `normalise_entry`.
        unit_code: USCC of the providing unit, None when it has none.
        profile: severity profile.
        own: codes of the stored entry itself, which it must not name as related.
    """
    facts, folder = _facts(entry, unit_code, own), settings.data_folder()
    record = _plain_record(entry)
    data = plain_bytes(record) if record else None
    if record and data:
        found = check_canonical(record, data, facts, profile_of(profile), folder)
        # The record has keywords in another field than the entry, which messages name.
        if not any(finding.field == "tags" for finding in found):
            return list(found)
    return list(check_entry(entry, facts, profile_of(profile), folder))


def _plain_record(entry: Mapping[str, Any]) -> dict[str, Any] | None:
    """Give a normalised entry in the parts of a record, None when it holds more than its fields."""
    schema, _unit_schema = settings.schemas()
    known = schema.by_name
    if not all(name in known or name == "resources" for name in entry) or "tags" in entry:
        return None
    apart = ("owner_org", "tag_string", "resources")
    return {
        "unit": entry.get("owner_org", ""),
        "fields": {name: value for name, value in entry.items() if name not in apart},
        "tags": list(keywords(entry)),
        "resources": entry.get("resources", []),
    }


def _findings(entry: dict[str, Any], stored: Mapping[str, str], *, listed: bool) -> list[Finding]:
    own = frozenset(filter(None, (stored.get("identifier"), stored.get("guide_code"))))
    facts = _facts(entry, unit_uscc(entry.get("owner_org")), own)
    profile = profile_of(settings.node().profile)
    findings = check_entry(entry, facts, profile, settings.data_folder())
    return list(findings if listed else draft_findings(findings))


def profile_of(name: str) -> Profile:
    """Read a severity profile; anything unknown is the strict one."""
    return "inventory" if name == "inventory" else "strict"


def _facts(entry: Mapping[str, Any], unit_code: str | None, own: frozenset[str]) -> Facts:
    related = [code for code in entry.get("related") or [] if isinstance(code, str)]
    known: frozenset[str] = frozenset()
    if related:
        connection = session_connection()
        known = identifiers.existing(connection, identifiers.GUIDE, related)
        known |= identifiers.existing(connection, identifiers.RESOURCE, related)
    return Facts(
        unit_code=unit_code,
        known_codes=known,
        own_codes=own,
        today=local_today(),
        tolerance_days=settings.tolerance_days(),
    )


def _complete(data: dict[Any, Any], stored: Mapping[str, str]) -> None:
    """Fill what follows from other facts: the provider's code and the ids of 信息项."""
    entry = entry_of(data)
    if not entry.get("provider_code"):
        code = unit_uscc(entry.get("owner_org"))
        if code:
            set_extra(data, "provider_code", code)
    give_row_ids(data, "items", stored)


def give_row_ids(data: dict[Any, Any], field: str, stored: Mapping[str, str]) -> None:
    """Give each row of a field the id that the row of that name had, or a new one."""
    before = {row.get("name"): row.get("id") for row in json.loads(stored.get(field) or "[]")}
    positions = sorted({key[1] for key in data if len(key) == 3 and key[0] == field})
    for position in positions:
        if not data.get((field, position, "id")):
            name = data.get((field, position, "name"))
            known = before.get(name) if isinstance(name, str) else None
            data[field, position, "id"] = known or str(uuid.uuid4())


def _give_system_values(
    data: dict[Any, Any], entry: dict[str, Any], stored: Mapping[str, str], context: Any
) -> None:
    node = settings.node()
    today = local_today()
    known = stored.get("identifier")
    identifier = parse_identifier(known) if known else new_identifier(node.prefix)
    values = {
        "identifier": str(identifier),
        "md_id": stored.get("md_id") or f"{identifier.prefix}/md-{identifier.suffix}",
        "guide_code": stored.get("guide_code") or _new_guide_code(entry, node.province_mu),
        "home_node": stored.get("home_node") or node.code,
        "md_date_updated": today.isoformat(),
    }
    if data.get(("state",)) == LISTED and not entry.get("issued"):
        values["issued"] = stored.get("issued") or _day_of_listing(context)
    for name, value in values.items():
        # An empty value is not stored at all: "" and a missing field are one thing.
        if value:
            set_extra(data, name, value)
    package = context.get("package")
    data["name",] = package.name if package else slug_of(identifier)


def _day_of_listing(context: Any) -> str:
    """Give today as 发布日期 of an entry that becomes listed, "" when it is listed already.

    An import from a source with dates of its own does not date what the source left undated.
    """
    package = context.get("package")
    was_listed = package is not None and package.state == LISTED
    if was_listed or context.get(SOURCE_DATES):
        return ""
    return local_today().isoformat()


def new_identifier(prefix: str) -> Identifier:
    """Issue the next 信息资源标识符 of the node."""
    number = identifiers.next_number(identifiers.RESOURCE, prefix, settings.high_water_mark())
    return numbered_identifier(prefix, number)


def _new_guide_code(entry: Mapping[str, Any], province_mu: str) -> str:
    """Allocate a 信息资源代码 (guide 5.3): class and 项, the province's 目, a number.

    Returns:
        "" while the province's 目 is not configured and the classification names none.
    """
    classes = entry.get("guide_class") or []
    if not classes or (len(classes[0]) == CLASS_DIGITS and not province_mu):
        return ""
    front = classes[0] if len(classes[0]) > CLASS_DIGITS else classes[0] + province_mu
    front += settings.node().prefix[2:]
    number = identifiers.next_number(identifiers.GUIDE, front, settings.high_water_mark())
    return f"{front}/{number:0{NUMBER_WIDTH}d}"


def set_extra(data: dict[Any, Any], name: str, value: str) -> None:
    """Put one extra into flattened data, replacing it where it stands."""
    positions = {key[1] for key in data if len(key) == 3 and key[0] == "extras"}
    for position in positions:
        if data.get(("extras", position, "key")) == name:
            data["extras", position, "value"] = value
            return
    position = max(positions, default=-1) + 1
    data["extras", position, "key"] = name
    data["extras", position, "value"] = value


def stored_extras(context: Any) -> Mapping[str, str]:
    """Give the extras of the package that is being changed, empty for a new one."""
    package = context.get("package")
    return dict(package.extras or {}) if package is not None else {}


def top_field(field: str) -> str:
    """Give the field under which CKAN can hold a message about a place in a record."""
    name = field.split(".", maxsplit=1)[0].split("[", maxsplit=1)[0]
    # CKAN fails on a text under `tags`; its form has the other field.
    return "tag_string" if name == "tags" else name


def add_error(errors: dict[Any, Any], field: str, message: str) -> None:
    """Put a message under a field; CKAN cannot hold one for a field and others for its rows."""
    messages = errors.setdefault((field,), [])
    for key in [key for key in errors if len(key) > 1 and key[0] == field]:
        place = f"{field}[{key[1]}].{key[-1]}"
        messages += [f"{place}：{of_row}" for of_row in errors.pop(key)]
    messages.append(message)


def log_secrecy(user: str, refused: Iterable[Finding]) -> None:
    """Log a refusal by rule R15, if there is one, without its content (Art. 33)."""
    fields = sorted({f.field for f in refused if f.rule == SECRECY_RULE})
    if fields:
        audit.append("secrecy_refused", user or "anonymous", {"fields": fields}, utc_now())
