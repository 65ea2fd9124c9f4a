"""`fjgov source`: try, enable, list and end foreign sources."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

import ckan.plugins.toolkit as tk

from ckanext.fjgov.cli.output import emit, fail
from ckanext.fjgov.cli.site import site_context

_SHOWN = 20


@click.group()
def source() -> None:
    """外部来源 / Foreign sources."""


@source.command("preview")
@click.argument("target")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def source_preview(target: str, as_json: bool) -> None:
    """Read the first 20 records of a FILE or a registered CODE; nothing is stored."""
    result = _call("fjgov_source_preview", _target(target))
    emit(result, as_json=as_json, text=_text(result))


@source.command("dry-run")
@click.argument("target")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def source_dry_run(target: str, as_json: bool) -> None:
    """Read all records of a FILE or CODE and count what a sync would do; nothing is stored."""
    result = _call("fjgov_source_check", _target(target))
    emit(result, as_json=as_json, text=_text(result))


@source.command("add")
@click.argument("file", type=click.File("r", encoding="utf-8"))
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def source_add(file: Any, as_json: bool) -> None:
    """Enable the source of a FILE after a clean dry run; consent and end date are needed."""
    result = _call("fjgov_source_add", {"definition": file.read()})
    done = f"已接入 {result['code']} {result['name']} / source added"
    emit(result, as_json=as_json, text=f"{done}\n{_text(result)}")


@source.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def source_list(as_json: bool) -> None:
    """List the sources with state, consent and last reading."""
    rows = _call("fjgov_source_list", {})
    lines = [
        f"{row['code']}  {row['name']}  {row['kind']}  {row['state']}"
        f"  until={row['consent']['until']}  listed={row['listed']}"
        f"  incomplete={row['incomplete']}  refused={row['refused']}  read={row['read_at'] or '-'}"
        for row in rows
    ]
    emit(rows, as_json=as_json, text="\n".join(lines) or "尚无外部来源 / there is no source yet")


@source.command("end")
@click.argument("code")
@click.option("--reason", required=True, help="Why, for those who look at it later.")
def source_end(code: str, reason: str) -> None:
    """End a source: it is not read any more; what is listed stays as it was."""
    _call("fjgov_source_end", {"code": code, "reason": reason})
    click.echo(f"{code} 已终止接入 / ended")


def _target(target: str) -> dict[str, str]:
    path = Path(target)
    if path.is_file():
        return {"definition": path.read_text(encoding="utf-8")}
    return {"code": target}


def _call(action: str, data: dict[str, Any]) -> Any:
    try:
        return tk.get_action(action)(site_context(), data)
    except tk.ValidationError as error:
        words = [str(word) for found in error.error_dict.values() for word in found]
        fail("；".join(words), "not done")
    except tk.ObjectNotFound as error:
        fail(str(error), "not done")


def _text(result: dict[str, Any]) -> str:
    counts = " ".join(f"{name}={number}" for name, number in result["counts"].items())
    changes = " ".join(f"{name}={number}" for name, number in result["changes"].items())
    fields = result["fields"]
    lines = [
        f"{result['code']} {result['name']} ({result['kind']}, {result['profile']})",
        f"  记录 / records: {result['records']}  {counts}",
        f"  变化 / changes: {changes}",
        f"  已映射 / mapped: {', '.join(fields['mapped']) or '-'}",
        f"  已忽略 / ignored: {', '.join(fields['ignored']) or '-'}",
        "  未处理 / unmapped: "
        + (", ".join(f"{name} ({number})" for name, number in fields["unmapped"].items()) or "-"),
    ]
    lines += [f"  规则 / rule {rule}: {number}" for rule, number in result["reasons"].items()]
    for row in result["rows"][:_SHOWN]:
        lines.append(f"  [{row['outcome']}] {row['title'] or row['place']} · {row['unit'] or '-'}")
        lines += [
            f"      [{found['rule']}] {found['zh']} / {found['en']}"
            for found in row["findings"]
            if found["severity"] == "error"
        ]
    return "\n".join(lines)
