"""使用记录 as files: the uses that a person may read, line by line (Art. 30)."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from ckanext.fjgov.core.importing.neutral import neutralise
from ckanext.fjgov.web import helpers

Read = Callable[[Mapping[str, Any]], Mapping[str, Any]]
# Rows of one read: memory holds no more of them.
AT_ONCE: Final = 200
COLUMNS: Final = (
    ("开始", "Began", "at"),
    ("结束", "Ended", "ended_at"),
    ("信息", "Information", "title"),
    ("目录", "Entry", "entry"),
    ("资源", "Resource", "resource"),
    ("信息提供单位", "Provider", "provider_name"),
    ("信息使用单位", "Used by", "unit_name"),
    ("人员", "Person", "user"),
    ("授权", "Grant", "grant_no"),
    ("共享模式", "Mode", "mode"),
    ("身份核验", "Identified by", "level"),
    ("结果", "Outcome", "outcome"),
    ("字节数", "Bytes", "size"),
    ("使用编号", "Use", "use"),
)


def rows(read: Read, wanted: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Give all uses that are wanted, the newest first; those that begin meanwhile are left out.

    Args:
        read: `fjgov_use_list`.
        wanted: its filters.

    Cost: one read for each 200 uses, in constant memory.
    """
    found = read({**wanted, "limit": AT_ONCE})["results"]
    while found:
        yield from found
        found = read({**wanted, "limit": AT_ONCE, "before": found[-1]["number"]})["results"]


def as_csv(uses: Iterator[Mapping[str, Any]]) -> Iterator[str]:
    """Write uses as a table; no cell is a formula."""
    # Spreadsheet programs read Chinese as UTF-8 only behind a byte order mark.
    yield "\ufeff" + _line([helpers.say(zh, en) for zh, en, _name in COLUMNS])
    for use in uses:
        shown = {
            **use,
            "at": helpers.moment(use["at"]),
            "ended_at": helpers.moment(use["ended_at"]),
            "mode": helpers.code_label("exchange_modes", use["mode"]),
            "outcome": helpers.word("use_outcome", use["outcome"] or "none"),
        }
        cells = (shown[name] for _zh, _en, name in COLUMNS)
        yield _line(["" if cell is None else str(cell) for cell in cells])


def as_ndjson(uses: Iterator[Mapping[str, Any]]) -> Iterator[str]:
    """Write uses as one JSON object a line, as `fjgov_use_list` shows them."""
    for use in uses:
        yield json.dumps(use, ensure_ascii=False) + "\n"


def _line(cells: list[str]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow([neutralise(cell) for cell in cells])
    return text.getvalue()
