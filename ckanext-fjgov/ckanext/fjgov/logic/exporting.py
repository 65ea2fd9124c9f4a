"""Give the import template, empty or filled with what the reader may see."""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import partial
from typing import Any, Literal

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.fjgov.core.catalog.directories import record_schemas
from ckanext.fjgov.core.catalog.rules import normalise_record
from ckanext.fjgov.core.catalog.schema_model import ENTRY_TYPE, SchemaModel
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
    context: Any, form: Form, *, directory: str = ENTRY_TYPE, unit: str = "", node: str = ""
) -> tuple[bytes, int]:
    """Write the listed records of a directory that the caller of an action may find.

    Args:
        context: the context of the caller's action; its user decides what is shown.
        form: `csv` or `xlsx`.
        directory: type of the records.
        unit: web name of one unit, "" for all.
        node: code of the home node of the records, "" for all nodes.

    Returns:
        The file, and the number of records in it.

    Raises:
        ExportRefused: a value does not fit into an xlsx cell.

    Cost: a search for every 500 records; the file is held in memory.
    """
    schema = record_schemas()[directory]
    entries = _Counted(_entries(context, schema, unit, node))
    if form == "xlsx":
        out = io.BytesIO()
        write_workbook(entries, workbook_form(directory), out)
        return out.getvalue(), entries.count
    template = template_mapping(schema, form, lists=code_lists())
    return "".join(write_csv(entries, template)).encode("utf-8"), entries.count


def empty_workbook(directory: str = ENTRY_TYPE) -> tuple[bytes, Stamp]:
    """Give the workbook that officials fill in, and its version stamp. Cost: 0.1 s of CPU."""
    form = workbook_form(directory)
    out = io.BytesIO()
    write_workbook((), form, out)
    return out.getvalue(), form.stamp


def workbook_form(directory: str = ENTRY_TYPE) -> WorkbookForm:
    """Give what the workbooks of a directory are made from today at this node."""
    schema = record_schemas()[directory]
    lists = code_lists()
    return WorkbookForm(
        template=template_mapping(schema, "xlsx", lists=lists),
        schema=schema,
        lists=lists,
        stamp=Stamp(
            schema=schema.name,
            digest=schema_digest(schema),
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


def _entries(context: Any, schema: SchemaModel, unit: str, node: str) -> Iterator[ExportEntry]:
    """Give the records in order of their web names, masked for the caller by the search itself."""
    filters = [f"+dataset_type:{schema.record_type}", "+state:active"]
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
            yield ExportEntry(title, codes[owner], normalise_record(entry, schema))
        start += len(found)
        if len(found) < PAGE:
            return
