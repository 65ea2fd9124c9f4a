"""Base indicators (Art. 11): published once the lead unit and its 同级数字办 have signed them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

Side = Literal["lead", "office"]
SIDES: tuple[Side, ...] = ("lead", "office")
# What a signature covers: a change of it needs new signatures.
SIGNED_FIELDS = ("name", "definition")


def columns_of(side: Side) -> tuple[str, str]:
    """Give the columns of a signature: the document, and the day."""
    return f"{side}_signature", f"{side}_signed_on"


SIGNATURE_COLUMNS = tuple(column for side in SIDES for column in columns_of(side))


def is_published(indicator: Mapping[str, Any]) -> bool:
    """Tell whether both have signed."""
    return all(indicator.get(columns_of(side)[1]) for side in SIDES)


def with_kept_signatures(
    rows: Iterable[Mapping[str, Any]], before: Iterable[Mapping[str, Any]]
) -> list[dict[str, str]]:
    """Give for each row the signatures that it keeps, whatever the row itself says of them.

    Args:
        rows: as they are to be stored, with the ids of rows.
        before: as stored.

    Returns:
        Column -> text in the order of `rows`; empty for a row that is new or says something else.
    """
    known = {row.get("id"): row for row in before}
    kept = []
    for row in rows:
        old = known.get(row.get("id"), {})
        same = all((row.get(name) or "") == (old.get(name) or "") for name in SIGNED_FIELDS)
        kept.append(
            {name: str(old[name]) for name in SIGNATURE_COLUMNS if old.get(name)} if same else {}
        )
    return kept
