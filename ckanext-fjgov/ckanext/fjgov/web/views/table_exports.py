"""`/fjgov/export/<directory>.<csv|xlsx|parquet>`: the six directories as tables (Art. 45)."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, request, stream_with_context

import ckan.plugins.toolkit as tk

from ckanext.fjgov.core.export.table_files import csv_pieces, write_parquet, write_xlsx
from ckanext.fjgov.core.importing.problems import ExportRefused
from ckanext.fjgov.logic.gateway import Refused
from ckanext.fjgov.web import directory_tables
from ckanext.fjgov.web.refusals import refusal, refused_search, wants_page
from ckanext.fjgov.web.sending import PRIVATE

TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
}
# A workbook of more would take minutes before its first byte.
MOST_IN_WORKBOOK = 100_000
_PIECE = 1 << 18

blueprint = Blueprint("fjgov_tables_out", __name__)


@blueprint.route("/fjgov/export/<directory>.<form>")
def table(directory: str, form: str) -> Any:
    """One directory as a table with what the reader may see, by the filters of its page.

    `header=names` gives names of fields for headers, `codes=bare` codes without their labels.
    """
    if directory not in directory_tables.titles() or form not in TYPES:
        return tk.abort(404)
    try:
        found = directory_tables.found(directory, request.args)
        pieces = _pieces(found, form)
    except tk.ValidationError as error:
        return refused_search(error)
    except ExportRefused as error:
        return refusal(Refused(400, "", error.zh, error.en), as_json=not wants_page())
    name = quote(f"{found.form.title}.{form}")
    return Response(
        stream_with_context(pieces),
        content_type=TYPES[form],
        headers={
            **PRIVATE,
            "Content-Disposition": f"attachment; filename*=UTF-8''{name}",
            "X-Total-Count": str(found.count),
        },
    )


def _pieces(found: directory_tables.Found, form: str) -> Iterator[bytes]:
    if form == "csv":
        return csv_pieces(found.records, found.form, found.where)
    # A file without a name once it is made: nothing stays behind, however the transfer ends.
    with tempfile.TemporaryDirectory(prefix="fjgov-table-") as folder:
        if form == "xlsx":
            _refuse_too_many(found.count)
            path = Path(folder) / "table.xlsx"
            write_xlsx(found.records, found.form, found.where, path)
        else:
            path = write_parquet(found.records, found.form, found.where, Path(folder))
        file = os.open(path, os.O_RDONLY)
    return _read(file)


def _refuse_too_many(count: int) -> None:
    if count > MOST_IN_WORKBOOK:
        raise ExportRefused(
            f"共 {count} 条，xlsx 最多导出 {MOST_IN_WORKBOOK} 条；"
            "请增加筛选条件，或导出为 CSV 或 Parquet",
            f"{count} records, an xlsx takes {MOST_IN_WORKBOOK}; use more filters, or export as "
            "CSV or Parquet",
        )


def _read(number: int) -> Iterator[bytes]:
    with os.fdopen(number, "rb") as file:
        while piece := file.read(_PIECE):
            yield piece
