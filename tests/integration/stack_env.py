"""A whole stack for a test session: own ports, own folder, gone when the session ends."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.seed import seed as default_seed
from deploy.stack import Node, Stack, credentials
from deploy.stack.settings import REPOSITORY, free_port_settings

REVIEW = "fjgov.review.required"
ALL_NODES = ("province", "fuzhou", "xiamen")


@dataclass(frozen=True)
class StackInfo:
    """Where a test finds everything; mappings are by node key.

    `credentials` is `{node: {role: {user, password, token, unit}}}`; `solr_url` has no core and
    needs `solr_auth`. `stack.restart([key])` restarts sites, `stack.processes.kill(name)` kills one
    service hard, `stack.up()` brings back whatever is missing, `stack.solr.add_core` adds a core.
    """

    base: Path
    urls: Mapping[str, str]
    inis: Mapping[str, Path]
    credentials: Mapping[str, Mapping[str, Mapping[str, Any]]]
    dsns: Mapping[str, str]
    solr_url: str
    solr_auth: tuple[str, str]
    nodes: Mapping[str, Node]
    stack: Stack
    watcher: subprocess.Popen[bytes] | None


def start_test_stack(
    base: Path,
    nodes: Sequence[str | Node] = ALL_NODES,
    *,
    plugins: str = "",
    seed: Callable[[Stack], None] = default_seed,
) -> StackInfo:
    """Start a stack of `nodes` in the folder `base` on free ports. Cost: about 15 s.

    A file `<base>/<node key>/override.ini` written before wins over the configuration template.

    Entries are listed without a review here, so that tests of other things need no reviewer; a test
    of the review turns it on (`overridden`).

    Data are thrown away (fsync off). A watcher process ends the stack should this process die
    before `stop`.
    """
    base.mkdir(parents=True, exist_ok=True)
    settings = free_port_settings(base, nodes, plugins=plugins)
    settings.save()
    for node in settings.nodes:
        list_directly(settings.base / node.key)
    watcher = subprocess.Popen(
        [sys.executable, "-m", "deploy.watcher", str(settings.base)],
        stdin=subprocess.PIPE,
        cwd=REPOSITORY,
        start_new_session=True,
    )
    stack = Stack(settings, say=lambda _line: None)
    try:
        stack.up(seed)
    except BaseException:
        _release(watcher)
        raise
    return _info(stack, watcher)


def list_directly(folder: Path) -> None:
    """Let a site list entries without a review, unless its settings say otherwise already."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "override.ini"
    lines = path.read_text(encoding="utf-8") if path.exists() else ""
    if REVIEW not in lines:
        path.write_text(f"{lines.rstrip()}\n{REVIEW} = false\n".lstrip(), encoding="utf-8")


def attach(base: Path) -> StackInfo:
    """Use a stack that runs already; whoever started it ends it."""
    return _info(Stack.load(base, say=lambda _line: None), None)


def _info(stack: Stack, watcher: subprocess.Popen[bytes] | None) -> StackInfo:
    settings = stack.settings
    return StackInfo(
        base=settings.base,
        urls={node.key: node.url for node in settings.nodes},
        inis={node.key: settings.ini(node) for node in settings.nodes},
        credentials=credentials.read(settings.base),
        dsns={node.key: stack.postgres.dsn(node) for node in settings.nodes},
        solr_url=stack.solr.url,
        solr_auth=stack.solr.auth,
        nodes={node.key: node for node in settings.nodes},
        stack=stack,
        watcher=watcher,
    )


def stop(info: StackInfo) -> None:
    """End every process of the stack and remove its folder."""
    info.stack.destroy()
    if info.watcher is not None:
        _release(info.watcher)


def _release(watcher: subprocess.Popen[bytes]) -> None:
    """Let the watcher clean up what is left and wait for it."""
    watcher.communicate(timeout=120)


@contextmanager
def running_stack(base: Path, nodes: Sequence[str] = ALL_NODES) -> Iterator[StackInfo]:
    """Hold a stack for the time of a `with` block (a session fixture)."""
    info = start_test_stack(base, nodes)
    try:
        yield info
    finally:
        stop(info)
