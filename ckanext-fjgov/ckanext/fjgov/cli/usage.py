"""`fjgov usage`: the log of uses."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import asdict
from itertools import islice
from pathlib import Path

import click

from ckanext.fjgov.cli.output import ATTENTION, DONE, FAILED, emit, fail
from ckanext.fjgov.core.federation.keys import parse_public
from ckanext.fjgov.core.usage.log_file import LogFileRefusedError
from ckanext.fjgov.core.usage.protecting import opening, protection
from ckanext.fjgov.core.usage.sealing import Fault, Head
from ckanext.fjgov.logic import settings
from ckanext.fjgov.logic.clock import utc_now
from ckanext.fjgov.logic.sharing import log_files, using
from ckanext.fjgov.logic.sharing.heads import LONGEST
from ckanext.fjgov.model import usage_heads, usage_role
from ckanext.fjgov.model.database import own_transaction
from ckanext.fjgov.model.signed_head import HeadRefusedError

AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
SHOWN = 20


@click.group()
def usage() -> None:
    """使用记录 / The log of uses."""


@usage.command("seal")
@AS_JSON
def usage_seal(as_json: bool) -> None:
    """Seal now what the scheduler would seal within seconds."""
    count = using.seal(utc_now())
    emit({"sealed": count}, as_json=as_json, text=f"封存 {count} 条 / {count} records sealed")


@usage.command("verify")
@click.option(
    "--seen",
    default="",
    metavar="NUMBER:HASH",
    help="A seal that the parent node has seen (`fjgov usage heads` there).",
)
@click.option(
    "--file",
    "path",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file of `usage export`.",
)
@click.option("--key", default="", help="Public key of that file's node; this node's own if empty.")
@AS_JSON
def usage_verify(seen: str, path: Path | None, key: str, as_json: bool) -> None:
    """Name what is not as it was written. Exit code 1 when something is not."""
    try:
        found = list(islice(_of_file(path, key) if path else using.check(_head(seen)), SHOWN))
    except HeadRefusedError:
        fail("库外的签名不是该节点所写", "the head outside was not signed by the node", FAILED)
    except LogFileRefusedError as error:
        fail(f"文件第 {error.line} 行损坏或不完整", f"line {error.line} is damaged", FAILED)
    lines = [f"{one.zh} / {one.en}" for one in found] or ["使用记录完整 / the log is whole"]
    emit([asdict(one) for one in found], as_json=as_json, text="\n".join(lines))
    sys.exit(ATTENTION if found else DONE)


def _of_file(path: Path, key: str) -> Iterator[Fault]:
    with path.open(encoding="utf-8") as text:
        own = parse_public(key) if key else settings.identity().key.verifying()
        yield from log_files.check(text, own)


def _head(text: str) -> Head | None:
    if not text:
        return None
    number, _colon, value = text.partition(":")
    if not (number.isascii() and number.isdigit() and len(number) <= LONGEST and value):
        raise click.BadParameter("须为 序号:摘要 / must be NUMBER:HASH", param_hint="--seen")
    return Head(int(number), value)


@usage.command("export")
@click.argument("path", type=click.Path(dir_okay=False, writable=True, path_type=Path))
def usage_export(path: Path) -> None:
    """Write the whole log with its seals into a file that `verify --file` looks at offline."""
    with path.open("w", encoding="utf-8") as file:
        file.writelines(log_files.lines())


@usage.command("heads")
@AS_JSON
def usage_heads_known(as_json: bool) -> None:
    """List the newest seal that each node below this one told of its own log of uses."""
    with own_transaction() as connection:
        rows = usage_heads.listing(connection)
    shown = [{**row, "seen_at": row["seen_at"].isoformat()} for row in rows]
    lines = [f"{row['node']}  {row['number']}:{row['hash']}  {row['seen_at']}" for row in shown]
    emit(shown, as_json=as_json, text="\n".join(lines) or "尚无 / none yet")


@usage.command("protect")
@click.option("--open", "is_open", is_flag=True, help="Undo it, for a migration of these tables.")
def usage_protect(is_open: bool) -> None:
    """Print what a database administrator runs, so that the site's role cannot change the log.

    `ckan … fjgov usage protect | psql -v ON_ERROR_STOP=1 -1 DATABASE` as that administrator.
    """
    with own_transaction() as connection:
        role = usage_role.site_role(connection)
    statements = (opening(role),) if is_open else protection(role)
    click.echo("".join(f"{statement};\n" for statement in statements), nl=False)
