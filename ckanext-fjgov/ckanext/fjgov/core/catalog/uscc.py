"""统一社会信用代码 (GB 32100-2015) with the 组织机构代码 (GB 11714) inside it.

Must not know units or registers: it answers for the digits alone. Own code, because the usual
library refuses every code that starts with a letter.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from ckanext.fjgov.core.errors import InvalidUscc

LENGTH = 18
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"

_VALUES = {character: value for value, character in enumerate(ALPHABET)}
_WEIGHTS = tuple(pow(3, position, 31) for position in range(17))
_BODY_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
# First character: registering authority; the string: kinds of body it registers.
_KINDS = {
    "1": "1239",
    "2": "19",
    "3": "123459",
    "4": "19",
    "5": "1239",
    "6": "129",
    "7": "129",
    "8": "19",
    "9": "123",
    "A": "19",
    "N": "1239",
    "Y": "1",
}


@dataclass(frozen=True, slots=True)
class UsccProblem:
    """One thing wrong with a code.

    Attributes:
        is_fatal: False for the GB 11714 part, which some real codes of merged bodies break.
        zh, en: what is wrong.
    """

    is_fatal: bool
    zh: str
    en: str


@lru_cache(maxsize=20_000)
def uscc_problems(code: str) -> tuple[UsccProblem, ...]:
    """Find what is wrong with a code.

    Args:
        code: exactly as stored: 18 upper-case characters, no spaces.

    Returns:
        Nothing for a valid code; otherwise the first fatal problem, or the one warning.

    Source: GB 32100-2015; GB 11714.
    """
    fatal = _fatal_problem(code)
    if fatal is not None:
        return (fatal,)
    if code[16] != body_check_character(code[8:16]):
        return (
            UsccProblem(
                is_fatal=False,
                zh="主体标识码（第9至17位）校验不符，如证书如此可忽略",
                en="characters 9 to 17 fail GB 11714; ignore it if the certificate says so",
            ),
        )
    return ()


def is_uscc(code: str) -> bool:
    """Tell whether a code holds; the GB 11714 part may fail."""
    return not any(problem.is_fatal for problem in uscc_problems(code))


def check_character(head: str) -> str:
    """Give the 18th character for the first 17, all of `ALPHABET` (GB 32100: mod 31)."""
    total = sum(_VALUES[c] * weight for c, weight in zip(head, _WEIGHTS, strict=True))
    return ALPHABET[-total % 31]


def body_check_character(body8: str) -> str:
    """Give the 9th character of an organization code for its first 8 (GB 11714: mod 11)."""
    total = sum(int(c, 36) * weight for c, weight in zip(body8, _BODY_WEIGHTS, strict=True))
    value = 11 - total % 11
    return {10: "X", 11: "0"}.get(value, str(value))


def make_uscc(kind: str, division: str, body8: str) -> str:
    """Build a code that holds in every part, for sample data and tests.

    Args:
        kind: two characters, authority and kind of body, for example `11` for 机关.
        division: six digits.
        body8: eight characters of `ALPHABET`.

    Returns:
        18 characters.

    Raises:
        InvalidUscc: the parts break their form.
    """
    parts = kind + division + body8
    if (len(kind), len(division), len(body8)) != (2, 6, 8) or set(parts) - set(ALPHABET):
        raise InvalidUscc(
            f"组成部分无效：{kind} {division} {body8}", f"invalid parts: {kind} {division} {body8}"
        )
    head = parts + body_check_character(body8)
    code = head + check_character(head)
    problems = uscc_problems(code)
    if problems:
        raise InvalidUscc(f"{code}：{problems[0].zh}", f"{code}: {problems[0].en}")
    return code


def _fatal_problem(code: str) -> UsccProblem | None:
    if len(code) != LENGTH:
        return _fatal(f"应为18位，现为{len(code)}位", f"must have 18 characters, not {len(code)}")
    wrong = " ".join(sorted({character for character in code if character not in _VALUES}))
    if wrong:
        return _fatal(
            f"含不允许的字符：{wrong}（只用数字和大写字母，不用 I O S V Z）",
            f"characters not allowed: {wrong} (digits and capitals without I O S V Z)",
        )
    if code[1] not in _KINDS.get(code[0], ""):
        return _fatal(
            f"前两位 {code[:2]} 不是登记管理部门和机构类别代码",
            f"the first two characters {code[:2]} name no authority and kind of body",
        )
    if not code[2:8].isdigit():
        return _fatal("第3至8位应为行政区划数字", "characters 3 to 8 must be division digits")
    if code[17] != check_character(code[:17]):
        return _fatal("校验码不符，请核对", "the check character does not match: look it up")
    return None


def _fatal(zh: str, en: str) -> UsccProblem:
    return UsccProblem(is_fatal=True, zh=zh, en=en)
