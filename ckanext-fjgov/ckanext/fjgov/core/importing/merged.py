"""Merged cells: only the upper left cell has a content, which readers of the table cannot see."""

from __future__ import annotations

from openpyxl.utils import get_column_letter, range_boundaries

from ckanext.fjgov.core.catalog.rules import Finding

from .problems import MERGED, error
from .rows import Limits


def merged_rows(
    ranges: tuple[str, ...], header: tuple[str, ...], sheet: str, limits: Limits
) -> dict[int, tuple[Finding, ...]]:
    """Return row number -> findings for the rows in which merging leaves cells without content.

    Args:
        ranges: references as `B2:C5`.
        header: columns of the sheet; a range beyond them is of no concern.
        sheet: its name.
        limits: rows beyond the limit are not read.

    Cost: O(rows of the ranges).
    """
    found: dict[int, tuple[Finding, ...]] = {}
    for reference in ranges:
        bounds = [bound or 0 for bound in range_boundaries(reference)]
        left, top, right, bottom = bounds
        if not 1 <= left <= len(header):
            continue
        for number in range(max(top, 2), min(bottom, limits.rows + 1) + 1):
            if number > top or right > left:
                found[number] = (
                    *found.get(number, ()),
                    _finding(reference, number, left, header, sheet),
                )
    return found


def _finding(
    reference: str, number: int, left: int, header: tuple[str, ...], sheet: str
) -> Finding:
    place = f"{sheet}!{get_column_letter(left)}{number}"
    return error(
        MERGED,
        header[left - 1],
        f"{place} 在合并单元格 {reference} 中，只有左上角有内容，其余读作空；请取消合并并逐格填写",
        f"{place} is in the merged cells {reference}: only the upper left one has a content, the "
        "others read as empty; unmerge and fill in each cell",
    )
