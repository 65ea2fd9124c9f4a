"""Addresses of exports: `/id/<prefix>/<suffix>`, `/dataset/<id>.xml-gb`, the workbook template."""

from __future__ import annotations

import base64
from types import SimpleNamespace
from typing import Any, Final

from flask import Blueprint, Response

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.fjgov.core.catalog.canonical import ENTRY
from ckanext.fjgov.core.catalog.identifier import is_identifier, parse_identifier, slug_of
from ckanext.fjgov.core.catalog.schema_model import ENTRY_TYPE
from ckanext.fjgov.core.errors import InvalidIdentifier
from ckanext.fjgov.core.export.facts import dataset_uri
from ckanext.fjgov.core.export.fragments import SYNTAXES, fragment
from ckanext.fjgov.core.export.gbelements import label_of, missing_elements
from ckanext.fjgov.core.export.gbmetadata import gb_from_entry
from ckanext.fjgov.core.export.gbxml import write_gbxml
from ckanext.fjgov.core.export.record import tombstone_triples
from ckanext.fjgov.logic import catalog_log
from ckanext.fjgov.logic.readers import package_labels, reader_labels
from ckanext.fjgov.model import feed
from ckanext.fjgov.model.database import session_connection
from ckanext.fjgov.web import helpers
from ckanext.fjgov.web.negotiating import to_record, wanted_ending
from ckanext.fjgov.web.rdf.context import code_labels, readable, site_facts
from ckanext.fjgov.web.tagging import tagged

blueprint = Blueprint("fjgov_export", __name__)

_NOT_FOUND: Final = "没有这一信息资源标识符 / no entry has this identifier"
_WITHDRAWN: Final = "该目录条目已撤销 / this entry was withdrawn"


@blueprint.route("/id/<prefix>/<suffix>")
def resolve(prefix: str, suffix: str) -> Any:
    """Answer an identifier: 303 to page or RDF, 410 when withdrawn, 404 when unknown.

    An entry that the reader may not see is answered like one that does not exist.
    """
    try:
        identifier = parse_identifier(f"{prefix}/{suffix}")
        slug = slug_of(identifier)
    except InvalidIdentifier:
        return tk.abort(404, _NOT_FOUND)
    entry = _visible_entry(slug)
    if entry is None or entry.get("state") == "deleted":
        return _gone(str(identifier)) if _is_withdrawn(slug) else tk.abort(404, _NOT_FOUND)
    return to_record(entry)


@blueprint.route("/dataset/<entry_id>.xml-gb")
def gb_xml(entry_id: str) -> Any:
    """Return an entry's core metadata as GB/T 21063.3 XML."""
    entry = _visible_entry(entry_id)
    if entry is None:
        return tk.abort(404, _NOT_FOUND)
    metadata = gb_from_entry(readable(entry), site_facts(), code_labels())
    missing = missing_elements(metadata)
    if missing:
        named = "、".join(f"{name}（{label_of(name)}）" for name in missing)
        return tk.abort(
            409,
            f"该条目尚缺 GB/T 21063.3 的必选元素 {named}，补全后可导出 / "
            f"the entry lacks mandatory elements of GB/T 21063.3 ({', '.join(missing)}): "
            "state them, then export it",
        )
    return tagged(write_gbxml(metadata), "application/xml; charset=utf-8")


@blueprint.route("/fjgov/template.xlsx")
def template() -> Any:
    """Return the empty workbook to register records of a directory with (登记簿模板)."""
    try:
        found = tk.get_action("fjgov_template_show")({}, {"directory": _directory()})
    except tk.ValidationError:
        return tk.abort(404)
    return Response(
        base64.b64decode(found["content"]),
        content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        headers={
            "Content-Disposition": f'attachment; filename="{found["filename"]}"',
            "ETag": f'"{found["digest"]}-{found["made_on"]}"',
        },
    )


def _directory() -> str:
    return tk.request.args.get("directory", ENTRY_TYPE)


def _visible_entry(reference: str) -> dict[str, Any] | None:
    """Return the entry as masked for the reader, None when there is none for them."""
    try:
        entry: dict[str, Any] = tk.get_action("package_show")({}, {"id": reference})
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return None
    return entry


def _gone(identifier: str) -> Any:
    """Answer for a withdrawn entry: a word for people, a tombstone for machines (410)."""
    ending = wanted_ending()
    if not ending:
        return tk.abort(410, _WITHDRAWN)
    catalog_log.drain()
    row, facts = feed.tombstone(session_connection(), ENTRY, identifier), site_facts()
    named = (row.replaced_by if row else None) or ""
    follower = _visible_entry(slug_of(parse_identifier(named))) if is_identifier(named) else None
    triples = tombstone_triples(
        dataset_uri({"identifier": identifier}, facts),
        row.changed_at.isoformat() if row else "",
        dataset_uri(readable(follower), facts) if follower else None,
    )
    syntax = SYNTAXES[ending.removeprefix(".")]
    body = b"".join(syntax.document([fragment(triples)]))
    return Response(body, status=410, content_type=syntax.media)


def _is_withdrawn(slug: str) -> bool:
    """Tell whether an entry of this name was withdrawn that the reader might see were it listed.

    Of what nobody could tell the reader before, nothing is told by its end.
    """
    package = model.Package.get(slug)
    if package is None or package.state != model.State.DELETED:
        return False
    listed = SimpleNamespace(
        type=package.type,
        extras=package.extras,
        state=model.State.ACTIVE,
        private=package.private,
        owner_org=package.owner_org,
    )
    return bool(set(package_labels(listed)).intersection(reader_labels(helpers.person())))
