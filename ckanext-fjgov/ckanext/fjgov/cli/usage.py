"""`fjgov usage`: the log of uses."""

from __future__ import annotations

import sys
from dataclasses import asdict

import click

from ckanext.fjgov.cli.output import ATTENTION, DONE, FAILED, emit, fail
from ckanext.fjgov.logic.clock import utc_now
from ckanext.fjgov.logic.sharing import using
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
@AS_JSON
def usage_verify(as_json: bool) -> None:
    """Name what is not as it was written. Exit code 1 when something is not."""
    found = []
    try:
        for fault in using.check():
            found.append(fault)
            if len(found) == SHOWN:
                break
    except HeadRefusedError as error:
        fail("库外的签名文件不是本节点所写", f"{error} was not signed by this node", FAILED)
    lines = [f"{one.zh} / {one.en}" for one in found] or ["使用记录完整 / the log is whole"]
    emit([asdict(one) for one in found], as_json=as_json, text="\n".join(lines))
    sys.exit(ATTENTION if found else DONE)
