"""Stable URIs for every serialisation of ckanext-dcat (interface `IDCATURIGenerator`)."""

from __future__ import annotations

from typing import Any

from ckanext.fjgov.core.catalog.directories import record_schemas
from ckanext.fjgov.core.export.facts import catalog_uri, dataset_uri
from ckanext.fjgov.core.export.units import unit_uri
from ckanext.fjgov.web.rdf.context import own_facts, site_facts
from ckanext.fjgov.web.rdf.profile import ENTRY_TYPE


class StableUris:
    """Methods of `IDCATURIGenerator`; a plugin inherits them and declares the interface."""

    def catalog_uri(self, default_uri: str) -> str:
        """Return the URI of this node's catalog."""
        del default_uri
        # ckanext-dcat asks while plugins load, before there is a database.
        return str(catalog_uri(own_facts()))

    def dataset_uri(self, dataset_dict: dict[str, Any], default_uri: str) -> str | None:
        """Return `<home site>/id/<prefix>/<suffix>` of a record, None for other types."""
        del default_uri
        if dataset_dict.get("type", ENTRY_TYPE) not in record_schemas():
            return None
        return str(dataset_uri(dataset_dict, site_facts()))

    def resource_uri(self, resource_dict: dict[str, Any], default_uri: str) -> str | None:
        """Keep the default: our own documents name resources as parts of their entry."""
        del resource_dict
        return default_uri

    def publisher_uri(self, dataset_dict: dict[str, Any], default_uri: str | None) -> str | None:
        """Return the page of the unit at its home node."""
        if dataset_dict.get("type", ENTRY_TYPE) not in record_schemas():
            return default_uri
        unit = unit_uri(dataset_dict, site_facts())
        return default_uri if unit is None else str(unit)
