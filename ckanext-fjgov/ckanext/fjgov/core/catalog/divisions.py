"""行政区划 codes: six digits of GB/T 2260, nine for towns and twelve for villages below a county.

Must not know nodes and their scope: see `federation.scope`.
"""

from __future__ import annotations

import re
from typing import Literal

from ckanext.fjgov.core.catalog.vocabulary import Concept, Vocabulary

DivisionLevel = Literal["province", "city", "county", "town"]

_CODE = re.compile(r"[0-9]{6}(?:[0-9]{3}(?:[0-9]{3})?)?")


def is_division_code(code: str) -> bool:
    """Tell whether a text has the form of a division code: 6, 9 or 12 digits."""
    return bool(_CODE.fullmatch(code))


def division_concept(code: str, divisions: Vocabulary) -> Concept | None:
    """Give the listed division a code lies in: itself, or the county of a town or village.

    Returns:
        None when the form is wrong, the six digits are not listed, or 9 or 12 digits stand below
        something that is not a county.
    """
    if not is_division_code(code):
        return None
    concept = divisions.get(code[:6])
    if concept is None or (len(code) > 6 and division_level(code[:6]) != "county"):
        return None
    return concept


def division_level(code: str) -> DivisionLevel:
    """Give the level a code of valid form stands for, by its zeros (GB/T 2260)."""
    if len(code) > 6:
        return "town"
    if code.endswith("0000"):
        return "province"
    return "city" if code.endswith("00") else "county"
