"""`fjgov calendar`: working days."""

from __future__ import annotations

from typing import Any

import click

from ckanext.fjgov.cli.output import emit
from ckanext.fjgov.cli.site import call


@click.group()
def calendar() -> None:
    """工作日 / Working days."""


@calendar.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def calendar_list(as_json: bool) -> None:
    """List the years whose working days are known."""
    rows = call("fjgov_calendar_show", {})
    lines = [
        f"{row['year']}  {row['origin']}  {row['notice']}  {row['loaded_by']}".rstrip()
        for row in rows
    ]
    emit(rows, as_json=as_json, text="\n".join(lines))


@calendar.command("load")
@click.argument("file", type=click.File("r", encoding="utf-8"))
@click.option("--dry-run", is_flag=True, help="Only say which days would change.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def calendar_load(file: Any, dry_run: bool, as_json: bool) -> None:
    """Load the notice of a year from a FILE (YAML: year, notice, days_off, days_worked)."""
    done = call("fjgov_calendar_load", {"notice": file.read(), "dry_run": dry_run})
    said = "未保存 / not kept" if dry_run else "已载入 / loaded"
    lines = [f"{done['year']}  {done['notice']}  {said}"]
    lines += [f"+ {day}  上班 / worked" for day in done["changed"]["worked"]]
    lines += [f"- {day}  休息 / off" for day in done["changed"]["off"]]
    emit(done, as_json=as_json, text="\n".join(lines))


@calendar.command("due")
@click.argument("received")
@click.argument("days", type=int)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def calendar_due(received: str, days: int, as_json: bool) -> None:
    """Say when DAYS working days after RECEIVED (ISO 8601, time of China) end."""
    found = call("fjgov_deadline_show", {"received": received, "days": days})
    mark = "  暂定 / provisional" if found["provisional"] else ""
    emit(found, as_json=as_json, text=f"{found['last_day']} 24:00{mark}")
