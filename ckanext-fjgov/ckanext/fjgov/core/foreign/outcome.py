"""Which of the records that are not taken is `incomplete`, and which is `refused`.

Incomplete is a record that breaks rules of the catalog its source never promised to keep; refused
is one that must not come in from there at all: out of scope, of unclear identity or unit, of
another owner, damaged in form, or with secrets.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

SECRECY_RULE = "R15"
# Rules of the catalog and the import have an upper-case number; those of the federation a word.
_CATALOG_RULE = re.compile(r"[A-Z]{1,2}[0-9]{1,2}")


def outcome_of(rules: Iterable[str], *, foreign: bool) -> Literal["incomplete", "refused"]:
    """Tell how a record that is not taken is counted.

    Args:
        rules: ids of the rules that kept it out.
        foreign: whether it comes from a foreign source; our own nodes keep the rules.
    """
    broken = set(rules)
    soft = foreign and broken and SECRECY_RULE not in broken
    if soft and all(_CATALOG_RULE.fullmatch(rule) for rule in broken):
        return "incomplete"
    return "refused"
