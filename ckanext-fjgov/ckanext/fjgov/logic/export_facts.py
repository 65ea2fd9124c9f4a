"""What an export needs to know of the running site, read once a request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import flask

from ckanext.fjgov.core.catalog.canonical import UNIT
from ckanext.fjgov.core.catalog.directories import record_schemas
from ckanext.fjgov.core.catalog.rules import normalise_entry, normalise_record
from ckanext.fjgov.core.catalog.schema_model import ENTRY_TYPE, UNIT_SCHEMA, load_schema
from ckanext.fjgov.core.export.catalogs import ListedUnit
from ckanext.fjgov.core.export.facts import SiteFacts
from ckanext.fjgov.core.export.vocabulary_labels import VocabularyLabels
from ckanext.fjgov.logic import settings
from ckanext.fjgov.model import fragments, nodes
from ckanext.fjgov.model.database import session_connection


def site_facts() -> SiteFacts:
    """Return the facts of this site; entries bring their unit in `organization`.

    Cost: one statement for the registered nodes, once a request.
    """
    here, found = own_facts(), [node for node in _nodes() if node.address]
    return replace(
        here,
        node_sites={node.code: node.address.rstrip("/") for node in found},
        nodes_below={
            node.code: node.name
            for node in found
            if node.parent == here.node_code and node.kind == "fjgov"
        },
    )


def own_facts() -> SiteFacts:
    """Return what configuration alone says of this site."""
    here = settings.node()
    return SiteFacts(
        site_url=here.site_url,
        node_code=here.code,
        publisher={"name": here.name, "url": here.site_url},
    )


def listed_units() -> list[ListedUnit]:
    """Return the units of the register, which everybody may see."""
    return fragments.units(session_connection())


def code_labels() -> VocabularyLabels:
    """Return names of codes from the shipped lists and the node's own folder."""
    return VocabularyLabels(settings.data_folder())


def readable(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return a masked record of any directory, units among them, with lists and rows as values."""
    kind = str(entry.get("type") or ENTRY_TYPE)
    schema = load_schema(UNIT_SCHEMA) if kind == UNIT else record_schemas().get(kind)
    return normalise_entry(entry) if schema is None else normalise_record(entry, schema)


def _nodes() -> list[nodes.Node]:
    if not flask.has_request_context():
        return list(nodes.all_nodes(session_connection()))
    if "fjgov_nodes" not in flask.g:
        flask.g.fjgov_nodes = list(nodes.all_nodes(session_connection()))
    known: list[nodes.Node] = flask.g.fjgov_nodes
    return known
