"""Classification marks (密级标志) in text, which refuse the save (Art. 33).

Looks for marks, not for words: 商业秘密, 涉密资质 or 保密局 are lawful. Must not log or return the
text around a mark: the attempt is recorded without content.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

Level = Literal["top_secret", "secret", "confidential"]

_LEVELS: dict[str, Level] = {
    "绝": "top_secret",
    "絕": "top_secret",
    "机": "secret",
    "機": "secret",
    "秘": "confidential",
    "祕": "confidential",
}
# Spaces and dots between the two characters are a usual disguise, as are the traditional forms.
_GAP = r"[\s.·・•]{0,3}"
_WORD = rf"(?P<level>[绝絕机機秘祕]){_GAP}密"
_STAR = r"[★☆✩✪✫✬✭✮✯✰⭑⭒⋆⭐🌟*]"
# A plain asterisk before a word is a bullet of Markdown, so only true stars count there.
_LEADING_STAR = r"[★☆✩✪✫✬✭✮✯✰⭑⭒⋆⭐🌟]"
_OPEN, _CLOSE = r"[(\[{<【〔〖〘〚「『《〈]", r"[)\]}>】〕〗〙〛」』》〉]"
_TERM = r"(?:\d{1,3}|[一二三四五六七八九十]{1,3})\s*(?:年|个?月|日|天)|长期"
_DASH = r"[-_‐-―−~]"
# A list of levels ("密级：绝密、机密、秘密") names the choices of a field and marks nothing.
_LIST = re.compile(
    rf"[绝絕机機秘祕]{_GAP}密级?(?:\s*[、/,|;或和及与]\s*[绝絕机機秘祕]{_GAP}密级?)+(?!\s*{_STAR})"
)

_SPACES = re.compile(r"[^\S\n]+")
_BREAKS = re.compile(r" ?\n[ \n]*")
_PATTERNS = tuple(
    re.compile(pattern)
    for pattern in (
        # 机密★, 秘密★5年, 绝密级★; the star may stand apart.
        rf"{_WORD}\s*级?\s*{_STAR}",
        # ★机密★ and ★秘密: a star before the word.
        rf"{_LEADING_STAR}\s*{_WORD}",
        # 秘密10年, 机密:长期, 绝密(30年).
        rf"{_WORD}\s*级?\s*[:·]?\s*{_OPEN}?\s*(?:{_TERM})",
        # (机密), 【秘密】, [绝密级].
        rf"{_OPEN}\s*{_WORD}\s*级?\s*{_CLOSE}",
        # 密级:机密, 定密为秘密, 密级 绝密.
        rf"(?:密\s*级|定\s*密|保密等级)\s*(?:标志|别)?\s*[:=为是]?\s*{_OPEN}?\s*{_WORD}",
        # File names and headings: 绝密-名单.docx, 机密_1, 秘密 会议纪要.
        rf"(?:^|[/\\\n]){_OPEN}?\s*{_WORD}\s*级?\s*(?:{_DASH}|[:.]|\s|$)",
        # 会议纪要-机密.docx, 名单_秘密.
        rf"{_DASH}\s*{_WORD}\s*级?\s*(?:\.[0-9A-Za-z]{{1,5}})?(?:$|{_DASH}|[\s\n])",
    )
)


@dataclass(frozen=True, slots=True)
class Mark:
    """One classification mark; holds no text of the record."""

    level: Level
    zh: str


_ZH: dict[Level, str] = {"top_secret": "绝密", "secret": "机密", "confidential": "秘密"}


def find_mark(text: str, lawful_words: frozenset[str]) -> Mark | None:
    """Find the first classification mark of a text.

    Args:
        text: any text of a record: title, description, file name.
        lawful_words: words that pass, see vocabularies/lawful_words.yaml.

    Returns:
        The mark, or None. Full-width forms, zero-width characters, spaces between the characters
        and traditional characters do not hide it.

    Cost: a scan for one character in most texts; O(length) for those that hold 密.
    Source: Measures, Art. 33; 国家秘密 marking form “密级★保密期限”.
    """
    if not may_hold_mark(text):
        return None
    plain = _plain(text)
    if lawful_words:
        plain = _lawful(lawful_words).sub("□", plain)
    plain = _LIST.sub("□", plain)
    for pattern in _PATTERNS:
        match = pattern.search(plain)
        if match:
            level = _LEVELS[match.group("level")]
            return Mark(level, _ZH[level])
    return None


def may_hold_mark(text: str) -> bool:
    """Tell in one fast scan whether a text is worth a closer look."""
    return "密" in text


def _plain(text: str) -> str:
    """Fold full-width forms and drop what cannot be seen, line breaks excepted."""
    folded = unicodedata.normalize("NFKC", text)
    visible = "".join(
        c for c in folded if c in "\n\t" or unicodedata.category(c) not in ("Cf", "Cc", "Mn")
    )
    # Runs of spaces shrink to one, so that no pattern can be made to search for long.
    return _BREAKS.sub("\n", _SPACES.sub(" ", visible)).strip()


@lru_cache(maxsize=8)
def _lawful(words: frozenset[str]) -> re.Pattern[str]:
    longest_first = sorted(words, key=lambda word: (-len(word), word))
    return re.compile(rf"(?:{'|'.join(map(re.escape, longest_first))})(?!\s*{_STAR})")
