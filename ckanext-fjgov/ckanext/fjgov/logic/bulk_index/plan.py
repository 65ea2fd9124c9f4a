"""What CKAN, scheming and the plugins of this site do with a stored entry, compiled once.

The plan is made from the schemas and plugins that are really loaded. What it does not know how to
repeat makes it None, and documents are then built in CKAN's own way.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import ckan.lib.plugins as lib_plugins
import ckan.plugins as p
from ckan.logic.schema import default_show_package_schema

ENTRY_TYPE = "dataset"
LIST_OUTPUTS = frozenset({"fjgov_list_output", "fjgov_rows_output"})
# Fields that the plan takes to be declared, so that an empty one is left out.
DECLARED = frozenset({"name", "title", "notes", "owner_org"})
# Hooks that change a document or an answer, and whose they may be: ours is repeated here, that of
# CKAN's datastore too, and ckanext-dcat's only flattens repeating fields that our documents
# do not carry.
HOOKS = (
    (p.IPackageController, "before_dataset_index"),
    (p.IPackageController, "after_dataset_show"),
    (p.IPackageController, "read"),
    (p.IResourceController, "before_resource_show"),
    (p.IPermissionLabels, "get_dataset_labels"),
)
KNOWN_OWNERS = frozenset(
    {"ckanext.fjgov.plugins.catalog", "ckanext.dcat.plugins", "ckanext.datastore.plugin"}
)
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Plan:
    """How stored values become the values of an answer.

    Attributes:
        columns_dropped: package columns that are left out of an answer when they are NULL.
        resource_dropped: resource keys that are left out when they are NULL.
        default_dropped: the same two in CKAN's default schema.
        texts: extras that are given as they are stored.
        lists: extras that hold a JSON list.
        rows: extras that hold JSON rows -> the columns of a row.
        has_datastore: CKAN's datastore is on, which says of every resource whether it holds it.
    """

    columns_dropped: frozenset[str]
    resource_dropped: frozenset[str]
    default_dropped: tuple[frozenset[str], frozenset[str]]
    texts: frozenset[str]
    lists: frozenset[str]
    rows: Mapping[str, frozenset[str]]
    has_datastore: bool

    def shown_resource(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """Give a stored resource as answers show it; of ours the datastore holds none itself."""
        shown = {
            name: cell
            for name, cell in row.items()
            if cell is not None or name not in self.resource_dropped
        }
        return self.hooked(shown)

    def hooked(self, resource: dict[str, Any]) -> dict[str, Any]:
        """Add what the datastore says of a resource (its `before_resource_show`)."""
        if self.has_datastore:
            resource.setdefault("datastore_active", False)
        return resource


class PlanKeeper:
    """Keeps the plan of the loaded plugins; a test that loads others gets another plan."""

    def __init__(self) -> None:
        """Begin without a plan."""
        self._loaded: tuple[Any, ...] | None = None
        self._plan: Plan | None = None

    def get(self) -> Plan | None:
        """Give the plan, or None when every document has to be built in CKAN's own way."""
        loaded = tuple(p.PluginImplementations(p.IConfigurer))
        if loaded != self._loaded:
            self._plan = _compile()
            self._loaded = loaded
        return self._plan


PLANS = PlanKeeper()


def _compile() -> Plan | None:
    reason = _foreign_hook() or ""
    schema = _expanded_schema()
    if schema is None:
        reason = "the dataset type has no scheming schema"
    fields = {field["field_name"]: field for field in (schema or {}).get("dataset_fields", [])}
    parts = {field["field_name"]: field for field in (schema or {}).get("resource_fields", [])}
    if not reason and not fields.keys() >= DECLARED:
        reason = "the schema leaves out " + ", ".join(sorted(DECLARED - fields.keys()))
    if not reason:
        reason = _odd_output([*fields.values(), *parts.values()])
    if reason:
        logger.warning("index documents are built one by one: %s", reason)
        return None
    shown = default_show_package_schema()
    own = {name: field for name, field in fields.items() if name not in shown}
    rows = {
        name: frozenset(sub["field_name"] for sub in field["repeating_subfields"])
        for name, field in own.items()
        if "repeating_subfields" in field
    }
    lists = frozenset(name for name, field in own.items() if field.get("output_validators"))
    return Plan(
        columns_dropped=_dropped(shown, fields),
        resource_dropped=_dropped(shown["resources"], parts),
        default_dropped=(_dropped(shown, {}), _dropped(shown["resources"], {})),
        texts=frozenset(own.keys() - lists - rows.keys()),
        lists=lists,
        rows=rows,
        has_datastore=p.plugin_loaded("datastore"),
    )


def _dropped(shown: Any, fields: Mapping[str, Any]) -> frozenset[str]:
    """Every declared field and every one of CKAN's with validators begins with `ignore_missing`."""
    return frozenset(name for name in {*shown, *fields} if name in fields or shown[name])


def _odd_output(fields: list[dict[str, Any]]) -> str:
    for field in fields:
        name, output = field["field_name"], field.get("output_validators")
        if output and output not in LIST_OUTPUTS:
            return f"{name} has an output validator {output}"
        subfields = field.get("repeating_subfields") or []
        if output and subfields:
            return f"{name} has an output validator over rows"
        if any("output_validators" in sub or "repeating_subfields" in sub for sub in subfields):
            return f"{name} has rows with output validators"
    return ""


def _expanded_schema() -> dict[str, Any] | None:
    plugin = lib_plugins.lookup_package_plugin(ENTRY_TYPE)
    schemas: Mapping[str, dict[str, Any]] = getattr(plugin, "_expanded_schemas", None) or {}
    return schemas.get(ENTRY_TYPE)


def _foreign_hook() -> str:
    """Name the first hook of another extension that would change a document."""
    for interface, name in HOOKS:
        for plugin in p.PluginImplementations(interface):
            owner = getattr(type(plugin), name).__module__
            if owner != interface.__module__ and owner not in KNOWN_OWNERS:
                return f"{owner} implements {name}"
    return ""
