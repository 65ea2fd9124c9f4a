"""Whether an entry agrees with itself and with its unit: checks Q10 to Q17 and Q19."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from ckanext.fjgov.core.catalog.days import moment_day, parse_day
from ckanext.fjgov.core.catalog.rules.check import Check, Row
from ckanext.fjgov.core.catalog.rules.sharing import NOT_SHARED, UNRESTRICTED
from ckanext.fjgov.core.quality.table import QualityFinding

_FILES = frozenset({"1", "2"})
# What a name says about the length of its value: a citizen's number (GB 11643) and a unified social
# credit code (GB 32100) have 18 characters, a post code 6.
_LENGTHS = (("身份号码", 18), ("身份证号", 18), ("统一社会信用代码", 18), ("邮政编码", 6))
_ENDS_IN_DAY = ("日期", "时间")
_NUMBERS, _TEXTS, _DAYS = frozenset("NYBIF"), frozenset("CM"), frozenset("DT")
_LONGEST_NUMBER = 38
_SHOWN = 5


def check_consistency(check: Check, unit_division: str) -> list[QualityFinding]:
    """Apply Q10 to Q17 and Q19.

    Args:
        check: the entry.
        unit_division: division code of the providing unit, "" when it is not known.
    """
    return [
        *_sharing(check),
        *_cycle(check),
        *_dates(check),
        *_items(check),
        *_territory(check, unit_division),
    ]


def _sharing(check: Check) -> Iterator[QualityFinding]:
    share_type = check.text("share_type")
    if share_type == NOT_SHARED:
        if check.text("open_to_public") == "1":
            yield QualityFinding(
                "Q10", "共享类型为非共享，是否向社会开放为是", "class 3, open: yes"
            )
        modes = [row.get("mode", "") for row in check.rows("exchange") if _is_done(row)]
        if modes:
            names = check.vocabulary("exchange_modes")
            yield QualityFinding(
                "Q11",
                "、".join(names.label(mode) for mode in modes),
                ", ".join(names.label(mode, "en") for mode in modes),
            )
    if share_type == UNRESTRICTED:
        filled = [name for name in ("restriction_kind", "legal_basis") if check.record.get(name)]
        if filled:
            yield QualityFinding(
                "Q12",
                "、".join(check.label(name)[0] for name in filled),
                ", ".join(check.label(name)[1] for name in filled),
            )
    yield from _stricter_items(check, share_type)


def _stricter_items(check: Check, share_type: str) -> Iterator[QualityFinding]:
    items = check.rows("items")
    classes = {item.get("share_type") or share_type for item in items}
    if items and share_type and min(classes) > share_type:
        named = check.vocabulary("share_types")
        yield QualityFinding(
            "Q19",
            f"目录为{named.label(share_type)}，{len(items)}个信息项都更严",
            f"entry: {named.label(share_type, 'en')}, each of its {len(items)} items stricter",
        )


def _cycle(check: Check) -> Iterator[QualityFinding]:
    cycle = check.vocabulary("cycles").get(check.text("frequency"))
    if cycle is None or "days" not in cycle.extra:
        return
    synced = any(row.get("last_sync_at") for row in check.rows("exchange"))
    if not check.text("data_updated_at") and not synced:
        yield QualityFinding("Q13", f"更新周期为{cycle.zh}", f"cycle: {cycle.en}")
    categories = {code.partition("/")[0] for code in check.texts("data_format")}
    if int(cycle.extra["days"]) <= 1 and categories and categories <= _FILES:
        formats = check.vocabulary("formats")
        yield QualityFinding(
            "Q14",
            f"更新周期为{cycle.zh}，格式为"
            + "、".join(formats.label(code) for code in sorted(categories)),
            f"cycle: {cycle.en}; formats: "
            + ", ".join(formats.label(code, "en") for code in sorted(categories)),
        )


def _dates(check: Check) -> Iterator[QualityFinding]:
    """Name pairs of days that stand the wrong way round; days of no valid form are R14's and D1's.

    An update after the last save of the record lay in the future when it was written down.
    """
    pairs = [("issued", "md_date_updated"), ("data_updated_at", "md_date_updated")]
    faults = []
    for first, second in pairs:
        early, late = parse_day(check.text(first)), parse_day(check.text(second))
        if _is_after(early, late):
            faults.append((check.label(first), early, check.label(second), late))
    for row in check.rows("exchange"):
        published = moment_day(row.get("published_at", ""))
        synced = moment_day(row.get("last_sync_at", ""))
        if _is_after(published, synced):
            names = (check.label("exchange", column) for column in ("published_at", "last_sync_at"))
            faults.append((next(names), published, next(names), synced))
    if faults:
        yield QualityFinding(
            "Q15",
            "；".join(f"{a[0]} {x} 晚于{b[0]} {y}" for a, x, b, y in faults),
            "; ".join(f"{a[1]} {x} is after {b[1]} {y}" for a, x, b, y in faults),
        )


def _is_after(first: date | None, second: date | None) -> bool:
    return first is not None and second is not None and first > second


def _items(check: Check) -> Iterator[QualityFinding]:
    faults = [
        (number, item.get("name", "")[:40], *fault)
        for number, item in enumerate(check.rows("items"), 1)
        if (fault := _item_fault(item))
    ]
    if faults:
        shown = faults[:_SHOWN]
        more_zh = f"等{len(faults)}项" if len(faults) > _SHOWN else ""
        more_en = f" and {len(faults) - _SHOWN} more" if len(faults) > _SHOWN else ""
        yield QualityFinding(
            "Q16",
            "；".join(f"第{number}项“{name}”{zh}" for number, name, zh, _ in shown) + more_zh,
            "; ".join(f"item {number} {name!r}: {en}" for number, name, _, en in shown) + more_en,
        )


def _item_fault(item: Row) -> tuple[str, str] | None:
    """Say in both languages what of an item disagrees; None when nothing does."""
    name, kind = item.get("name", ""), item.get("data_type", "")
    length = item.get("length", "").partition(",")[0]
    if name.endswith(_ENDS_IN_DAY) and kind in _NUMBERS:
        return "是日期而类型为数值", "a date of a numeric type"
    if kind in _DAYS and length:
        return "日期型不应有长度", "a date has no length"
    for words, needed in _LENGTHS:
        if words in name and kind in _TEXTS and length.isdigit() and int(length) < needed:
            return f"长度{length}放不下{needed}位", f"length {length} is below {needed}"
        if words in name and kind in _NUMBERS:
            return "是代码而类型为数值", "a code of a numeric type"
    if kind in _NUMBERS and length.isdigit() and int(length) > _LONGEST_NUMBER:
        return f"数值长度{length}过大", f"a number of length {length}"
    return None


def _territory(check: Check, unit_division: str) -> Iterator[QualityFinding]:
    if not unit_division:
        return
    own = _stem(unit_division)
    outside = [code for code in check.texts("division") if not code.startswith(own)]
    if outside:
        names = check.vocabulary("divisions")
        yield QualityFinding(
            "Q17",
            f"单位区划 {unit_division}，"
            + "、".join(f"{names.label(code)}（{code}）" for code in outside[:_SHOWN]),
            f"unit in {unit_division}; " + ", ".join(outside[:_SHOWN]),
        )


def _stem(code: str) -> str:
    """Give the digits that all divisions below a division begin with (GB/T 2260)."""
    if len(code) > 6:
        # A town reports for its county's lists of divisions, which hold no towns.
        return code[:6]
    if code.endswith("0000"):
        return code[:2]
    return code[:4] if code.endswith("00") else code


def _is_done(row: Row) -> bool:
    return row.get("status") == "done"
