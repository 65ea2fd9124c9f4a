"""Actions of processing to order (定制, Art. 22): order, follow, cancel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.fjgov.core.processing.words import STATE_WORDS
from ckanext.fjgov.logic import settings
from ckanext.fjgov.logic.action.cases import number_of, paging
from ckanext.fjgov.logic.action.texts import checked, text_of
from ckanext.fjgov.logic.processing import keeping
from ckanext.fjgov.logic.readers import person_in
from ckanext.fjgov.model import case_reading, processing
from ckanext.fjgov.model.database import snapshot


def fjgov_processing_create(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Order that granted tables be filtered, cleaned or compared; the worker does it.

    Each table must be granted in the mode `custom` to the caller's unit, or be its own.

    :param title: what the job is called (optional)
    :param spec: `inputs`, one or two of `{"resource": id, "grant": number (optional), "items":
        [ids of 信息项], "filter": [conditions]}`, and `steps`, done in their order:
        `{"do": "clean", "items": […], "rules": […]}` with the rules `trim`, `width`, `upper`,
        `code`, `uscc`, `id_number`, `date`; `{"do": "filter", "filter": […]}`;
        `{"do": "dedupe", "items": […]}`; `{"do": "select", "items": […]}`, each with `"input": 2`
        for the second table; and at the end of two tables `{"do": "compare",
        "keys": [[item, item]], "items": [[item, item]], "give": ["same", "different", "first",
        "second"]}`.

    Returns what `fjgov_processing_show` gives.
    """
    tk.check_access("fjgov_processing_create", context, data_dict)
    person = person_in(context)
    number = keeping.order(
        person, text_of(data_dict, "title"), checked(data_dict.get("spec"), "spec")
    )
    return _whole(keeping.seen(person, number))


@tk.side_effect_free
def fjgov_processing_show(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Show a job: how far it is, its report, and where its result is.

    :param number: of the job
    """
    tk.check_access("fjgov_processing_show", context, data_dict)
    return _whole(keeping.seen(person_in(context), number_of(data_dict)))


@tk.side_effect_free
def fjgov_processing_list(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """List the jobs of the caller and of the caller's units, the newest first.

    :param side: `mine` for the caller's own only, `unit` (default) for all
    :param limit: most rows wanted (default 20, at most 200)
    :param offset: rows to skip
    """
    tk.check_access("fjgov_processing_list", context, data_dict)
    person = person_in(context)
    units = keeping.codes_of(person) if text_of(data_dict, "side") != "mine" else set()
    with snapshot() as connection:
        count, rows = processing.page(
            connection, author=person.user_id or "", units=units, **paging(data_dict)
        )
        names = case_reading.unit_names(connection, (row["unit"] for row in rows))
        people = case_reading.user_names(connection, (row["author"] for row in rows))
    return {"count": count, "results": [_shown(row, names, people) for row in rows]}


def fjgov_processing_cancel(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Cancel a job that has not ended; what it read and wrote is removed.

    :param number: of the job
    """
    tk.check_access("fjgov_processing_cancel", context, data_dict)
    person, number = person_in(context), number_of(data_dict)
    keeping.cancel(person, number)
    return _whole(keeping.seen(person, number))


PROCESSING_ACTIONS = {
    "fjgov_processing_create": fjgov_processing_create,
    "fjgov_processing_show": fjgov_processing_show,
    "fjgov_processing_list": fjgov_processing_list,
    "fjgov_processing_cancel": fjgov_processing_cancel,
}


def _whole(job: Mapping[str, Any]) -> dict[str, Any]:
    with snapshot() as connection:
        names = case_reading.unit_names(connection, (job["unit"],))
        people = case_reading.user_names(connection, (job["author"],))
    report = job["report"] or {}
    return {
        **_shown(job, names, people),
        "spec": job["spec"],
        "inputs": job["inputs"],
        "lines": report.get("lines", []),
        "columns": report.get("columns", []),
        "files": _files(job["number"], report) if job["state"] == processing.DONE else {},
    }


def _shown(
    job: Mapping[str, Any], names: Mapping[str, str], people: Mapping[str, str]
) -> dict[str, Any]:
    moments = ("created_at", "started_at", "ended_at", "keep_until")
    return {
        "number": job["number"],
        "title": job["title"],
        "state": job["state"],
        "state_label": dict(zip(("zh", "en"), STATE_WORDS[job["state"]], strict=True)),
        "is_open": job["state"] in processing.OPEN,
        "is_ending": job["cancelled"] and job["state"] in processing.OPEN,
        "percent": job["done"] * 100 // job["total"] if job["total"] else 0,
        "problem": job["problem"],
        "rows": (job["report"] or {}).get("rows"),
        "unit": job["unit"],
        "unit_name": names.get(job["unit"], ""),
        "author": people.get(job["author"], ""),
        **{name: job[name].isoformat() if job[name] else None for name in moments},
    }


def _files(number: str, report: Mapping[str, Any]) -> dict[str, Any]:
    base = f"{settings.node().site_url}/share/jobs/{number}/result"
    return {
        code: {**file, "url": f"{base}.{code}"} for code, file in report.get("files", {}).items()
    }
