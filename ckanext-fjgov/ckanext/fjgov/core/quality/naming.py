"""Whether a title names the content: checks Q30 to Q35.

The words that say nothing are judged together: what is left of a title without them is its content.
"""

from __future__ import annotations

import re
import unicodedata

from ckanext.fjgov.core.catalog.rules.check import Check
from ckanext.fjgov.core.catalog.title import normalise_title
from ckanext.fjgov.core.quality.likeness import running_number, without_number
from ckanext.fjgov.core.quality.table import QualityFinding

_SYSTEM = re.compile(r"(?:信息系统|管理系统|业务系统|子系统|系统|平台|应用|网站|客户端|APP|app)$")
_TABLE = re.compile(r"(?:数据库表|数据表|信息表|明细表|基础表|业务表|主表|子表|表)$")
# A table of a database: letters, digits and underscores before or instead of the Chinese name.
_TABLE_CODE = re.compile(r"^[A-Za-z][A-Za-z0-9]*_[A-Za-z0-9_]+")
# Longest first, so that 基础数据 is one word and not 基础 with a rest.
_EMPTY_WORDS = (
    "基本情况", "基础信息", "基础数据", "其他信息", "相关信息", "有关信息", "数据资源", "信息资源",
    "数据库", "数据表", "信息表", "信息", "数据", "资料", "记录", "明细", "清单", "统计", "汇总",
    "情况", "台账", "目录", "文件", "材料", "内容", "资源", "其他", "其它", "有关", "相关", "基本",
    "基础", "业务", "管理", "政务", "综合", "系统", "平台", "单位", "部门", "本单位", "测试",
    "示例", "及", "和", "与", "的", "等", "类", "表", "库",
)  # fmt: skip
_EMPTY = re.compile("|".join(_EMPTY_WORDS))
# Last parts of a unit's name that people leave out or put after a shorter form.
_PLACE = re.compile(r"^.{2,10}?(?:自治区|省|市|自治县|县|区|镇|乡|街道)")
_CJK = r"\u3400-\u9fff"
_STRAY_SPACE = re.compile(rf"(?<=[{_CJK}])\s+(?=[{_CJK}])|\s{{2,}}|^\s|\s$")
_PAIRS = {"（": "）", "(": ")", "《": "》", "〈": "〉", "【": "】", "[": "]", "“": "”"}
_CLOSING = frozenset(_PAIRS.values())
_LEAST_CONTENT = 2


def check_naming(check: Check, unit_title: str) -> list[QualityFinding]:
    """Apply Q30 to Q35 to the title.

    Args:
        check: the entry.
        unit_title: name of the providing unit, "" when it is not known.
    """
    title = check.text("title")
    folded = normalise_title(title)
    if not folded:
        # Rule R1 has refused it.
        return []
    found = [*_number(title, folded), *_spelling(title)]
    if without_number(folded) == normalise_title(unit_title):
        return [*found, _finding("Q33", title)]
    bare = without_number(folded)
    content = _content(bare, normalise_title(unit_title))
    if _TABLE_CODE.match(unicodedata.normalize("NFKC", title).strip()):
        found.append(_finding("Q31", title))
    elif _SYSTEM.search(bare):
        found.append(_finding("Q30", title))
    elif len(content) < _LEAST_CONTENT:
        if unit_title and _names_unit(bare, normalise_title(unit_title)):
            found.append(_finding("Q33", title))
        else:
            found.append(_finding("Q31" if _TABLE.search(bare) else "Q34", title))
    return found


def _content(bare: str, unit: str) -> str:
    """Give what is left of a title without the unit's name and the words that say nothing."""
    return _EMPTY.sub("", _without_unit(bare, unit))


def _without_unit(bare: str, unit: str) -> str:
    if not unit:
        return bare
    short = _PLACE.sub("", unit)
    for name in (unit, short if len(short) > 2 else ""):
        if name and bare.startswith(name):
            return bare[len(name) :]
    return bare


def _names_unit(bare: str, unit: str) -> bool:
    return _without_unit(bare, unit) != bare


def _number(title: str, folded: str) -> list[QualityFinding]:
    number = running_number(folded)
    if not number:
        return []
    return [
        QualityFinding(
            "Q32", f"“{title[:60]}”末尾的 {number}", f"{number} at the end of {title[:60]!r}"
        )
    ]


def _spelling(title: str) -> list[QualityFinding]:
    faults = []
    if _STRAY_SPACE.search(title):
        faults.append(("多余空格", "stray spaces"))
    wide = sorted({c for c in title if unicodedata.east_asian_width(c) == "F" and c.isalnum()})
    if wide:
        faults.append((f"全角字母数字 {''.join(wide)}", f"full-width {''.join(wide)}"))
    if not _is_paired(title):
        faults.append(("括号不成对", "brackets that do not pair"))
    if not faults:
        return []
    zh = "、".join(fault[0] for fault in faults)
    return [QualityFinding("Q35", zh, ", ".join(fault[1] for fault in faults))]


def _is_paired(title: str) -> bool:
    waiting: list[str] = []
    for character in title:
        if character in _PAIRS:
            waiting.append(_PAIRS[character])
        elif character in _CLOSING and (not waiting or waiting.pop() != character):
            return False
    return not waiting


def _finding(rule: str, title: str) -> QualityFinding:
    return QualityFinding(rule, f"“{title[:60]}”", f"{title[:60]!r}")
