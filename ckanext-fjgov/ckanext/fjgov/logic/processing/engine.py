"""Starts the process of DuckDB for a job, listens to it, and ends it when it must end."""

from __future__ import annotations

import json
import logging
import os
import queue
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO, Any

from ckanext.fjgov.logic.processing import process
from ckanext.fjgov.logic.processing.watching import BROKEN, StoppedError, Watch, out_of_memory

log = logging.getLogger(__name__)

LISTEN_SECONDS = 0.25
ERRORS = "errors.txt"


def run_engine(watch: Watch) -> dict[str, Any]:
    """Let DuckDB work in the folder of a job.

    Returns:
        What it told last: `report` (lines), `columns`, `peak` (bytes of memory).

    Raises:
        StoppedError: it may not go on, needs too much, or failed.
    """
    with (watch.folder / ERRORS).open("wb") as errors:
        child = subprocess.Popen(  # noqa: S603 - our own module, no word of a user
            [sys.executable, "-I", "-m", process.__name__],
            cwd=watch.folder,
            env={"LANG": "C.UTF-8", "HOME": str(watch.folder), "TMPDIR": str(watch.folder)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
        )
        try:
            told = _listen(child, watch)
            code = child.wait()
        finally:
            _end(child)
    if code == process.OUT_OF_MEMORY:
        raise out_of_memory(watch.limits)
    if code or "report" not in told:
        text = (watch.folder / ERRORS).read_text(encoding="utf-8", errors="replace")
        # It may quote values of the data, which do not belong into a log.
        log.error("DuckDB ended a job with %s: %s", code, text.split(":", 1)[0][:200])
        raise StoppedError(*BROKEN)
    return told


def _listen(child: subprocess.Popen[bytes], watch: Watch) -> dict[str, Any]:
    """Follow the process until it has nothing more to say; gives what it said last."""
    lines: queue.Queue[bytes] = queue.Queue()
    reader = threading.Thread(target=_read, args=(child.stdout, lines), daemon=True)
    reader.start()
    told: dict[str, Any] = {}
    while True:
        try:
            line = lines.get(timeout=LISTEN_SECONDS)
        except queue.Empty:
            line = b""
        else:
            if not line:
                return told
            told = json.loads(line)
            watch.done, watch.total = told["done"], told["total"]
        _refuse_memory(child.pid, watch)
        watch.look()


def _read(source: IO[bytes] | None, lines: queue.Queue[bytes]) -> None:
    for line in source or ():
        lines.put(line)
    lines.put(b"")


def _refuse_memory(pid: int, watch: Watch) -> None:
    """Stop a process that holds more than it may, whatever its engine believes to hold."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    except (FileNotFoundError, ProcessLookupError, IndexError):
        return
    if pages * os.sysconf("SC_PAGE_SIZE") > watch.limits.memory_mb << 20:
        raise out_of_memory(watch.limits)


def _end(child: subprocess.Popen[bytes]) -> None:
    if child.poll() is None:
        child.kill()
    for pipe in (child.stdin, child.stdout):
        if pipe:
            pipe.close()
    child.wait()
