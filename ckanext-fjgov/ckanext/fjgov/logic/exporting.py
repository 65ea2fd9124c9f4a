"""Give the import template, empty or filled with what the reader may see."""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import partial
from typing import Any, Literal

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.fjgov.core.catalog.rules import normalise_entry
from ckanext.fjgov.core.catalog.vocabulary import load_vocabulary
from ckanext.fjgov.core.importing.choices import Lists
from ckanext.fjgov.core.importing.stamp import Stamp, schema_digest
from ckanext.fjgov.core.importing.template import template_mapping
from ckanext.fjgov.core.importing.workbook import WorkbookForm, write_workbook
from ckanext.fjgov.core.importing.writer import ExportEntry, write_csv
from ckanext.fjgov.logic import settings
from ckanext.fjgov.logic.clock import local_today

Form = Literal["csv", "xlsx"]
PAGE = 500


def export_entries(
    context: Any, form: Form, *, unit: str = "", node: str = ""
) -> tuple[bytes, int]:
    """Write the listed entries that the caller of an action may find.

    Args:
        context: the context of the caller's action; its user decides what is shown.
        form: `csv` or `xlsx`.
        unit: web name of one unit, "" for all.
        node: code of the home node of the entries, "" for all nodes.

    Returns:
        The file, and the number of entries in it.

    Raises:
        ExportRefused: a value does not fit into an xlsx cell.

    Cost: a search for every 500 entries; the file is held in memory.
    """
    entries = _Counted(_entries(context, unit, node))
    if form == "xlsx":
        out = io.BytesIO()
        write_workbook(entries, workbook_form(), out)
        return out.getvalue(), entries.count
    entry_schema, _unit_schema = settings.schemas()
    template = template_mapping(entry_schema, form, lists=code_lists())
    return "".join(write_csv(entries, template)).encode("utf-8"), entries.count


def empty_workbook() -> tuple[bytes, Stamp]:
    """Give the workbook that officials fill in, and its version stamp. Cost: 0.1 s of CPU."""
    form = workbook_form()
    out = io.BytesIO()
    write_workbook((), form, out)
    return out.getvalue(), form.stamp


def workbook_form() -> WorkbookForm:
    """Give what the workbooks of this node are made from today."""
    entry_schema, _unit_schema = settings.schemas()
    lists = code_lists()
    return WorkbookForm(
        template=template_mapping(entry_schema, "xlsx", lists=lists),
        schema=entry_schema,
        lists=lists,
        stamp=Stamp(
            schema=entry_schema.name,
            digest=schema_digest(entry_schema),
            made_on=local_today().isoformat(),
            node=settings.node().code,
        ),
    )


def code_lists() -> Lists:
    """Give the code lists of this node, its own where it has them."""
    return partial(load_vocabulary, folder=settings.data_folder())


class _Counted:
    """An iterator that remembers how many it gave."""

    def __init__(self, entries: Iterator[ExportEntry]) -> None:
        self._entries = entries
        self.count = 0

    def __iter__(self) -> Iterator[ExportEntry]:
        for entry in self._entries:
            self.count += 1
            yield entry


def _entries(context: Any, unit: str, node: str) -> Iterator[ExportEntry]:
    """Give the entries in order of their web names, masked for the caller by the search itself."""
    filters = ["+dataset_type:dataset", "+state:active"]
    filters += [f'+organization:"{unit}"'] if unit else []
    filters += [f'+home_node:"{node}"'] if node else []
    codes: dict[str, str] = {}
    start = 0
    while True:
        # As the caller: a context with ignore_auth would pass labels and masks.
        found = tk.get_action("package_search")(
            {"user": context.get("user"), "auth_user_obj": context.get("auth_user_obj")},
            {"q": "*:*", "fq_list": filters, "rows": PAGE, "start": start, "sort": "name asc"},
        )["results"]
        for entry in found:
            owner = entry.get("owner_org") or ""
            if owner not in codes:
                group = model.Group.get(owner)
                codes[owner] = ((group.extras or {}).get("uscc") or "") if group else ""
            title = (entry.get("organization") or {}).get("title") or ""
            yield ExportEntry(title, codes[owner], normalise_entry(entry))
        start += len(found)
        if len(found) < PAGE:
            return
