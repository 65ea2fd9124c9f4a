"""The one way JSON is written between nodes."""

from __future__ import annotations

import json
from typing import Any


def json_bytes(value: Any) -> bytes:
    """Write UTF-8 JSON without blanks, members in the given order.

    Raises:
        ValueError: the value holds NaN, Infinity or a lone surrogate.
    """
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode(
        "utf-8"
    )
