"""Start a command again whenever it ends by itself, until this program is told to end.

Run as `keep_up.py COMMAND ARGUMENT…`. A job worker ends when Redis goes away while it starts, for
one; where systemd or supervisor keep processes up, nobody needs this. The command stays in this
program's process group, so that both can be killed at once.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from types import FrameType

FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 20.0
# A command that ran so long did not fail at its start: the next wait is short again.
SETTLED_S = 60.0


class Keeper:
    """Keeps one command up."""

    def __init__(self, command: list[str]) -> None:
        self._command = command
        self._child: subprocess.Popen[bytes] | None = None
        self._ended = threading.Event()

    def end(self, number: int, _frame: FrameType | None) -> None:
        """Pass a signal on to the command and start it no more."""
        self._ended.set()
        if self._child is not None:
            self._child.send_signal(number)

    def run(self) -> int:
        """Run the command until told to end; return its last exit code."""
        wait = FIRST_WAIT_S
        code = 0
        while not self._ended.is_set():
            begin = time.monotonic()
            self._child = subprocess.Popen(self._command)
            if self._ended.is_set():
                # The signal came before there was a command to pass it on to.
                self._child.terminate()
            code = self._child.wait()
            if time.monotonic() - begin > SETTLED_S:
                wait = FIRST_WAIT_S
            self._ended.wait(wait)
            wait = min(2 * wait, LONGEST_WAIT_S)
        return code


def main() -> int:
    """Keep the command of the arguments up."""
    keeper = Keeper(sys.argv[1:])
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, keeper.end)
    return keeper.run()


if __name__ == "__main__":
    sys.exit(main())
