"""Test accounts of a stack: `<base>/credentials.json`, readable by its owner only."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from deploy.stack.keys import write_private

Credentials = dict[str, dict[str, dict[str, Any]]]


def read(base: Path) -> Credentials:
    """Return `{node: {role: {user, password, token, unit}}}`, empty before the first start."""
    try:
        found: Credentials = json.loads((base / "credentials.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return found


def merge(base: Path, node: str, role: str, account: dict[str, Any]) -> None:
    """Add or replace one account."""
    known = read(base)
    known.setdefault(node, {})[role] = account
    write_private(base / "credentials.json", json.dumps(known, ensure_ascii=False, indent=1))
