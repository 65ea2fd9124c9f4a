"""Take a throw-away stack down when the process that started it ends, however it ends.

Run as `watcher.py BASE` with standard input held open by the owner: the kernel closes it when the
owner dies, a kill -9 included, and the watcher then ends the stack's processes.
"""

from __future__ import annotations

import signal
import sys
from pathlib import Path

from deploy.stack.stack import Stack


def main() -> None:
    """Wait for the end of the owner, then remove what it left."""
    # An interrupt typed at the terminal reaches this process too; its work only starts then.
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    base = Path(sys.argv[1])
    sys.stdin.read()
    if (base / "stack.json").exists():
        Stack.load(base, say=lambda _line: None).destroy()


if __name__ == "__main__":
    main()
