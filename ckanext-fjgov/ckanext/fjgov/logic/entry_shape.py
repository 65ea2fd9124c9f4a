"""The shape of what comes in with an entry: known elements only, rows as rows, resources as a list.

What CKAN would drop silently, or fail on without a reason, is refused here by name.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any

from ckanext.fjgov.core.catalog.directories import directories, record_schemas
from ckanext.fjgov.core.catalog.rules import Finding, most, too_many
from ckanext.fjgov.core.catalog.schema_model import ENTRY_TYPE, FieldModel, SchemaModel
from ckanext.fjgov.logic.masking import PERSON_COLUMNS

PACKAGE_ADDRESS_FIELDS = ("url", "landing_page", "onLineSrc", "servURL", "service_url")
SERVICE_ADDRESS_FIELDS = (
    "service_url", "servURL", "serviceURL", "address", "endpoint_url", "url", "access_url",
)  # fmt: skip

# Data are described by entries only: no other record has addresses, resources or keywords.
PARTS_OF_ENTRIES = (
    *PACKAGE_ADDRESS_FIELDS, "resources", "tags", "tag_string", "license_id", "version", "groups",
)  # fmt: skip

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
        "clear_upload", "save", "_csrf_token", "resource_id", "__extras",
        "tracking_summary", "revision_id", "package_name", "from",
    }
)  # fmt: skip
# CKAN's keys that stock clients send back empty and that are no element of the catalog.
EMPTY_PACKAGE_KEYS = ("plugin_data", "relationships_as_subject", "relationships_as_object")
# CKAN's datastore says it of every resource that it shows; clients send back what they were shown.
SHOWN_RESOURCE_KEYS = ("datastore_active",)
EMPTY_RESOURCE_KEYS = ("resource_type", "mimetype_inner", "cache_last_updated")
# CKAN asks its database for texts and walks over lists of objects without looking at them first.
TEXT_KEYS = ("owner_org", "state", "id", "license_id", "version")
LIST_KEYS = ("tags", "groups", "extras", "relationships_as_subject", "relationships_as_object")
# So many times the limit of a list, it is refused before CKAN works on it.
MASSES = 4


@dataclass
class Incoming:
    """What was taken out of one entry.

    Attributes:
        addresses: (record id or "" for the entry itself, field) -> real address, "" to remove it.
        errors: field -> messages, in CKAN's form.
        findings: what the rules say of the entry; None while they have not run.
    """

    addresses: dict[tuple[str, str], str] = field(default_factory=dict)
    errors: dict[str, list[Any]] = field(default_factory=dict)
    findings: list[Finding] | None = None

    def refuse(self, name: str, zh: str, en: str) -> None:
        """Note an error under a field."""
        self.errors.setdefault(name, []).append(f"{zh} / {en}")


def check_shape(data: MutableMapping[str, Any], incoming: Incoming) -> None:
    """Refuse unknown elements of a record and give rows as lists; `data` is changed in place."""
    record_type = data.get("type") or ENTRY_TYPE
    schema = record_schemas()[record_type]
    by_name = schema.by_name
    if record_type in directories():
        _refuse_parts_of_entries(data, schema, incoming)
    _refuse_masses(data, by_name, incoming)
    _refuse_kinds(data, incoming)
    for name in [item.name for item in schema.fields if item.subfields] + ["resources"]:
        # What is said to be nothing is not said; CKAN fails on it.
        if name in data and data[name] is None:
            del data[name]
    for name in list(data):
        if name in by_name or name in PACKAGE_ADDRESS_FIELDS:
            continue
        if name not in CKAN_PACKAGE_KEYS and not _is_form_key(name, by_name):
            incoming.refuse(
                name,
                f"F1 {name}：不是本目录的元数据项，请按标准字段填写",
                f"{name} is not an element of this catalog; use the fields of the schema",
            )
    for name, item in by_name.items():
        if item.subfields and data.get(name) is not None:
            data[name] = _rows(data[name], item, incoming)
    _refuse_filled(data, incoming)
    _refuse_extras(data, incoming)
    if data.get("resources") is not None:
        data["resources"] = _resources(data["resources"], incoming)


def refuse_resource_keys(
    resource: MutableMapping[str, Any], known: frozenset[str], position: int, incoming: Incoming
) -> None:
    """Refuse and take out what is no element of a resource."""
    for name in SHOWN_RESOURCE_KEYS:
        resource.pop(name, None)
    filled = {name for name in EMPTY_RESOURCE_KEYS if resource.get(name)}
    for name in sorted((set(resource) - known - CKAN_RESOURCE_KEYS) | filled):
        incoming.refuse(
            "resources",
            f"F1 resources[{position}].{name}：不是资源的元数据项，请去掉",
            f"resources[{position}].{name} is not an element of a resource; leave it out",
        )
        resource.pop(name)


def _refuse_parts_of_entries(
    data: MutableMapping[str, Any], schema: SchemaModel, incoming: Incoming
) -> None:
    """Refuse and take out what only entries have; stock clients send it back empty."""
    for name in PARTS_OF_ENTRIES:
        if data.pop(name, None):
            incoming.refuse(
                # CKAN cannot hold a text under `tags` and `resources`.
                name if name not in ("tags", "resources") else "title",
                f"F1 {name}：{schema.label_zh}没有这一项，请去掉",
                f"{name} is not an element of {schema.label_en!r}; leave it out",
            )


def _refuse_masses(
    data: MutableMapping[str, Any], by_name: Mapping[str, FieldModel], incoming: Incoming
) -> None:
    """Refuse and take out lists far above their limit: CKAN works minutes on each of them."""
    for name, value in data.items():
        number = len(value) if isinstance(value, list) else 0
        if name == "tag_string" and isinstance(value, str):
            number = value.count(",") + value.count("，") + 1
        field_name = "tags" if name == "tag_string" else name
        limit = most(field_name, by_name.get(name))
        # The rule itself words what is only somewhat too long; CKAN bears no rule under `tags`.
        if number > (limit if field_name == "tags" else MASSES * limit):
            zh, en = too_many(number, limit)
            # CKAN cannot hold a text under `tags`.
            incoming.refuse("tag_string" if name == "tags" else name, f"L1 {name}：{zh}", en)
            data[name] = type(value)()


def _refuse_kinds(data: MutableMapping[str, Any], incoming: Incoming) -> None:
    """Refuse and take out values of CKAN's own keys on which CKAN fails without a reason."""
    for name in TEXT_KEYS:
        value = data.get(name)
        if not _is_line(value):
            incoming.refuse(name, f"F1 {name}：须为一行文本", f"{name} must be one line of text")
            del data[name]
    for name in LIST_KEYS:
        value = data.get(name, [])
        if value in (None, ""):
            del data[name]
        elif not isinstance(value, list) or not all(isinstance(row, Mapping) for row in value):
            # CKAN cannot hold a text under `tags`.
            shown = "tag_string" if name == "tags" else name
            incoming.refuse(
                shown, f"F1 {name}：须为列表，每项为键值", f"{name} must be a list of objects"
            )
            del data[name]
    words = data.get("tag_string")
    if words is not None and not (
        isinstance(words, str)
        or (isinstance(words, list) and all(isinstance(word, str) for word in words))
    ):
        incoming.refuse(
            "tag_string", "F1 tag_string：须为以逗号分隔的文本", "tag_string is words with commas"
        )
        del data["tag_string"]
    for group in data.get("groups") or ():
        if not (_is_line(group.get("id")) and _is_line(group.get("name"))):
            incoming.refuse("groups", "F1 groups：id 须为一行文本", "ids of groups are texts")
            del data["groups"]
            break
    if any(not isinstance(tag.get("name"), str) for tag in data.get("tags") or ()):
        incoming.refuse("tag_string", "F1 tags：每个关键字须有名称", "each keyword has a name")
        del data["tags"]


