"""Say what a check found, to the person at the form and to a reviewer: Chinese and English.

Names units and objects through arguments; decides nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ckanext.fjgov.core.collection import likeness as scores
from ckanext.fjgov.core.collection.checking import Match, Outcome, OutcomeKind
from ckanext.fjgov.core.collection.item import CollectionItem
from ckanext.fjgov.core.collection.likeness import Likeness

_OBJECT: Mapping[scores.ObjectHow, tuple[str, str]] = {
    "stated": ("业务对象相同", "same business object"),
    "one_inferred": (
        "业务对象相同（一方按名称推定）",
        "same object, for one inferred from its name",
    ),
    "both_inferred": ("业务对象相同（双方按名称推定）", "same object, inferred from both names"),
    "other": ("业务对象不同", "different business objects"),
    "unknown": ("业务对象未填", "business object not stated"),
}
_NAME: Mapping[scores.NameHow, tuple[str, str]] = {
    "code": ("名称不同，数据元相同", "different names, same data element"),
    "same": ("名称相同", "same name"),
    "synonym": ("名称同义", "names that mean the same"),
    "near": ("名称相近，请核对", "names that nearly mean the same: please look"),
    "other": ("名称不同", "different names"),
    "common": ("通用名称，单独不构成重复", "a common name, never a conflict alone"),
}
_ELEMENT: Mapping[scores.ElementHow, tuple[str, str]] = {
    "same": ("数据元代码相同", "same data element code"),
    "other": ("数据元代码不同", "different data element codes"),
    "unknown": ("数据元代码未填全", "data element code not given by both"),
}
_TERRITORY: Mapping[scores.TerritoryHow, tuple[str, str]] = {
    "same": ("采集地域相同", "same collection territory"),
    "inside": ("采集地域重叠", "overlapping collection territories"),
    "apart": ("采集地域不重叠", "disjoint collection territories"),
}
_LINE: Mapping[scores.LineHow, tuple[str, str]] = {
    "same": ("业务条线相同", "same line of business"),
    "other": ("业务条线不同", "different lines of business"),
    "unknown": ("业务条线未填全", "line of business not given by both"),
    "unbound": ("名称随业务而异，业务条线不同", "bound to its line of business, which differs"),
}
_OTHER_ROLE = ("所属角色不同", "belongs to another role")
_DIGITS = ("名称尾部数字不同，疑为复制列", "digits at the end differ: perhaps a copied column")


@dataclass(frozen=True, slots=True)
class Told:
    """One sentence in both languages."""

    zh: str
    en: str

    @property
    def message(self) -> str:
        """Give the one line shown by API and form."""
        return f"{self.zh} / {self.en}"


@dataclass(frozen=True, slots=True)
class ToldPart:
    """One part of a score, as a reviewer sees it; the score is the product of its parts."""

    part: str
    score: float
    zh: str
    en: str


def tell_parts(likeness: Likeness) -> tuple[ToldPart, ...]:
    """Give the parts of a score in the order object, item, element, territory, line, marks."""
    parts = [
        ToldPart("object", scores.OBJECT_SCORE[likeness.object_how], *_OBJECT[likeness.object_how]),
        ToldPart("item", scores.NAME_SCORE[likeness.name_how], *_NAME[likeness.name_how]),
        ToldPart(
            "element", scores.ELEMENT_SCORE[likeness.element_how], *_ELEMENT[likeness.element_how]
        ),
        ToldPart(
            "territory",
            scores.TERRITORY_SCORE[likeness.territory_how],
            *_TERRITORY[likeness.territory_how],
        ),
        ToldPart("line", scores.LINE_SCORE[likeness.line_how], *_LINE[likeness.line_how]),
    ]
    if likeness.has_other_role:
        parts.append(ToldPart("role", scores.ROLE_SCORE, *_OTHER_ROLE))
    if likeness.has_digits:
        parts.append(ToldPart("digits", scores.DIGITS_SCORE, *_DIGITS))
    return tuple(parts)


def tell_match(match: Match, unit_name: Callable[[str], str]) -> Told:
    """Say who holds an item, how sure that is, and where to apply (Art. 8, 23).

    Args:
        match: see `checking.holders_of`.
        unit_name: the registered name of a USCC; the code itself when it is not known.
    """
    held = match.holder
    base_zh, base_en = ("（基础数据库）", " (base database)") if held.is_base else ("", "")
    score = f"{match.likeness.score:.2f}"
    return Told(
        f"“{held.name}”由{unit_name(held.unit)}采集{base_zh}，匹配度 {score}；"
        f"请向节点 {held.node} 的采集项 {held.item_id} 申请共享",
        f"“{held.name}” is collected by {unit_name(held.unit)}{base_en}, score {score}; "
        f"apply for item {held.item_id} of node {held.node}",
    )


def tell_outcome(outcome: Outcome) -> Told:
    """Say what was found and what to do about it."""
    kind = outcome.awaits or outcome.kind
    if kind is OutcomeKind.PENDING:
        return _too_old(outcome)
    told = _duplicate(outcome) if kind is OutcomeKind.DUPLICATE else _out_of_range(outcome.item)
    if outcome.awaits is None:
        return told
    return Told(
        f"待核：{told.zh}（本地副本已过期，确认前重新检查）",
        f"pending: {told.en} (the local copy is too old: checked again before confirmation)",
    )


def _too_old(outcome: Outcome) -> Told:
    if outcome.copy_age is None:
        return Told(
            "本节点尚未取得已确认的采集项，请先同步；确认前重新检查",
            "this node has no copy of the confirmed items yet: synchronise; "
            "checked again before confirmation",
        )
    hours = int(outcome.copy_age.total_seconds() // 3600)
    return Told(
        f"本节点的已确认采集项副本已有 {hours} 小时未更新，确认前重新检查",
        f"the copy of the confirmed items is {hours} hours old; checked again before confirmation",
    )


def _duplicate(outcome: Outcome) -> Told:
    name = outcome.item.name if outcome.item else ""
    return Told(
        f"重复采集提示：“{name}”已由其他单位采集（{outcome.total} 项），"
        "请申请共享，不再采集（第八条）；确需采集的报省数字办调整",
        f"collected twice: “{name}” is held by other units ({outcome.total}); apply for sharing "
        "instead (Art. 8), or ask 省数字办 for an adjustment",
    )


def _out_of_range(item: CollectionItem | None) -> Told:
    if item is None:
        return Told(
            "超范围采集提示：本单位没有已确认的采集项，"
            "请先报送采集目录，或注明法律法规依据和条款（第八条）",
            "out of range: the unit has no confirmed collection item; report its catalog first, "
            "or cite the law and clause (Art. 8)",
        )
    return Told(
        f"超范围采集提示：“{item.name}”不在本单位已确认的采集目录内，"
        "请报备修订，或注明法律法规依据和条款（第八条）",
        f"out of range: “{item.name}” is not in the unit's confirmed catalog; file a revision, "
        "or cite the law and clause (Art. 8)",
    )
