"""Actions of the 采集目录 (Art. 6 to 8): report, look, compare, the overall catalog, the copy."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.fjgov.core.catalog.schema_model import ENTRY_TYPE
from ckanext.fjgov.core.collection.item import CollectionItem
from ckanext.fjgov.core.collection.reading import items_of_entry, with_bases
from ckanext.fjgov.core.collection.words import load_word_book
from ckanext.fjgov.logic import settings
from ckanext.fjgov.logic.action.operations import whole
from ckanext.fjgov.logic.action.texts import reason_of, text_of
from ckanext.fjgov.logic.cases.entries import plain_entry
from ckanext.fjgov.logic.clock import utc_now
from ckanext.fjgov.logic.collection import checking, pulling, reporting, showing
from ckanext.fjgov.logic.collection.following import follow
from ckanext.fjgov.logic.collection.ranging import UnitRange, range_of_unit
from ckanext.fjgov.logic.collection.standing import (
    Standing,
    key_of,
    reported_items,
    standings,
)
from ckanext.fjgov.logic.readers import person_in
from ckanext.fjgov.logic.upkeep.scope import chosen_units, found_unit
from ckanext.fjgov.model import (
    collection_entries,
    collection_items,
    collection_records,
    collection_reviews,
)
from ckanext.fjgov.model.collection_records import RECORD_TYPE
from ckanext.fjgov.model.database import session_connection, snapshot

MAX_LIMIT = 200


def fjgov_collection_report(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Report a listed record of the 采集目录 to 省数字办 (Art. 6), or its revision (Art. 7).

    A revision that brings nothing new to the overall catalog and keeps the responsible unit is
    filed and in force at once; any other waits, and what was confirmed holds meanwhile.

    :param id: id or name of the record
    :param basis: change of duties that a revision rests on (else `revision_basis` of the record)
    :param reason: a remark (optional)

    :returns: `number`, `state` and `version` of the case, and the record as
        `fjgov_collection_show` gives it
    """
    tk.check_access("fjgov_collection_report", context, data_dict)
    package = _record(data_dict)
    case = reporting.report(
        package.id, context, basis=text_of(data_dict, "basis"), reason=reason_of(data_dict)
    )
    follow()
    return {
        "number": case.number,
        "state": case.state,
        "version": case.version,
        "record": _shown(package.id),
    }


