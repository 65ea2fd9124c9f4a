"""The process in which DuckDB works on one job; it reads and writes in its own folder only.

It is started by `running` with that folder as its place. Nothing of the site is in its memory or
environment: no account of a database, no key. What it reads was extracted before. It tells its
progress by lines of JSON, and ends when whoever started it is gone.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ckanext.fjgov.core.exchange.cells import neutral_sql
from ckanext.fjgov.core.exchange.filters import DUCKDB, quoted
from ckanext.fjgov.core.exchange.tables import DECIMAL, TEXT, Column
from ckanext.fjgov.core.importing.neutral import neutralise
from ckanext.fjgov.core.processing.compiling import plan
from ckanext.fjgov.core.processing.spec import Line, Table, parsed
from ckanext.fjgov.core.processing.statements import Output

if TYPE_CHECKING:
    import duckdb

ORDER, CSV, PARQUET = "order.json", "result.csv", "result.parquet"
OUT_OF_MEMORY, FAILED = 3, 4


def main() -> int:
    """Carry out the order in this folder; gives the exit code."""
    import duckdb

    threading.Thread(target=_end_with_parent, daemon=True).start()
    folder = Path.cwd()
    order = json.loads((folder / ORDER).read_text(encoding="utf-8"))
    try:
        _carry_out(order, folder)
    except (duckdb.OutOfMemoryException, MemoryError) as error:
        print(error, file=sys.stderr)
        return OUT_OF_MEMORY
    except duckdb.Error as error:
        print(error, file=sys.stderr)
        return FAILED
    return 0


def _carry_out(order: Mapping[str, Any], folder: Path) -> None:
    tables = [
        Table(one["title"], tuple(Column(**column) for column in one["columns"]))
        for one in order["tables"]
    ]
    files = [str(folder / name) for name in order["files"]]
    todo = plan(parsed(order["spec"]), tables, files)
    total, lines = len(todo.statements) + 2, list[Line]()
    with _connected(folder, order["limits"]) as connection:
        for done, statement in enumerate(todo.statements):
            _tell(done=done, total=total)
            found = connection.execute(statement.sql, dict(statement.values))
            if statement.lines:
                numbers = found.fetchone() or ()
                lines += [
                    replace(line, rows=int(number))
                    for line, number in zip(statement.lines, numbers, strict=True)
                ]
        _tell(done=total - 2, total=total)
        _write(connection, todo.output, folder)
    _tell(
        done=total,
        total=total,
        report=[asdict(line) for line in lines],
        columns=[{"name": name, "kind": kind} for name, kind in todo.output.columns],
        peak=_peak_bytes(),
    )


def _connected(folder: Path, limits: Mapping[str, int]) -> duckdb.DuckDBPyConnection:
    import duckdb

    connection = duckdb.connect(str(folder / "work.duckdb"))
    place = "'" + str(folder).replace("'", "''") + "'"
    for setting in (
        f"memory_limit = '{int(limits['memory_mb'])}MiB'",
        f"threads = {int(limits['threads'])}",
        f"temp_directory = {place}",
        f"max_temp_directory_size = '{int(limits['disk_mb'])}MiB'",
        "autoinstall_known_extensions = false",
        "autoload_known_extensions = false",
        f"allowed_directories = [{place}]",
        "enable_external_access = false",
        "lock_configuration = true",
    ):
        connection.execute(f"SET {setting}")
    return connection


def _write(connection: duckdb.DuckDBPyConnection, output: Output, folder: Path) -> None:
    """Write Parquet with the kinds of the columns, and CSV as people open it from the Parquet.

    In the CSV no cell is a formula (`core.exchange.cells`); the Parquet has the texts as they are.
    """
    parquet, text = (str(folder / name).replace("'", "''") for name in (PARQUET, CSV))
    values = dict(output.values)
    connection.execute(f"COPY ({output.query}) TO '{parquet}' (FORMAT parquet)", values)
    shown = ", ".join(_shown(name, kind) for name, kind in output.columns)
    connection.execute(
        f"COPY (SELECT {shown} FROM read_parquet('{parquet}')) TO '{text}' (FORMAT csv, HEADER)"
    )


def _shown(name: str, kind: str) -> str:
    column, shown = quoted(name, DUCKDB), quoted(neutralise(name), DUCKDB)
    if kind == TEXT:
        return f"{neutral_sql(column)} AS {shown}"
    if kind != DECIMAL:
        return f"{column} AS {shown}"
    return f"rtrim(rtrim(CAST({column} AS VARCHAR), '0'), '.') AS {shown}"


def _tell(**said: Any) -> None:
    print(json.dumps(said, ensure_ascii=False), flush=True)


def _end_with_parent() -> None:
    """End at once when the other end of the pipe is closed, by its end or by its death."""
    os.read(sys.stdin.fileno(), 1)
    os._exit(1)


def _peak_bytes() -> int:
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    [line] = [one for one in status.splitlines() if one.startswith("VmHWM:")]
    return int(line.split()[1]) * 1024


if __name__ == "__main__":
    sys.exit(main())
