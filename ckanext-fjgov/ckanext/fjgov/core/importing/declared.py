"""Read values of a mapping file or of the file of a source: strict, and naming the key at fault."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .problems import ImportRefused


def invalid(where: str, zh: str, en: str) -> ImportRefused:
    """Return the refusal of a mapping file, naming the key at fault."""
    return ImportRefused("mapping-invalid", f"映射文件 {where}：{zh}", f"mapping {where}: {en}")


def text_of(raw: Any, where: str) -> str:
    """Read a text.

    Raises:
        ImportRefused: an unquoted 0101 or 350000 is a number in YAML and would lose its zeros.
    """
    if not isinstance(raw, str):
        raise invalid(where, f"「{raw}」应为带引号的文本", f"{raw!r} must be quoted text")
    return raw


def mapping_of(raw: Any, where: str) -> dict[str, Any]:
    """Read a mapping with text keys.

    Raises:
        ImportRefused: it is something else.
    """
    if not isinstance(raw, dict) or not all(isinstance(key, str) for key in raw):
        raise invalid(where, "应为「键: 值」，键为文本", "must be a mapping with text keys")
    return raw


def only_keys(spec: Mapping[str, Any], allowed: set[str], where: str) -> None:
    """Refuse keys that nobody reads.

    Raises:
        ImportRefused: naming them.
    """
    unknown = sorted(set(spec) - allowed)
    if unknown:
        raise invalid(
            where, f"不认识的键：{'、'.join(unknown)}", f"unknown keys: {', '.join(unknown)}"
        )
