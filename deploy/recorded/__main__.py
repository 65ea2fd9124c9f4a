"""`python -m deploy.recorded up|down|serve`: more cities beside the stack of `make run`.

`up` makes recordings of the cities that have no site from 福州's catalog, serves them in the
background, registers them at the province and syncs them.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from deploy.recorded.cities import CITIES, ENTRIES, PORT, SERVICE, bring_up, server_of
from deploy.stack.settings import Settings, run_settings
from deploy.stack.stack import Stack


def main() -> int:
    """Run one command; return 0 when it succeeded."""
    parser = argparse.ArgumentParser(prog="python -m deploy.recorded")
    commands = parser.add_subparsers(dest="command", required=True)
    up = commands.add_parser("up", help="make, serve and register recorded cities")
    up.add_argument("--entries", type=int, default=ENTRIES, help="entries of each city")
    up.add_argument("--nodes", default="", help="division codes, by commas; all without a site")
    up.add_argument("--port", type=int, default=PORT)
    serve = commands.add_parser("serve", help="serve a folder of recordings until ended")
    serve.add_argument("folder", type=Path)
    serve.add_argument("--port", type=int, default=PORT)
    commands.add_parser("down", help="end the server; the recordings stay")
    wish = parser.parse_args()
    if wish.command == "serve":
        server_of(wish.folder, wish.port).serve_forever()
        return 0
    base = run_settings().base
    if not (base / "stack.json").exists():
        print("还没有启动过，请先 make run / nothing was ever started here: make run")
        return 1
    stack = Stack(Settings.load(base))
    if wish.command == "down":
        stack.processes.stop(SERVICE)
        return 0
    with_site = {node.code for node in stack.settings.nodes}
    codes = wish.nodes.split(",") if wish.nodes else [c for c in CITIES if c not in with_site]
    if not stack.postgres.healthy():
        print("服务没有运行，请先 make run / the services do not run: make run")
        return 1
    bring_up(stack, codes, wish.entries, wish.port)
    ini = stack.settings.ini(stack.settings.node("province"))
    print(f"\n再次同步 / synchronise again: .venv/bin/ckan -c {ini} fjgov sync")
    return 0


if __name__ == "__main__":
    sys.exit(main())
