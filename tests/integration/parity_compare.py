"""How two records are held against each other, and the one list of what may differ."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

# Path pattern -> reason. Paths as `leaves` gives them: list positions are `[]`.
IGNORED = {
    r".*\.metadata_created": "time of the write",
    r".*\.metadata_modified": "time of the write",
    r".*\.resources?\[\]\.created": "time of the write",
    r".*\.document\.(indexed_ts|_version_)": "time of the write, and Solr's clock of it",
    r".*\.home_modified": "time of the change at home, which only a copy has",
    r".*\.(package_tag|member)\[\]\.id": "random id of a row",
    r".*\.creator_user_id": "id of an account of the node where the entry was typed",
    r".*\.content_hash": "hash over the fields named here as well",
}
JSON_TEXTS = frozenset({"validated_data_dict", "data_dict"})
_IGNORED = [re.compile(pattern) for pattern in IGNORED]
MISSING = "(missing)"
Path = tuple[str | int, ...]


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Give path and value of everything in a record; JSON texts of documents are opened."""
    if path and path[-1] in JSON_TEXTS and isinstance(value, str):
        value = json.loads(value)
    if isinstance(value, Mapping) and value:
        for name in sorted(value):
            yield from leaves(value[name], (*path, str(name)))
    elif isinstance(value, list) and value:
        for number, item in enumerate(value):
            yield from leaves(item, (*path, number))
    else:
        yield path, value


def pattern_of(path: Path) -> str:
    """Give a path without list positions: `resources[].name`."""
    parts = ["[]" if isinstance(step, int) else f".{step}" for step in path]
    return "".join(parts).removeprefix(".")


def text_of(path: Path) -> str:
    """Give a path as text: `resources[2].name`."""
    parts = [f"[{step}]" if isinstance(step, int) else f".{step}" for step in path]
    return "".join(parts).removeprefix(".")


def is_ignored(path: Path) -> bool:
    """Say whether a path is in the list."""
    return any(pattern.fullmatch(pattern_of(path)) for pattern in _IGNORED)


def differences(left: Any, right: Any, *, strict: bool = False) -> list[str]:
    """Give a line for each value that differs; type counts, so that 1 is not "1".

    Args:
        left, right: two records.
        strict: nothing is ignored.
    """
    first, second = dict(leaves(left)), dict(leaves(right))
    found = []
    for path in sorted({*first, *second}, key=text_of):
        one, two = first.get(path, MISSING), second.get(path, MISSING)
        if (type(one), one) != (type(two), two) and (strict or not is_ignored(path)):
            found.append(f"{text_of(path)}: {one!r} | {two!r}")
    return found


def spoiled(record: Any, *, only: str = "") -> Iterator[tuple[Path, Any]]:
    """Give copies of a record with one value changed or taken out, with the path of it.

    Args:
        record: a record.
        only: pattern of the paths to spoil, all of them by default.
    """
    for path, value in leaves(record):
        if only in ("", pattern_of(path)):
            for change in (f"{value}x" if isinstance(value, str) else "x", MISSING):
                yield path, _with(record, path, change)


def unnoticed(record: Any, *, only: str = "") -> list[str]:
    """Spoil values of a record in turn; give those that the comparison does not name."""
    return [
        text_of(path)
        for path, copy in spoiled(record, only=only)
        if not is_ignored(path)
        and not any(line.startswith(text_of(path)) for line in differences(record, copy))
    ]


def _with(record: Any, path: Path, value: Any) -> Any:
    """Copy a record along one path; MISSING takes the value out."""
    root = current = _copied(record)
    for step in path[:-1]:
        current[step] = _copied(current[step])
        current = current[step]
    if value == MISSING:
        del current[path[-1]]
    else:
        current[path[-1]] = value
    return root


def _copied(value: Any) -> Any:
    if isinstance(value, str):
        return json.loads(value)
    return dict(value) if isinstance(value, Mapping) else list(value)
