"""Print for people or for machines."""

from __future__ import annotations

import json
import sys
from typing import Any

import click

DONE, ATTENTION, FAILED, REFUSED = 0, 1, 2, 3


def emit(value: Any, *, as_json: bool, text: str) -> None:
    """Print a value as JSON, or the text that says the same."""
    click.echo(json.dumps(value, ensure_ascii=False, default=str) if as_json else text)


def fail(zh: str, en: str, code: int = FAILED) -> None:
    """End with a message on the error channel."""
    click.secho(f"{zh} / {en}", fg="red", err=True)
    sys.exit(code)
