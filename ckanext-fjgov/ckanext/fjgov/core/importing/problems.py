"""What an import can find wrong before the catalog rules see the entry.

The findings are those of `core.catalog.rules`, so that reports, pages and forms print one kind of
message. This module must not judge the content of an entry: that is the work of the rules.
"""

from __future__ import annotations

from ckanext.fjgov.core.catalog.rules import Finding
from ckanext.fjgov.core.errors import FjgovError

UNKNOWN_COLUMN = "IM01"
MISSING_COLUMN = "IM02"
UNMAPPED_VALUE = "IM03"
BAD_DATE = "IM04"
BAD_NUMBER = "IM05"
FORMULA = "IM06"
DIGITS_LOST = "IM07"
ZEROS_LOST = "IM08"
HIDDEN = "IM09"
DUPLICATE_IN_FILE = "IM10"
AMBIGUOUS_MATCH = "IM11"
UNKNOWN_UNIT = "IM12"
BAD_JSON = "IM13"
DRAG_FILLED = "IM14"
ROW_SHAPE = "IM15"
ERROR_CELL = "IM16"
CONTROL_CHARACTER = "IM17"
ORPHAN_ROW = "IM18"
EXTERNAL_LINK = "IM19"
NOT_FOUND = "IM20"
FOREIGN_UNIT = "IM21"
NOT_SAVED = "IM22"
MERGED = "IM23"
OLDER_FORM = "IM24"
LEFT_OUT = "IM25"
BREAKS_SCHEMA = "IM26"

IMPORT_RULES: dict[str, tuple[str, str]] = {
    UNKNOWN_COLUMN: ("列未映射也未声明忽略", "column neither mapped nor ignored"),
    MISSING_COLUMN: ("映射的列不存在", "mapped column is missing"),
    UNMAPPED_VALUE: ("值对照表中没有此值", "value is not in the value map"),
    BAD_DATE: ("日期格式不符", "date does not match the declared formats"),
    BAD_NUMBER: ("不是数字", "not a plain number"),
    FORMULA: ("单元格是公式", "cell holds a formula"),
    DIGITS_LOST: ("长数字已失真", "long number has lost digits"),
    ZEROS_LOST: ("前导零可能丢失", "leading zeros may be lost"),
    HIDDEN: ("隐藏内容", "hidden content"),
    DUPLICATE_IN_FILE: ("文件内重复", "duplicate within the file"),
    AMBIGUOUS_MATCH: (
        "匹配到的已有目录不唯一或不一致",
        "existing record is ambiguous or contradicts",
    ),
    UNKNOWN_UNIT: ("提供单位无法确定", "providing unit cannot be determined"),
    BAD_JSON: ("JSON 内容无效", "JSON cell is not valid"),
    DRAG_FILLED: ("名称疑似拖动填充", "titles look drag-filled"),
    ROW_SHAPE: ("单元格数多于表头", "more cells than headers"),
    ERROR_CELL: ("单元格是错误值", "cell holds an error value"),
    CONTROL_CHARACTER: ("含控制字符", "control character"),
    ORPHAN_ROW: ("附表行找不到主表记录", "row of a detail sheet has no entry"),
    EXTERNAL_LINK: ("含外部链接", "external links"),
    NOT_FOUND: ("要撤销的目录不存在", "record to withdraw does not exist"),
    FOREIGN_UNIT: ("本次导入不含该单位", "unit is not part of this import"),
    NOT_SAVED: ("保存时被拒绝", "refused while saving"),
    MERGED: ("合并单元格", "merged cells"),
    LEFT_OUT: ("元素没有对应或重复", "element without a place, or repeated"),
    BREAKS_SCHEMA: ("不符合 GB/T 21063.3 XML 模式", "breaks the XML schema of GB/T 21063.3"),
    OLDER_FORM: ("与现行模板不同的列", "columns that differ from the present template"),
}


class ImportRefused(FjgovError):  # noqa: N818 - a verdict, named like one
    """The whole file or mapping cannot be used; nothing was read into the catalog.

    Args:
        code: stable short name of the reason, for example `xls-not-supported`.
        zh, en: what is wrong and what to do, one sentence each.
    """

    def __init__(self, code: str, zh: str, en: str) -> None:
        super().__init__(zh, en)
        self.code = code


class ExportRefused(FjgovError):  # noqa: N818 - a verdict, named like one
    """An entry cannot be written in the form that was asked for."""


def error(rule: str, field: str, zh: str, en: str) -> Finding:
    """Return a finding that keeps its row out of the catalog."""
    return Finding(rule=rule, field=field, severity="error", zh=zh, en=en)


def warning(rule: str, field: str, zh: str, en: str) -> Finding:
    """Return a finding that is reported while its row goes on."""
    return Finding(rule=rule, field=field, severity="warning", zh=zh, en=en)


def is_blocking(finding: Finding) -> bool:
    """Tell whether the finding refuses its row."""
    return finding.severity == "error"
