"""A node of another region, configured by the data files of `tests/data/guangxi` alone."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from deploy.stack import Node, Stack, credentials
from deploy.stack.settings import REPOSITORY
from deploy.stack.sites import environment
from tests.integration.stack_env import StackInfo, start_test_stack

DATA = REPOSITORY / "tests" / "data" / "guangxi"
REAL = Path(os.environ.get("FJGOV_REAL_DATA", REPOSITORY.parent / "shared" / "real"))
LISTING = REAL / "guangxi-catalog.csv"
MAPPING = DATA / "mapping.yaml"
KEY = "guangxi"
ADMIN = "guangxi_admin"


def start_guangxi(base: Path) -> StackInfo:
    """Start a stack of this one node with one account and nothing in its catalog."""
    facts: dict[str, Any] = yaml.safe_load((DATA / "node.yaml").read_text("utf-8"))
    node = Node(
        key=KEY,
        code=facts["code"],
        level=facts["level"],
        name=facts["name"],
        prefix=facts["identifier_prefix"],
        parent="",
        title=facts["name"],
        port=0,
        redis_db=0,
    )
    folder = base / KEY
    folder.mkdir(parents=True)
    overrides = {
        "fjgov.data_dir": str(DATA / facts["vocabularies"]),
        "fjgov.node.profile": facts["profile"],
        # The number of a province's own classes is not known for this node.
        "fjgov.guide.province_mu": "",
    }
    lines = [f"{name} = {value}" for name, value in overrides.items()]
    (folder / "override.ini").write_text("\n".join(lines), encoding="utf-8")
    return start_test_stack(base, [node], seed=_one_account)


def ckan(info: StackInfo, *arguments: str, key: str = KEY) -> subprocess.CompletedProcess[str]:
    """Run `ckan -c INI …` of a node and give what it printed."""
    command = [str(Path(sys.executable).parent / "ckan"), "-c", str(info.inis[key]), *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, env=environment(), cwd=REPOSITORY
    )


def _one_account(stack: Stack) -> None:
    node = stack.settings.nodes[0]
    account = {
        "name": ADMIN,
        "password": "guangxi-test-1",
        "display": "示例维护人员",
        "role": "sysadmin",
        "unit_name": "",
    }
    answer = stack.sites.run_task(
        stack.settings.ini(node), "load_samples", units=[], entries=[], accounts=[account]
    )
    entry = {"user": ADMIN, "password": account["password"], "unit": ""}
    credentials.merge(
        stack.settings.base, node.key, "sysadmin", entry | {"token": answer["tokens"][ADMIN]}
    )
