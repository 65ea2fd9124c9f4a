"""Pages of the directories beside the entries: overview, list with filters, one record."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request

import ckan.plugins.toolkit as tk

from ckanext.fjgov.core.catalog.directories import directories, record_schemas
from ckanext.fjgov.model.collection_records import RECORD_TYPE
from ckanext.fjgov.web import (
    helpers,
    links,
    presenting,
    registers,
    searching_pages,
    trees,
)
from ckanext.fjgov.web.searching_pages import reader_context
from ckanext.fjgov.web.views.entries import is_copy
from ckanext.fjgov.web.views.pages import page

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
    return page("fjgov/directory.html", schema=schema, shown=shown, sorts=searching_pages.SORTS)


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
    named = {field.name for field in schema.fields if field.reference is not None}
    return page(
        "fjgov/directory_record.html",
        record=record,
        schema=schema,
        groups=presenting.groups_of(schema, record, presenting.ELSEWHERE | named),
        links=links.around(record),
        is_copy=is_copy(record),
        person=helpers.person(),
        collection=_collection(record),
        may_report=_may_report(record),
    )


def _collection(record: dict[str, Any]) -> Any:
    """Give what is decided of a collection record, and who else holds its items, for officials."""
    if record["type"] != RECORD_TYPE or not helpers.person().is_staff:
        return None
    return tk.get_action("fjgov_collection_show")(reader_context(), {"id": record["id"]})


def _may_report(record: dict[str, Any]) -> bool:
    holds = helpers.person().holds(record.get("owner_org"), "registrar")
    return holds and not is_copy(record) and record.get("state") == "active"
