"""What is stored beside an entry, in the same transaction as the entry itself."""

from __future__ import annotations

import json
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.fjgov.core.catalog.directories import record_schemas
from ckanext.fjgov.core.catalog.rules import title_taken
from ckanext.fjgov.core.catalog.schema_model import ENTRY_TYPE
from ckanext.fjgov.core.catalog.title import held_title, normalise_title
from ckanext.fjgov.logic import refreshing
from ckanext.fjgov.logic.directory_rules import named_by
from ckanext.fjgov.model import addresses, findings, identifiers, references, titles
from ckanext.fjgov.model.database import session_connection


def is_record(package: model.Package | None) -> bool:
    """Tell whether a package is a record of one of the directories (Art. 45), entries included."""
    return package is not None and package.type in record_schemas()


def after_write(context: Any, package_id: str) -> None:
    """Hold the title, claim the identifiers, and keep what belongs beside one record.

    Raises:
        ValidationError: rule R2, or an identifier that another record holds.
    """
    package = model.Package.get(package_id)
    if not is_record(package):
        return
    connection = session_connection()
    if package.state == "deleted":
        titles.release(connection, package.id)
    else:
        _hold_title(connection, package)
    _claim(connection, package)
    if package.type != ENTRY_TYPE:
        references.replace(connection, package.id, named_by(package.type, package.extras or {}))
    taken_in = context.get("fjgov_incoming")
    if taken_in is not None:
        store_addresses(package.id, taken_in.addresses)
    addresses.keep_only(
        connection, package.id, [res.id for res in package.resources_all if res.state == "active"]
    )
    services = json.loads((package.extras or {}).get("service_info") or "[]")
    addresses.keep_services(connection, package.id, len(services))
    if taken_in is not None and taken_in.findings is not None:
        findings.replace(connection, package.id, [item.row() for item in taken_in.findings])
    refreshed = context.get(refreshing.REFRESHING)
    if refreshed is not None:
        refreshing.follow(connection, package.id, refreshed)


def after_delete(package_id: str) -> None:
    """Give the title of a withdrawn entry free; its identifiers stay taken for ever.

    Args:
        package_id: id or name, as the caller of `package_delete` gave it.
    """
    package = model.Package.get(package_id)
    if package is not None:
        titles.release(session_connection(), package.id)


def store_addresses(package_id: str, taken: dict[tuple[str, str], str]) -> None:
    """Store addresses in the running transaction; "" as record id stands for the entry itself."""
    addresses.put(
        session_connection(),
        package_id,
        {(record or package_id, field): address for (record, field), address in taken.items()},
    )


def _hold_title(connection: Any, package: model.Package) -> None:
    """Take the title of a live entry (rule R2)."""
    title, owner = package.title or "", package.owner_org or ""
    folded = held_title(package.type, normalise_title(title))
    if not folded:
        titles.release(connection, package.id)
    elif not titles.hold(connection, package.id, owner, folded):
        holder = titles.holder(connection, owner, folded) or ""
        raise _taken(package.type, title, holder)


def refuse_taken_title(package: model.Package | None, data: dict[str, Any]) -> None:
    """Say that a title is taken (rule R2), without taking it.

    Args:
        package: that has the title already or is to have it; None for a new one.
        data: with `type`, `title` and `owner_org`.

    Raises:
        ValidationError: another live record of the unit has it.
    """
    unit = model.Group.get(data.get("owner_org") or (package.owner_org if package else ""))
    folded = held_title(data["type"], normalise_title(str(data.get("title") or "")))
    if not folded or unit is None:
        return
    holder = titles.holder(session_connection(), unit.id, folded)
    own = (package.extras or {}).get("identifier") if package else None
    if holder is not None and holder != own:
        raise _taken(data["type"], str(data["title"]), holder)


def _taken(record_type: str, title: str, holder: str) -> tk.ValidationError:
    field = record_schemas()[record_type].field("title")
    finding = title_taken(title, holder, label=(field.label_zh, field.label_en))
    return tk.ValidationError({"title": [finding.message]})


def _claim(connection: Any, package: model.Package) -> None:
    extras = package.extras or {}
    for kind, name in ((identifiers.RESOURCE, "identifier"), (identifiers.GUIDE, "guide_code")):
        code = extras.get(name)
        if code and identifiers.claim(connection, kind, code, package.id) != package.id:
            raise tk.ValidationError(
                {
                    name: [
                        (
                            f"C2 {name}：代码 {code} 已由另一条目录使用，请重新提交 / "
                            f"code {code} belongs to another record; submit again"
                        )
                    ]
                }
            )
