"""Pages of the directories beside the entries: overview, list with filters, one record."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request

import ckan.plugins.toolkit as tk

from ckanext.fjgov.core.catalog.directories import directories, facet_of, record_schemas
from ckanext.fjgov.core.catalog.indicators import is_published
from ckanext.fjgov.core.catalog.vocabulary import load_vocabulary
from ckanext.fjgov.logic import indicators, settings
from ckanext.fjgov.logic.sharing.systems import MANAGING
from ckanext.fjgov.model.collection_records import RECORD_TYPE
from ckanext.fjgov.web import (
    helpers,
    links,
    presenting,
    registers,
    searching_pages,
    trees,
)
from ckanext.fjgov.web.negotiating import to_document_of
from ckanext.fjgov.web.searching_pages import reader_context
from ckanext.fjgov.web.views.entries import is_copy
from ckanext.fjgov.web.views.pages import closed_page, page

# Base databases are a short list; what is beyond stays in the list of databases.
MOST_BASES = 1000

blueprint = Blueprint("fjgov_directories", __name__)


@blueprint.route("/directory/")
def overview() -> str:
    """六类目录: the six directories, each with the number of records that the reader may see."""
    counts = {
        kind: tk.get_action("package_search")(
            reader_context(), {"fq": f"dataset_type:{kind}", "rows": 0}
        )["count"]
        for kind in record_schemas()
    }
    return page(
        "fjgov/directories.html",
        schemas=directories(),
        counts=counts,
        units=registers.find_units()[0],
        axes=trees.AXES,
    )


@blueprint.route("/directory/<kind>/")
def index(kind: str) -> Any:
    """One directory as a list with search and filters."""
    schema = directories().get(kind)
    if schema is None:
        return tk.abort(404)
    address = tk.h.url_for("fjgov_directories.index", kind=kind)
    shown = searching_pages.run(address, request.args, record_type=kind)
    return page(
        "fjgov/directory.html",
        schema=schema,
        shown=shown,
        sorts=searching_pages.SORTS,
        may_register=helpers.may("package_create"),
    )


@blueprint.route("/directory/base-databases/")
def base_databases() -> Any:
    """基础数据库: each of the open list with its lead units, databases and indicators."""
    if not helpers.person().is_staff:
        return closed_page(helpers.say("基础数据库", "Base databases"))
    found = tk.get_action("package_search")(
        reader_context(),
        {
            "fq_list": ["dataset_type:gov_database", f"{facet_of('database_kind')}:base"],
            "rows": MOST_BASES,
            "sort": "title_string asc",
        },
    )
    held: dict[str, list[dict[str, Any]]] = {}
    for record in sorted(found["results"], key=lambda record: record.get("home_node") or ""):
        held.setdefault(record.get("base_database") or "", []).append(record)
    known = load_vocabulary("base_databases", settings.data_folder()).choices()
    codes = {record.get("lead_unit_code") or "" for record in found["results"]} - {""}
    return page(
        "fjgov/base_databases.html",
        concepts=known,
        held=held,
        leads=registers.units_by_code(sorted(codes)),
        is_published=is_published,
    )


@blueprint.route("/directory/<kind>/<reference>")
def read(kind: str, reference: str) -> Any:
    """One record with its links both ways."""
    try:
        record = tk.get_action("package_show")(reader_context(), {"id": reference})
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return tk.abort(404)
    schema = directories().get(kind)
    if schema is None or record.get("type") != kind or record.get("state") == "deleted":
        return tk.abort(404)
    if reference != record["name"]:
        return tk.redirect_to("fjgov_directories.read", kind=kind, reference=record["name"])
    if (document := to_document_of(record)) is not None:
        return document
    named = {field.name for field in schema.fields if field.reference is not None}
    apart = {indicators.FIELD} if indicators.FIELD in schema.by_name else set()
    return page(
        "fjgov/directory_record.html",
        record=record,
        schema=schema,
        groups=presenting.groups_of(schema, record, presenting.ELSEWHERE | named | apart),
        links=links.around(record),
        sides=_sides(record) if apart and not is_copy(record) else {},
        is_copy=is_copy(record),
        is_published=is_published,
        may_change=helpers.may("package_update", {"id": record["id"]}),
        person=helpers.person(),
        collection=_collection(record),
        may_report=_may_report(record),
        has_tokens=_has_tokens(record),
    )


def _collection(record: dict[str, Any]) -> Any:
    """Give what is decided of a collection record, and who else holds its items, for officials."""
    if record["type"] != RECORD_TYPE or not helpers.person().is_staff:
        return None
    return tk.get_action("fjgov_collection_show")(reader_context(), {"id": record["id"]})


def _may_report(record: dict[str, Any]) -> bool:
    holds = helpers.person().holds(record.get("owner_org"), "registrar")
    return holds and not is_copy(record) and record.get("state") == "active"


def _has_tokens(record: dict[str, Any]) -> bool:
    """Tell whether the reader manages the tokens of a system."""
    manages = helpers.person().holds(record.get("owner_org"), MANAGING)
    return record["type"] == "app_system" and manages and not is_copy(record)


def _sides(record: dict[str, Any]) -> dict[str, list[Any]]:
    """Give the sides for which the reader may still sign, by the ids of indicators."""
    return indicators.open_sides(
        helpers.person(),
        record["id"],
        record.get(indicators.FIELD) or [],
        record.get("lead_unit_code") or "",
    )
