"""The key of a unit (机关单位, Art. 2): its unified social credit code, or a local code.

A legacy catalog names its units without codes. Such a unit gets a local code from the node's
identifier prefix and its name: the same name always gives the same unit, and no credit code is
made up. The web name carries whichever code the unit was registered under, and never changes.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata

SLUG_PREFIX = "u-"
_SPACES = re.compile(r"\s+")
_LOCAL_SLUG = re.compile(r"u-([0-9a-z]{5})-([0-9a-f]{12})")


def unit_name_key(name: str) -> str:
    """Return the form in which unit names are compared: NFKC, without spaces, lower case."""
    return _SPACES.sub("", unicodedata.normalize("NFKC", name)).lower()


def local_unit_code(prefix: str, name: str) -> str:
    """Return the local code of a unit without a credit code, for example `45000-0A1B2C3D4E5F`.

    Args:
        prefix: identifier prefix of the node.
        name: full name as the source gives it.

    Returns:
        Prefix, a hyphen, 12 hex digits of the SHA-256 of the normalised name; 48 bits keep two of
        10,000 names apart with a chance of error below 2e-7, and the register refuses a clash.
    """
    digest = hashlib.sha256(unit_name_key(name).encode("utf-8")).hexdigest()
    return f"{prefix}-{digest[:12].upper()}"


def unit_slug(code: str) -> str:
    """Return the web name of a unit registered under a credit code or a local code."""
    return SLUG_PREFIX + code.strip().lower()


def local_code_of_slug(slug: str) -> str:
    """Return the local code that a web name carries, "" when it carries none."""
    match = _LOCAL_SLUG.fullmatch(slug)
    return f"{match.group(1)}-{match.group(2)}".upper() if match else ""


def unit_key(slug: str, uscc: str) -> str:
    """Return the key under which a unit is known to other nodes.

    Args:
        slug: web name of the unit.
        uscc: its unified social credit code, "" when it has none.

    Returns:
        The credit code, else the local code; "" when the web name carries no local code.
    """
    return uscc or local_code_of_slug(slug)


def is_unit_slug(slug: str, uscc: str, prefixes: tuple[str, ...]) -> bool:
    """Tell whether a web name is one that the rules give to a unit of a node.

    A unit that was registered under a local code keeps that name when its credit code becomes
    known, so both forms are right for a unit with a code.

    Args:
        slug: web name to check.
        uscc: credit code of the unit, "" when it has none.
        prefixes: identifier prefixes that the node allocates from.
    """
    if uscc and slug == unit_slug(uscc):
        return True
    local = local_code_of_slug(slug)
    return bool(local) and local.partition("-")[0] in {prefix.upper() for prefix in prefixes}
