"""What comes in with an entry, before CKAN sees it: resource ids and real addresses.

Real addresses are taken out here, so that no table, index, log or activity of CKAN's ever holds
one (design, "Access"). Sending our own gateway address back means "unchanged".
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, MutableMapping
from typing import Any

import sqlalchemy as sa

import ckan.plugins.toolkit as tk

from ckanext.fjgov.logic import settings
from ckanext.fjgov.logic.entry_guard import state_errors
from ckanext.fjgov.logic.entry_shape import (
    PACKAGE_ADDRESS_FIELDS,
    SERVICE_ADDRESS_FIELDS,
    Incoming,
    check_shape,
    refuse_resource_keys,
)
from ckanext.fjgov.model.addresses import SERVICE_ADDRESS
from ckanext.fjgov.model.database import session_connection

RESOURCE_ADDRESS_FIELDS = (
    "url", "access_url", "download_url", "endpoint_url", "service_url", "cache_url",
    "onLineSrc", "servURL",
)  # fmt: skip
OUTPUT_PREFIX = "fjgov_"


def gateway_address(resource_id: str) -> str:
    """Give the address of a resource that everybody may know."""
    return f"{settings.node().site_url}/share/{resource_id}"


def take_in(data: MutableMapping[str, Any], package_id: str | None) -> Incoming:
    """Check and clean what a caller sends for one entry; `data` is changed in place.

    Args:
        data: the argument of `package_create` or `package_update`.
        package_id: the stored package, None on creation.

    Returns:
        The addresses to store beside the record, and errors by field.
    """
    incoming = clean(data)
    if data.get("resources") is not None:
        _refuse_foreign_resources(data["resources"], package_id, incoming)
    return incoming


def clean(data: MutableMapping[str, Any]) -> Incoming:
    """Do what `take_in` does but for asking whose the resource ids are; no database is read.

    Args:
        data: an entry, or by its `type` a record of another directory.
    """
    incoming = Incoming()
    for name in [name for name in data if name.startswith(OUTPUT_PREFIX)]:
        # Answers carry these; a client that sends a whole answer back means nothing by them.
        data.pop(name)
    check_shape(data, incoming)
    incoming.errors.update(state_errors(data))
    _take_package_addresses(data, incoming)
    if data.get("resources") is not None:
        data["resources"] = [
            _take_resource(resource, position, incoming)
            for position, resource in enumerate(data["resources"])
        ]
    return incoming


def _take_package_addresses(data: MutableMapping[str, Any], incoming: Incoming) -> None:
    for name in PACKAGE_ADDRESS_FIELDS:
        if name in data:
            address = data.pop(name)
            if isinstance(address, str) and address.strip():
                incoming.addresses["", name] = address.strip()
    for position, row in enumerate(data.get("service_info") or []):
        for name in SERVICE_ADDRESS_FIELDS:
            address = row.pop(name, None)
            if address:
                incoming.addresses["", f"{SERVICE_ADDRESS}{position}"] = str(address).strip()


def _take_resource(resource: dict[str, Any], position: int, incoming: Incoming) -> dict[str, Any]:
    entry_schema, _unit_schema = settings.schemas()
    known = frozenset({item.name for item in entry_schema.resource_fields})
    refuse_resource_keys(resource, known | set(RESOURCE_ADDRESS_FIELDS), position, incoming)
    if resource.get("upload") not in (None, "") or resource.get("url_type") == "upload":
        incoming.refuse(
            "resources",
            f"F1 resources[{position}].upload：目录不接收文件，请登记信息的地址",
            f"resources[{position}].upload: the catalog takes no files; register an address",
        )
    resource.pop("upload", None)
    if not isinstance(resource.get("format") or "", str):
        incoming.refuse(
            "resources",
            f"F1 resources[{position}].format：须为文本",
            f"resources[{position}].format must be text",
        )
        resource.pop("format")
    if resource.get("id") and not isinstance(resource["id"], str):
        incoming.refuse(
            "resources",
            f"F1 resources[{position}].id：须为文本，新资源请留空",
            f"resources[{position}].id must be text; leave it out for a new resource",
        )
        resource["id"] = ""
    if not resource.get("id"):
        resource["id"] = str(uuid.uuid4())
    _take_resource_addresses(resource, position, incoming)
    return resource


def _take_resource_addresses(resource: dict[str, Any], position: int, incoming: Incoming) -> None:
    resource_id = resource["id"]
    own = gateway_address(resource_id)
    gateway = f"{settings.node().site_url}/share/"
    for name in RESOURCE_ADDRESS_FIELDS:
        if name not in resource:
            continue
        value = resource.pop(name) or ""
        if not isinstance(value, str):
            incoming.refuse(
                "resources",
                f"F1 resources[{position}].{name}：地址须为文本",
                f"resources[{position}].{name}: an address is text",
            )
            continue
        address = value.strip()
        if address == own:
            continue
        if address.startswith(gateway):
            incoming.refuse(
                "resources",
                f"F1 resources[{position}].{name}：不能登记另一资源的共享地址",
                f"resources[{position}].{name}: the gateway address of another resource",
            )
        elif address or name == "url":
            incoming.addresses[resource_id, name] = address
    resource["url"] = own


def _refuse_foreign_resources(
    resources: Iterable[Mapping[str, Any]], package_id: str | None, incoming: Incoming
) -> None:
    """A resource id of another entry would take that resource over; CKAN does not ask."""
    ids = [resource["id"] for resource in resources]
    if len(set(ids)) < len(ids):
        incoming.refuse("resources", "F1 资源 id 重复", "a resource id occurs twice")
    rows = session_connection().execute(
        sa.text("SELECT id, package_id FROM resource WHERE id = ANY(:ids)"), {"ids": ids}
    )
    for row in rows:
        if row.package_id != package_id:
            incoming.refuse(
                "resources",
                f"F1 资源 {row.id} 属于另一条目录，不能占用",
                f"resource {row.id} belongs to another entry",
            )


def raise_errors(incoming: Incoming) -> None:
    """Stop a write whose input is refused.

    Raises:
        ValidationError: with all errors, by field.
    """
    if incoming.errors:
        raise tk.ValidationError(incoming.errors)
