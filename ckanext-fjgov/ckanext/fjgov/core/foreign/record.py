"""One record of a foreign catalog in neutral form: named cells of text.

Every kind of source is brought to this form first, so that one mapping serves them all and no
field of the source can be dropped without being named.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ckanext.fjgov.core.federation.errors import FederationError

Cells = Mapping[str, tuple[str, ...]]
DEEPEST = 6


class SourceRefused(FederationError):  # noqa: N818 - a verdict, named like one
    """A foreign catalog could not be read to its end: nothing of this reading is used.

    Attributes:
        rule: short name of the reason, such as `truncated` or `doctype`.
    """

    kind = "source"

    def __init__(self, rule: str, zh: str, en: str) -> None:
        super().__init__(zh, en)
        self.rule = rule


@dataclass(frozen=True, slots=True)
class RemoteRecord:
    """One record as its catalog tells it.

    Attributes:
        remote_id: what the source itself calls the record, "" when it gives nothing.
        cells: field -> texts; nested fields are named `outer.inner` (`outer/inner` in RDF).
        resources: the files and services of the record, each as cells.
        place: where the record stands, for messages.
    """

    remote_id: str
    cells: Cells
    resources: tuple[Cells, ...] = ()
    place: str = ""


def flatten(value: Mapping[str, Any], *, without: frozenset[str] = frozenset()) -> Cells:
    """Turn a JSON object into cells.

    Args:
        value: parsed JSON.
        without: top-level names that are read in another way.

    Returns:
        `{"a": {"b": 1}, "c": ["x", "y"]}` as `{"a.b": ("1",), "c": ("x", "y")}`; null, "", [] and
        {} give nothing.

    Raises:
        SourceRefused: the object is nested deeper than six levels.
    """
    cells: dict[str, list[str]] = {}
    for name, item in value.items():
        if name not in without:
            _collect(cells, name, item, 0)
    return {name: tuple(texts) for name, texts in cells.items()}


def _collect(cells: dict[str, list[str]], name: str, value: Any, depth: int) -> None:
    if depth > DEEPEST:
        raise SourceRefused(
            "depth", f"字段 {name[:80]} 嵌套过深", f"field {name[:80]} is nested too deeply"
        )
    if isinstance(value, Mapping):
        for inner, item in value.items():
            _collect(cells, f"{name}.{inner}", item, depth + 1)
    elif isinstance(value, list):
        for item in value:
            _collect(cells, name, item, depth + 1)
    else:
        text = _text(value)
        if text:
            cells.setdefault(name, []).append(text)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()
