"""The keeper starts a command again, and ends with it when told to."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

KEEPER = Path(__file__).resolve().parents[2] / "deploy" / "keep_up.py"
NOTE = "import sys,time; open(sys.argv[1],'a').write('x'); time.sleep(float(sys.argv[2]))"


def lines(path: Path, number: int) -> bool:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        if path.exists() and len(path.read_text()) >= number:
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize(("sleeps", "starts"), [("0", 2), ("100", 1)])
def test_it_starts_again_and_ends_in_order(tmp_path: Path, sleeps: str, starts: int) -> None:
    told = tmp_path / "told"
    command = [sys.executable, str(KEEPER), sys.executable, "-c", NOTE, str(told), sleeps]
    with subprocess.Popen(command) as keeper:
        assert lines(told, starts)
        keeper.send_signal(signal.SIGTERM)
        code = keeper.wait(timeout=20)
    # Between two starts nothing is there to pass the signal on to.
    assert code in ({-signal.SIGTERM % 256} if sleeps == "100" else {-signal.SIGTERM % 256, 0})
