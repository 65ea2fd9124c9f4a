"""信息资源标识符: prefix (前段码) `/` suffix (后段码), and the URL name made from it.

Must not allocate numbers: that needs the database and its high-water mark.
"""

from __future__ import annotations

import re
from collections.abc import Container
from dataclasses import dataclass

from ckanext.fjgov.core.errors import InvalidIdentifier

# CKAN refuses longer names.
MAX_SLUG_LENGTH = 100
SEQUENCE_DIGITS = 6

_PREFIX = re.compile(r"[0-9A-Z]{5,6}")
_SUFFIX = re.compile(r"[0-9A-Z][0-9A-Z._-]{0,63}")
_ESCAPES = {".": "_d", "_": "_u"}
_UNESCAPE = re.compile(r"_(.)")
_SLUG = re.compile(r"([0-9a-z]{5,6})-((?:[0-9a-z-]|_d|_u)+)")


@dataclass(frozen=True, slots=True)
class Identifier:
    """One 信息资源标识符 in its stored form, upper case.

    Attributes:
        prefix: 5 or 6 digits and letters naming the allocating authority.
        suffix: 1 to 64 characters of [0-9A-Z._-], the first a digit or letter.
    """

    prefix: str
    suffix: str

    def __str__(self) -> str:
        return f"{self.prefix}/{self.suffix}"


def parse_identifier(text: str) -> Identifier:
    """Read an identifier; letters of either case are accepted, upper case is kept.

    Raises:
        InvalidIdentifier: the text breaks the grammar.

    Source: GB/T 21063.3-2007 element resID; grammar of section 3 of the standards brief.
    """
    prefix, separator, suffix = text.strip().partition("/")
    # Only ASCII letters are folded: `ı`.upper() would otherwise turn into a valid I.
    if text.isascii():
        prefix, suffix = prefix.upper(), suffix.upper()
    if not separator or not _PREFIX.fullmatch(prefix) or not _SUFFIX.fullmatch(suffix):
        raise InvalidIdentifier(
            f"信息资源标识符“{text[:80]}”格式不符，应如 35100/000001（前段码5至6位，斜线，后段码）",
            f"identifier {text[:80]!r} must look like 35100/000001 (prefix, slash, suffix)",
        )
    return Identifier(prefix, suffix)


def is_identifier(text: str) -> bool:
    """Tell whether a text is an identifier in its stored form."""
    prefix, separator, suffix = text.partition("/")
    return bool(separator and _PREFIX.fullmatch(prefix) and _SUFFIX.fullmatch(suffix))


def numbered_identifier(prefix: str, number: int) -> Identifier:
    """Give the identifier of a sequence number, at least six digits long.

    Raises:
        InvalidIdentifier: the prefix breaks the grammar or the number is not positive.
    """
    if number < 1:
        raise InvalidIdentifier(f"顺序号应大于0：{number}", f"number must be positive: {number}")
    return parse_identifier(f"{prefix}/{number:0{SEQUENCE_DIGITS}d}")


def has_registered_prefix(identifier: Identifier, prefixes: Container[str]) -> bool:
    """Tell whether the prefix is one of the registered ones."""
    return identifier.prefix in prefixes


def slug_of(identifier: Identifier) -> str:
    """Give the URL name of an identifier: prefix, `-`, suffix, lower case, injective.

    `.` becomes `_d` and `_` becomes `_u`; `-` stays. The prefix holds no `-`, so the first one
    separates, and no two identifiers share a name.

    Raises:
        InvalidIdentifier: the name would exceed CKAN's 100 characters.
    """
    suffix = "".join(_ESCAPES.get(character, character) for character in identifier.suffix)
    slug = f"{identifier.prefix}-{suffix}".lower()
    if len(slug) > MAX_SLUG_LENGTH:
        raise InvalidIdentifier(
            f"标识符 {identifier} 转成网址名后超过100个字符，请缩短后段码",
            f"the URL name of {identifier} exceeds 100 characters: shorten the suffix",
        )
    return slug


def identifier_of_slug(slug: str) -> Identifier:
    """Give back the identifier a URL name was made from.

    Raises:
        InvalidIdentifier: no identifier has this name.
    """
    match = _SLUG.fullmatch(slug)
    if match is None:
        raise InvalidIdentifier(f"网址名“{slug[:120]}”无对应标识符", f"no identifier has {slug!r}")
    suffix = _UNESCAPE.sub(lambda m: "." if m.group(1) == "d" else "_", match.group(2))
    return parse_identifier(f"{match.group(1)}/{suffix}")
