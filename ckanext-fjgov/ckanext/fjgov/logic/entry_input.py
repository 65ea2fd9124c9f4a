"""What comes in with an entry, before CKAN sees it: unknown fields, resource ids, addresses.

Real addresses are taken out here, so that no table, index, log or activity of CKAN's ever holds
one (design, "Access"). Sending our own gateway address back means "unchanged".
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

import ckan.plugins.toolkit as tk

from ckanext.fjgov.logic import settings
from ckanext.fjgov.model.database import session_connection

RESOURCE_ADDRESS_FIELDS = (
    "url", "access_url", "download_url", "endpoint_url", "service_url", "cache_url",
    "onLineSrc", "servURL",
)  # fmt: skip
PACKAGE_ADDRESS_FIELDS = ("url", "landing_page", "onLineSrc", "servURL", "service_url")
SERVICE_ADDRESS_FIELDS = ("service_url", "servURL", "serviceURL", "address", "endpoint_url")

# Keys that CKAN itself gives with a record or a form; stock clients send them back.
CKAN_PACKAGE_KEYS = frozenset(
    {
        "id", "name", "title", "notes", "type", "state", "private", "owner_org", "organization",
        "groups", "tags", "tag_string", "resources", "extras", "version", "url", "author",
        "author_email", "maintainer", "maintainer_email", "license_id", "license_title",
        "license_url", "isopen", "metadata_created", "metadata_modified", "creator_user_id",
        "num_resources", "num_tags", "relationships_as_subject", "relationships_as_object",
        "relationships", "plugin_data", "save", "_ckan_phase", "pkg_name", "_csrf_token",
        "return_to", "log_message", "revision_id", "tracking_summary", "notes_rendered",
        "__extras", "__junk", "from", "package_name", "collaborators",
    }
)  # fmt: skip
CKAN_RESOURCE_KEYS = frozenset(
    {
        "id", "package_id", "url", "name", "description", "format", "hash", "size", "mimetype",
        "mimetype_inner", "resource_type", "position", "state", "created", "last_modified",
        "metadata_modified", "cache_url", "cache_last_updated", "url_type", "upload",
        "clear_upload", "datastore_active", "save", "_csrf_token", "resource_id", "__extras",
        "tracking_summary", "revision_id", "package_name", "from",
    }
)  # fmt: skip
OUTPUT_PREFIX = "fjgov_"


@dataclass
class Incoming:
    """What was taken out of one entry.

    Attributes:
        addresses: (record id or "" for the entry itself, field) -> real address, "" to remove it.
        errors: field -> messages, in CKAN's form.
    """

    addresses: dict[tuple[str, str], str] = field(default_factory=dict)
    errors: dict[str, list[Any]] = field(default_factory=dict)

    def refuse(self, name: str, zh: str, en: str) -> None:
        """Note an error under a field."""
        self.errors.setdefault(name, []).append(f"{zh} / {en}")


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
    incoming = Incoming()
    for name in [name for name in data if name.startswith(OUTPUT_PREFIX)]:
        # Answers carry these; a client that sends a whole answer back means nothing by them.
        data.pop(name)
    _refuse_unknown(data, incoming)
    _take_package_addresses(data, incoming)
    resources = data.get("resources")
    if isinstance(resources, list):
        data["resources"] = [
            _take_resource(dict(resource), position, incoming)
            for position, resource in enumerate(resources)
            if isinstance(resource, Mapping)
        ]
        _refuse_foreign_resources(data["resources"], package_id, incoming)
    return incoming


def _refuse_unknown(data: Mapping[str, Any], incoming: Incoming) -> None:
    entry_schema, _unit_schema = settings.schemas()
    composite = {item.name for item in entry_schema.fields if item.subfields}
    known = CKAN_PACKAGE_KEYS | {item.name for item in entry_schema.fields}
    known |= set(PACKAGE_ADDRESS_FIELDS)
    for name in data:
        if name in known or name.split("-")[0] in composite:
            continue
        incoming.refuse(
            name,
            f"F1 {name}：不是本目录的元数据项，请按标准字段填写",
            f"{name} is not an element of this catalog; use the fields of the schema",
        )
    for extra in data.get("extras") or []:
        name = extra.get("key", "") if isinstance(extra, Mapping) else str(extra)
        if name and not (isinstance(extra, Mapping) and extra.get("deleted")):
            incoming.refuse(
                "extras",
                f"F1 extras.{name}：不接受自由扩展项，请按标准字段填写",
                f"free extras such as {name} are not accepted; use the fields of the schema",
            )


def _take_package_addresses(data: MutableMapping[str, Any], incoming: Incoming) -> None:
    for name in PACKAGE_ADDRESS_FIELDS:
        if name in data:
            address = data.pop(name)
            if isinstance(address, str) and address.strip():
                incoming.addresses["", name] = address.strip()
    rows = data.get("service_info")
    if not isinstance(rows, list):
        return
    for position, row in enumerate(rows):
        for name in SERVICE_ADDRESS_FIELDS:
            if isinstance(row, MutableMapping) and row.get(name):
                incoming.addresses["", f"service_info.{position}"] = str(row.pop(name)).strip()


def _take_resource(resource: dict[str, Any], position: int, incoming: Incoming) -> dict[str, Any]:
    entry_schema, _unit_schema = settings.schemas()
    known = CKAN_RESOURCE_KEYS | {item.name for item in entry_schema.resource_fields}
    known |= set(RESOURCE_ADDRESS_FIELDS)
    for name in sorted(set(resource) - known):
        incoming.refuse(
            "resources",
            f"F1 resources[{position}].{name}：不是资源的元数据项，请去掉",
            f"resources[{position}].{name} is not an element of a resource; leave it out",
        )
        resource.pop(name)
    if resource.get("upload") not in (None, "") or resource.get("url_type") == "upload":
        incoming.refuse(
            "resources",
            f"F1 resources[{position}].upload：目录不接收文件，请登记信息的地址",
            f"resources[{position}].upload: the catalog takes no files; register an address",
        )
    resource.pop("upload", None)
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
        address = str(resource.pop(name) or "").strip()
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
