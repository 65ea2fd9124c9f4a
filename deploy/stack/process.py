"""Start, recognise and end the processes of a stack, and no others.

A record in `<base>/run/<name>.json` holds the process id together with the moment the kernel
started it: a reused id is then never taken for ours.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


class StackError(Exception):
    """A step failed; the message says in Chinese and English what to do."""


def started_at(pid: int) -> str | None:
    """Return the start time of process `pid` in kernel ticks, or None when it does not run."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # Field 3 of the file is the state: a zombie has ended, somebody only has to collect it.
    return None if fields[0] == "Z" else fields[19]


def fingerprint(*parts: object) -> str:
    """Return a short digest of what a process was started from."""
    return hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()[:20]


@dataclass(frozen=True, slots=True)
class Service:
    """One process of the stack.

    `mark` changes when the process has to be restarted (command, configuration, code).
    `account` is the system account to run as, None for the present one.
    `stop_signal` asks for an orderly end.
    """

    name: str
    command: Sequence[str]
    mark: str
    environ: Mapping[str, str]
    cwd: Path
    account: str | None = None
    stop_signal: int = signal.SIGTERM


class Processes:
    """The process records and logs below one base folder."""

    def __init__(self, base: Path) -> None:
        self.records = base / "run"
        self.logs = base / "logs"

    def running(self, name: str) -> tuple[int, str] | None:
        """Return (process id, mark) of service `name`, or None when it does not run."""
        try:
            record = json.loads((self.records / f"{name}.json").read_text(encoding="utf-8"))
        except (FileNotFoundError, json.JSONDecodeError):
            return None
        pid = int(record["pid"])
        return (pid, str(record["mark"])) if started_at(pid) == record["started"] else None

    def names(self) -> list[str]:
        """Return the names of all services that have a record."""
        return sorted(path.stem for path in self.records.glob("*.json"))

    def start(self, service: Service) -> bool:
        """Start `service` unless it runs with the same mark; restart it when the mark differs.

        Returns: whether a process was started.
        """
        present = self.running(service.name)
        if present and present[1] == service.mark:
            return False
        if present:
            self.stop(service.name)
        self.records.mkdir(parents=True, exist_ok=True)
        self.logs.mkdir(parents=True, exist_ok=True)
        account = (
            {"user": service.account, "group": service.account, "extra_groups": []}
            if service.account
            else {}
        )
        with (self.logs / f"{service.name}.log").open("ab") as log:
            process = subprocess.Popen(
                list(service.command),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=service.cwd,
                env=dict(service.environ),
                start_new_session=True,
                **account,  # type: ignore[call-overload]  # Keywords of two accepted shapes.
            )
        record = {
            "pid": process.pid,
            "started": started_at(process.pid),
            "mark": service.mark,
            "signal": int(service.stop_signal),
        }
        path = self.records / f"{service.name}.json"
        path.write_text(json.dumps(record), encoding="utf-8")
        # It outlives this program on purpose and is known by its record from here on; without a
        # return code the handle would warn about a running process when it is forgotten.
        process.returncode = 0
        return True

    def stop(self, name: str, *, patience: float = 20.0) -> bool:
        """End service `name` in order, by force after `patience` seconds; forget its record.

        Returns: whether a process had to be ended.
        """
        present = self.running(name)
        path = self.records / f"{name}.json"
        if present:
            record = json.loads(path.read_text(encoding="utf-8"))
            with contextlib.suppress(ProcessLookupError):
                os.kill(present[0], record["signal"])
            if not wait_until(lambda: self._ended(name, present[0]), patience):
                self.kill(name)
        path.unlink(missing_ok=True)
        return present is not None

    def kill(self, name: str) -> bool:
        """End service `name` and its children with SIGKILL, as a power cut would.

        Returns: whether it was running. Its record stays; `start` begins anew.
        """
        present = self.running(name)
        if present is None:
            return False
        # Every service leads a group of its own: nothing else can be in it.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(present[0], signal.SIGKILL)
        return wait_until(lambda: self._ended(name, present[0]), 5.0)

    def _ended(self, name: str, pid: int) -> bool:
        """Return whether service `name` has ended, collecting it if it is a child of ours.

        PostgreSQL takes one that has ended and is not collected for one that runs.
        """
        try:
            is_collected = os.waitpid(pid, os.WNOHANG)[0] == pid
        except ChildProcessError:
            is_collected = self.running(name) is None
        return is_collected

    def tail(self, name: str, lines: int = 15) -> str:
        """Return the last lines of the log of `name`, for a message to the operator."""
        try:
            text = (self.logs / f"{name}.log").read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return ""
        return "\n".join(text.splitlines()[-lines:])

    def await_healthy(self, name: str, healthy: Callable[[], bool], patience: float) -> float:
        """Wait until `healthy` holds, and return the seconds it took.

        Raises: StackError when the process ended or `patience` seconds went by.
        """
        begin = time.monotonic()
        while not healthy():
            ended = self.running(name) is None
            if ended or time.monotonic() - begin > patience:
                zh, en = (
                    ("意外退出", "ended") if ended else ("未能按时就绪", "is not ready in time")
                )
                log = self.logs / f"{name}.log"
                raise StackError(
                    f"{name} {zh}，请查看日志 {log} / {name} {en}; see its log:\n{self.tail(name)}"
                )
            time.sleep(0.1)
        return time.monotonic() - begin


def wait_until(condition: Callable[[], bool], patience: float) -> bool:
    """Return whether `condition` became true within `patience` seconds."""
    end = time.monotonic() + patience
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True
