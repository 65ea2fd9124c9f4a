"""The table of quality checks: every code once, with its severity, field and what to do.

Q01 completeness, Q1x consistency, Q3x naming, Q5x entries that look alike.  All of them are own
readings of Art. 15, never printed as its words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Severity = Literal["warning", "notice"]
Family = Literal["completeness", "consistency", "naming", "likeness"]


@dataclass(frozen=True, slots=True)
class QualityRule:
    """One quality check.

    Attributes:
        id: code printed with every finding.
        family: which heading it stands under.
        severity: `warning` is most likely wrong, `notice` should be looked at.
        field: the field of the form that a finding links to.
        zh, en: what is wrong.
        do_zh, do_en: what to do about it.
    """

    id: str
    family: Family
    severity: Severity
    field: str
    zh: str
    en: str
    do_zh: str
    do_en: str


@dataclass(frozen=True, slots=True)
class QualityFinding:
    """What one check found in one entry.

    Attributes:
        rule: a key of `QUALITY_RULES`.
        zh, en: the particulars: which values, rows or elements.
    """

    rule: str
    zh: str
    en: str

    def row(self) -> dict[str, str]:
        """Give the finding as plain texts."""
        return {"rule": self.rule, "zh": self.zh, "en": self.en}


_ROWS = (
    QualityRule("Q01", "completeness", "notice", "title",
                "元数据填写不足", "many elements are empty",
                "请补填所列元数据", "fill in the elements named"),
    QualityRule("Q10", "consistency", "warning", "open_to_public",
                "非共享信息标为向社会开放", "not shared, yet open to society",
                "请核对共享类型和开放属性", "correct the share class or the opening"),
    QualityRule("Q11", "consistency", "warning", "exchange",
                "非共享信息登记为信息已发布（已挂接）", "not shared, yet published by exchange",
                "请核对共享类型和信息发布记录", "correct the share class or the publication"),
    QualityRule("Q12", "consistency", "notice", "share_type",
                "非受限共享却填写了受限方式或法律法规依据",
                "unrestricted, yet with a restriction or a legal basis for one",
                "请核对共享类型，或删去限制内容", "correct the share class or drop the limits"),
    QualityRule("Q13", "consistency", "warning", "data_updated_at",
                "有更新周期而没有信息更新时间", "a cycle is stated and no time of an update",
                "请登记信息更新时间或最近同步时间", "state when the data were last updated"),
    QualityRule("Q14", "consistency", "notice", "frequency",
                "更新周期为实时或每日，格式只有电子文件或电子表格",
                "updated daily or at once, in files and spreadsheets only",
                "请核对更新周期，或登记数据库、服务接口", "correct the cycle or the format"),
    QualityRule("Q15", "consistency", "warning", "data_updated_at",
                "日期先后颠倒", "dates are out of order",
                "请核对所列日期", "correct the dates named"),
    QualityRule("Q16", "consistency", "notice", "items",
                "信息项的名称、类型和长度不相称", "names, types and lengths of items disagree",
                "请核对所列信息项", "correct the items named"),
    QualityRule("Q17", "consistency", "warning", "division",
                "行政区划超出提供单位的区划", "covers divisions outside that of the unit",
                "请核对行政区划", "correct the divisions covered"),
    QualityRule("Q18", "consistency", "warning", "related",
                "关联资源代码指向未列出的目录", "a related code names no listed entry",
                "请更正或删去该代码", "correct or remove the code"),
    QualityRule("Q19", "consistency", "notice", "share_type",
                "全部信息项都严于目录的共享类型", "every item is stricter than its entry",
                "请改正目录或信息项的共享类型", "correct the class of the entry or of its items"),
    QualityRule("Q30", "naming", "warning", "title",
                "名称是系统或平台的名称", "the title names a system",
                "请写信息内容，系统填入“所属系统”",
                "name the content; put the system in its field"),
    QualityRule("Q31", "naming", "warning", "title",
                "名称是数据表的名称", "the title names a table",
                "请按业务内容命名", "name the content"),
    QualityRule("Q32", "naming", "warning", "title",
                "名称末尾有序号", "the title ends in a running number",
                "可能是下拉填充造成，请删去或改写为业务区分",
                "drop it, or say how the entries differ"),
    QualityRule("Q33", "naming", "warning", "title",
                "名称只有单位名称", "the title holds the name of the unit only",
                "请写信息内容", "name the content"),
    QualityRule("Q34", "naming", "warning", "title",
                "名称过于笼统", "the title is too general",
                "请写明业务对象和内容", "name the subject and the content"),
    QualityRule("Q35", "naming", "notice", "title",
                "名称含多余空格、全角字母数字或不成对的括号",
                "stray spaces, full-width letters or brackets that do not pair",
                "请整理名称", "tidy the title"),
    QualityRule("Q50", "likeness", "warning", "title",
                "本单位另有目录，名称只差末尾数字、空格、标点或全半角",
                "another title of the unit differs in digits, spaces, punctuation or width only",
                "请合并，或改写名称以区分", "merge them, or tell them apart by name"),
    QualityRule("Q51", "likeness", "notice", "title",
                "同一区划另有单位的同名目录", "another unit has the same title for the same place",
                "请与该单位核对是否重复", "settle with that unit whether one is enough"),
    QualityRule("Q52", "likeness", "warning", "items",
                "本单位另有目录，信息项完全相同", "another entry of the unit has the same items",
                "请合并，或补充信息项以区分", "merge them, or complete the items"),
    QualityRule("Q53", "likeness", "notice", "items",
                "同一区划另有单位的目录，信息项完全相同",
                "another unit has the same items for the same place",
                "请与该单位核对是否重复", "settle with that unit whether one is enough"),
)  # fmt: skip

QUALITY_RULES: Mapping[str, QualityRule] = MappingProxyType({rule.id: rule for rule in _ROWS})
