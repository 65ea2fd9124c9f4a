"""How much a grant gives in a day (使用配额): uses, and rows (Art. 22, 24).

A quota is `{"uses_per_day": n, "rows_per_day": n}`; what is not in it has no limit. A day begins
and ends at midnight in China.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ckanext.fjgov.core.cases.table import Words

USES, ROWS = "uses_per_day", "rows_per_day"
NAMES: Mapping[str, Words] = {
    USES: ("每日使用次数", "uses a day"),
    ROWS: ("每日数据行数", "rows a day"),
}
MOST = 10**12
NO_LIMIT = 2**62


def faults(quota: Any) -> Iterator[Words]:
    """Say what is wrong in a quota; an empty one limits nothing."""
    if not isinstance(quota, Mapping):
        yield "使用配额须为键值", "quota must be an object"
        return
    for name in quota:
        if name not in NAMES:
            yield f"没有配额 {name}", f"there is no quota {name}"
    for name, (zh, en) in NAMES.items():
        value = quota.get(name)
        if value is not None and not _is_count(value):
            yield f"{zh}须为 1 至 {MOST} 的整数", f"{en} must be a whole number from 1 to {MOST}"


def widened(asked: Mapping[str, Any], settled: Mapping[str, Any]) -> Iterator[Words]:
    """Say in what a settled quota gives more than the one that was asked for; both are whole."""
    for name, (zh, en) in NAMES.items():
        if limit(settled, name) > limit(asked, name):
            yield f"{zh}超出申请的 {asked[name]}", f"{en}: more than the {asked[name]} asked for"


def limit(quota: Mapping[str, Any], name: str) -> int:
    """Give a limit as a number; NO_LIMIT where there is none."""
    value = quota.get(name)
    return int(value) if value is not None else NO_LIMIT


def told(quota: Mapping[str, Any]) -> list[Words]:
    """Say a quota in words, one limit each."""
    return [
        (f"{zh}：{quota[name]}", f"{en}: {quota[name]}")
        for name, (zh, en) in NAMES.items()
        if quota.get(name) is not None
    ]


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MOST