@tk.side_effect_free
def fjgov_collection_show(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Show a record item by item: what holds, what waits, who else holds it with which score.

    :param id: id or name of the record
    """
    tk.check_access("fjgov_collection_show", context, data_dict)
    package = _record(data_dict)
    tk.check_access("package_show", dict(context), {"id": package.id})
    follow()
    return _shown(package.id)


@tk.side_effect_free
def fjgov_collection_check(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Compare the items of a record or of an entry with the overall catalog (Art. 8).

    An entry whose unit collects it itself (取得方式 自采) is also compared with what its unit may
    collect: 超范围采集提示, cleared by a cited law.

    :param id: id or name of a collection record or an entry

    :returns: `outcomes` and `copy`, how old the knowledge of this node is
    """
    tk.check_access("fjgov_collection_check", context, data_dict)
    package = model.Package.get(tk.get_or_bust(data_dict, "id"))
    if package is None or package.type not in (RECORD_TYPE, ENTRY_TYPE):
        raise tk.ObjectNotFound("没有该目录 / there is no such record")
    tk.check_access("package_show", dict(context), {"id": package.id})
    follow()
    is_entry = package.type == ENTRY_TYPE
    items = _entry_items(package) if is_entry else _standing(package.id).items
    outcomes = []
    if items and checking.has_catalog():
        checked = checking.check_items(items, utc_now(), with_range=is_entry)
        outcomes = showing.shown_outcomes(checked.outcomes)
    return {"id": package.id, "outcomes": outcomes, "copy": showing.shown_copy()}


@tk.side_effect_free
def fjgov_collection_list(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """List the overall collection catalog: the confirmed and adjusted items of all nodes.

    At a city it is the local copy, and `copy` says how old it is.

    :param q: words in the names of item, record or unit
    :param unit: code of the responsible unit
    :param node: code of the home node
    :param business_object: code of the business object
    :param limit: most rows wanted (default 20, at most 200)
    :param offset: rows to skip
    """
    tk.check_access("fjgov_collection_list", context, data_dict)
    follow()
    with snapshot() as connection:
        count, rows = collection_items.listing(
            connection,
            words=text_of(data_dict, "q"),
            unit=text_of(data_dict, "unit"),
            node=text_of(data_dict, "node"),
            business_object=text_of(data_dict, "business_object"),
            **_paging(data_dict),
        )
    return {
        "count": count,
        "results": [showing.shown_row(row) for row in rows],
        "copy": showing.shown_copy(),
    }


@tk.side_effect_free
def fjgov_collection_waiting_list(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """List the records that wait for 省数字办, the longest waiting first, with what they meet.

    :param limit: most rows wanted (default 20, at most 200)
    :param offset: rows to skip
    """
    tk.check_access("fjgov_collection_waiting_list", context, data_dict)
    follow()
    with snapshot() as connection:
        count, rows = collection_reviews.waiting(connection, **_paging(data_dict))
        found = collection_records.find(
            connection, [row["subject"] for row in rows], settings.node().code
        )
        known = standings(connection, found.values())
    results = [
        {**row, **_summary(known[key_of(found[row["subject"]])])}
        for row in rows
        if row["subject"] in found
    ]
    return {"count": count, "results": results}


@tk.side_effect_free
def fjgov_collection_range_list(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """List what a unit collects beyond its confirmed catalog (超范围采集提示, Art. 8).

    Of the listed entries that the unit collects itself, local and harvested: items without a
    confirmed collection item of the unit and without a cited law. Without `unit`: the units in
    sight with such entries. A unit sees its own, an office the units that name it as their
    competent office today, 省数字办 and the operator all.

    :param unit: the unit (id or name)
    :param limit: most rows wanted (default 50, at most 200)
    :param offset: rows to skip

    :returns: `count`, `copy` and either `units` (`unit`, `unit_title`, `entries`), or `unit`,
        `unit_title`, `entries` (how many were checked) and `findings`: `kind`, `article`, `zh`,
        `en`, the entry (`id`, `name`, `identifier`, `title`, `node`) and the item (`item`,
        `item_name`, None where it is about the whole entry)
    """
    tk.check_access("fjgov_collection_range_list", context, data_dict)
    limit = min(whole(data_dict, "limit", 50), MAX_LIMIT)
    offset = whole(data_dict, "offset", 0)
    follow()
    with snapshot() as connection:
        units = chosen_units(connection, person_in(context), data_dict)
        if not data_dict.get("unit"):
            count, rows = collection_entries.by_unit(connection, units, limit=limit, offset=offset)
            return {"count": count, "units": rows, "copy": showing.shown_copy()}
    unit = found_unit(data_dict["unit"])
    found = range_of_unit(unit.id) if checking.has_catalog() else UnitRange(0, ())
    return {
        "unit": unit.name,
        "unit_title": unit.title,
        "entries": found.entries,
        "count": len(found.found),
        "findings": [
            showing.shown_beyond(entry, outcome)
            for entry, outcome in found.found[offset : offset + limit]
        ],
        "copy": showing.shown_copy(),
    }


def fjgov_collection_pull(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Bring the local copy of the decided items up to the parent node now.

    :param full: from the beginning (default false)

    :returns: `state` (`pulled`, `unchanged`, `recovered`), `rows`, `cases` and `copy`
    """
    tk.check_access("fjgov_collection_pull", context, data_dict)
    done = pulling.pull(full=tk.asbool(data_dict.get("full", False)))
    return {
        "state": done.state,
        "rows": done.rows,
        "cases": done.cases,
        "copy": showing.shown_copy(),
    }


def _record(data_dict: dict[str, Any]) -> model.Package:
    package = model.Package.get(tk.get_or_bust(data_dict, "id"))
    if package is None or package.type != RECORD_TYPE or package.state == "deleted":
        raise tk.ObjectNotFound("没有该采集目录 / there is no such collection record")
    return package


def _standing(package_id: str) -> Standing:
    connection = session_connection()
    found = collection_records.find(connection, [package_id], settings.node().code)
    if package_id not in found:
        raise tk.ObjectNotFound("没有该采集目录 / there is no such collection record")
    record = found[package_id]
    return standings(connection, [record])[key_of(record)]


def _shown(package_id: str) -> dict[str, Any]:
    standing = _standing(package_id)
    checked = None
    if standing.items and checking.has_catalog():
        checked = checking.check_items(standing.items, utc_now(), with_range=False)
    return showing.shown_standing(standing, checked)


def _summary(standing: Standing) -> dict[str, Any]:
    """Count what waits in a record, and what of it others hold."""
    waiting = standing.waiting
    checked = checking.check_items(waiting, utc_now(), with_range=False)
    scores = [one.matches[0].likeness.score for one in checked.outcomes if one.matches]
    return {
        "unit_name": standing.record.unit_name,
        "node": standing.record.node,
        "items": len(standing.items),
        "waiting": len(waiting),
        "matched": len(scores),
        "best_score": round(max(scores), 4) if scores else None,
    }


def _entry_items(package: model.Package) -> tuple[CollectionItem, ...]:
    here = settings.node().code
    items = items_of_entry(plain_entry(package.id), (package.extras or {}).get("home_node") or here)
    records = collection_records.of_unit(session_connection(), package.owner_org, here)
    reported = [item for record in records for item in reported_items(record)]
    return with_bases(items, reported, load_word_book(settings.data_folder()))


def _paging(data: dict[str, Any]) -> dict[str, int]:
    return {
        "limit": min(whole(data, "limit", 20), MAX_LIMIT),
        "offset": whole(data, "offset", 0),
    }


COLLECTION_ACTIONS = {
    "fjgov_collection_report": fjgov_collection_report,
    "fjgov_collection_show": fjgov_collection_show,
    "fjgov_collection_check": fjgov_collection_check,
    "fjgov_collection_list": fjgov_collection_list,
    "fjgov_collection_waiting_list": fjgov_collection_waiting_list,
    "fjgov_collection_range_list": fjgov_collection_range_list,
    "fjgov_collection_pull": fjgov_collection_pull,
}
