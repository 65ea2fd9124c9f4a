"""Check the rows of a file that is to be mounted, one by one and in constant memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from ckanext.fjgov.core.exchange import faults
from ckanext.fjgov.core.exchange.faults import FaultLog, MountRefused
from ckanext.fjgov.core.exchange.matching import Placed
from ckanext.fjgov.core.exchange.reading import SourceRow
from ckanext.fjgov.core.exchange.values import BadValue

# Number of the row in the file, then its values as PostgreSQL takes them.
CheckedRow = list[str | int | None]


def checked_rows(
    rows: Iterable[SourceRow],
    width: int,
    placed: Sequence[Placed],
    log: FaultLog,
    *,
    most: int,
    progress: Callable[[int], None],
) -> Iterator[CheckedRow]:
    """Give the rows without faults; faults of the others are noted, until there are too many.

    Args:
        rows: of the file.
        width: number of columns in its header.
        placed: the columns that are mounted.
        log: takes the faults.
        most: rows that a table may have.
        progress: is told the number of rows after each.

    Raises:
        MountRefused: there are more rows than a table may have.

    Cost: about a microsecond a value.
    """
    for number, (place, texts, seen) in enumerate(rows, start=1):
        if number > most:
            raise MountRefused(f"超过 {most} 行，请拆分", f"more than {most} rows; split the table")
        # Most rows have as many cells as the header, and nothing that the reader saw.
        is_whole = len(texts) == width and not seen
        row = None
        if is_whole or _is_sound(place, texts, seen, width, placed, log):
            row = _checked(place, texts, placed, log)
        progress(number)
        if row is not None:
            yield row
        elif log.is_full:
            return


def _is_sound(
    place: int,
    texts: Sequence[str],
    seen: Sequence[tuple[str, str, str]],
    width: int,
    placed: Sequence[Placed],
    log: FaultLog,
) -> bool:
    """Tell whether the cells of a row can be read at all."""
    if len(texts) < width or any(texts[width:]):
        words = (
            f"有 {len(texts)} 个单元格，表头有 {width} 列",
            f"{len(texts)} cells, while the header has {width}",
        )
        log.note(faults.SHAPE, place, "", "", words)
        return False
    titles = {one.header for one in placed}
    wrong = [one for one in seen if one[0] in titles or not one[0]]
    for title, zh, en in wrong:
        log.note(faults.CELL, place, title, "", (zh, en))
    return not wrong


def _checked(
    place: int, texts: Sequence[str], placed: Sequence[Placed], log: FaultLog
) -> CheckedRow | None:
    """Give a row, None when it has a fault."""
    row: CheckedRow = [place]
    is_good = True
    for one in placed:
        text = texts[one.place]
        if not text:
            if one.is_required:
                words = ("必填信息项为空", "a required item is empty")
                log.note(faults.REQUIRED, place, one.header, "", words)
                is_good = False
            row.append(None)
            continue
        try:
            row.append(one.read(text))
        except BadValue as bad:
            log.note(bad.rule, place, one.header, text, (bad.zh, bad.en))
            is_good = False
    return row if is_good else None
