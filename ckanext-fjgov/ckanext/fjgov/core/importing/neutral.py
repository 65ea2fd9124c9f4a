"""Make exported CSV cells harmless to spreadsheet programs, and undo it on import.

A cell that starts with `=`, `+`, `-`, `@`, TAB, CR or a full-width form of them is run as a
formula by some programs. One apostrophe in front stops that. The pair is exact:
`restore(neutralise(x)) == x` for every text, since a text that already looks neutralised gets one
apostrophe more.
"""

from __future__ import annotations

import re

# How a dangerous text begins, as a pattern that DuckDB reads like Python does.
DANGEROUS = r"'*[=+\-@\t\r＝＋－＠]"
_DANGEROUS = re.compile(DANGEROUS)
_NEUTRALISED = re.compile(r"'+[=+\-@\t\r＝＋－＠]")


def neutralise(text: str) -> str:
    """Return the text as it may stand in a CSV cell."""
    return f"'{text}" if _DANGEROUS.match(text) else text


def restore(cell: str) -> str:
    """Return the text that `neutralise` was given."""
    return cell[1:] if _NEUTRALISED.match(cell) else cell
