"""Links between the directories (Art. 45), and signatures of base indicators (Art. 11)."""

from __future__ import annotations

from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.fjgov.core.catalog.directories import Link, links_from, links_to, record_schemas
from ckanext.fjgov.core.catalog.indicators import SIDES, is_published
from ckanext.fjgov.logic import entry_guard, indicators
from ckanext.fjgov.logic.clock import utc_now
from ckanext.fjgov.logic.directory_rules import named_by
from ckanext.fjgov.logic.readers import package_labels, person_in, reader_labels
from ckanext.fjgov.model import audit, references
from ckanext.fjgov.model.database import session_connection
from ckanext.fjgov.model.references import Record


@tk.side_effect_free
def fjgov_link_list(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """List what a record names and what names it, as far as the caller may see those records.

    :param id: id or name of the record

    :returns: `names` and `named_by`: lists of `{relation, label_zh, label_en, type, identifier,
        name, title, unit}` in the order of the schemas. What is named and not here, withdrawn or
        not to be seen has its identifier only.

    Cost: two statements.
    """
    tk.check_access("fjgov_link_list", context, data_dict)
    package = model.Package.get(tk.get_or_bust(data_dict, "id"))
    if package is None or package.type not in record_schemas():
        raise tk.ObjectNotFound("没有该目录 / there is no such record")
    tk.check_access("package_show", context, {"id": package.id})
    held = set(reader_labels(person_in(context)))
    extras = package.extras or {}
    connection = session_connection()
    named = named_by(package.type, extras)
    found = references.by_identifier(connection, [identifier for _field, identifier in named])
    namers = references.naming(connection, extras.get("identifier") or "")
    forward = {link.field.name: link for link in links_from(package.type)}
    return {
        "names": [
            _row(
                field,
                forward[field].field.label_zh,
                forward[field].field.label_en,
                forward[field].reference.target,
                identifier,
                _visible(found.get(identifier), held),
            )
            for field, identifier in named
        ],
        "named_by": [
            _row(
                link.reference.inverse,
                link.reference.label_zh,
                link.reference.label_en,
                link.source,
                record.identifier,
                record,
            )
            for link in links_to(package.type)
            for record in _of_link(link, namers)
            if _visible(record, held)
        ],
    }


def fjgov_indicator_sign(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Sign a base indicator for the lead unit or for its 同级数字办 (Art. 11), as of today.

    :param id: id or name of the database
    :param indicator: id of the indicator
    :param side: `lead` or `office`
    :param document: the document that says so

    :returns: the indicator as it stands now, with `published`
    """
    tk.check_access("fjgov_indicator_sign", context, data_dict)
    package = model.Package.get(tk.get_or_bust(data_dict, "id"))
    if package is None or package.type != "gov_database" or package.state != "active":
        raise tk.ObjectNotFound("没有该数据库 / there is no such database")
    entry_guard.refuse_copy(package)
    side, document = data_dict.get("side"), str(data_dict.get("document") or "").strip()
    errors: dict[str, list[str]] = {}
    if side not in SIDES:
        errors["side"] = ["签署方须为 lead（牵头单位）或 office（同级数字办）/ lead or office"]
    if not document:
        errors["document"] = ["请填写签署文件的名称或文号 / name the document that says so"]
    if errors:
        raise tk.ValidationError(errors)
    person = person_in(context)
    signers = indicators.signers_of((package.extras or {}).get("lead_unit_code") or "")
    if side not in indicators.may_sign(person, signers):
        raise tk.NotAuthorized(
            "须由牵头单位的单位负责人或其同级数字办签署 / "
            "the head of the lead unit or its digital office signs"
        )
    wanted = str(tk.get_or_bust(data_dict, "indicator"))
    # Two who sign at once wait for each other: neither signature is lost.
    references.hold_own(session_connection(), package.id)
    model.Session.refresh(package)
    try:
        changed = indicators.sign(package, person, wanted, side, document)
    except (tk.ObjectNotFound, tk.ValidationError, tk.NotAuthorized):
        model.Session.rollback()
        raise
    actor = context.get("user") or ""
    tk.get_action("package_patch")(
        {"ignore_auth": True, "user": actor, **indicators.signing()},
        {"id": package.id, indicators.FIELD: changed},
    )
    detail = {"record": package.name, "indicator": wanted, "side": side, "document": document}
    audit.append("indicator_signed", actor, detail, utc_now())
    row = next(row for row in changed if row["id"] == wanted)
    return {**row, "published": is_published(row)}


def _of_link(link: Link, namers: Iterable[Record]) -> list[Record]:
    return [
        record
        for record in namers
        if (record.record_type, record.field) == (link.source, link.field.name)
    ]


def _visible(record: Record | None, held: set[str]) -> Record | None:
    """Give a listed record that a reader with these labels may find, None for any other."""
    if record is None or record.state != "active":
        return None
    facts = SimpleNamespace(
        type=record.record_type,
        extras={"share_type": record.share_type, "open_to_public": record.open_to_public},
        state=record.state,
        private=False,
        owner_org=record.unit_id,
    )
    return record if held.intersection(package_labels(facts)) else None


def _row(
    relation: str, zh: str, en: str, record_type: str, identifier: str, record: Record | None
) -> dict[str, Any]:
    return {
        "relation": relation,
        "label_zh": zh,
        "label_en": en,
        "type": record_type,
        "identifier": identifier,
        "name": record.name if record else None,
        "title": record.title if record else None,
        "unit": record.unit_title if record else None,
    }
