"""`fjgov template`, `fjgov import` and `fjgov export`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

import ckan.plugins.toolkit as tk

from ckanext.fjgov.cli.output import ATTENTION, DONE, emit, fail
from ckanext.fjgov.core.catalog.directories import record_schemas
from ckanext.fjgov.core.catalog.schema_model import ENTRY_TYPE
from ckanext.fjgov.core.importing.problems import ExportRefused, ImportRefused
from ckanext.fjgov.core.importing.report import (
    ImportReport,
    as_dict,
    problems_csv,
    to_csv,
    to_json,
    to_text,
)
from ckanext.fjgov.logic import exporting, importing, indexing, settings

STEP = 50
of_directory = click.option(
    "--directory",
    type=click.Choice(list(record_schemas())),
    default=ENTRY_TYPE,
    show_default=True,
    help="Type of the records; `dataset` are the entries.",
)


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@of_directory
@click.option(
    "--mapping",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Mapping file; without it the file must have the form of the template.",
)
@click.option(
    "--defaults",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Declared values for what XML of GB/T 21063.3 lacks, used in new entries only.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["rdf"]),
    help="`rdf` for officials' documents of this platform; other files are told by their content.",
)
@click.option("--dry-run", is_flag=True, help="Report only, save nothing.")
@click.option(
    "--profile",
    type=click.Choice(["strict", "inventory"]),
    help="Rules of a dry run; saving always uses the node's own profile.",
)
@click.option(
    "--first-load",
    is_flag=True,
    help="List new entries without a review (建库导入); the audit names it.",
)
@click.option("--unit", default="", help="Only rows of this unit (web name); others are refused.")
@click.option(
    "--report",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the report by row to this file: CSV, or JSON when it ends in .json.",
)
@click.option(
    "--problems",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write one line a finding, with sheet and cell, to this CSV file.",
)
@click.option(
    "--marked",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write a copy of the workbook with the findings marked in its cells.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the whole report as JSON.")
def import_(
    file: Path,
    directory: str,
    mapping: Path | None,
    defaults: Path | None,
    form: str | None,
    dry_run: bool,
    profile: str | None,
    first_load: bool,
    unit: str,
    report: Path | None,
    problems: Path | None,
    marked: Path | None,
    as_json: bool,
) -> None:
    """Import records from CSV, xlsx, XML of GB/T 21063.3 or RDF; exit 1 when a row was refused."""
    if marked and marked.resolve() == file.resolve():
        fail("--marked 须为另一个文件", "--marked must be another file than the one imported")
    if profile and not dry_run:
        fail("--profile 只用于 --dry-run", "--profile is for --dry-run only")
    if form and (mapping or defaults):
        fail("RDF 不用映射文件和默认值", "RDF takes neither a mapping file nor defaults")
    request = importing.ImportRequest(
        data=file.read_bytes(),
        mapping=mapping.read_text("utf-8") if mapping else "",
        user=str(tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]),
        dry_run=dry_run,
        profile=profile or "",
        units=frozenset([unit]) if unit else None,
        defaults=defaults.read_text("utf-8") if defaults else "",
        first_load=first_load,
        directory=directory,
        beside=True,
        is_rdf=form == "rdf",
    )
    try:
        done = importing.run_import(request, None if as_json else _progress)
    except ImportRefused as refused:
        fail(refused.zh, refused.en)
        raise
    if report:
        _write_report(report, done)
    if problems:
        problems.write_text(problems_csv(done), encoding="utf-8", newline="")
    if marked:
        _write_marked(marked, request.data, done)
    emit(as_dict(done), as_json=as_json, text=to_text(done))
    sys.exit(ATTENTION if done.totals["refused"] else DONE)


@click.command()
@of_directory
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="File to write, ending in .xlsx.",
)
def template(directory: str, out: Path) -> None:
    """Write the workbook to register records with, made from the schema and code lists in force."""
    if out.suffix.lower() != ".xlsx":
        fail("文件名应以 .xlsx 结尾", "the name of the file must end in .xlsx")
    data, stamp = exporting.empty_workbook(directory)
    out.write_bytes(data)
    click.echo(f"已生成模板 / template written: {out} ({stamp.digest}, {stamp.made_on})", err=True)


@click.command()
@of_directory
@click.option("--format", "form", type=click.Choice(["csv", "xlsx"]), default="csv")
@click.option("--unit", default="", help="Only records of this unit (web name).")
@click.option("--all-nodes", is_flag=True, help="Records of every node, not of this one only.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="File to write.")
def export(directory: str, form: str, unit: str, all_nodes: bool, out: Path | None) -> None:
    """Export the listed records in the form that `fjgov import` reads."""
    if out is None and form == "xlsx":
        fail("xlsx 请用 --out 指定文件", "give a file with --out for xlsx")
    indexing.drain_outbox()
    node = "" if all_nodes else settings.node().code
    user = str(tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"])
    try:
        data, count = exporting.export_entries(
            {"user": user},
            "xlsx" if form == "xlsx" else "csv",
            directory=directory,
            unit=unit,
            node=node,
        )
    except ExportRefused as refused:
        fail(refused.zh, refused.en)
        raise
    if out is None:
        click.echo(data.decode("utf-8"), nl=False)
    else:
        out.write_bytes(data)
    click.echo(f"已导出 {count} 条目录 / exported", err=True)


def _progress(done: int, counts: dict[str, int]) -> None:
    if done % STEP == 0:
        shown = " ".join(f"{name}={number}" for name, number in sorted(counts.items()))
        click.echo(f"  {done} 行 / rows  {shown}", err=True)


def _write_marked(path: Path, data: bytes, done: ImportReport) -> None:
    try:
        copy = importing.marked_copy(data, done)
    except ImportRefused as refused:
        fail(refused.zh, refused.en)
        raise
    if copy is None:
        fail("--marked 只用于 xlsx 工作簿", "--marked is for xlsx workbooks only")
    else:
        path.write_bytes(copy)


def _write_report(path: Path, report: ImportReport) -> None:
    text = to_json(report) if path.suffix == ".json" else to_csv(report)
    path.write_text(text, encoding="utf-8", newline="")
