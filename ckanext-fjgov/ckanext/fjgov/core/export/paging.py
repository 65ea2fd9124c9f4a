"""Pages of the catalog that neither skip nor tear while entries change.

Pages follow (time of change, id) upwards and continue behind the last entry shown: an entry that
changes while somebody pages moves to the end and is met there, instead of pushing another one
across a page border. Offset pages (`page=2`) stay for readers that ask for them.

Source: decision in the notes on ckanext-dcat (newest-first offset paging loses records).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from ckanext.fjgov.core.errors import InvalidValue

SORT: Final = "metadata_modified asc, id asc"

_TOKEN: Final = re.compile(
    r"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z)_([0-9A-Za-z_-]{1,100})", re.ASCII
)
_TIME: Final = re.compile(r"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d{1,6}))?Z?", re.ASCII)


class InvalidPage(InvalidValue):
    """A page is neither a whole number from 1 nor a continuation we gave out."""


@dataclass(frozen=True, slots=True)
class Continuation:
    """Where a page starts: behind the entry with this time of change and id.

    Attributes:
        modified: UTC time in milliseconds as the index keeps it, `2010-12-02T08:00:00.000Z`.
        record_id: id of the entry.
    """

    modified: str
    record_id: str

    @property
    def token(self) -> str:
        """Text for the `page` parameter."""
        return f"{self.modified}_{self.record_id}"

    @property
    def filter_query(self) -> str:
        """Filter for the search index: everything behind this entry in the order of SORT."""
        return (
            f'metadata_modified:{{"{self.modified}" TO *] OR '
            f'(metadata_modified:"{self.modified}" AND id:{{"{self.record_id}" TO *])'
        )


def read_page(value: str | int | None) -> Continuation | int:
    """Read the `page` parameter.

    Returns:
        A continuation, or the number of an offset page; nothing means page 1.

    Raises:
        InvalidPage: the value is neither.
    """
    text = str(value or "1").strip()
    if text.isascii() and text.isdecimal() and 1 <= len(text) <= 6 and int(text) > 0:
        return int(text)
    match = _TOKEN.fullmatch(text)
    if match is None:
        raise InvalidPage(
            "page 应为从 1 起的整数，或上一页给出的下一页标记",
            "page must be a whole number from 1, or the mark that the page before gave",
        )
    return Continuation(match[1], match[2])


def continuation_after(entry: Mapping[str, Any]) -> Continuation:
    """Return where the page behind `entry` starts.

    Args:
        entry: needs `id` and `metadata_modified`, an ISO time in UTC with up to microseconds.

    Raises:
        InvalidPage: the entry has no such values.
    """
    match = _TIME.fullmatch(str(entry.get("metadata_modified") or ""))
    record_id = str(entry.get("id") or "")
    if match is None or not record_id:
        raise InvalidPage(
            "目录条目缺少 id 或更新时间，无法分页",
            "an entry lacks its id or time of change, so that paging cannot go on",
        )
    # The index keeps milliseconds and cuts the rest off; rounding would skip entries.
    millis = (match[2] or "").ljust(3, "0")[:3]
    return Continuation(f"{match[1]}.{millis}Z", record_id)
