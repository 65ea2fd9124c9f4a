"""Texts that no record can hold: U+0000, which PostgreSQL refuses, and halves of a surrogate pair,
which are no character and cannot be written as UTF-8.

Source: PostgreSQL, "Character Types"; RFC 8259, 8.2.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any, Final

_NO_TEXT: Final = re.compile("[\x00\ud800-\udfff]")
# What JSON may write them by; halves that make up a pair are told apart by reading it.
_ESCAPED: Final = re.compile(rb"\\u(?:0000|d[89a-f])", re.IGNORECASE)


def is_text(value: str) -> bool:
    """Tell whether a record could hold these characters."""
    return _NO_TEXT.search(value) is None


def all_texts(values: Iterable[str]) -> bool:
    """Tell whether every one of them is a text."""
    return all(is_text(value) for value in values)


def json_holds_texts(body: bytes) -> bool:
    """Tell whether every name and text in a JSON document is a text; True for what is no JSON.

    Raises:
        RecursionError: it is nested too deeply to be read.

    Cost: one search of the bytes; the document is read only when an escape is in it.
    """
    if _ESCAPED.search(body) is None:
        return True
    try:
        waiting: list[Any] = [json.loads(body)]
    except ValueError:
        return True
    while waiting:
        value = waiting.pop()
        if isinstance(value, str) and not is_text(value):
            return False
        if isinstance(value, dict):
            waiting += [*value, *value.values()]
        elif isinstance(value, list):
            waiting += value
    return True
