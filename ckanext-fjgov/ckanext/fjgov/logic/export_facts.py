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
from ckanext.fjgov.core.export.facts import SiteFacts
from ckanext.fjgov.core.export.vocabulary_labels import VocabularyLabels
from ckanext.fjgov.logic import settings
from ckanext.fjgov.model import nodes
from ckanext.fjgov.model.database import session_connection


def site_facts() -> SiteFacts:
    """Return the facts of this site; entries bring their unit in `organization`.

    Cost: one statement for the registered nodes, once a request.
    """
    return replace(own_facts(), node_sites=_node_sites())


def own_facts() -> SiteFacts:
    """Return what configuration alone says of this site."""
    here = settings.node()
    return SiteFacts(
        site_url=here.site_url,
        node_code=here.code,
        publisher={"name": here.name, "url": here.site_url},
    )


def code_labels() -> VocabularyLabels:
    """Return names of codes from the shipped lists and the node's own folder."""
    return VocabularyLabels(settings.data_folder())


def readable(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return a masked record of any directory, units among them, with lists and rows as values."""
    kind = str(entry.get("type") or ENTRY_TYPE)
    schema = load_schema(UNIT_SCHEMA) if kind == UNIT else record_schemas().get(kind)
    return normalise_entry(entry) if schema is None else normalise_record(entry, schema)


def _node_sites() -> dict[str, str]:
    """Return node code -> address of every registered node that has one."""
    if not flask.has_request_context():
        return _read_node_sites()
    if "fjgov_node_sites" not in flask.g:
        flask.g.fjgov_node_sites = _read_node_sites()
    known: dict[str, str] = flask.g.fjgov_node_sites
    return known


def _read_node_sites() -> dict[str, str]:
    found = nodes.all_nodes(session_connection())
    return {node.code: node.address.rstrip("/") for node in found if node.address}
