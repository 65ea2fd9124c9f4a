"""Which more cities a stack gets, as sites while memory lasts and as recordings beyond it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from deploy.stack.settings import MORE_CITIES, NODES, Node, Settings

AUTHORED = len(NODES) - 1
# A light site with its job worker, and what the rest of the machine keeps, in MiB.
SITE_MIB = 350
KEPT_MIB = 1500
# Services and sites of a stack that is not running yet.
STACK_MIB = 2600


@dataclass(frozen=True, slots=True)
class Choice:
    """More cities: those with a site, and division codes of those that are recorded feeds."""

    sites: tuple[Node, ...] = ()
    recorded: tuple[str, ...] = ()


def choose(base: Path, wanted: str, available_mib: int, *, is_running: bool) -> Choice:
    """Choose the cities of a stack beside the two that are always there.

    Args:
        base: folder of the stack; cities that run as a site there keep it, and so do recorded ones.
        wanted: number of all cities as typed, "" for those of the last start, as they were.
        available_mib: memory that programs may still take.
        is_running: the services of this stack have their memory already.

    Raises:
        SystemExit: the number is none, or more than there are.
    """
    known, recorded_before = _sites_of(base), last_recorded(base)
    if not wanted.strip():
        return Choice(known, recorded_before)
    most = AUTHORED + len(MORE_CITIES)
    if not wanted.strip().isdigit() or not AUTHORED <= int(wanted) <= most:
        raise SystemExit(
            f"CITIES={wanted}：应为 {AUTHORED} 至 {most} 的数 / must be {AUTHORED} to {most}"
        )
    more = MORE_CITIES[: int(wanted) - AUTHORED]
    kept = {node.key for node in known} if is_running else set()
    room = available_mib - KEPT_MIB - (0 if is_running else STACK_MIB)
    free = max(0, room) // SITE_MIB
    sites: list[Node] = []
    recorded: list[str] = []
    for node in more:
        if node.key in kept:
            sites.append(node)
        elif free > 0 and node.code not in recorded_before:
            free -= 1
            sites.append(node)
        else:
            recorded.append(node.code)
    return Choice(tuple(sites), tuple(recorded))


def available_mib(path: Path = Path("/proc/meminfo")) -> int:
    """Read how much memory programs may still take without swapping."""
    for line in path.read_text(encoding="ascii").splitlines():
        name, _, value = line.partition(":")
        if name == "MemAvailable":
            return int(value.split()[0]) // 1024
    raise OSError(f"{path}: MemAvailable")


def last_recorded(base: Path) -> tuple[str, ...]:
    """Give the division codes of the cities that a stack's last start served from recordings."""
    return Settings.load(base).recorded if (base / "stack.json").exists() else ()


def _sites_of(base: Path) -> tuple[Node, ...]:
    """Give the more cities that have a site in a stack by its last start."""
    if not (base / "stack.json").exists():
        return ()
    last = {node.key for node in Settings.load(base).nodes}
    return tuple(node for node in MORE_CITIES if node.key in last)
