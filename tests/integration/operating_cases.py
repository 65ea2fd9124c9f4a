"""What tests of cases do behind a site's back: age a clock, tick the scheduler once."""

from __future__ import annotations

import time

from tests.integration.api import sql
from tests.integration.guangxi_node import ckan
from tests.integration.stack_env import StackInfo

# The command says that another scheduler is at work.
WAITING = 1


def age_clock(stack: StackInfo, node: str, number: str, *, provisional: bool = False) -> None:
    """Let the running clocks of a case have ended an hour ago."""
    sql(
        stack,
        node,
        "UPDATE fjgov_case_clock SET due_at = now() - interval '1 hour', provisional = %s"
        " WHERE number = %s AND is_running",
        provisional,
        number,
    )


def tick(stack: StackInfo, node: str) -> None:
    """Let the scheduler look at least once, be it the site's own one or that of the command."""
    done = ckan(stack, "fjgov", "schedule", "run", "--once", "--json", key=node)
    if done.returncode == WAITING:
        time.sleep(5)
    else:
        assert done.returncode == 0, done.stdout + done.stderr
