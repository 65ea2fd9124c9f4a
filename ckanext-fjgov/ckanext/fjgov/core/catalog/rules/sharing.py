"""Sharing class (共享类型, Art. 4 and 45), legal basis and opening: R5 to R8 and R13."""

from __future__ import annotations

from ckanext.fjgov.core.catalog.rules.check import Check, Row

UNRESTRICTED, RESTRICTED, NOT_SHARED = "1", "2", "3"

_BASIS = {
    "title": ("依据名称", "title"),
    "number": ("文号", "number"),
    "clause": ("条款", "clause"),
    "statement": ("说明", "statement"),
}
_CONDITIONS = {
    "share_usage": ("使用要求", "use requirement"),
    "share_condition": ("共享条件", "condition"),
    "share_scope": ("共享范围", "scope"),
    "restriction_kind": ("受限方式", "kind of restriction"),
}


def check_sharing(check: Check) -> None:
    """Apply R5 to R8 and R13 to the entry and its items."""
    share_type = check.text("share_type")
    if share_type == UNRESTRICTED and not check.text("share_usage"):
        check.report(
            "R5",
            "share_usage",
            "非受限共享应写明使用要求（行政依据、工作参考、数据校核等）",
            "unrestricted sharing: state the use (administrative basis, reference, checking …)",
        )
    if share_type == RESTRICTED:
        for name in _CONDITIONS:
            if not check.text(name):
                check.report(
                    "R6",
                    name,
                    "受限共享必填，请填写",
                    "is needed for restricted sharing: fill it in",
                )
        _check_bases(check, "R6", "受限共享", "restricted sharing")
    if share_type == NOT_SHARED:
        _check_bases(check, "R7", "非共享", "information not shared")
    _check_opening(check, share_type)
    for number, item in enumerate(check.rows("items"), 1):
        _check_item(check, share_type, number, item)


def _check_bases(check: Check, rule: str, zh: str, en: str) -> None:
    bases = check.rows("legal_basis")
    if not bases:
        check.report(
            rule,
            "legal_basis",
            f"{zh}应至少有一条法律法规依据（名称、文号、条款、说明）",
            f"{en} needs at least one legal basis (title, number, clause, statement)",
        )
    for number, basis in enumerate(bases, 1):
        missing = [key for key in _BASIS if not basis.get(key)]
        if missing:
            check.report(
                rule,
                "legal_basis",
                f"第{number}条缺少{'、'.join(_BASIS[key][0] for key in missing)}，请补齐",
                f"basis {number} lacks {', '.join(_BASIS[key][1] for key in missing)}",
            )


def _check_opening(check: Check, share_type: str) -> None:
    if check.text("open_to_public") != "1":
        return
    if not check.text("open_condition"):
        check.report(
            "R8",
            "open_condition",
            "向社会开放的应写明开放条件",
            "opened information: state conditions",
        )
    if share_type == NOT_SHARED:
        check.report(
            "R8",
            "open_to_public",
            "非共享信息不得向社会开放，请改为“否”",
            "information not shared cannot be open to society: choose no",
        )


def _check_item(check: Check, share_type: str, number: int, item: Row) -> None:
    own = item.get("share_type", "")
    ranks = check.vocabulary("share_types")
    if not own or own not in ranks or share_type not in ranks or own == share_type:
        return
    if _rank(check, own) < _rank(check, share_type):
        check.report(
            "R13",
            "items",
            f"第{number}项的共享类型宽于目录，请改为同等或更严",
            f"item {number} is shared more freely than its entry: make it as strict or stricter",
            "share_type",
        )
        return
    missing = [key for key in _BASIS if not item.get(f"basis_{key}")]
    if missing:
        lacks_zh = "、".join(_BASIS[key][0] for key in missing)
        lacks_en = ", ".join(_BASIS[key][1] for key in missing)
        check.report(
            "R7" if own == NOT_SHARED else "R6",
            "items",
            f"第{number}项严于目录，应有自己的依据，缺少{lacks_zh}",
            f"item {number} is stricter than its entry and lacks {lacks_en}",
        )


def _rank(check: Check, code: str) -> int:
    concept = check.vocabulary("share_types").concepts[code]
    return int(concept.extra.get("rank", "0"))
