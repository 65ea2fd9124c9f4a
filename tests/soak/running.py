"""A run that goes on by itself while a test watches its steps, holds it, or kills it."""

from __future__ import annotations

import json
import queue
import subprocess
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.federation.syncing import CODES, start_worker

PATIENCE_S = 240.0
DIED: dict[str, Any] = {"died": True}


class Worker:
    """A process of the province that runs one sync at a time (`tests.federation.sync_worker`).

    It loads in the background: a spare one costs nothing to take.
    """

    def __init__(self, ini: Path) -> None:
        self._ini = ini
        self._ready = False
        self._answers: queue.Queue[dict[str, Any]] = queue.Queue()
        self.process = start_worker(ini)
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def _listen(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self._answers.put(json.loads(line))
        self._answers.put(DIED)

    def has_loaded(self) -> bool:
        """Wait until it can take a sync; False when it ended while it loaded."""
        if not self._ready:
            answer = self._next()
            if answer is DIED:
                self._answers.put(DIED)
            self._ready = answer == {"ready": True}
        return self._ready

    def start(self, city: str, stop_at: str = "", **options: Any) -> None:
        """Begin a sync; it waits each time it reaches `stop_at`."""
        if not self.has_loaded():
            raise RuntimeError(f"the process ended while it loaded: exit {self.process.wait()}")
        self._write({"node": CODES[city], "stop_at": stop_at, **options})

    def sync(self, city: str, **options: Any) -> dict[str, Any]:
        """Run one sync to its end; gives its report, or what kept it from running."""
        self.start(city, **options)
        return self.end()

    def await_step(self, step: str) -> bool:
        """Wait until a step is reached; False when the run ended without it."""
        while True:
            answer = self._next()
            if answer.get("step") == step:
                return True
            if "step" not in answer:
                self._answers.put(answer)
                return False

    def go_on(self) -> None:
        """Let a held run go on."""
        if self.process.poll() is None:
            self._write({})

    def end(self, step: str = "") -> dict[str, Any]:
        """Wait for the end, letting go of `step` whenever it is reached; gives the report.

        A run that did not start or whose process died has the state `error` or `died`.
        """
        while True:
            answer = self._next()
            if answer.get("step") == step and step:
                self.go_on()
            elif "report" in answer:
                return dict(answer["report"])
            elif "error" in answer:
                return {"state": "error", "en": answer["error"]}
            elif answer is DIED:
                # Whoever asks again is told again, and does not wait for nothing.
                self._answers.put(DIED)
                return {"state": "died", "en": f"exit {self.process.wait()}"}

    def index_report(self) -> dict[str, Any]:
        """Compare the province's index with its database."""
        self._write({"verify_index": True})
        return self.end()

    def is_going(self) -> bool:
        """Say whether no report was read yet and the process lives."""
        with self._answers.mutex:
            ended = any("step" not in answer for answer in self._answers.queue)
        return self.process.poll() is None and not ended

    def kill(self) -> None:
        """Kill the process as a power cut would."""
        self.process.kill()
        self.process.wait()

    def close(self) -> None:
        """End the process."""
        if self.process.stdin:
            # What a dead process has not read is of no interest.
            with suppress(BrokenPipeError):
                self.process.stdin.close()
        try:
            self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.kill()
        self._listener.join()
        if self.process.stdout:
            self.process.stdout.close()

    def _next(self) -> dict[str, Any]:
        try:
            return self._answers.get(timeout=PATIENCE_S)
        except queue.Empty as error:
            told = f"process {self.process.pid} said nothing for {PATIENCE_S:.0f} s"
            raise TimeoutError(f"{told}, exit code {self.process.poll()}") from error

    def _write(self, value: dict[str, Any]) -> None:
        assert self.process.stdin
        self.process.stdin.write(json.dumps(value) + "\n")
        self.process.stdin.flush()


class Workers:
    """The worker in use and a spare one that loads meanwhile."""

    def __init__(self, ini: Path) -> None:
        self._ini = ini
        self._spare = Worker(ini)
        self.now = Worker(ini)

    def replace(self) -> Worker:
        """Take the spare one in the place of a dead one, unless a fault met it while it loaded."""
        self.now.close()
        self.now, self._spare = self._spare, Worker(self._ini)
        if not self.now.has_loaded():
            self.now.close()
            self.now = Worker(self._ini)
        return self.now

    def close(self) -> None:
        """End both."""
        self.now.close()
        self._spare.close()


def timed(worker: Worker, city: str) -> float:
    """Give the seconds from the first step of an undisturbed run to its end."""
    worker.start(city)
    worker.await_step("started")
    begin = time.monotonic()
    worker.end()
    return time.monotonic() - begin
