"""信息资源代码 of the 2017 guide: class path (类项目细目) `/` sequence number.

Not the 信息资源标识符, which has the same shape: see `identifier`. Must not allocate numbers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ckanext.fjgov.core.errors import InvalidGuideCode

SEQUENCE_DIGITS = 6
# 类 (1 digit) and 项 (2 digits) are named in the guide; 目 and 细目 are allocated locally.
ITEM_LENGTH = 3
CATEGORY_LENGTH = 6

_STRICT = re.compile(r"([123][0-9]{2}[0-9]{3}[0-9]{0,20})/([0-9]{1,12})")
# Records of other platforms carry organization codes and letters before the slash.
_LENIENT = re.compile(r"([0-9A-Za-z_-]{1,64})/([0-9A-Za-z_-]{1,64})")
_PATH = re.compile(r"[123][0-9]{2}(?:[0-9]{3}[0-9]{0,20})?")


@dataclass(frozen=True, slots=True)
class GuideCode:
    """One 信息资源代码.

    Attributes:
        path: what stands before the slash; digits only when `is_strict`.
        sequence: what stands after it.
        is_strict: the code follows the guide's own grammar.
    """

    path: str
    sequence: str
    is_strict: bool

    @property
    def item(self) -> str:
        """Give 类 and 项, three digits; meaningful for strict codes only."""
        return self.path[:ITEM_LENGTH]

    def __str__(self) -> str:
        return f"{self.path}/{self.sequence}"


def parse_guide_code(text: str, *, lenient: bool = False) -> GuideCode:
    """Read a 信息资源代码.

    Args:
        text: for example `307021/000001`.
        lenient: also accept what deployed platforms use instead, such as `00247017X/000709`.

    Raises:
        InvalidGuideCode: the text breaks the grammar.

    Source: 发改高技〔2017〕1272号, 信息资源代码.
    """
    match = _STRICT.fullmatch(text)
    if match:
        return GuideCode(match.group(1), match.group(2), is_strict=True)
    match = _LENIENT.fullmatch(text) if lenient else None
    if match is None:
        raise InvalidGuideCode(
            f"信息资源代码“{text[:80]}”格式不符，应如 307021/000001（类项目细目，斜线，顺序号）",
            f"guide code {text[:80]!r} must look like 307021/000001 (class path, slash, number)",
        )
    return GuideCode(match.group(1), match.group(2), is_strict=False)


def is_class_path(text: str) -> bool:
    """Tell whether a text is a class path: 类 and 项, or these with 目 and 细目."""
    return bool(_PATH.fullmatch(text))


def code_path(class_path: str, province_mu: str) -> str:
    """Complete a class path to what may stand before the slash.

    Args:
        class_path: the record's first 信息资源分类, three digits or six and more.
        province_mu: three digits of 目 used where the path has none (a node's setting).

    Raises:
        InvalidGuideCode: the path or the 目 breaks its form.
    """
    path = class_path if len(class_path) > ITEM_LENGTH else class_path + province_mu
    if not _PATH.fullmatch(path) or len(path) < CATEGORY_LENGTH:
        raise InvalidGuideCode(
            f"信息资源分类“{class_path[:40]}”或本省目码“{province_mu[:10]}”无效",
            f"class path {class_path[:40]!r} or province category {province_mu[:10]!r} is invalid",
        )
    return path


def numbered_guide_code(path: str, number: int) -> GuideCode:
    """Give the code of a sequence number under a complete path, at least six digits long.

    Raises:
        InvalidGuideCode: the path breaks the grammar or the number is not positive.
    """
    if number < 1:
        raise InvalidGuideCode(f"顺序号应大于0：{number}", f"number must be positive: {number}")
    return parse_guide_code(f"{path}/{number:0{SEQUENCE_DIGITS}d}")
