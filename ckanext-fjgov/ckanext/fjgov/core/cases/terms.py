"""The five elements of an application, as they are asked for and fixed (实施申请书, Art. 23, 24).

应用业务, 使用对象, 所需信息, 共享模式 and 截止时间, beside them 使用目的 (Art. 23). Whoever
settles them later may narrow what was asked for and never widen it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from ckanext.fjgov.core.cases.records import Case
from ckanext.fjgov.core.cases.table import Words
from ckanext.fjgov.core.cases.types.application import SETTLING
from ckanext.fjgov.core.exchange import filters, quotas

ENTRY, COLLECTION_ITEM, NEED = "entry", "collection_item", "need"
TARGETS = (ENTRY, COLLECTION_ITEM, NEED)
MODES = ("query", "direct", "custom")
UNIT, STAFF, SYSTEM = "unit", "staff", "system"
HOLDERS = (UNIT, STAFF, SYSTEM)
MOST_TARGETS, MOST_USERS, LONGEST = 50, 200, 2000
MOST_YEARS = 5
# Texts that an application cannot do without.
_TEXTS = (("purpose", "使用目的"), ("business", "应用业务"))


def faults(terms: Mapping[str, Any], today: date) -> list[Words]:
    """Say what is missing or wrong in the terms of an application; empty when they are whole.

    Args:
        terms: `purpose`, `business`, `mode`, `holder` (`kind`, and `users` or `system`), `until`
            (YYYY-MM-DD, that day included) and `targets`, each with `kind` and either `id` with
            `items` (ids of 信息项) and perhaps a `filter` of rows, `id` alone, or `text`; perhaps
            a `quota`.
        today: in China.
    """
    return [
        *_text_faults(terms),
        *_mode_faults(terms),
        *_holder_faults(terms.get("holder")),
        *_until_faults(terms.get("until"), today),
        *_target_faults(terms.get("targets")),
        *quotas.faults(terms.get("quota") or {}),
    ]


def widened(asked: Mapping[str, Any], settled: Mapping[str, Any]) -> list[Words]:
    """Say in what settled terms go beyond those asked for; empty when they only narrow them.

    Both must be whole. The text of 使用目的 and 应用业务 is not compared: it may be put better.
    """
    return [
        *_wider_targets(asked["targets"], settled["targets"]),
        *_wider_holder(asked["holder"], settled["holder"]),
        *quotas.widened(asked.get("quota") or {}, settled.get("quota") or {}),
        *(
            [("截止时间不得晚于申请的截止时间", "the end date is later than the one asked for")]
            if str(settled["until"]) > str(asked["until"])
            else []
        ),
        *(
            [("共享模式与申请不同，请退回由申请人修改", "the mode is not the one asked for")]
            if settled["mode"] != asked["mode"]
            else []
        ),
    ]


def settled(case: Case) -> Mapping[str, Any] | None:
    """Give the terms on which an application stands: those of its latest step that settles any."""
    event = case.last(SETTLING)
    found = event.payload.get("terms") if event else None
    return found if isinstance(found, Mapping) else None


def key_of(target: Mapping[str, Any]) -> tuple[str, str]:
    """Give what tells a target from others: its kind, and its id or, for a need, its text."""
    return str(target["kind"]), str(target.get("id") or target.get("text") or "")


def _text_faults(terms: Mapping[str, Any]) -> Iterator[Words]:
    for name, zh in _TEXTS:
        text = terms.get(name)
        if not isinstance(text, str) or not text.strip():
            yield f"请填写{zh}", f"{name} is missing"
        elif len(text) > LONGEST:
            yield f"{zh}不能超过 {LONGEST} 字", f"{name} is longer than {LONGEST} characters"


def _mode_faults(terms: Mapping[str, Any]) -> Iterator[Words]:
    if terms.get("mode") not in MODES:
        yield "请选择共享模式", f"mode must be one of {', '.join(MODES)}"


def _holder_faults(holder: Any) -> Iterator[Words]:
    kind = holder.get("kind") if isinstance(holder, Mapping) else None
    if kind not in HOLDERS:
        yield "请选择使用对象", f"holder.kind must be one of {', '.join(HOLDERS)}"
    elif kind == STAFF and not _names(holder.get("users"), MOST_USERS):
        yield (
            f"请列出使用人员，至多 {MOST_USERS} 人，不得重复",
            f"holder.users must name 1 to {MOST_USERS} accounts, each once",
        )
    elif kind == SYSTEM and not _is_text(holder.get("system")):
        yield "请选择使用的应用系统", "holder.system must name an application system"


def _until_faults(until: Any, today: date) -> Iterator[Words]:
    try:
        last = date.fromisoformat(until) if isinstance(until, str) and len(until) == 10 else None
    except ValueError:
        last = None
    if last is None:
        yield "请填写截止时间（年-月-日）", "until must be a date, YYYY-MM-DD"
    elif last < today:
        yield f"截止时间 {until} 已过", f"until {until} has passed"
    elif last > today + timedelta(days=366 * MOST_YEARS):
        yield f"截止时间不得超过 {MOST_YEARS} 年", f"until is more than {MOST_YEARS} years away"


def _target_faults(targets: Any) -> Iterator[Words]:
    if not isinstance(targets, Sequence) or isinstance(targets, str) or not targets:
        yield "请至少选择一项所需信息", "targets must name at least one thing"
        return
    if len(targets) > MOST_TARGETS:
        yield f"所需信息至多 {MOST_TARGETS} 项", f"at most {MOST_TARGETS} targets"
        return
    seen = set()
    for place, target in enumerate(targets, 1):
        kind = target.get("kind") if isinstance(target, Mapping) else None
        if kind not in TARGETS:
            yield f"第 {place} 项所需信息的类型不明", f"target {place}: unknown kind"
            continue
        yield from _one_target_faults(place, target)
        if key_of(target) in seen:
            yield f"第 {place} 项所需信息重复", f"target {place} is given twice"
        seen.add(key_of(target))


def _one_target_faults(place: int, target: Mapping[str, Any]) -> Iterator[Words]:
    kind = target["kind"]
    if kind == NEED:
        text = target.get("text")
        if not _is_text(text) or len(str(text)) > LONGEST:
            yield (
                f"请写明第 {place} 项所需的信息，不超过 {LONGEST} 字",
                f"target {place}: text must say what is needed in {LONGEST} characters",
            )
        return
    if not _is_text(target.get("id")):
        yield f"第 {place} 项所需信息未指明", f"target {place} has no id"
    if kind == ENTRY and not _names(target.get("items"), LONGEST):
        yield (
            f"请选择第 {place} 项所需信息的信息项，不得重复",
            f"target {place}: items must name the items wanted, each once",
        )
    for zh, en in filters.faults(target.get("filter") or [], None) if kind == ENTRY else ():
        yield f"第 {place} 项所需信息，{zh}", f"target {place}, {en}"


def _wider_targets(
    asked: Sequence[Mapping[str, Any]], settled: Sequence[Mapping[str, Any]]
) -> Iterator[Words]:
    known = {key_of(target): frozenset(target.get("items") or ()) for target in asked}
    rows = {key_of(target): target.get("filter") or () for target in asked}
    for place, target in enumerate(settled, 1):
        key = key_of(target)
        if key not in known:
            yield f"第 {place} 项所需信息不在申请之内", f"target {place} was not asked for"
        elif not frozenset(target.get("items") or ()) <= known[key]:
            more = "、".join(sorted(frozenset(target["items"]) - known[key]))
            yield (
                f"第 {place} 项所需信息含申请之外的信息项：{more}",
                f"target {place} has items that were not asked for: {more}",
            )
        elif not filters.narrows(rows[key], target.get("filter") or ()):
            yield (
                f"第 {place} 项所需信息的行筛选条件只能增加，不能去掉或改动申请的条件",
                f"target {place}: conditions on rows may be added, not taken away or changed",
            )


def _wider_holder(asked: Mapping[str, Any], settled: Mapping[str, Any]) -> Iterator[Words]:
    wider = (
        # A unit's own people are fewer than the unit; anything else is another holder.
        asked["kind"] != settled["kind"] and (asked["kind"], settled["kind"]) != (UNIT, STAFF)
    )
    if asked["kind"] == settled["kind"] == STAFF:
        wider = not frozenset(settled["users"]) <= frozenset(asked["users"])
    if asked["kind"] == settled["kind"] == SYSTEM:
        wider = settled["system"] != asked["system"]
    if wider:
        yield "使用对象超出申请范围", "the holder goes beyond the one asked for"


def _names(value: Any, most: int) -> bool:
    """Tell whether a value is a list of different texts, not empty and not too long."""
    return (
        isinstance(value, Sequence)
        and not isinstance(value, str)
        and 0 < len(value) <= most
        and all(_is_text(one) for one in value)
        and len(set(value)) == len(value)
    )


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())