def _is_line(value: Any) -> bool:
    """Tell whether the database may be asked for a value, or there is none."""
    return value is None or (isinstance(value, str) and value.isprintable())


def _is_form_key(name: str, by_name: Mapping[str, FieldModel]) -> bool:
    """Tell whether a key is one cell of a row as forms send it: `items-0-name`."""
    parts = name.split("-")
    item = by_name.get(parts[0])
    return len(parts) == 3 and item is not None and parts[2] in {sub.name for sub in item.subfields}


def _rows(value: Any, item: FieldModel, incoming: Incoming) -> list[dict[str, Any]]:
    """Read rows given as a list or as JSON text of one; refuse anything else."""
    if isinstance(value, str):
        try:
            value = json.loads(value) if value.strip() else []
        except (ValueError, RecursionError):
            value = None
    if not isinstance(value, list) or not all(isinstance(row, Mapping) for row in value):
        incoming.refuse(
            item.name,
            f"F1 {item.name}：须为若干行，每行为键值",
            f"{item.name} must be a list of rows, each with its keys",
        )
        return []
    known = {sub.name for sub in item.subfields}
    if item.name == "service_info":
        known |= set(SERVICE_ADDRESS_FIELDS)
    for position, row in enumerate(value):
        for name in sorted(str(key) for key in set(row) - known):
            incoming.refuse(
                item.name,
                f"F1 {item.name}[{position}].{name}：没有这一列，请去掉",
                f"{item.name}[{position}].{name} is no column of these rows; leave it out",
            )
    return [dict(row) for row in value]


def _refuse_filled(data: Mapping[str, Any], incoming: Incoming) -> None:
    for name in PERSON_COLUMNS:
        if data.get(name):
            incoming.refuse(
                name,
                f"F1 {name}：不登记个人，联系方式请填写 contact",
                f"{name} is not an element of this catalog; fill in contact",
            )
    for name in EMPTY_PACKAGE_KEYS:
        if data.get(name):
            incoming.refuse(
                name,
                f"F1 {name}：不是本目录的元数据项，请去掉",
                f"{name} is not an element of this catalog; leave it out",
            )


def _refuse_extras(data: Mapping[str, Any], incoming: Incoming) -> None:
    extras = data.get("extras") or []
    for extra in extras if isinstance(extras, list) else [extras]:
        name = extra.get("key", "") if isinstance(extra, Mapping) else str(extra)
        if name and not (isinstance(extra, Mapping) and extra.get("deleted")):
            incoming.refuse(
                "extras",
                f"F1 extras.{name}：不接受自由扩展项，请按标准字段填写",
                f"free extras such as {name} are not accepted; use the fields of the schema",
            )


def _resources(value: Any, incoming: Incoming) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(row, Mapping) for row in value):
        incoming.refuse(
            "resources",
            "F1 resources：须为资源的列表，每项为键值",
            "resources must be a list of resources, each with its keys",
        )
        return []
    return [dict(resource) for resource in value]
