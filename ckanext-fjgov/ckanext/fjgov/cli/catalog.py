"""`fjgov index` and `fjgov doctor`."""

from __future__ import annotations

import sys
from dataclasses import asdict

import click

from ckanext.fjgov.cli.output import ATTENTION, DONE, emit
from ckanext.fjgov.logic import catalog_log, indexing
from ckanext.fjgov.logic.doctor import examine
from ckanext.fjgov.logic.operations.health import open_alarms

SHOWN = 20


@click.group()
def index() -> None:
    """检索索引 / The search index."""


@index.command("verify")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def index_verify(as_json: bool) -> None:
    """Compare the index with the database; exit code 1 when they differ."""
    report = indexing.verify_index()
    emit(asdict(report), as_json=as_json, text=_text(report))
    sys.exit(DONE if report.is_equal else ATTENTION)


@index.command("repair")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def index_repair(as_json: bool) -> None:
    """Index or delete what differs, then compare again."""
    indexing.drain_outbox()
    indexing.repair_index(indexing.verify_index())
    report = indexing.verify_index()
    emit(asdict(report), as_json=as_json, text=_text(report))
    sys.exit(DONE if report.is_equal else ATTENTION)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def doctor(as_json: bool) -> None:
    """Look for changes past the triggers, a broken audit or log of uses, and open alarms."""
    catalog_log.drain()
    problems = [*examine(), *open_alarms()]
    lines = [f"{item['check']}: {item['record']} {item['zh']} / {item['en']}" for item in problems]
    emit(problems, as_json=as_json, text="\n".join(lines) or "一切正常 / nothing found")
    sys.exit(ATTENTION if problems else DONE)


def _text(report: indexing.IndexReport) -> str:
    lines = [
        (
            f"checked={report.checked} missing={len(report.missing)}"
            f" ghosts={len(report.ghosts)} stale={len(report.stale)}"
        )
    ]
    for name in ("missing", "ghosts", "stale"):
        lines += [f"  {name}: {item}" for item in getattr(report, name)[:SHOWN]]
    return "\n".join(lines)
