"""The normalised title by which two entries of one unit count as the same (rule R2).

The database holds it in a unique index, so a change here needs a migration of stored values.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from ckanext.fjgov.core.catalog.schema_model import ENTRY_TYPE

# Letters, numbers, marks on letters and symbols carry meaning; separators, punctuation and
# invisible characters do not.
_IGNORED = frozenset("ZPC")


@lru_cache(maxsize=1024)
def normalise_title(title: str) -> str:
    """Fold a title: NFKC, case folded, without spaces, punctuation and invisible characters.

    Args:
        title: as typed; any length.

    Returns:
        The folded text, "" when nothing but spaces and punctuation was given. Folding twice gives
        the same as folding once.

    Cost: O(length).
    Source: rule R2 of the standards brief, 5.8 (NFKC, no spaces or punctuation).
    """
    # Casefolding can undo the compatibility form, and dropping a character can bring a letter and
    # a mark together: fold until nothing changes (two rounds in practice).
    folded = _fold(title)
    while (again := _fold(folded)) != folded:
        folded = again
    return folded


def held_title(record_type: str, folded: str) -> str:
    """Give what the unique index of titles holds for a record of a directory, "" for no title.

    Titles are unique by unit and directory. No folded title holds a colon, so that what is held
    for one directory never meets what is held for another or for entries.
    """
    return folded if record_type == ENTRY_TYPE or not folded else f"{record_type}:{folded}"


def _fold(text: str) -> str:
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return "".join(c for c in plain if unicodedata.category(c)[0] not in _IGNORED)
