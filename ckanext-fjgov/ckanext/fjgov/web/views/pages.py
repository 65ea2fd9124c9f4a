"""Public pages: home, results, units, code lists, about."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request

import ckan.plugins.toolkit as tk

from ckanext.fjgov.core.catalog.vocabulary import load_vocabulary, vocabulary_names
from ckanext.fjgov.core.errors import UnknownVocabulary
from ckanext.fjgov.logic import settings
from ckanext.fjgov.web import describing, helpers, presenting, registers, searching_pages
from ckanext.fjgov.web.negotiating import to_document
from ckanext.fjgov.web.searching_pages import reader_context

LATEST = 8
HOME_FACETS = ["theme_top", "share_type", "home_node", "organization", "exchange_status"]
LEVELS = ("province", "city", "county", "town")

blueprint = Blueprint("fjgov_pages", __name__)


def page(template: str, **values: Any) -> str:
    """Render one of our pages with the words every template needs."""
    return str(tk.render(template, {"say": helpers.say, "word": helpers.word, **values}))


def closed_page(heading: str) -> Any:
    """Say who may read a page that shows nothing to this reader; anonymous ones may sign in."""
    return page("fjgov/closed.html", heading=heading), 403


def refused() -> Any:
    """Refuse who is signed in; everybody else may sign in and comes back."""
    return tk.abort(403) if tk.g.user else tk.redirect_to("user.login", came_from=helpers.here())


@blueprint.route("/")
def home() -> Any:
    """首页: search box, counts, topics, latest entries; the address of the catalog for machines."""
    if (document := to_document("/catalog")) is not None:
        return document
    found = tk.get_action("package_search")(
        reader_context(),
        {
            "fq_list": ["dataset_type:dataset"],
            "rows": LATEST,
            "sort": "metadata_modified desc",
            "facet.field": HOME_FACETS,
            "facet.limit": -1,
        },
    )
    counts = {name: found["facets"].get(name, {}) for name in HOME_FACETS}
    topics = load_vocabulary("topics", settings.data_folder())
    return page(
        "fjgov/home.html",
        total=found["count"],
        latest=found["results"],
        counts=counts,
        units=registers.find_units()[0],
        topics=[
            (concept.code, counts["theme_top"].get(concept.code, 0))
            for concept in topics.children(None)
        ],
        share_types=list(load_vocabulary("share_types", settings.data_folder()).concepts),
        schema_org=describing.catalog_script(),
    )


@blueprint.route("/dataset/", strict_slashes=False)
def search() -> str:
    """政务信息目录: results with facets."""
    shown = searching_pages.run(tk.h.url_for("fjgov_pages.search"), request.args)
    return page("fjgov/search.html", shown=shown, sorts=searching_pages.SORTS)


@blueprint.route("/organization/", strict_slashes=False)
def units() -> str:
    """机关单位（政务用户目录）."""
    wanted = {name: request.args.get(name, "").strip() for name in ("q", "level", "home_node")}
    number = searching_pages.page_number(request.args.get("page", "1"))
    count, found = registers.find_units(
        words=wanted["q"], level=wanted["level"], home_node=wanted["home_node"], page=number
    )
    counted = tk.get_action("package_search")(
        reader_context(),
        {
            "fq_list": ["dataset_type:dataset"],
            "rows": 0,
            "facet.field": ["organization", "home_node"],
            "facet.limit": -1,
        },
    )
    pages = max(1, -(-count // registers.PAGE_SIZE))
    return page(
        "fjgov/units.html",
        wanted=wanted,
        count=count,
        units=found,
        entries=counted["facets"].get("organization", {}),
        nodes=sorted({*counted["facets"].get("home_node", {}), settings.node().code}),
        levels=LEVELS,
        number=number,
        pages=pages,
    )


@blueprint.route("/organization/<reference>")
def unit(reference: str) -> Any:
    """One unit: its registration, its entries, units below it, appointments for officials."""
    try:
        found = tk.get_action("organization_show")(
            reader_context(),
            {"id": reference, "include_users": False, "include_dataset_count": False},
        )
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return tk.abort(404)
    if reference != found["name"]:
        return tk.redirect_to("fjgov_pages.unit", reference=found["name"])
    if (document := to_document(f"/organization/{found['name']}")) is not None:
        return document
    person = helpers.person()
    address = tk.h.url_for("fjgov_pages.unit", reference=found["name"])
    codes = [found.get("parent_uscc") or "", found.get("successor_uscc") or ""]
    return page(
        "fjgov/unit.html",
        unit=found,
        groups=presenting.unit_groups(found, is_staff=person.is_staff),
        shown=searching_pages.run(address, request.args, unit_id=found["id"]),
        sorts=searching_pages.SORTS,
        below=registers.subordinate_units(found.get("uscc") or ""),
        related=registers.units_by_code([code for code in codes if code]),
        drafts=_drafts(found["id"], person),
        appointments=_appointments(found["name"], person),
        findings=_findings(found, person),
    )


@blueprint.route("/fjgov/standards")
def standards() -> str:
    """标准与代码表: the code lists in force here."""
    folder = settings.data_folder()
    lists = [load_vocabulary(name, folder) for name in vocabulary_names(folder)]
    return page("fjgov/standards.html", lists=lists)


@blueprint.route("/fjgov/standards/<name>")
def standard(name: str) -> Any:
    """One code list."""
    try:
        found = load_vocabulary(name, settings.data_folder())
    except UnknownVocabulary:
        return tk.abort(404)
    if (document := to_document(f"/fjgov/standards/{name}")) is not None:
        return document
    return page("fjgov/standard.html", vocabulary=found)


@blueprint.route("/about")
def about() -> str:
    """What this site is, and its machine interfaces."""
    return page("fjgov/about.html")


def _drafts(unit_id: str, person: Any) -> list[dict[str, Any]]:
    """Give the unit's drafts to the people appointed there."""
    if unit_id not in person.roles and not person.is_sysadmin:
        return []
    found = tk.get_action("package_search")(
        reader_context(),
        {
            "fq_list": [f'owner_org:"{unit_id}"', "state:draft"],
            "include_drafts": True,
            "rows": 100,
            "sort": "metadata_modified desc",
        },
    )
    drafts: list[dict[str, Any]] = found["results"]
    return drafts


def _appointments(name: str, person: Any) -> list[dict[str, Any]]:
    if not person.is_staff:
        return []
    rows: list[dict[str, Any]] = tk.get_action("fjgov_appointment_list")(
        reader_context(), {"unit": name}
    )
    return rows


def _findings(found: dict[str, Any], person: Any) -> list[dict[str, Any]]:
    if not person.is_staff:
        return []
    rows = tk.get_action("fjgov_finding_count")(reader_context(), {})
    return [row for row in rows if row["unit_id"] == found["id"]]
