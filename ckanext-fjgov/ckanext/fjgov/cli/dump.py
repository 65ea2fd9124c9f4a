"""`fjgov dump`: the whole catalog as one RDF document."""

from __future__ import annotations

import gzip
import hashlib
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import click

from ckanext.fjgov.cli.output import DONE, emit
from ckanext.fjgov.core.export.fragments import SYNTAXES
from ckanext.fjgov.logic import dumping


@click.command()
@click.option("--format", "ending", type=click.Choice(list(SYNTAXES)), default="nt")
@click.option("--audience", type=click.Choice(list(dumping.READERS)), default="public")
@click.option("--gzip", "is_packed", is_flag=True, help="Compress the file.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="File to write.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def dump(ending: str, audience: str, is_packed: bool, output: Path | None, as_json: bool) -> None:
    """整库 RDF / Write the whole catalog as RDF; without a file, only bring it up to date."""
    chosen = next(one for one in dumping.READERS if one == audience)

    def told(changes: int) -> None:
        click.echo(f"{changes} …", err=True)

    begin = time.monotonic()
    done = dumping.refresh(chosen, progress=told)
    facts = {
        **dumping.about(chosen),
        "changes": done.changes,
        "made": done.made,
        "broken": ["/".join(name) for name in done.broken],
    }
    if output is not None:
        syntax = SYNTAXES[ending]
        if is_packed and syntax.write is None:
            pieces = dumping.packed(chosen)
            facts["sha256"] = _write(pieces, output)
        else:
            facts["sha256"] = _write(dumping.document(chosen, syntax), output, is_packed=is_packed)
        facts["file"] = str(output)
    facts["seconds"] = round(time.monotonic() - begin, 3)
    text = f"{facts['entries']} 条 / entries, seq {facts['seq']}, {done.made} 新制 / made"
    emit(facts, as_json=as_json, text=text)
    sys.exit(DONE)


class _Hashing:
    """A file that knows the SHA-256 of what was written to it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._found = hashlib.sha256()

    def write(self, data: bytes) -> int:
        self._found.update(data)
        return self._file.write(data)

    def flush(self) -> None:
        self._file.flush()

    @property
    def digest(self) -> str:
        return self._found.hexdigest()


def _write(pieces: Iterator[bytes], path: Path, *, is_packed: bool = False) -> str:
    """Write a file that is whole or not there; gives its SHA-256."""
    part = path.with_name(f"{path.name}.part")
    with part.open("wb") as file:
        hashing = _Hashing(file)
        if is_packed:
            with gzip.GzipFile(fileobj=hashing, mode="wb", mtime=0) as packed:
                for piece in pieces:
                    packed.write(piece)
        else:
            for piece in pieces:
                hashing.write(piece)
    part.replace(path)
    return hashing.digest
