"""JSON from strangers: interoperable JSON (RFC 7493) or a refusal that names the rule.

Python's own parser takes NaN, duplicate keys, numbers of any length and lone surrogates; the
last two only fail later, inside PostgreSQL or while encoding.
"""

from __future__ import annotations

import json
import math
from typing import Any

from .errors import JsonRefused

MAX_DEPTH = 32
SAFE_INTEGER = 2**53 - 1
_LONGEST_INTEGER = len(str(-SAFE_INTEGER))


def loads(data: bytes, *, max_depth: int = MAX_DEPTH) -> Any:
    """Parse one JSON text.

    Args:
        data: UTF-8 without byte order mark.
        max_depth: deepest allowed nesting of lists and objects.

    Returns:
        Python values; integers are within ±(2^53 - 1), floats finite, strings free of NUL and
        lone surrogates.

    Raises:
        JsonRefused: rule is one of `encoding`, `bom`, `syntax`, `constant`, `number`,
            `duplicate_key`, `depth`, `character`.

    Cost: one pass; a second walk only where brackets or escapes make it necessary.
    Source: RFC 8259, RFC 7493.
    """
    text = _decoded(data)
    try:
        value = _DECODER.decode(text)
    except RecursionError as error:
        raise _too_deep(max_depth) from error
    except json.JSONDecodeError as error:
        raise JsonRefused(
            "syntax",
            f"不是合法的 JSON，第 {error.pos} 个字符处：{error.msg}",
            f"not valid JSON at character {error.pos}: {error.msg}",
        ) from error
    # Each level needs an opening bracket, so few brackets prove a shallow text without a walk.
    if data.count(b"[") + data.count(b"{") > max_depth:
        _check_depth(value, max_depth)
    # NUL and surrogates can only come from escapes: raw ones fail in the decoder above.
    if "\\u0000" in text or "\\ud" in text or "\\uD" in text:
        _check_characters(value)
    return value


def _decoded(data: bytes) -> str:
    if data.startswith(b"\xef\xbb\xbf"):
        raise JsonRefused("bom", "开头有 BOM，请去掉", "starts with a byte order mark; remove it")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise JsonRefused(
            "encoding",
            f"不是 UTF-8 编码，第 {error.start} 字节处",
            f"not UTF-8 at byte {error.start}",
        ) from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                raise JsonRefused(
                    "duplicate_key", f"字段重复：{name[:60]!a}", f"duplicate key: {name[:60]!a}"
                )
            seen.add(name)
    return result


def _constant(name: str) -> Any:
    raise JsonRefused("constant", f"不允许的数值：{name}", f"{name} is not allowed")


def _integer(digits: str) -> int:
    if len(digits) <= _LONGEST_INTEGER:
        value = int(digits)
        if -SAFE_INTEGER <= value <= SAFE_INTEGER:
            return value
    raise JsonRefused(
        "number", f"整数过大：{digits[:30]}", f"the integer is too large: {digits[:30]}"
    )


def _float(digits: str) -> float:
    value = float(digits) if len(digits) <= 40 else math.inf
    if math.isfinite(value):
        return value
    raise JsonRefused(
        "number", f"数值超出范围：{digits[:30]}", f"the number is out of range: {digits[:30]}"
    )


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_constant=_constant, parse_int=_integer, parse_float=_float
)


def _children(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _check_depth(value: Any, max_depth: int) -> None:
    level = [value]
    for depth in range(max_depth + 1):
        level = [item for item in level if isinstance(item, (dict, list))]
        if not level:
            return
        if depth == max_depth:
            raise _too_deep(max_depth)
        level = [child for item in level for child in _children(item)]


def _too_deep(max_depth: int) -> JsonRefused:
    return JsonRefused(
        "depth", f"嵌套超过 {max_depth} 层", f"nested more than {max_depth} levels deep"
    )


def _check_characters(value: Any) -> None:
    pending = [value]
    while pending:
        item = pending.pop()
        if isinstance(item, dict):
            pending.extend(item)
            pending.extend(item.values())
        elif isinstance(item, list):
            pending.extend(item)
        elif isinstance(item, str):
            _check_text(item)


def _check_text(text: str) -> None:
    for position, character in enumerate(text):
        if character == "\0" or "\ud800" <= character <= "\udfff":
            raise JsonRefused(
                "character",
                f"含有不允许的字符 U+{ord(character):04X}，第 {position} 个字符处",
                f"contains U+{ord(character):04X} at character {position}, which is not allowed",
            )
