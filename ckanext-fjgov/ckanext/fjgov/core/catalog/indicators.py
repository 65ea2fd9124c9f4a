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


def refuse_signer(
    indicator: Mapping[str, Any], side: Side, signer: str, signers: Mapping[Side, str]
) -> tuple[str, str] | None:
    """Say why a person may not sign an indicator: its two signatures are those of two people.

    A lead unit may be its own 数字办, and a person may hold appointments at both sides.

    Args:
        indicator: as stored.
        signer: account of who would sign for `side`.
        signers: side -> account of who signed last; a side that is not on record is left out.

    Returns:
        The reason (Chinese, English), None where nothing stands against it.

    Source: Art. 11, published by the lead unit *with* its 同级数字办.
    """
    other: Side = "office" if side == "lead" else "lead"
    if not indicator.get(columns_of(other)[1]):
        return None
    known, name = signers.get(other), indicator.get("name")
    if not known:
        zh = f"指标“{name}”另一方的签署人没有记录，请修改指标后由双方重新签署"
        en = f"nobody is on record for the other signature of “{name}”: change it and sign anew"
        return zh, en
    if known == signer:
        zh = f"指标“{name}”的另一方由您本人签署，两方签署须为不同的人，请由另一人签署"
        en = f"you signed “{name}” for the other side: two people must sign, ask somebody else"
        return zh, en
    return None


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
