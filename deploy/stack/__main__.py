"""Command line of the stack: `python -m deploy.stack up|down|status|restart`."""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import replace

from deploy.seed import seed
from deploy.stack import credentials
from deploy.stack.more_cities import available_mib, choose, last_recorded
from deploy.stack.process import Processes, StackError
from deploy.stack.settings import MORE_CITIES, Settings, placed, run_settings
from deploy.stack.stack import RECORDED, Stack


def main() -> int:
    """Run one command; return 0 when it succeeded, 1 with a message when not."""
    parser = argparse.ArgumentParser(prog="python -m deploy.stack")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("up", help="start whatever does not run")
    commands.add_parser("down", help="end what was started, keep the data")
    commands.add_parser("status", help="print a table; exit code 1 unless all is well")
    restart = commands.add_parser("restart", help="restart sites after a change of code")
    restart.add_argument("node", nargs="*", help="province, fuzhou, xiamen; all when none")
    arguments = parser.parse_args()
    try:
        if arguments.command == "up":
            return up()
        stack = _existing()
        if stack is None:
            print("还没有启动过，请先 make run / nothing was ever started here: make run")
            return 0 if arguments.command == "down" else 1
        if arguments.command == "down":
            ended = stack.down()
            print(f"已停止 / stopped: {', '.join(ended) or '—'}（数据保留 / data kept）")
            return 0
        if arguments.command == "restart":
            stack.restart(arguments.node)
            return 0
        return status(stack)
    except (StackError, KeyError) as error:
        print(f"\n✗ {error.args[0]}", file=sys.stderr)
        return 1


def _existing() -> Stack | None:
    """Return the stack as it was last started: its ports hold, whatever the environment says."""
    base = run_settings().base
    return Stack(Settings.load(base)) if (base / "stack.json").exists() else None


def up() -> int:
    """Start everything and print where it is and who may log in."""
    settings = run_settings()
    is_running = Processes(settings.base).running("postgres") is not None
    wanted = os.environ.get("FJGOV_CITIES", "")
    choice = choose(settings.base, wanted, available_mib(), is_running=is_running)
    served = last_recorded(settings.base)
    nodes = (*settings.nodes, *placed(choice.sites))
    still = tuple(code for code in choice.recorded if code in served)
    stack = Stack(replace(settings, nodes=nodes, recorded=still))
    _end_cities_left_out(stack, choice.recorded)
    stack.up(seed)
    if choice.recorded:
        # What it needs is loaded only where a city is served from a recording.
        from deploy.recorded.cities import bring_up

        codes = ", ".join(choice.recorded)
        print(
            f"没有站点、以录制数据提供目录的城市 / cities from recordings, without a site: {codes}"
        )
        bring_up(stack, choice.recorded, served=served)
        # Only now: a start that failed on the way makes and registers them again.
        replace(stack.settings, recorded=choice.recorded).save()
    print("\n站点 / sites")
    for node in stack.settings.nodes:
        print(f"  {node.url}  {node.title}（{node.key}）")
    print("\n测试账号 / test accounts（.run/credentials.json）")
    for node_key, roles in credentials.read(stack.settings.base).items():
        for role, account in roles.items():
            print(f"  {node_key:<9} {role:<14} {account['user']:<24} {account['password']}")
    print("\nmake status · make stop")
    return 0


def _end_cities_left_out(stack: Stack, recorded: tuple[str, ...]) -> None:
    """End sites, and the server of recordings, that this start does not name; their data stay."""
    left_out = {node.key for node in MORE_CITIES} - {node.key for node in stack.settings.nodes}
    for name in stack.processes.names():
        if name.partition("-")[0] in left_out:
            stack.processes.stop(name)
    if not recorded:
        stack.processes.stop(RECORDED)


def status(stack: Stack) -> int:
    """Print a table of the services."""
    rows = stack.status()
    for name, pid, health, address in rows:
        print(f"{name:<16} {pid or '-':<8} {health:<16} {address}")
    return 0 if all(health.startswith("正常") for _, _, health, _ in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
