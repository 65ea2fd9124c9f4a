"""What one page of a feed may hold."""

from __future__ import annotations

from dataclasses import dataclass

from ckanext.fjgov.core.catalog.canonical import KINDS

from . import strict_json

ONE_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class FeedLimits:
    """What a page may hold.

    Attributes:
        max_line_bytes: longest line without its line feed.
        max_rows: most rows, whatever the page's own limit says.
        max_depth: deepest nesting of a record.
        max_key_chars: longest key of a record.
        max_reason_chars: longest reason of a tombstone.
        types: kinds of record that are understood.
    """

    max_line_bytes: int = ONE_MIB
    max_rows: int = 10_000
    max_depth: int = strict_json.MAX_DEPTH
    max_key_chars: int = 200
    max_reason_chars: int = 2_000
    types: frozenset[str] = frozenset(KINDS)


DEFAULT_LIMITS = FeedLimits()
