"""`fjgov quality`: checks of listed entries."""

from __future__ import annotations

from dataclasses import asdict

import click

from ckanext.fjgov.cli.output import emit
from ckanext.fjgov.cli.site import call
from ckanext.fjgov.logic.quality import following


@click.group()
def quality() -> None:
    """目录质量检查 / Quality checks."""


@quality.command("run")
@click.option("--anew", is_flag=True, help="Judge every listed entry again.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def quality_run(anew: bool, as_json: bool) -> None:
    """Judge what changed since last time, after another process that is at it. Exit code: 0."""
    done = following.follow(anew=anew, wait=True) or following.Followed()
    text = f"检查 / checked {done.checked}  未变 / kept {done.kept}  撤销 / gone {done.gone}"
    emit(asdict(done), as_json=as_json, text=text)


@quality.command("summary")
@click.option("--node", default="", help="Only of this node.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def quality_summary(node: str, as_json: bool) -> None:
    """Print entries, average completeness and entries by check, in all and by node."""
    found = call("fjgov_quality_summary", {"node": node, "by": "node"})
    lines = [
        f"{part.get('node', '')}  {part['entries']}  {part['completeness']}  "
        + " ".join(f"{row['rule']}={row['entries']}" for row in part["rules"])
        for part in (*found["parts"], {"node": "*", **found})
    ]
    emit(found, as_json=as_json, text="\n".join(lines))
