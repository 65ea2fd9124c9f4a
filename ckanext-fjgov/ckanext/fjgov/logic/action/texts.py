"""Texts of a call: that they are texts, can be stored, and are not too long."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import ckan.plugins.toolkit as tk

LONGEST_REASON = 2000


def reason_of(data: Mapping[str, Any]) -> str:
    """Give the opinion or reason of a call, "" for none.

    Raises:
        ValidationError: it is no text, or too long.
    """
    text = text_of(data, "reason")
    if len(text) > LONGEST_REASON:
        raise tk.ValidationError(
            {"reason": [f"意见不能超过 {LONGEST_REASON} 字 / at most {LONGEST_REASON} characters"]}
        )
    return text


def text_of(data: Mapping[str, Any], name: str) -> str:
    """Give a text of a call, "" for none."""
    return plain(data.get(name) or "", name)


def plain(value: Any, name: str) -> str:
    """Give a text that the database can hold.

    Raises:
        ValidationError: it is no text, or holds characters that none has.
    """
    if not isinstance(value, str) or not _is_storable(value):
        raise tk.ValidationError({name: [f"{name} 须为文本 / {name} must be text"]})
    return value.strip()


def checked(value: Any, name: str) -> Any:
    """Give a value of JSON when all of its texts can be stored."""
    if not all(_is_storable(text) for text in _texts(value)):
        raise tk.ValidationError(
            {name: [f"{name} 含有无法保存的字符 / {name} holds a character that cannot be stored"]}
        )
    return value


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield str(key)
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def _is_storable(text: str) -> bool:
    return not any(letter == "\0" or "\ud800" <= letter <= "\udfff" for letter in text)
