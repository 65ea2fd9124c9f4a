"""`python -m deploy.recorded make|serve|up|down`: more cities beside the stack of `make run`.

`up` makes recordings of the eight cities that have no site from 福州's catalog, serves them in the
background and registers them at the province; `ckan fjgov sync` then brings up all ten.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

from deploy.recorded.cities import CITIES, make_recordings, registrations, server_of
from deploy.stack.process import Service, fingerprint
from deploy.stack.settings import REPOSITORY, Settings, run_settings
from deploy.stack.sites import environment
from deploy.stack.stack import Stack

SERVICE = "recorded"
PORT = 5010


def main() -> int:
    """Run one command; return 0 when it succeeded."""
    parser = argparse.ArgumentParser(prog="python -m deploy.recorded")
    commands = parser.add_subparsers(dest="command", required=True)
    up = commands.add_parser("up", help="make, serve and register recorded cities")
    up.add_argument("--entries", type=int, default=300, help="entries of each city")
    up.add_argument("--nodes", default=",".join(CITIES), help="division codes, by commas")
    up.add_argument("--port", type=int, default=PORT)
    serve = commands.add_parser("serve", help="serve a folder of recordings until ended")
    serve.add_argument("folder", type=Path)
    serve.add_argument("--port", type=int, default=PORT)
    commands.add_parser("down", help="end the server; the recordings stay")
    wish = parser.parse_args()
    if wish.command == "serve":
        server_of(wish.folder, wish.port).serve_forever()
        return 0
    stack = Stack(Settings.load(run_settings().base))
    if wish.command == "down":
        stack.processes.stop(SERVICE)
        return 0
    folder = stack.settings.base / SERVICE
    codes = wish.nodes.split(",")
    numbers = make_recordings(stack, folder, codes, wish.entries)
    command = [sys.executable, "-m", "deploy.recorded", "serve", str(folder)]
    command += ["--port", str(wish.port)]
    mark = fingerprint(*command, *sorted(numbers.items()))
    stack.processes.start(Service(SERVICE, command, mark, environment(), REPOSITORY))
    file = folder / "nodes.json"
    rows = registrations(folder, codes, f"http://127.0.0.1:{wish.port}")
    file.write_text(json.dumps(rows, ensure_ascii=False, indent=1), encoding="utf-8")
    ini = stack.settings.ini(stack.settings.node("province"))
    program = str(Path(sys.executable).parent / "ckan")
    subprocess.run(
        [program, "-c", str(ini), "fjgov", "node", "add", str(file)], check=True, env=environment()
    )
    print(f"\n同步 / synchronise: .venv/bin/ckan -c {ini} fjgov sync")
    return 0


if __name__ == "__main__":
    sys.exit(main())
