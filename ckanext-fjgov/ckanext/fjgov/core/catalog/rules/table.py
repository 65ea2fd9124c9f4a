"""The table of rules: every id once, with its severity in both profiles.

R1 to R15 keep the numbers of the standards brief; the others are named by subject: C codes and
obligation, B base databases, D dates, E exchange across departments, F shape, I identifier, L
limits, T title, U unit, X what holds between records.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ckanext.fjgov.core.catalog.rules.finding import Profile, Severity


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the catalog.

    Attributes:
        id: short name printed in messages.
        zh, en: what must hold.
        source: article or clause.
        strict: severity in profile `strict`.
        inventory: severity in profile `inventory` (a legacy catalog, a province that starts).
        on_draft: also holds while the record is a draft.
    """

    id: str
    zh: str
    en: str
    source: str
    strict: Severity = "error"
    inventory: Severity = "error"
    on_draft: bool = False


_GUIDE = "发改高技〔2017〕1272号"
_ROWS = (
    Rule("R1", "名称、摘要、提供方齐全且长度合规", "title, abstract and provider", "GB/T 21063.3"),
    Rule("R2", "同一单位目录名称不重复", "title unique in the unit", "Art. 15"),
    Rule("R3", "提供方代码有效并与单位一致", "provider code holds and is the unit's", _GUIDE,
         inventory="warning"),
    Rule("R4", "信息资源代码合规并与分类一致", "guide code agrees with the class", _GUIDE),
    Rule("R5", "非受限共享写明使用要求", "unrestricted: state the use", _GUIDE,
         strict="warning", inventory="warning"),
    Rule("R6", "受限共享写明要求、条件、范围、方式和依据", "restricted: conditions and legal basis",
         "Art. 4(1), 45(1)"),
    Rule("R7", "非共享写明依据和说明", "not shared: legal basis and statement", "Art. 4(1), 21"),
    Rule("R8", "开放条件与共享类型一致", "opening agrees with the share class", _GUIDE),
    Rule("R9", "信息项齐全有效", "data items are complete", _GUIDE, inventory="warning"),
    Rule("R10", "格式和共享方式匹配", "format and way of sharing agree", _GUIDE,
         inventory="warning"),
    Rule("R11", "普查数字有效且不超过总量", "census numbers hold", _GUIDE),
    Rule("R12", "关联资源代码存在且不是本目录", "related codes exist", _GUIDE,
         strict="warning", inventory="warning"),
    Rule("R13", "信息项共享类型不得宽于目录", "item share class never looser", _GUIDE),
    Rule("R14", "日期不在将来且信息按周期更新", "dates passed, data fresh", "Art. 13, 17",
         strict="warning", inventory="warning"),
    Rule("R15", "不含国家秘密", "no state secrets", "Art. 33", on_draft=True),
    Rule("B1", "基础数据库写明所属库和牵头单位", "base databases: which one and who leads",
         "Art. 11", inventory="warning"),
    Rule("B2", "基础指标由牵头单位和同级数字办共同签署", "base indicators carry two signatures",
         "Art. 11", strict="warning", inventory="warning"),
    Rule("C0", "必填元数据齐全", "mandatory elements are present", "GB/T 21063.3, " + _GUIDE),
    Rule("C1", "代码取自代码表", "codes come from their list", "GB/T 21063.4, " + _GUIDE,
         on_draft=True),
    Rule("C2", "代码未停用", "codes are not retired", "GB/T 2260",
         strict="warning", inventory="warning"),
    Rule("C3", "按条件应填的元数据齐全", "elements asked for by others are present",
         "GB/T 21063.3, Art. 42", strict="warning", inventory="warning"),
    Rule("D1", "日期格式有效", "dates are real days", "GB/T 7408", on_draft=True),
    Rule("E1", "不自建跨部门目录和交换系统", "no own catalog or exchange across departments",
         "Art. 41", strict="warning", inventory="warning"),
    Rule("F1", "值的结构正确", "values have the declared shape", "schemas/", on_draft=True),
    Rule("I1", "信息资源标识符合规", "identifier follows its grammar", "GB/T 21063.3 resID",
         on_draft=True),
    Rule("K1", "有关键字", "keywords are present", "GB/T 21063.3 descKeys",
         strict="warning", inventory="warning"),
    Rule("L1", "长度和数量不超限", "lengths and counts within limits", "own limit",
         on_draft=True),
    Rule("L2", "不含控制字符", "no control characters", "own limit", on_draft=True),
    Rule("T1", "名称规范", "title well formed", "Art. 15", strict="warning", inventory="warning"),
    Rule("U1", "单位代码有效", "unit code holds", "GB 32100-2015", inventory="warning"),
    Rule("U2", "单位代码校验无疑点", "unit code without doubts", "GB 11714",
         strict="warning", inventory="warning"),
    Rule("U3", "单位区划与层级一致", "division fits the level", "Art. 41"),
    Rule("U4", "单位起止日期有序", "validity in order", "Art. 2"),
    Rule("U5", "上级和承继单位代码有效", "parent and successor codes hold", "Art. 2"),
    Rule("X1", "引用的目录存在且类型相符", "what is referred to exists and is of that type",
         "Art. 45", on_draft=True),
    Rule("X2", "引用的目录已发布", "what is referred to is listed", "Art. 45"),
    Rule("X3", "引用其他节点的目录须已同步", "what another node keeps has been synchronised",
         "Art. 41", strict="warning", inventory="warning"),
    Rule("X4", "被引用的目录不得撤销", "what others refer to stays listed", "Art. 45"),
    Rule("X5", "不重复采集其他单位可共享的信息",
         "what others hold and share is not collected again", "Art. 8",
         strict="warning", inventory="warning", on_draft=True),
    Rule("X6", "重复采集须按最新的总体目录核对", "compared with a recent overall catalog",
         "Art. 8", strict="warning", inventory="warning", on_draft=True),
)  # fmt: skip

_SOFT_IN_INVENTORY = frozenset({("R1", "notes"), ("C0", "unit_type"), ("C0", "level")})

RULES: Mapping[str, Rule] = MappingProxyType({rule.id: rule for rule in _ROWS})


def severity_of(rule: str, field: str, profile: Profile) -> Severity:
    """Give the severity of a rule on one field.

    R1 is softened for the abstract only, and C0 for type and level of a unit only: legacy catalogs
    often lack them, while nothing can be listed without title and provider.
    """
    if profile == "inventory" and (rule, field) in _SOFT_IN_INVENTORY:
        return "warning"
    return RULES[rule].strict if profile == "strict" else RULES[rule].inventory
