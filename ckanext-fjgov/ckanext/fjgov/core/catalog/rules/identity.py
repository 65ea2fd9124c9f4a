"""Codes that name the provider, the record and its relations: rules R2, R3, R4, R12 and I1."""

from __future__ import annotations

from ckanext.fjgov.core.catalog.guide_code import ITEM_LENGTH, parse_guide_code
from ckanext.fjgov.core.catalog.identifier import is_identifier
from ckanext.fjgov.core.catalog.rules.check import Check
from ckanext.fjgov.core.catalog.rules.finding import Finding, Profile
from ckanext.fjgov.core.catalog.rules.table import severity_of
from ckanext.fjgov.core.catalog.uscc import uscc_problems
from ckanext.fjgov.core.errors import InvalidGuideCode


def check_identity(check: Check) -> None:
    """Apply R3, R4, R12 and I1."""
    _check_provider_code(check)
    _check_guide_code(check)
    identifier = check.text("identifier")
    if identifier and not is_identifier(identifier):
        check.report(
            "I1", "identifier", "格式不符，应如 35100/000001", "must look like 35100/000001"
        )
    for code in check.texts("related"):
        own = (identifier, check.text("guide_code"))
        if code in check.facts.own_codes or code in own:
            check.report("R12", "related", f"“{code[:80]}”是本目录，请删去", "is the entry itself")
        elif code not in check.facts.known_codes:
            check.report(
                "R12", "related", f"“{code[:80]}”不存在，请核对", f"{code[:80]!r} does not exist"
            )


def title_taken(
    title: str,
    holder: str,
    profile: Profile = "strict",
    field: str = "title",
    label: tuple[str, str] = ("信息资源名称", "Resource title"),
) -> Finding:
    """Give the finding of rule R2, which the database's unique index decides.

    Args:
        title: the title as typed.
        holder: identifier of the live record that has the title, "" when it cannot be named.
        profile: severity profile of the node.
        field: the field to blame.
        label: what the directory calls the title, in Chinese and English.
    """
    by_zh, by_en = (f"（{holder}）", f" ({holder})") if holder else ("", "")
    return Finding(
        rule="R2",
        field=field,
        severity=severity_of("R2", field, profile),
        zh=f"{label[0]}：本单位已有同名目录“{title[:200]}”{by_zh}，请更新该目录或改名",
        en=f"{label[1]}: the unit already has {title[:200]!r}{by_en}: update it or rename",
    )


def _check_provider_code(check: Check) -> None:
    code, registered = check.text("provider_code"), check.facts.unit_code
    effective = code or registered or ""
    if not effective:
        check.report(
            "R3",
            "provider_code",
            "提供单位未登记统一社会信用代码，请先补登",
            "the unit has no unified social credit code: register it first",
        )
        return
    fatal = [problem for problem in uscc_problems(effective) if problem.is_fatal]
    if fatal:
        check.report(
            "R3",
            "provider_code",
            f"“{effective[:40]}”无效：{fatal[0].zh}",
            f"{effective[:40]!r} is invalid: {fatal[0].en}",
        )
    elif code and registered is not None and code != registered:
        check.report(
            "R3",
            "provider_code",
            f"“{code}”与提供单位登记的代码不一致，请留空或更正",
            f"{code!r} differs from the unit's registered code: leave it empty or correct it",
        )


def _check_guide_code(check: Check) -> None:
    text = check.text("guide_code")
    if not text:
        return
    try:
        code = parse_guide_code(text, lenient=check.profile == "inventory")
    except InvalidGuideCode as error:
        check.report("R4", "guide_code", error.zh, error.en)
        return
    classes = check.texts("guide_class")
    items = {path[:ITEM_LENGTH] for path in classes}
    # A code of another platform's own grammar says nothing about class and item.
    if code.is_strict and classes and code.item not in items:
        check.report(
            "R4",
            "guide_code",
            f"类项 {code.item} 与信息资源分类（{'、'.join(sorted(items))}）不一致，请核对",
            f"class {code.item} is not among the record's classes ({', '.join(sorted(items))})",
        )
