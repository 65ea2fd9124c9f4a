"""The examples of docs/api.md do what they say."""

from __future__ import annotations

import os
import re
import subprocess
import sys

from deploy.stack.settings import REPOSITORY
from tests.integration.api import unique_title, unit_of
from tests.integration.stack_env import StackInfo

NODE = "fuzhou"
PAGE = REPOSITORY / "ckanext-fjgov" / "docs" / "api.md"


def test_the_blocks_of_the_page_run_one_after_the_other(stack: StackInfo) -> None:
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) == 5
    given = {
        "FJGOV_SITE": stack.urls[NODE],
        "FJGOV_TOKEN": stack.credentials[NODE]["registrar"]["token"],
        "FJGOV_TITLE": unique_title("接口文档示例信息"),
        "FJGOV_UNIT": unit_of(stack, NODE),
    }
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(blocks)],
        env={**os.environ, **given},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
