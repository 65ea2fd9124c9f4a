"""`python -m deploy.recorded up|down|serve`: more cities beside the stack of `make run`.

`up` makes recordings of the cities that have no site from 福州's catalog, serves them in the
background, registers them at the province and syncs them. A later `make run` serves them again,
until `down`.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from deploy.recorded.cities import CITIES, ENTRIES, bring_up, server_of
from deploy.stack.process import StackError
from deploy.stack.settings import Ports, Settings, run_settings
from deploy.stack.stack import RECORDED, Stack


def main() -> int:
    """Run one command; return 0 when it succeeded."""
    parser = argparse.ArgumentParser(prog="python -m deploy.recorded")
    commands = parser.add_subparsers(dest="command", required=True)
    up = commands.add_parser("up", help="make, serve and register recorded cities")
    up.add_argument("--entries", type=int, default=ENTRIES, help="entries of each city")
    up.add_argument("--nodes", default="", help="division codes, by commas; all without a site")
    up.add_argument(
        "--port", type=int, default=0, help="FJGOV_RECORDED_PORT or 5010 when not given"
    )
    serve = commands.add_parser("serve", help="serve a folder of recordings until ended")
    serve.add_argument("folder", type=Path)
    serve.add_argument("--port", type=int, default=Ports().recorded)
    commands.add_parser("down", help="end the server for good; the recordings stay")
    wish = parser.parse_args()
    if wish.command == "serve":
        server_of(wish.folder, wish.port).serve_forever()
        return 0
    wanted = run_settings()
    if not (wanted.base / "stack.json").exists():
        print("还没有启动过，请先 make run / nothing was ever started here: make run")
        return 1
    settings = Settings.load(wanted.base)
    if wish.command == "down":
        Stack(settings).processes.stop(RECORDED)
        replace(settings, recorded=()).save()
        return 0
    port = wish.port or wanted.ports.recorded
    return _up(replace(settings, ports=replace(settings.ports, recorded=port)), wish)


def _up(settings: Settings, wish: argparse.Namespace) -> int:
    with_site = {node.code for node in settings.nodes}
    free = [code for code in CITIES if code not in with_site]
    codes = wish.nodes.split(",") if wish.nodes else free
    unknown = [code for code in codes if code not in free]
    if unknown or not codes:
        print(
            f"--nodes {','.join(unknown)}：可以录制的城市是 / cities that can be recorded: "
            f"{', '.join(free) or '—'}"
        )
        return 1
    recorded = tuple(code for code in CITIES if code in {*settings.recorded, *codes})
    stack = Stack(replace(settings, recorded=recorded))
    if not stack.postgres.healthy():
        print("服务没有运行，请先 make run / the services do not run: make run")
        return 1
    try:
        bring_up(stack, codes, wish.entries)
    except StackError as error:
        print(f"\n✗ {error.args[0]}", file=sys.stderr)
        return 1
    stack.settings.save()
    ini = settings.ini(settings.node("province"))
    print(f"\n再次同步 / synchronise again: .venv/bin/ckan -c {ini} fjgov sync")
    return 0


if __name__ == "__main__":
    sys.exit(main())
